"""Where the graphics card's origin lies in the world, so that its float32 never sees large numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from loaders.model.frames import Matrix, translation

REBASE_DISTANCE_M = 50_000.0


class RenderFrame:
    """The *render* space: world axes and metres about ``origin_m`` (3,) float64, a world point near the data."""

    def __init__(self) -> None:
        self.origin_m: NDArray[np.float64] = np.zeros(3)

    @property
    def render_from_world(self) -> Matrix:
        """4 x 4 float64."""
        return translation(-self.origin_m)

    def to_render(self, points_world_m: NDArray[np.float64] | tuple[float, ...]) -> NDArray[np.float64]:
        """World points (…, 3) in render space."""
        return np.asarray(points_world_m, np.float64) - self.origin_m

    def follow(self, point_world_m: NDArray[np.float64]) -> bool:
        """Move the origin to a point when that is too far off; tells whether it moved."""
        if not np.isfinite(point_world_m).all():
            return False
        if np.abs(point_world_m - self.origin_m).max() <= REBASE_DISTANCE_M:
            return False
        self.origin_m = np.round(point_world_m)
        return True
