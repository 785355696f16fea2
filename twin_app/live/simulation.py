"""Simulated values: documented models of how numbers of a city run over a day, with the faults that sensors have.

A value depends on seed, stream and moment alone: whoever simulates the same stream at the same time gets the same.
Times are seconds since 1970 UTC; days are those of ``zone_h`` hours east of it.
"""

from __future__ import annotations

import enum
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from loaders.model.errors import CityTwinError
from twin_app.live.noise import Chance
from twin_app.live.streams import StreamInfo
from twin_app.live.values import NO_TIME_US, US_PER_S, Observation, State, is_number

ZONE_H = 8.0
DAY_S, HOUR_S = 86_400.0, 3600.0
FLICKER = 0.02  # of a model's span: what two readings of the same differ by
NOISE_RELAX_S = 900.0
_OWN, _NOISE, _FLICKER, _FAULT, _PHASE = range(5)  # channels of chance
# How much of a working day's people are there, by hour; straight between.
_OFFICE = (
    *((0.0, 0.02), (6.5, 0.03), (7.5, 0.15), (9.2, 0.95), (11.8, 1.0), (12.6, 0.6), (13.8, 0.95)),
    *((17.3, 0.9), (18.6, 0.35), (20.5, 0.1), (22.5, 0.03), (24.0, 0.02)),
)
_WEEKEND_PEOPLE = 0.12

Numbers = Mapping[str, float]
_Curve = Callable[[Numbers, float, Chance], float]


def _hour(p: Numbers, t_s: float) -> float:
    return ((t_s / HOUR_S + p["zone_h"]) % 24.0 + 24.0) % 24.0


def _is_weekend(p: Numbers, t_s: float) -> bool:
    return (math.floor((t_s + p["zone_h"] * HOUR_S) / DAY_S) + 3) % 7 >= 5  # 1970 began with a Thursday


def _diurnal(p: Numbers, t_s: float, chance: Chance) -> float:
    """Between ``low`` at night and ``high`` at ``peak_h``, a cosine; ``weekend`` is the share of it that is left on
    Saturdays and Sundays, ``noise`` the deviation of what drifts about it. Each stream peaks at an hour of its own."""
    size, shift_h = 0.85 + 0.3 * chance.uniform(_OWN, 0), chance.uniform(_OWN, 1) - 0.5
    share = 0.5 + 0.5 * math.cos(2.0 * math.pi * (_hour(p, t_s) - p["peak_h"] - shift_h) / 24.0)
    share *= size * (p["weekend"] if _is_weekend(p, t_s) else 1.0)
    return p["low"] + (p["high"] - p["low"]) * share + p["noise"] * chance.drift(_NOISE, t_s, NOISE_RELAX_S)


def _walk(p: Numbers, t_s: float, chance: Chance) -> float:
    """About ``mean`` with deviation ``spread``, drawn back within ``relax_s``; never under ``floor``."""
    own = 0.5 * p["spread"] * chance.normal(_OWN, 0)
    return max(p["floor"], p["mean"] + own + p["spread"] * chance.drift(_NOISE, t_s, p["relax_s"]))


def _occupancy(p: Numbers, t_s: float, chance: Chance) -> float:
    """From ``base`` up to ``peak`` as people come in the morning, go for lunch and leave; few at weekends."""
    hour = _hour(p, t_s) + 0.6 * (chance.uniform(_OWN, 1) - 0.5)
    share = _between(_OFFICE, min(max(hour, 0.0), 24.0)) * (0.6 + 0.4 * chance.uniform(_OWN, 0))
    share *= _WEEKEND_PEOPLE if _is_weekend(p, t_s) else 1.0
    share = max(0.0, share * (1.0 + 0.05 * chance.drift(_NOISE, t_s, NOISE_RELAX_S)))
    return p["base"] + (p["peak"] - p["base"]) * min(1.0, share)


def _total(p: Numbers, t_s: float, chance: Chance) -> float:
    """What ran through since midnight at ``rate_per_h`` on average, half as fast again in the afternoon as at night."""
    hour, turn = _hour(p, t_s), 2.0 * math.pi / 24.0
    swing = 0.4 / turn * (math.sin(turn * (hour - 14.0)) - math.sin(-turn * 14.0))
    return p["rate_per_h"] * (0.7 + 0.6 * chance.uniform(_OWN, 0)) * (hour + swing)


def _constant(p: Numbers, _t_s: float, _chance: Chance) -> float:
    """``value``."""
    return p["value"]


def _between(points: Sequence[tuple[float, float]], x: float) -> float:
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return points[-1][1]


@dataclass(frozen=True, slots=True)
class Kind:
    """A model: the numbers it needs, those it can do without, and how far its values reach, for flicker and spikes."""

    curve: _Curve
    needed: tuple[str, ...]
    otherwise: Mapping[str, float]
    span: Callable[[Numbers], float]
    flickers: bool = True


KINDS: dict[str, Kind] = {
    "diurnal": Kind(
        _diurnal, ("low", "high", "peak_h"), {"noise": 0.0, "weekend": 1.0}, lambda p: abs(p["high"] - p["low"])
    ),
    "walk": Kind(_walk, ("mean", "spread"), {"relax_s": HOUR_S, "floor": -math.inf}, lambda p: 4.0 * abs(p["spread"])),
    "occupancy": Kind(_occupancy, ("peak",), {"base": 0.0}, lambda p: abs(p["peak"] - p["base"])),
    # A meter never runs back.
    "total": Kind(_total, ("rate_per_h",), {}, lambda p: 24.0 * p["rate_per_h"], flickers=False),
    "constant": Kind(_constant, ("value",), {}, lambda p: max(1.0, abs(p["value"])), flickers=False),
}


class Fault(enum.StrEnum):
    """What goes wrong with sensors."""

    STUCK = "stuck"  # the same value again and again
    DROP_OUT = "drop-out"  # nothing comes
    SPIKE = "spike"  # one value far off


class SimulatedStream:
    """One stream. Raises `CityTwinError` ``feed.sim_model`` where ``model`` is none: {kind, numbers by name}.

    A value comes every ``info.interval_s`` at a moment of the stream's own; ``faults`` are per day, on average.
    """

    def __init__(
        self, info: StreamInfo, model: Mapping[str, float | str], *, seed: int, faults: float = 0.0,
        zone_h: float = ZONE_H,
    ) -> None:  # fmt: skip
        self.info = replace(info, state=State.SIMULATED, provenance=info.provenance or f"simulated, seed {seed}")
        self._kind, self._numbers = _checked(info.key, model, zone_h)
        self._chance = Chance(seed, info.key.partition("/")[2])
        self._faults = faults
        self.phase_s = self._chance.uniform(_PHASE, 0) * info.interval_s

    def turn_at(self, t_s: float) -> int:
        """The number of the last value before a moment."""
        return math.floor((t_s - self.phase_s) / self.info.interval_s)

    def observation(self, turn: int) -> Observation | None:
        """The value of that number, None while nothing comes."""
        t_s = self.phase_s + turn * self.info.interval_s
        fault, begin_s = self.fault(t_s)
        if fault is Fault.DROP_OUT:
            return None
        value = self.value(begin_s if fault is Fault.STUCK else t_s)
        if fault is Fault.SPIKE:
            value += 6.0 * self._kind.span(self._numbers) or 1.0
        time_us = round(t_s * US_PER_S)
        return Observation(self.info.key, value, max(time_us, NO_TIME_US + 1), state=State.SIMULATED)

    def value(self, t_s: float) -> float:
        """What the model says, within what can be true."""
        value = self._kind.curve(self._numbers, t_s, self._chance)
        if self._kind.flickers:
            turn = self.turn_at(t_s)
            value += FLICKER * self._kind.span(self._numbers) * self._chance.normal(_FLICKER, turn)
        info = self.info
        return min(max(value, max(info.low, self._numbers.get("floor", -math.inf))), info.high)

    def fault(self, t_s: float) -> tuple[Fault | None, float]:
        """What is wrong at a moment and since when: at most one in each quarter of an hour, or 20 intervals."""
        slot_s = max(900.0, 20.0 * self.info.interval_s)
        slot = math.floor(t_s / slot_s)
        first = 4 * slot
        if self._chance.uniform(_FAULT, first) >= self._faults * slot_s / DAY_S:
            return None, 0.0
        fault = tuple(Fault)[int(3 * self._chance.uniform(_FAULT, first + 1))]
        begin_s = slot_s * (slot + 0.33 * self._chance.uniform(_FAULT, first + 2))
        long_s = slot_s * (0.2 + 0.45 * self._chance.uniform(_FAULT, first + 3))
        long_s = self.info.interval_s if fault is Fault.SPIKE else long_s
        return (fault, begin_s) if begin_s <= t_s < begin_s + long_s else (None, 0.0)


def _checked(key: str, model: Mapping[str, float | str], zone_h: float) -> tuple[Kind, dict[str, float]]:
    kind = KINDS.get(str(model.get("kind")))
    if kind is None:
        raise CityTwinError("feed.sim_model", key, kind=str(model.get("kind"))[:40], known=", ".join(KINDS))
    numbers: dict[str, float] = {"zone_h": zone_h, **kind.otherwise}
    for name in (*kind.needed, *kind.otherwise):
        value = model.get(name, numbers.get(name))
        if value != -math.inf and not is_number(value):
            raise CityTwinError("feed.sim_number", key, name=name, kind=str(model["kind"]))
        numbers[name] = float(value)
    unknown = sorted(set(model) - set(numbers) - {"kind"})
    if unknown or not numbers.get("relax_s", 1.0) > 0.0:
        raise CityTwinError("feed.sim_number", key, name=(unknown or ["relax_s"])[0], kind=str(model["kind"]))
    return kind, numbers
