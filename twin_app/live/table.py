"""The latest value of every stream, in numpy columns that feeds write and the window reads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin_app.live.batch import Batch, batch_of
from twin_app.live.counts import Counts
from twin_app.live.streams import Link, StreamInfo
from twin_app.live.values import EARLIEST_US, NO_TIME_US, US_PER_S, Observation, Quality, Reason, State, now_us

FUTURE_S = 60.0  # clocks of sensors that are further ahead than this are wrong
STALE_AFTER = 3.0  # expected intervals without a value
_COLUMNS: dict[str, type] = {
    "value": np.float64,
    "source_us": np.int64,
    "receive_us": np.int64,
    "seen_s": np.float64,  # monotonic: setting the clock makes nothing stale or fresh
    "delay_s": np.float64,
    "quality": np.uint8,
    "reason": np.uint8,
    "state": np.uint8,
    "interval_s": np.float64,
    "low": np.float64,
    "high": np.float64,
    "factor": np.float64,
    "offset": np.float64,
    "told_state": np.uint8,
    "dirty": np.bool_,
}


@dataclass(frozen=True, slots=True)
class Latest:
    """Copies of the columns of some rows, all (n,). ``age_s`` counts from the source's time; infinite without a value.

    ``quality`` and ``reason`` already say stale; ``value`` is NaN and ``state`` missing where nothing ever came.
    """

    rows: NDArray[np.int64]
    value: NDArray[np.float64]
    source_us: NDArray[np.int64]
    receive_us: NDArray[np.int64]
    age_s: NDArray[np.float64]
    quality: NDArray[np.uint8]
    reason: NDArray[np.uint8]
    state: NDArray[np.uint8]

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Where there is a value that is good."""
        usable: NDArray[np.bool_] = (self.quality == Quality.GOOD) & (self.state != State.MISSING)
        return usable


class LatestTable:
    """Rows are streams, in the order they were declared; a row stays the same for as long as the table lives.

    Any thread; one lock. ``monotonic_s`` and ``clock_us`` are the two clocks.
    """

    def __init__(
        self, *, monotonic_s: Callable[[], float] = time.monotonic, clock_us: Callable[[], int] = now_us
    ) -> None:
        self._lock = threading.RLock()
        self._monotonic_s = monotonic_s
        self._clock_us = clock_us
        self._infos: list[StreamInfo] = []
        self._row_of: dict[str, int] = {}
        self._bound: dict[str, Link] = {}  # by a person: counts for more than what feeds say
        self._told_links: dict[str, Link] = {}
        self._columns: dict[str, NDArray[Any]] = {name: np.zeros(0, kind) for name, kind in _COLUMNS.items()}
        self.counts = Counts()

    def __len__(self) -> int:
        return len(self._infos)

    def row_of(self, key: str) -> int | None:
        """The row of a stream, None where nobody declared it."""
        return self._row_of.get(key)

    def info(self, row: int) -> StreamInfo:
        """What is known of a row's stream."""
        return self._infos[row]

    def infos(self) -> tuple[StreamInfo, ...]:
        """All streams by row."""
        with self._lock:
            return tuple(self._infos)

    def declare(self, infos: Sequence[StreamInfo]) -> list[int]:
        """Rows for streams; what is said again of one that is known takes the place of what was said before."""
        with self._lock:
            rows = []
            for info in infos:
                if info.key in self._bound:
                    self._told_links[info.key] = info.link
                    info = replace(info, link=self._bound[info.key])
                row = self._row_of.setdefault(info.key, len(self._infos))
                if row == len(self._infos):
                    self._infos.append(info)
                    self._grow()
                self._infos[row] = info
                for name in ("interval_s", "low", "high", "factor", "offset"):
                    self._columns[name][row] = getattr(info, name)
                self._columns["told_state"][row] = info.state
                rows.append(row)
            return rows

    def bind(self, key: str, link: Link | None) -> None:
        """Have a stream belong to ``link`` whatever its feed says; None: as the feed says again."""
        with self._lock:
            row, before = self._row_of.get(key), self._bound.pop(key, None)
            told = self._told_links.pop(key, Link()) if before is not None else None
            if row is not None and told is None:
                told = self._infos[row].link
            if row is not None and told is not None:
                self._infos[row] = replace(self._infos[row], link=told)
            if link is not None:
                self._bound[key] = link
                if row is not None:
                    self.declare([self._infos[row]])

    def bound(self) -> dict[str, Link]:
        """What people bound, by stream."""
        with self._lock:
            return dict(self._bound)

    def _grow(self) -> None:
        size = len(self._infos)
        if size <= len(self._columns["value"]):
            return
        for name, old in self._columns.items():
            new = np.zeros(max(1024, 2 * len(old)), old.dtype)
            new[: len(old)] = old
            self._columns[name] = new
        self._columns["value"][size - 1 :] = np.nan
        self._columns["source_us"][size - 1 :] = EARLIEST_US

    def accept(self, observations: Sequence[Observation]) -> Batch:
        """Take observations in, and give those that are worth keeping; streams nobody declared are declared so."""
        with self._lock:
            unknown = dict.fromkeys(one.key for one in observations if one.key not in self._row_of)
            self.declare([StreamInfo(key) for key in unknown])
            rows = [self._row_of[one.key] for one in observations]
            return self.apply(batch_of(rows, observations, self._clock_us()))

    def apply(self, batch: Batch) -> Batch:
        """Take a batch in, as `accept` does. Late values replace nothing newer; doubled ones are dropped."""
        with self._lock:
            batch = self._judged(batch)
            self.counts.accepted += len(batch)
            if len(batch):
                self._store(batch)
            return batch

    def _judged(self, batch: Batch) -> Batch:
        column, rows = self._columns, batch.rows
        empty = ~np.isfinite(batch.values)
        nothing = empty & (batch.quality != Quality.BAD)
        untimed = batch.source_us == NO_TIME_US
        source_us = np.where(untimed, batch.receive_us, batch.source_us)
        future = source_us > batch.receive_us + round(FUTURE_S * US_PER_S)
        with np.errstate(over="ignore", invalid="ignore"):
            values = batch.values * column["factor"][rows] + column["offset"][rows]
        doubled = (source_us == column["source_us"][rows]) & (values == column["value"][rows])
        doubled = (doubled | _said_before(rows, source_us, values)) & ~untimed
        self.counts.not_a_number += int(nothing.sum())
        self.counts.future += int((future & ~nothing).sum())
        self.counts.doubled += int((doubled & ~nothing & ~future).sum())
        out = ((values < column["low"][rows]) | (values > column["high"][rows])) & ~empty
        self.counts.out_of_range += int((out & ~nothing & ~future & ~doubled).sum())
        told = column["told_state"][rows]
        state = np.where(batch.state == State.MISSING, told, batch.state)
        judged = replace(
            batch,
            values=values,
            source_us=source_us,
            quality=np.where(out, Quality.BAD, batch.quality).astype(np.uint8),
            reason=np.where(out, Reason.OUT_OF_RANGE, batch.reason).astype(np.uint8),
            # A stream that was declared simulated is so whatever its messages say.
            state=np.where(told == State.SIMULATED, State.SIMULATED, state).astype(np.uint8),
        )
        return judged.only(~(nothing | future | doubled))

    def _store(self, batch: Batch) -> None:
        order = np.lexsort((np.arange(len(batch)), batch.source_us, batch.rows))
        last = order[np.append(batch.rows[order][1:] != batch.rows[order][:-1], True)]
        newer = batch.source_us[last] >= self._columns["source_us"][batch.rows[last]]
        self.counts.late += len(batch) - int((batch.source_us >= self._columns["source_us"][batch.rows]).sum())
        last = last[newer]
        rows, column = batch.rows[last], self._columns
        known = np.isfinite(batch.values[last])  # what is bad without a number leaves the last number in its place
        column["value"][rows[known]] = batch.values[last][known]
        for name in ("source_us", "receive_us", "quality", "reason", "state"):
            column[name][rows] = getattr(batch, name)[last]
        column["seen_s"][rows] = self._monotonic_s()
        column["delay_s"][rows] = np.maximum(0.0, (batch.receive_us[last] - batch.source_us[last]) / US_PER_S)
        column["dirty"][rows] = True

    def take_dirty(self) -> NDArray[np.int64]:
        """Rows (n,) whose value came or changed since the last call."""
        with self._lock:
            rows = np.flatnonzero(self._columns["dirty"])
            self._columns["dirty"][rows] = False
            return rows

    def latest(self, rows: NDArray[np.int64] | None = None) -> Latest:
        """The latest values of some rows, or of all."""
        with self._lock:
            if rows is None:
                rows = np.arange(len(self._infos), dtype=np.int64)
            column = {name: values[rows] for name, values in self._columns.items()}
        missing = column["state"] == State.MISSING
        age_s = np.where(missing, np.inf, self._monotonic_s() - column["seen_s"] + column["delay_s"])
        return known(
            Latest(
                rows=rows,
                value=column["value"],
                source_us=np.where(missing, NO_TIME_US, column["source_us"]),
                receive_us=np.where(missing, NO_TIME_US, column["receive_us"]),
                age_s=age_s,
                quality=column["quality"],
                reason=column["reason"],
                state=column["state"],
            ),
            column["interval_s"],
        )


def known(latest: Latest, interval_s: NDArray[np.float64]) -> Latest:
    """The same, with stale said of values that are older than three of their intervals (n,), 0 where nobody knows."""
    old = (interval_s > 0.0) & (latest.age_s > STALE_AFTER * interval_s)
    stale = old & (latest.state != State.MISSING) & (latest.quality != Quality.BAD)
    quality = np.where(stale, Quality.UNCERTAIN, latest.quality).astype(np.uint8)
    return replace(latest, quality=quality, reason=np.where(stale, Reason.STALE, latest.reason).astype(np.uint8))


def _said_before(
    rows: NDArray[np.int64], source_us: NDArray[np.int64], values: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which (n,) observations of a batch say what an earlier one of it said already."""
    order = np.lexsort((values, source_us, rows))
    same = np.ones(max(0, len(order) - 1), bool)
    for column in (rows, source_us, values):
        same &= column[order[1:]] == column[order[:-1]]
    said = np.zeros(len(order), bool)
    said[order[1:]] = same
    return said
