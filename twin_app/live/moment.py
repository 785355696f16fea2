"""The table of latest values at another time than now, made of what was observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_app.live.batch import Batch
from twin_app.live.table import Latest, known
from twin_app.live.values import NO_TIME_US, US_PER_S, Quality, State


@dataclass(frozen=True, slots=True)
class Stretch:
    """Observations by source time, those before ``from_us`` being what was known then; it tells of times to ``to_us``.

    ``rows`` of the batch are rows of the `LatestTable`.
    """

    from_us: int
    to_us: int
    observed: Batch

    def covers(self, time_us: int) -> bool:
        """Whether it knows of that time."""
        return self.from_us <= time_us <= self.to_us

    def at(self, time_us: int, interval_s: NDArray[np.float64]) -> Latest:
        """What the table of latest values would have said, for streams with these expected intervals (n,).

        A value counts by the time that its source gives it, whenever it came. Streams without one are missing.
        """
        observed, size = self.observed, len(interval_s)
        end = int(np.searchsorted(observed.source_us, time_us, "right"))
        newest = np.full(size, -1, np.int64)
        within = np.flatnonzero(observed.rows[:end] < size)
        newest[observed.rows[within]] = within  # of a row that comes again the last one stays
        missing = newest < 0
        if not len(observed):
            return nothing_known(size)
        source_us = np.where(missing, NO_TIME_US, observed.source_us[newest])
        told = Latest(
            rows=np.arange(size, dtype=np.int64),
            value=np.where(missing, np.nan, observed.values[newest]),
            source_us=source_us,
            receive_us=np.where(missing, NO_TIME_US, observed.receive_us[newest]),
            age_s=np.where(missing, np.inf, (time_us - source_us) / US_PER_S),
            quality=np.where(missing, Quality.GOOD, observed.quality[newest]).astype(np.uint8),
            reason=np.where(missing, 0, observed.reason[newest]).astype(np.uint8),
            state=np.where(missing, State.MISSING, observed.state[newest]).astype(np.uint8),
        )
        return known(told, interval_s)


def nothing_known(size: int) -> Latest:
    """Of ``size`` streams, all of them missing."""
    times, none = np.full(size, NO_TIME_US, np.int64), np.zeros(size, np.uint8)
    return Latest(
        rows=np.arange(size, dtype=np.int64),
        value=np.full(size, np.nan),
        source_us=times,
        receive_us=times.copy(),
        age_s=np.full(size, np.inf),
        quality=none,
        reason=none.copy(),
        state=np.full(size, State.MISSING, np.uint8),
    )


def rows_of(latest: Latest, rows: NDArray[np.int64] | None) -> Latest:
    """Some rows of a whole table; those that it does not have yet are missing."""
    if rows is None:
        return latest
    size = len(latest.rows)
    whole = nothing_known(1)
    place = np.where(rows < size, rows, size)
    columns = {
        name: np.concatenate([getattr(latest, name), getattr(whole, name)])[place]
        for name in Latest.__slots__
        if name != "rows"
    }
    return Latest(rows=rows, **columns)


def in_order(batches: Sequence[Batch]) -> Batch:
    """Batches as one, by source time; of one time what came later stands later."""
    whole = Batch(*(np.concatenate([getattr(one, name) for one in batches]) for name in Batch.__slots__))
    order = np.lexsort((whole.receive_us, whole.source_us))
    return Batch(*(getattr(whole, name)[order] for name in Batch.__slots__))


def newest_of(batch: Batch) -> Batch:
    """Of each stream the observation that stands last."""
    _, from_end = np.unique(batch.rows[::-1], return_index=True)
    keep = np.zeros(len(batch), bool)
    keep[len(batch) - 1 - from_end] = True
    return batch.only(keep)
