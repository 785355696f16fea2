"""The last observations of all streams together, in memory: what trends and sparklines show at once."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from twin_app.live.batch import Batch
from twin_app.live.values import Quality

_Found = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]  # places, source times in µs, values
BLOCK = 1 << 16
MOST = 32 * BLOCK  # observations, 25 bytes each: some 50 MB


class Recent:
    """A ring of blocks; the oldest block goes when a new one is needed. Any thread."""

    def __init__(self, most: int = MOST, block: int = BLOCK) -> None:
        self._most_blocks = max(1, most // block)
        self._block = block
        self._blocks: list[_Block] = []
        self._lock = threading.Lock()

    def take(self, batch: Batch) -> None:
        """Keep a batch; for `Hub.on_batch`."""
        with self._lock:
            done = 0
            while done < len(batch):
                if not self._blocks or self._blocks[-1].size == self._block:
                    self._blocks.append(_Block(self._block))
                    del self._blocks[: -self._most_blocks]
                done += self._blocks[-1].fill(batch, done)

    def of(self, row: int, since_us: int | None = None) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Source times (n,) and values (n,) of a stream, oldest first, bad ones NaN; from ``since_us`` on."""
        with self._lock:
            found = [block.of(row) for block in self._blocks]
        times_us = np.concatenate([times for times, _ in found]) if found else np.zeros(0, np.int64)
        values = np.concatenate([values for _, values in found]) if found else np.zeros(0)
        order = np.argsort(times_us, kind="stable")  # late ones find their place
        if since_us is not None:
            order = order[np.searchsorted(times_us[order], since_us) :]
        return times_us[order], values[order]

    def tails(self, rows: NDArray[np.int64], count: int) -> NDArray[np.float64]:
        """The last ``count`` values of each of ``rows``, oldest first (n, count); NaN where there were none."""
        wanted, places = np.unique(rows, return_inverse=True)
        found = self._newest(wanted, count)
        which, times_us, values = (np.concatenate(part) for part in zip(*found, strict=True))
        order = np.lexsort((times_us, which))
        which, values = which[order], values[order]
        back = np.searchsorted(which, which, side="right") - np.arange(len(which))  # 1 for a row's last
        lines = np.full((len(wanted), count), np.nan)
        kept = back <= count
        lines[which[kept], count - back[kept]] = values[kept]
        return lines[places]

    def _newest(self, wanted: NDArray[np.int64], count: int) -> list[_Found]:
        """What the newest blocks hold of ``wanted``, as many of them as ``count`` of each row need."""
        place_of = np.full(int(wanted.max(initial=-1)) + 2, -1, np.int64)  # the last for all rows beyond
        place_of[wanted] = np.arange(len(wanted))
        missing = np.full(len(wanted), count)
        found: list[_Found] = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
        with self._lock:
            for block in reversed(self._blocks):
                if not (missing > 0).any():
                    break
                found.append(block.of_any(place_of))
                missing -= np.bincount(found[-1][0], minlength=len(wanted))
        return found[::-1]

    def __len__(self) -> int:
        with self._lock:
            return sum(block.size for block in self._blocks)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._blocks.clear()


class _Block:
    def __init__(self, capacity: int) -> None:
        self._rows = np.zeros(capacity, np.int32)
        self._times_us = np.zeros(capacity, np.int64)
        self._values = np.zeros(capacity)
        self.size = 0

    def fill(self, batch: Batch, start: int) -> int:
        """Take what fits of a batch from ``start`` on; tells how many."""
        count = min(len(self._rows) - self.size, len(batch) - start)
        here, there = slice(self.size, self.size + count), slice(start, start + count)
        self._rows[here], self._times_us[here] = batch.rows[there], batch.source_us[there]
        self._values[here] = np.where(batch.quality[there] == Quality.BAD, np.nan, batch.values[there])
        self.size += count
        return count

    def of(self, row: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        at = np.flatnonzero(self._rows[: self.size] == row)
        return self._times_us[at], self._values[at]

    def of_any(self, place_of: NDArray[np.int64]) -> _Found:
        """What is here of the rows that have a place in ``place_of`` (n,), the last of which is for all beyond."""
        places = place_of[np.minimum(self._rows[: self.size], len(place_of) - 1)]
        at = np.flatnonzero(places >= 0)
        return places[at], self._times_us[at], self._values[at]
