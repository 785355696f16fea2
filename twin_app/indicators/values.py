"""What an indicator's value is now, and what is known of it: quality, origin, age, how many sources were good."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError
from twin_app.indicators.definitions import Gathering, Indicator, Level
from twin_app.live.streams import StreamInfo
from twin_app.live.table import Latest
from twin_app.live.units import factor_and_offset
from twin_app.live.values import NO_TIME_US, Quality, Reason, State

_GATHER: dict[Gathering, Callable[[NDArray[np.float64]], float]] = {
    Gathering.MEAN: lambda values: float(values.mean()),
    Gathering.SUM: lambda values: float(values.sum()),
    Gathering.MIN: lambda values: float(values.min()),
    Gathering.MAX: lambda values: float(values.max()),
    Gathering.COUNT: lambda values: float(len(values)),
}
NAMED_SOURCES = 3


@dataclass(frozen=True, slots=True)
class ValueRecord:
    """One value of an indicator. ``value`` is NaN and ``state`` missing where there is none.

    ``good`` of ``total`` sources were good. ``provenance`` names the sources: streams, or who declared it after what.
    Times are microseconds since 1970 UTC; ``age_s`` is infinite where nothing is there.
    """

    value: float = math.nan
    unit: str = "1"
    source_us: int = NO_TIME_US
    receive_us: int = NO_TIME_US
    quality: Quality = Quality.GOOD
    reason: Reason = Reason.NONE
    state: State = State.MISSING
    provenance: str = ""
    age_s: float = math.inf
    good: int = 0
    total: int = 0

    @property
    def missing(self) -> bool:
        """Whether there is no number."""
        return self.state == State.MISSING or not math.isfinite(self.value)


def missing_value(one: Indicator, total: int = 0) -> ValueRecord:
    """Nobody has told a value."""
    return ValueRecord(unit=one.unit, total=total)


def conversion(info: StreamInfo, one: Indicator) -> tuple[float, float] | None:
    """Factor and offset from the unit of a stream's values in the table to the indicator's; None where unlike."""
    if not info.unit or (info.factor, info.offset) != (1.0, 0.0):
        return 1.0, 0.0  # in the indicator's unit already
    try:
        return factor_and_offset(info.unit, one.unit)
    except CityTwinError:
        return None


def gathered(one: Indicator, latest: Latest, keys: list[str]) -> ValueRecord:
    """One value out of many streams. Only good ones count; where there are none, the uncertain ones, and it is so.

    Simulated as soon as one that counts is; several together are computed. Its age is that of the oldest that counts.
    """
    total = len(keys)
    there = np.isfinite(latest.value) & (latest.state != State.MISSING)
    good = latest.usable & there
    use = good if good.any() else there & (latest.quality == Quality.UNCERTAIN)
    use = use if use.any() else there
    if not use.any():
        return missing_value(one, total)
    if one.gathering == Gathering.LAST:
        use = np.arange(total) == max(np.flatnonzero(use), key=lambda row: int(latest.source_us[row]))
    picked = np.flatnonzero(use)
    values = latest.value[picked]
    oldest = int(picked[np.argmax(latest.age_s[picked])])
    trusted = bool(good[picked].all())
    return ValueRecord(
        value=float(values[-1]) if one.gathering == Gathering.LAST else _GATHER[one.gathering](values),
        unit=one.unit,
        source_us=int(latest.source_us[oldest]),
        receive_us=int(latest.receive_us[oldest]),
        quality=Quality.GOOD if trusted else Quality(int(latest.quality[oldest])),
        reason=Reason.NONE if trusted else Reason(int(latest.reason[oldest])),
        state=_state(latest.state[picked]),
        provenance=_sources([keys[row] for row in picked]),
        age_s=float(latest.age_s[oldest]),
        good=int(good.sum()),
        total=total,
    )


def _state(states: NDArray[np.uint8]) -> State:
    if (states == State.SIMULATED).any():
        return State.SIMULATED
    return State(int(states[0])) if len(states) == 1 else State.COMPUTED


def _sources(keys: list[str]) -> str:
    named = ", ".join(keys[:NAMED_SOURCES])
    return named if len(keys) <= NAMED_SOURCES else f"{named} … ({len(keys)})"


def best_value(candidates: Iterable[ValueRecord]) -> ValueRecord:
    """Of several ways to a value the best: what is real before what is simulated, then the better, then the newer."""

    def rank(one: ValueRecord) -> tuple[bool, bool, int, int]:
        return (not one.missing, one.state != State.SIMULATED, -int(one.quality), one.source_us)

    return max(candidates, key=rank)


def alarm_level(one: Indicator, value: ValueRecord) -> Level | None:
    """The outermost limit that a value is beyond, without delays and dead band; None where there is none."""
    if value.missing or value.quality == Quality.BAD:
        return None
    outermost = {Level.HH: 0, Level.LL: 0, Level.H: 1, Level.L: 1}
    beyond = [limit.level for limit in one.thresholds if limit.beyond(value.value)]
    return min(beyond, key=outermost.__getitem__) if beyond else None
