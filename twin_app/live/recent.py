"""The last observations of all streams together, in memory: what trends and sparklines show at once."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin_app.live.batch import Batch, batch_of
from twin_app.live.values import Quality

_Found = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]  # places, source times in µs, values
BLOCK = 1 << 16
MOST = 32 * BLOCK  # observations, 31 bytes each: some 65 MB


_KINDS: dict[str, type] = {
    "rows": np.int32,
    "values": np.float64,
    "source_us": np.int64,
    "receive_us": np.int64,
    "quality": np.uint8,
    "reason": np.uint8,
    "state": np.uint8,
}


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

    def tails(self, rows: NDArray[np.int64], count: int, until_us: int | None = None) -> NDArray[np.float64]:
        """The last ``count`` values of each of ``rows`` up to a time, oldest first (n, count); NaN before the first."""
        wanted, places = np.unique(rows, return_inverse=True)
        found = self._newest(wanted, count, until_us)
        which, times_us, values = (np.concatenate(part) for part in zip(*found, strict=True))
        order = np.lexsort((times_us, which))
        which, values = which[order], values[order]
        back = np.searchsorted(which, which, side="right") - np.arange(len(which))  # 1 for a row's last
        lines = np.full((len(wanted), count), np.nan)
        kept = back <= count
        lines[which[kept], count - back[kept]] = values[kept]
        return lines[places]

    def _newest(self, wanted: NDArray[np.int64], count: int, until_us: int | None) -> list[_Found]:
        """What the newest blocks hold of ``wanted``, as many of them as ``count`` of each row need."""
        place_of = np.full(int(wanted.max(initial=-1)) + 2, -1, np.int64)  # the last for all rows beyond
        place_of[wanted] = np.arange(len(wanted))
        missing = np.full(len(wanted), count)
        found: list[_Found] = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
        with self._lock:
            for block in reversed(self._blocks):
                if not (missing > 0).any():
                    break
                found.append(block.of_any(place_of, until_us))
                missing -= np.bincount(found[-1][0], minlength=len(wanted))
        return found[::-1]

    def between(self, since_us: int, to_us: int, rows: NDArray[np.int64] | None = None) -> Batch:
        """What is of ``since_us`` and later, up to ``to_us``, oldest first; of all streams, or of some."""
        chosen = None
        if rows is not None:
            chosen = np.zeros(int(rows.max(initial=-1)) + 1, bool)
            chosen[rows] = True
        with self._lock:
            found = [block.between(since_us, to_us, chosen) for block in self._blocks]
        if not found:
            return batch_of([], [], 0)
        whole = Batch(*(np.concatenate([getattr(one, name) for one in found]) for name in Batch.__slots__))
        order = np.argsort(whole.source_us, kind="stable")
        return Batch(*(getattr(whole, name)[order] for name in Batch.__slots__))

    def begins_us(self) -> int | None:
        """From when on all that came is here, None where nothing came yet: the oldest block's first arrival."""
        with self._lock:
            return self._blocks[0].begins_us() if self._blocks else None

    def __len__(self) -> int:
        with self._lock:
            return sum(block.size for block in self._blocks)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._blocks.clear()


class _Block:
    def __init__(self, capacity: int) -> None:
        self._columns: dict[str, NDArray[Any]] = {name: np.zeros(capacity, kind) for name, kind in _KINDS.items()}
        self._capacity = capacity
        self.size = 0

    def fill(self, batch: Batch, start: int) -> int:
        """Take what fits of a batch from ``start`` on; tells how many."""
        count = min(self._capacity - self.size, len(batch) - start)
        here, there = slice(self.size, self.size + count), slice(start, start + count)
        for name, column in self._columns.items():
            column[here] = getattr(batch, name)[there]
        self.size += count
        return count

    def of(self, row: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        at = np.flatnonzero(self._columns["rows"][: self.size] == row)
        values = np.where(self._columns["quality"][at] == Quality.BAD, np.nan, self._columns["values"][at])
        return self._columns["source_us"][at], values

    def of_any(self, place_of: NDArray[np.int64], until_us: int | None) -> _Found:
        """What is here of the rows that have a place in ``place_of`` (n,), the last of which is for all beyond."""
        rows, times_us = self._columns["rows"][: self.size], self._columns["source_us"][: self.size]
        places = place_of[np.minimum(rows, len(place_of) - 1)]
        at = np.flatnonzero((places >= 0) & (times_us <= until_us) if until_us is not None else places >= 0)
        values = np.where(self._columns["quality"][at] == Quality.BAD, np.nan, self._columns["values"][at])
        return places[at], times_us[at], values

    def between(self, since_us: int, to_us: int, chosen: NDArray[np.bool_] | None) -> Batch:
        times_us, rows = self._columns["source_us"][: self.size], self._columns["rows"][: self.size]
        wanted = (times_us >= since_us) & (times_us <= to_us)
        if chosen is not None:
            wanted &= rows < len(chosen)
            wanted[wanted] = chosen[rows[wanted]]
        at = np.flatnonzero(wanted)
        columns = {name: column[at] for name, column in self._columns.items()}
        return Batch(**columns | {"rows": columns["rows"].astype(np.int64)})

    def begins_us(self) -> int | None:
        return int(self._columns["receive_us"][0]) if self.size else None
