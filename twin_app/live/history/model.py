"""What every history can do, whatever keeps it; and the form of a trend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twin_app.live.batch import Batch
from twin_app.live.streams import StreamInfo
from twin_app.live.values import EARLIEST_US, LATEST_US, NO_TIME_US, US_PER_S, Observation

DAY_US = 86_400 * US_PER_S
# Widths of buckets, s. From 15 min on each is a whole number of the buckets that are kept ready.
ROLLUP_S = 900
WIDTHS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800)
MOST_POINTS = 800


@dataclass(frozen=True, slots=True)
class Trend:
    """n rows: one for each bucket of ``width_us`` and each quality that is in it, by time. All of shape (n,).

    ``start_us`` int64 is where the bucket begins, microseconds since 1970 UTC. ``minimum``, ``maximum`` and ``mean``
    float64 are in the indicator's unit, NaN where no value of that quality was a number; ``count`` int64 counts all.
    ``simulated`` is true as soon as one of the values was.
    """

    width_us: int
    start_us: NDArray[np.int64]
    quality: NDArray[np.uint8]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    mean: NDArray[np.float64]
    count: NDArray[np.int64]
    simulated: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.start_us)


class HistoryStore(Protocol):
    """Keeps observations. Any thread. `CityTwinError` ``history.*`` where it fails: nothing is half done."""

    def append(self, infos: Sequence[StreamInfo], batch: Batch) -> None:
        """Keep a batch whose ``rows`` count among ``infos``, whole or not at all; it is durable when this returns."""

    def holds(self, infos: Sequence[StreamInfo], batch: Batch) -> NDArray[np.bool_]:
        """(n,) whether an observation of the same stream and source time is kept already."""

    def trend(self, key: str, from_us: int, to_us: int, max_points: int = MOST_POINTS) -> Trend:
        """A stream between two times, in at most ``max_points`` buckets and one; both ends to whole buckets."""

    def latest(self, key: str) -> Observation | None:
        """The newest observation of a stream; None where there is none."""

    def begins_us(self, key: str) -> int | None:
        """When the oldest observation of a stream is of, to a quarter of an hour; None where there is none."""

    def known_at(self, keys: Sequence[str], time_us: int, since_us: int) -> Batch:
        """The newest observation of each stream up to ``time_us`` and after ``since_us``, oldest first.

        ``rows`` count among ``keys``; streams without one are left out.
        """

    def between(self, keys: Sequence[str], from_us: int, to_us: int, most: int) -> Batch:
        """What is of after ``from_us`` and up to ``to_us``, oldest first, at most ``most``; ``rows`` as `known_at`."""

    def count(self) -> int:
        """How many observations are kept."""

    def tidy(self, now_us: int) -> None:
        """Put finished days in order, and let go of those older than the retention."""

    def close(self) -> None:
        """Let go of it."""


def width_us(from_us: int, to_us: int, max_points: int) -> int:
    """The narrowest bucket of which at most ``max_points`` cover the time; beyond all widths whole weeks."""
    needed_s = max(1, to_us - from_us) / max(1, max_points) / US_PER_S
    fitting = next((width for width in WIDTHS_S if width >= needed_s), None)
    return (fitting or int(-(-needed_s // WIDTHS_S[-1])) * WIDTHS_S[-1]) * US_PER_S


def whole_buckets(from_us: int, to_us: int, width: int) -> tuple[int, int]:
    """The first and the end of the buckets that cover the time."""
    return from_us // width * width, -(-to_us // width) * width


def times_of(batch: Batch) -> NDArray[np.int64]:
    """(n,) when the observations are of: where the source gave no time, when they came."""
    return np.where(batch.source_us == NO_TIME_US, batch.receive_us, batch.source_us)


def dated(batch: Batch) -> tuple[Batch, NDArray[np.int64]]:
    """The observations whose times a calendar has, and these times."""
    times_us = times_of(batch)
    keep = (times_us >= EARLIEST_US) & (times_us <= LATEST_US)
    return batch.only(keep), times_us[keep]


def trend_of(width: int, columns: Sequence[NDArray[np.generic]]) -> Trend:
    """A trend from columns in the order of its fields."""
    kinds = (np.int64, np.uint8, np.float64, np.float64, np.float64, np.int64, np.bool_)
    return Trend(width, *(np.asarray(column).astype(kind) for column, kind in zip(columns, kinds, strict=True)))
