"""How wide a ray is: points have no extent, so what lies a few pixels beside it is meant too."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenes.model.view import CameraView

POINTED_AT_PX = 6.0


@dataclass(frozen=True, slots=True)
class Aperture:
    """A cone about a ray: ``least_m`` at its origin, and ``per_m`` more for each metre along it."""

    least_m: float = 0.0
    per_m: float = 0.0

    def radius_m(self, depth_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """How wide it is at depths along the ray."""
        return self.least_m + self.per_m * np.maximum(depth_m, 0.0)


POINT = Aperture()


def aperture_of(view: CameraView, height_px: int, radius_px: float = POINTED_AT_PX) -> Aperture:
    """So many pixels about a ray from the eye, in a picture of that height."""
    if view.orthographic:
        return Aperture(least_m=radius_px * view.height_m / max(1, height_px))
    seen = 2.0 * math.tan(math.radians(view.field_of_view_deg) / 2.0)
    return Aperture(per_m=radius_px * seen / max(1, height_px))
