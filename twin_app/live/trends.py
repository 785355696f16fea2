"""How streams went: buckets of what came lately or long ago, curves with their gaps, and one time against another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from twin_app.live.batch import Batch
from twin_app.live.history.model import Trend, trend_of
from twin_app.live.values import US_PER_S, Quality, State

DAY_S = 86_400.0
# How far back trends look, s; None is from the beginning. The first two show single values as they came.
SPANS_S: dict[str, float | None] = {
    "minute": 60.0,
    "minutes": 600.0,
    "hour": 3600.0,
    "day": DAY_S,
    "week": 7 * DAY_S,
    "month": 31 * DAY_S,
    "year": 366 * DAY_S,
    "all": None,
}
COMPARED = ("day", "week", "year")
GAP_BUCKETS, GAP_INTERVALS = 2.5, 3.0  # without a value for longer, a curve has a gap

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def bucketed(batch: Batch, width_us: int) -> Trend:
    """Observations of one stream as a `Trend`: what a history would tell of them. ``width_us`` 0: each by itself."""
    if width_us > 0:
        starts = batch.source_us // width_us * width_us
        # One number for both: years fit into 2**61 microseconds with room for the quality.
        pairs, group = np.unique(starts * 4 + batch.quality, return_inverse=True)
    else:
        order = np.argsort(batch.source_us, kind="stable")
        batch = Batch(*(getattr(batch, name)[order] for name in Batch.__slots__))
        pairs, group = batch.source_us * 4 + batch.quality, np.arange(len(batch))
    size, finite = len(pairs), np.isfinite(batch.values)
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(low, group[finite], batch.values[finite])
    np.maximum.at(high, group[finite], batch.values[finite])
    numbers = np.bincount(group[finite], minlength=size)
    total = np.bincount(group[finite], batch.values[finite], minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / numbers
    low, high = (np.where(numbers > 0, one, np.nan) for one in (low, high))
    count = np.bincount(group, minlength=size)
    simulated = np.bincount(group, batch.state == State.SIMULATED, minlength=size) > 0
    return trend_of(width_us, (pairs // 4, pairs % 4, low, high, mean, count, simulated))


def joined(old: Trend, new: Trend, at_us: int) -> Trend:
    """``old`` before ``at_us``, and ``new`` from there on."""
    columns = []
    for name in Trend.__slots__[1:]:
        parts = getattr(old, name)[old.start_us < at_us], getattr(new, name)[new.start_us >= at_us]
        columns.append(np.concatenate(parts))
    return trend_of(old.width_us, columns)


@dataclass(frozen=True, slots=True)
class Curve:
    """n points by time; between two that are far apart lies one that is NaN.

    ``time_s`` seconds since 1970 (a bucket's middle), ``low``, ``high`` and ``mean`` of what is not bad, (n,).
    ``uncertain``: no good value is in it; ``simulated`` as soon as one was. ``bad_s`` (m,): times with nothing but bad.
    """

    time_s: Floats
    low: Floats
    high: Floats
    mean: Floats
    uncertain: Bools
    simulated: Bools
    bad_s: Floats

    def __len__(self) -> int:
        return len(self.time_s)

    @property
    def is_empty(self) -> bool:
        """Whether there is no number in it."""
        return not bool(np.isfinite(self.mean).any())

    @property
    def alone(self) -> Bools:
        """Which points (n,) have a gap on either side: no line leads to them."""
        there = np.isfinite(self.mean)
        beside = np.concatenate([[False], there[:-1]]) | np.concatenate([there[1:], [False]])
        alone: Bools = there & ~beside[: len(there)]
        return alone

    @property
    def has_envelope(self) -> bool:
        """Whether lowest and highest differ anywhere from the mean."""
        return bool((self.high > self.low).any())


def curve_of(trend: Trend, interval_s: float = 0.0, shift_us: int = 0) -> Curve:
    """A trend as a curve, moved later by ``shift_us``; ``interval_s`` is how often a value is expected, 0: unknown.

    What is bad makes a gap. Single values (``width_us`` 0) of an unknown interval have no other gaps.
    """
    trusted = (trend.quality != Quality.BAD) & np.isfinite(trend.mean)
    starts, group = np.unique(trend.start_us[trusted], return_inverse=True)
    size, weight = len(starts), trend.count[trusted].astype(np.float64)
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(low, group, trend.minimum[trusted])
    np.maximum.at(high, group, trend.maximum[trusted])
    mean = np.bincount(group, weight * trend.mean[trusted], minlength=size) / np.bincount(group, weight, minlength=size)
    good = np.bincount(group, trend.quality[trusted] == Quality.GOOD, minlength=size) > 0
    simulated = np.bincount(group, trend.simulated[trusted], minlength=size) > 0
    middle_us = trend.width_us // 2 + shift_us
    bad = np.setdiff1d(trend.start_us[trend.quality == Quality.BAD], starts)
    gap_us = _gap_us(trend.width_us, interval_s)
    is_gap = (np.diff(starts) > gap_us) if gap_us else np.zeros(max(0, size - 1), bool)
    if bad.size and size > 1:
        is_gap |= np.searchsorted(bad, starts[1:]) > np.searchsorted(bad, starts[:-1])
    after = np.flatnonzero(is_gap) + 1

    numbers = [np.insert(column, after, np.nan) for column in (low, high, mean)]
    marks = [np.insert(column, after, False) for column in (~good, simulated)]
    times = np.insert(starts.astype(np.float64), after, starts[after - 1] + 1.0)
    seconds = (times + middle_us) / US_PER_S, (bad + middle_us) / US_PER_S
    return Curve(seconds[0], numbers[0], numbers[1], numbers[2], marks[0], marks[1], seconds[1])


def _gap_us(width_us: int, interval_s: float) -> float:
    expected_us = GAP_INTERVALS * interval_s * US_PER_S
    return max(GAP_BUCKETS * width_us, expected_us) if width_us > 0 or expected_us > 0 else 0.0


def shift_us(compared: str, at_us: int) -> int:
    """By how much the same time of the last day, week or year lies back; a year is one of the calendar."""
    if compared != "year":
        return round({"day": DAY_S, "week": 7 * DAY_S}[compared] * US_PER_S)
    moment = datetime.fromtimestamp(at_us / US_PER_S)
    leap = moment.month == 2 and moment.day == 29
    before = moment.replace(year=moment.year - 1, day=28 if leap else moment.day)
    return round((moment.timestamp() - before.timestamp()) * US_PER_S)


@dataclass(frozen=True, slots=True)
class Difference:
    """Means over the times at which both have a value: ``share`` (0..1) of the times of the one that is asked about."""

    now: float
    then: float
    share: float

    @property
    def change(self) -> float:
        """By how much it is more than it was."""
        return self.now - self.then

    @property
    def relative(self) -> float | None:
        """The change as a share of what it was; None where that was nothing."""
        return self.change / abs(self.then) if self.then else None


def difference(now: Curve, then: Curve, width_s: float) -> Difference | None:
    """Of two curves over one time axis; None where no time has values of both. ``width_s`` is that of a bucket."""
    here, there = np.isfinite(now.mean), np.isfinite(then.mean)
    if not here.any() or not there.any():
        return None
    times, others = now.time_s[here], then.time_s[there]
    right = np.clip(np.searchsorted(others, times), 1, max(1, len(others) - 1))
    left = np.maximum(right - 1, 0)
    right = np.minimum(right, len(others) - 1)
    near = np.where(np.abs(others[right] - times) < np.abs(times - others[left]), right, left)
    both = np.abs(others[near] - times) <= width_s
    if not both.any():
        return None
    before = then.mean[there][near[both]]
    return Difference(float(now.mean[here][both].mean()), float(before.mean()), float(both.mean()))
