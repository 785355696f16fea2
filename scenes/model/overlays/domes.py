"""Domes of what a station covers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from scenes.model.overlays.base import Floats, PlacesOverlay, each


class Domes(PlacesOverlay):
    """A translucent half sphere over each place, ``radii_m`` (n,)."""

    kind = "domes"

    @property
    def radii_m(self) -> Floats:
        """How far each reaches."""
        return np.asarray(self._values.get("radii_m", np.zeros(0)))

    def cover(self, places_m: ArrayLike, radii_m: ArrayLike) -> None:
        """Set where the stations stand and how far they reach."""
        size = len(np.atleast_1d(np.asarray(places_m, np.float64)))
        self._values["radii_m"] = np.maximum(np.nan_to_num(each(radii_m, size), posinf=0.0), 0.0)
        self.place(places_m)
        self.changed.emit("radii_m")
