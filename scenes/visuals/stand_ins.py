"""What stands in for several objects takes their flags and colours, and is picked as one of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from loaders.tileset.proxies import ProxyTable
from scenes.model.layers import ObjectFlag

Flags = NDArray[np.uint8]


class StandIns:
    """The rows after those of ``num_objects`` objects, for one tileset."""

    def __init__(self, num_objects: int, proxies: ProxyTable) -> None:
        self._num_objects = num_objects
        self._proxies = proxies
        self._owners = np.repeat(np.arange(len(proxies)), np.diff(proxies.first))

    def flags(self, flags: Flags) -> Flags:
        """``flags`` (num_objects,) with those of the stand-ins after them.

        One is hidden or a ghost when all that it stands for is, and selected when anything is.
        """
        if not len(self._proxies) or flags.size != self._num_objects:
            return flags
        members = flags[self._proxies.members]
        kept = np.zeros(len(self._proxies), np.uint8)
        for bit in (ObjectFlag.HIDDEN, ObjectFlag.GHOST):
            # A hidden member has no say in whether the rest is a ghost.
            lacks = (members & np.uint8(bit | ObjectFlag.HIDDEN)) == 0
            kept[np.bincount(self._owners[lacks], minlength=len(kept)) == 0] |= np.uint8(bit)
        selected = (members & np.uint8(ObjectFlag.SELECTED)) != 0
        chosen = np.bincount(self._owners[selected], minlength=len(kept)) > 0
        named = self._proxies.representatives
        chosen |= (named >= 0) & ((flags[np.maximum(named, 0)] & np.uint8(ObjectFlag.SELECTED)) != 0)
        kept[chosen] |= np.uint8(ObjectFlag.SELECTED)
        return np.concatenate([flags, kept])

    def colours(self, colours: NDArray[np.uint8] | None) -> NDArray[np.uint8] | None:
        """``colours`` (num_objects, 4) with those of the stand-ins after them: the mean of what they stand for."""
        if colours is None or not len(self._proxies) or len(colours) != self._num_objects:
            return colours
        return np.concatenate([colours, self._means(colours, np.ones(len(self._proxies.members), np.bool_))])

    def live_colours(self, colours: NDArray[np.uint8] | None) -> NDArray[np.uint8] | None:
        """The same of `Layer.live_colours`: of what a stand-in stands for, only the values to be trusted most count."""
        if colours is None or not len(self._proxies) or len(colours) != self._num_objects:
            return colours
        told = colours[self._proxies.members, 3]
        best = np.zeros(len(self._proxies), np.uint8)
        np.maximum.at(best, self._owners, told)
        return np.concatenate([colours, self._means(colours, told == best[self._owners])])

    def _means(self, colours: NDArray[np.uint8], counted: NDArray[np.bool_]) -> NDArray[np.uint8]:
        owners, of_members = self._owners[counted], colours[self._proxies.members[counted]]
        counts = np.maximum(np.bincount(owners, minlength=len(self._proxies)), 1)
        means = [np.bincount(owners, of_members[:, axis], len(counts)) / counts for axis in range(4)]
        return np.stack(means, axis=1).round().astype(np.uint8)

    def rows(self, rows: NDArray[np.int64] | None) -> NDArray[np.int64] | None:
        """Object rows that changed, and the stand-ins that may change with them; None stays None."""
        if rows is None or not len(self._proxies):
            return rows
        touched = np.isin(self._proxies.members, rows)
        found = np.union1d(self._owners[touched], np.flatnonzero(np.isin(self._proxies.representatives, rows)))
        return np.concatenate([rows, found + self._num_objects])

    def object_of(self, row: int, point_m: NDArray[np.float64], boxes_m: NDArray[np.float64]) -> int:
        """The object meant by a hit on ``row`` at a point of the model frame.

        Of a stand-in: the one that names it, else the nearest of those it stands for by its box (n, 6).
        """
        if row < self._num_objects:
            return row
        proxy = row - self._num_objects
        named = int(self._proxies.representatives[proxy])
        if named >= 0:
            return named
        members = self._proxies.of(proxy)
        boxes = boxes_m[members]
        gaps = np.maximum(np.maximum(boxes[:, :3] - point_m, point_m - boxes[:, 3:]), 0.0)
        return int(members[np.argmin(np.where(np.isfinite(gaps).all(axis=1), (gaps**2).sum(axis=1), np.inf))])
