"""Which box a place stands in or is nearest to, seen from above; quick for thousands of places."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from scenes.model.scene import ObjectRef

_THIN_M = 1e-6  # a box without width or depth gets this much


class Nearby:
    """Over boxes (n, 6) in world metres, each of an object."""

    def __init__(self, refs: Sequence[ObjectRef], boxes_m: NDArray[np.float64]) -> None:
        self._refs = refs
        self._size_m2 = np.prod(boxes_m[:, 3:5] - boxes_m[:, :2], axis=1)
        low, high = boxes_m[:, :2], np.maximum(boxes_m[:, 3:5], boxes_m[:, :2] + _THIN_M)
        self._tree = shapely.STRtree(shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1]))

    def at(self, place_m: NDArray[np.float64], reach_m: float) -> ObjectRef | None:
        """The object of the smallest box that a place (2,) stands in; else of the nearest within ``reach_m``."""
        if not len(self._refs):
            return None
        point = shapely.points(place_m[0], place_m[1])
        found = self._tree.query(point)
        if not found.size:
            found = self._tree.query_nearest(point, max_distance=max(reach_m, _THIN_M), all_matches=True)
        return self._refs[int(found[np.argmin(self._size_m2[found])])] if found.size else None
