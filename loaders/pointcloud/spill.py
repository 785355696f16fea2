"""All points of a cloud in runs that are sorted for the octree: in memory while they are few, else on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.pointcloud.morton import Codes

IN_MEMORY_POINTS = 3_000_000

Stored = NDArray[Any]


def stored_type(*, has_rgb: bool) -> np.dtype[Any]:
    """What is kept of each point."""
    fields: list[Any] = [("place", "<i4", 3), ("intensity", "<u2"), ("class", "u1")]
    return np.dtype([*fields, ("rgb", "<u2", 3)] if has_rgb else fields)


class _Run(NamedTuple):
    """Sorted points: at hand, or from ``first`` on in the files."""

    size: int
    codes: Codes
    stored: Stored | None
    first: int


class Spill:
    """Collects sorted runs; ``scratch`` is a folder that its owner deletes."""

    def __init__(self, scratch: Path, kind: np.dtype[Any]) -> None:
        self._scratch = scratch
        self._kind = kind
        self._runs: list[_Run] = []
        self._files: tuple[BinaryIO, BinaryIO] | None = None
        self._on_disk = 0
        self.count = 0

    def add(self, codes: Codes, stored: Stored) -> None:
        """Take some points in any order."""
        order = np.argsort(codes, kind="stable")
        self._runs.append(_Run(len(codes), codes[order], stored[order], 0))
        self.count += len(codes)
        if self.count > IN_MEMORY_POINTS:
            self._put_away()

    def _put_away(self) -> None:
        if self._files is None:
            self._files = ((self._scratch / "codes").open("w+b"), (self._scratch / "points").open("w+b"))
        for number, run in enumerate(self._runs):
            if run.stored is None:
                continue
            for file, data in zip(self._files, (run.codes, run.stored), strict=True):
                file.seek(0, 2)
                file.write(data.data)
                file.flush()
            mapped = np.memmap(
                self._scratch / "codes", np.uint64, "r", offset=8 * self._on_disk, shape=(run.size,)
            ).view(np.ndarray)
            self._runs[number] = _Run(run.size, mapped, None, self._on_disk)
            self._on_disk += run.size

    def num_between(self, low: int, high: int) -> int:
        """How many points have codes from ``low`` to before ``high``."""
        return sum(last - first for _, first, last in self._slices(low, high))

    def between(self, low: int, high: int) -> tuple[Codes, Stored]:
        """Those points, sorted."""
        codes, stored = [], []
        for run, first, last in self._slices(low, high):
            if last > first:
                codes.append(self._read(run, first, last, 0))
                stored.append(self._read(run, first, last, 1))
        if not codes:
            return np.zeros(0, np.uint64), np.zeros(0, self._kind)
        together = np.concatenate(codes)
        order = np.argsort(together, kind="stable")
        return together[order], np.concatenate(stored)[order]

    def _slices(self, low: int, high: int) -> list[tuple[_Run, int, int]]:
        # Codes have 63 bits: the end of the last range is still a whole number of 64.
        ends = np.array([low, high], np.uint64)
        found = [(run, np.searchsorted(run.codes, ends).tolist()) for run in self._runs]
        return [(run, first, last) for run, (first, last) in found]

    def _read(self, run: _Run, first: int, last: int, which: int) -> NDArray[Any]:
        """Codes (0) or what is kept (1) of some points: read and not mapped, for pages in sight count as memory."""
        if run.stored is not None:
            return (run.codes, run.stored)[which][first:last]
        assert self._files is not None
        file, kind = self._files[which], (np.dtype(np.uint64), self._kind)[which]
        file.seek((run.first + first) * kind.itemsize)
        return np.frombuffer(file.read((last - first) * kind.itemsize), kind)

    def close(self) -> None:
        """Let go of the files."""
        self._runs = []
        for file in self._files or ():
            file.close()
