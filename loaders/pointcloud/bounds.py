"""Where the points of a file are: as its header says, unless its points say otherwise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loaders.pointcloud.header import Header
from loaders.pointcloud.records import batches

_WIDEST = 400_000.0  # source units, metres or feet: a survey is no continent
_TRUSTED_SHARE = 0.99
_LOOKED_AT = 100_000

Floats = NDArray[np.float64]


def is_believed(path: Path, header: Header) -> bool:
    """Whether the header's bounds can be, and the first points are within them."""
    size = header.bounds[3:] - header.bounds[:3]
    if not (np.isfinite(header.bounds).all() and (size >= 0.0).all() and 0.0 < size.max() <= _WIDEST):
        return False
    first = next(iter(batches(path, header, _LOOKED_AT)), None)
    return first is None or _share_inside(first["xyz"] * header.scales + header.offsets, header) >= _TRUSTED_SHARE


def _share_inside(points: Floats, header: Header) -> float:
    slack = np.maximum(np.abs(header.scales), 1e-9 * np.abs(points).max(axis=0))
    inside = (points >= header.bounds[:3] - slack) & (points <= header.bounds[3:] + slack)
    return float(inside.all(axis=1).mean())


class Measuring:
    """Finds the bounds of points, batch by batch."""

    def __init__(self) -> None:
        self.count = 0
        self._low, self._high = np.full(3, np.inf), np.full(3, -np.inf)
        self._middles: list[Floats] = []

    def add(self, points: Floats) -> None:
        """Take note of some points (n, 3)."""
        self.count += len(points)
        self._low, self._high = np.minimum(self._low, points.min(axis=0)), np.maximum(self._high, points.max(axis=0))
        self._middles.append(np.median(points, axis=0))

    def bounds(self) -> Floats:
        """(6,): what is far from most points is left out, for a few strays must not take precision from all others."""
        middle = np.median(np.array(self._middles), axis=0)
        low, high = np.maximum(self._low, middle - _WIDEST / 2.0), np.minimum(self._high, middle + _WIDEST / 2.0)
        return np.append(low, high)
