"""How far an indicator is on its way: against its target, the pace that it takes, where it will be. Pure functions."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from twin_app.indicators.definitions import Direction, Indicator
from twin_app.live.values import US_PER_S

YEAR_S = 365.2425 * 86_400.0


def end_of_year_us(year: int) -> int:
    """The end of a year in UTC, microseconds since 1970: what a figure of that year is counted to."""
    return round(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp()) * US_PER_S


def reached(one: Indicator, value: float) -> bool | None:
    """Whether the target is met; None where there is no target, or no value."""
    if not math.isfinite(value):
        return None
    if one.direction == Direction.BAND and one.band is not None:
        return one.band[0] <= value <= one.band[1]
    if one.direction == Direction.NONE or not math.isfinite(one.target):
        return None
    if value == one.target:
        return not one.strict
    return value > one.target if one.direction == Direction.HIGHER else value < one.target


def progress(one: Indicator, value: float) -> float | None:
    """The share of the way to the target: 0 at the baseline, 1 at the target; below and beyond are told as they are.

    Without a baseline it is value / target where higher is better, target / value where lower is. In a band it is 1
    inside, and falls to 0 over one width of the band. None where that says nothing.
    """
    if not math.isfinite(value):
        return None
    if one.direction == Direction.BAND and one.band is not None:
        low, high = one.band
        return max(0.0, 1.0 - max(low - value, value - high, 0.0) / (high - low))
    if one.direction == Direction.NONE or not math.isfinite(one.target):
        return None
    if math.isfinite(one.baseline):
        way = one.target - one.baseline
        return _finite((value - one.baseline) / way) if way else None
    part, whole = (value, one.target) if one.direction == Direction.HIGHER else (one.target, value)
    return _finite(part / whole) if whole > 0.0 and part >= 0.0 else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def required_pace(one: Indicator, value: float, now_us: int) -> float | None:
    """By how much a year it has to change from now to the end of the target's year; 0 where the target is met.

    None where there is no target, no year, no value, or no time left.
    """
    met = reached(one, value)
    if met is None or one.year is None or one.direction == Direction.BAND:
        return None
    left_s = (end_of_year_us(one.year) - now_us) / US_PER_S
    if met:
        return 0.0
    return _finite((one.target - value) / (left_s / YEAR_S)) if left_s > 0 else None


class Assumption(enum.StrEnum):
    """What a forecast takes for granted; ``indicator.assumption.<name>`` are the words for it."""

    BASELINE_PACE = "baseline_pace"  # it goes on as on average since the baseline
    TREND = "trend"  # it goes on along the straight line through its history


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where it will be at the end of the target's year if ``assumption`` holds. ``pace`` is by year."""

    value: float
    pace: float
    reaches: bool | None
    assumption: Assumption


def forecast(one: Indicator, value: float, now_us: int, history: Sequence[tuple[int, float]] = ()) -> Forecast | None:
    """Along a straight line: the trend of ``history`` (time in µs, value), else from the baseline's year to now.

    None where there is neither, or nothing to aim at.
    """
    if one.year is None or not math.isfinite(value):
        return None
    left_years = (end_of_year_us(one.year) - now_us) / US_PER_S / YEAR_S
    slope = _slope(history)
    assumption = Assumption.TREND
    if slope is None and one.baseline_year is not None and math.isfinite(one.baseline):
        past_years = (now_us - end_of_year_us(one.baseline_year)) / US_PER_S / YEAR_S
        slope = (value - one.baseline) / past_years if past_years > 0.0 else None
        assumption = Assumption.BASELINE_PACE
    if slope is None or left_years < 0.0:
        return None
    then = min(max(value + slope * left_years, one.low), one.high)  # never more than can be true
    return Forecast(then, slope, reached(one, then), assumption) if math.isfinite(then) else None


def _slope(history: Sequence[tuple[int, float]]) -> float | None:
    """Least squares, by year."""
    points = [(time_us / US_PER_S / YEAR_S, value) for time_us, value in history if math.isfinite(value)]
    if len(points) < 2:
        return None
    mean_t = math.fsum(t for t, _ in points) / len(points)
    mean_v = math.fsum(v for _, v in points) / len(points)
    spread = math.fsum((t - mean_t) ** 2 for t, _ in points)
    return math.fsum((t - mean_t) * (v - mean_v) for t, v in points) / spread if spread > 0.0 else None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place in a ranking; equal values share a rank, and ``rank`` is None where there is no value."""

    name: str
    value: float
    rank: int | None


def ranking(one: Indicator, values: Mapping[str, float]) -> list[Ranked]:
    """Districts, best first; those without a value last, in the order they came."""
    known = {name: _cost(one, value) for name, value in values.items() if math.isfinite(value)}
    costs = sorted(known.values())
    ordered = sorted(known, key=known.__getitem__)
    found = [Ranked(name, values[name], costs.index(known[name]) + 1) for name in ordered]
    return found + [Ranked(name, math.nan, None) for name in values if name not in known]


def _cost(one: Indicator, value: float) -> float:
    """Less is better."""
    if one.direction == Direction.BAND and one.band is not None:
        return max(one.band[0] - value, value - one.band[1], 0.0)
    return value if one.direction == Direction.LOWER else -value


@dataclass(frozen=True, slots=True)
class Delta:
    """What a scenario changes: ``change`` in the indicator's unit, ``share`` of the value before, better or not."""

    change: float
    share: float | None
    better: bool | None


def delta(one: Indicator, before: float, after: float) -> Delta | None:
    """From one scenario to another; None where either has no value. ``better`` None: neither, or nobody can say."""
    change = after - before
    if not math.isfinite(change):
        return None
    costs = _cost(one, after), _cost(one, before)
    same = costs[0] == costs[1] or one.direction == Direction.NONE
    return Delta(change, _finite(change / abs(before)) if before else None, None if same else costs[0] < costs[1])


def deltas(
    indicators: Mapping[str, Indicator], before: Mapping[str, float], after: Mapping[str, float]
) -> dict[str, Delta]:
    """By indicator id, of all that have a value in both scenarios."""
    shared = before.keys() & after.keys()
    changes = {key: delta(one, before[key], after[key]) for key, one in indicators.items() if key in shared}
    return {key: change for key, change in changes.items() if change is not None}
