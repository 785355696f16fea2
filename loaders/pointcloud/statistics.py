"""What is known of a cloud once all of its points were seen, gathered batch by batch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from loaders.pointcloud.records import Records, classes_of, returns_of

_GRID = 512  # cells along each side, for the area that is covered
_COARSEST, _PER_CELL = 16, 6  # cells hold several points, or what is between these would not count as covered

Floats = NDArray[np.float64]


class Statistics:
    """Counts over points; ``box_m`` (6,) is where they are expected."""

    def __init__(self, box_m: Floats, point_format: int) -> None:
        self._box_m = box_m
        self._format = point_format
        self.count = 0
        self.classes: NDArray[np.int64] = np.zeros(256, np.int64)
        self.returns: NDArray[np.int64] = np.zeros(16, np.int64)
        self.intensities: NDArray[np.int64] = np.zeros(1 << 16, np.int64)
        self.largest_rgb = 0
        self.gps = (np.inf, -np.inf)
        self.low_m: Floats = np.full(3, np.inf)
        self.high_m: Floats = np.full(3, -np.inf)
        self._covered: NDArray[np.bool_] = np.zeros((_GRID, _GRID), np.bool_)

    def add(self, records: Records, points_m: Floats) -> None:
        """Take note of some points."""
        self.count += len(records)
        self.classes += np.bincount(classes_of(records, self._format), minlength=256)
        self.returns += np.bincount(returns_of(records, self._format), minlength=16)
        self.intensities += np.bincount(records["intensity"], minlength=1 << 16)
        names = records.dtype.names or ()
        if "rgb" in names:
            self.largest_rgb = max(self.largest_rgb, int(records["rgb"].max()))
        if "gps" in names:
            times = records["gps"][np.isfinite(records["gps"])]
            if times.size:
                self.gps = (min(self.gps[0], float(times.min())), max(self.gps[1], float(times.max())))
        self.low_m = np.minimum(self.low_m, points_m.min(axis=0))
        self.high_m = np.maximum(self.high_m, points_m.max(axis=0))
        cells = ((points_m[:, :2] - self._box_m[:2]) / self._cell_m).astype(np.int64)
        cells = np.clip(cells, 0, _GRID - 1)
        self._covered[cells[:, 0], cells[:, 1]] = True

    @property
    def _cell_m(self) -> float:
        return max(float((self._box_m[3:5] - self._box_m[:2]).max()) / _GRID, 1e-6)

    @property
    def density_per_m2(self) -> float | None:
        """Points on each square metre that has some; None where they are too thin for that to mean anything."""
        covered, cell_m = self._covered, self._cell_m
        while covered.sum() * _PER_CELL > self.count and len(covered) > _COARSEST:
            half = len(covered) // 2
            covered = np.asarray(covered.reshape(half, 2, half, 2).any(axis=(1, 3)))
            cell_m *= 2.0
        cells = int(covered.sum())
        return None if cells * _PER_CELL > self.count else self.count / (cells * cell_m**2)

    def intensity_at(self, share: float) -> int:
        """The intensity below which a share of all points lies."""
        sums = np.cumsum(self.intensities)
        return int(np.searchsorted(sums, share * sums[-1]))
