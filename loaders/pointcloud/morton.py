"""The cube around a cloud, places in it as whole numbers, and the order in which its octree walks them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PLACE_BITS = 30  # of a coordinate within the cube
CODE_BITS = 21  # of those, in a code

Places = NDArray[np.int32]
Codes = NDArray[np.uint64]
_STEPS = (
    (32, 0x1F00000000FFFF),
    (16, 0x1F0000FF0000FF),
    (8, 0x100F00F00F00F00F),
    (4, 0x10C30C30C30C30C3),
    (2, 0x1249249249249249),
)


@dataclass(frozen=True, slots=True, eq=False)
class Cube:
    """From ``low_m`` (3,) as long as ``size_m`` in all directions."""

    low_m: NDArray[np.float64]
    size_m: float

    @staticmethod
    def around(box_m: NDArray[np.float64]) -> Cube:
        """The cube of a box (6,), with its lowest corner."""
        return Cube(box_m[:3], max(float((box_m[3:] - box_m[:3]).max()), 1e-3) * (1.0 + 1e-9))

    @property
    def unit_m(self) -> float:
        """One step of a place."""
        return self.size_m / (1 << PLACE_BITS)

    def places(self, points_m: NDArray[np.float64]) -> Places:
        """(n, 3) of points that it `reaches`."""
        return np.rint((points_m - self.low_m) / self.unit_m).astype(np.int32)

    def reaches(self, points_m: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which points have a place: those that are not further outside than the cube is wide."""
        with np.errstate(invalid="ignore"):
            return np.asarray((np.abs(points_m - self.low_m) < 1.9 * self.size_m).all(axis=1))

    def points_m(self, places: Places) -> NDArray[np.float64]:
        """(n, 3) float64 of places."""
        return places * self.unit_m + self.low_m


def codes_of(places: Places) -> Codes:
    """(n,) Morton codes; what is outside the cube counts as at its side."""
    inside = np.clip(places, 0, (1 << PLACE_BITS) - 1) >> (PLACE_BITS - CODE_BITS)
    x, y, z = (_spread(inside[:, axis].astype(np.uint64)) for axis in range(3))
    codes: Codes = x | (y << np.uint64(1)) | (z << np.uint64(2))
    return codes


def _spread(values: Codes) -> Codes:
    """Two empty bits after each."""
    for shift, mask in _STEPS:
        values = (values | (values << np.uint64(shift))) & np.uint64(mask)
    return values
