"""A day of city events that never happened, the same for the same seed; every event is stamped simulated.

Each class's events come as a Poisson process whose rate is its daily number times `HOURLY`. Each is taken on after a
few minutes (lognormal), sent to the nearest free resource with its skill, reached along the roads at `SPEED_M_S`,
handled in a lognormal time around the class's minutes, checked and closed. One in twelve is rejected, one in twenty
sent back once. The shares and times are made up so that a day looks like one; they say nothing about any city.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from twin_app.live.values import US_PER_S
from twin_app.operation.classes import EventClass, event_classes
from twin_app.operation.dispatch import Resource, ResourceState, nearest
from twin_app.operation.model import Action, Level, Report, Role, Step
from twin_app.operation.roads import RoadGraph

# Of a day's events, by hour of the day: few at night, most in the morning and before the evening.
_WEIGHTS = (1, 1, 1, 1, 1, 2, 4, 8, 10, 10, 9, 8, 6, 6, 8, 9, 9, 9, 7, 6, 5, 4, 3, 2)
HOURLY = tuple(weight / sum(_WEIGHTS) for weight in _WEIGHTS)
SPEED_M_S = 6.0  # 22 km/h, in traffic
REJECTED_SHARE, SENT_BACK_SHARE = 1 / 12, 1 / 20
LEVEL_SHARES = {Level.MOST_GRAVE: 0.002, Level.GRAVE: 0.018, Level.LARGER: 0.13, Level.ORDINARY: 0.85}
_SOURCES = ("grid_patrol", "hotline_12345", "video", "sensor", "citizen_app")
_DISPATCHERS = {Level.MOST_GRAVE: Role.CITY, Level.GRAVE: Role.CITY, Level.LARGER: Role.DISTRICT}
_FREE = ResourceState.FREE
USER = "simulated 模拟"


@dataclass(frozen=True, slots=True)
class City:
    """Where the day takes place. ``places_m`` (n, 2) are places events can have; ``lon_lat`` of project metres.

    Resources start where they stand and stay where they were last sent.
    """

    roads: RoadGraph
    places_m: np.typing.NDArray[np.float64]
    resources: tuple[Resource, ...]
    lon_lat: Callable[[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Move:
    """A resource on its way: from one place to another, both project metres, in a straight line between two times."""

    resource: str
    event: str
    begin_us: int
    end_us: int
    from_m: tuple[float, float]
    to_m: tuple[float, float]

    def place_m(self, time_us: int) -> tuple[float, float]:
        """Where it is at a time; before and after, at the ends."""
        share = min(1.0, max(0.0, (time_us - self.begin_us) / max(1, self.end_us - self.begin_us)))
        return tuple(a + share * (b - a) for a, b in zip(self.from_m, self.to_m, strict=True))  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Day:
    """All steps in the order of their times, and all ways of the resources."""

    steps: tuple[Step, ...]
    moves: tuple[Move, ...]


def simulated_day(city: City, begin_us: int, seed: int, classes: Sequence[EventClass] | None = None) -> Day:
    """The day that begins at ``begin_us``, midnight there; steps may reach into the next one."""
    return _Simulation(city, begin_us, np.random.default_rng(seed)).run(classes or tuple(event_classes().values()))


def reported_s(kind: EventClass, random: np.random.Generator) -> list[float]:
    """Seconds of the day at which events of a class are reported: a Poisson number in each hour, evenly in it."""
    counts = random.poisson([kind.daily * share for share in HOURLY])
    return [3600.0 * (hour + float(part)) for hour, count in enumerate(counts) for part in random.random(count)]


class _Simulation:
    """Of one day: events in the order of their reports, resources busy until they are done."""

    def __init__(self, city: City, begin_us: int, random: np.random.Generator) -> None:
        self._city = city
        self._begin_us = begin_us
        self._random = random
        self._resources = {one.id: replace(one, simulated=True) for one in city.resources if one.state is _FREE}
        self._free_s = dict.fromkeys(self._resources, 0.0)
        self._steps: list[Step] = []
        self._moves: list[Move] = []

    def run(self, classes: Sequence[EventClass]) -> Day:
        reported = sorted((time_s, kind.id, kind) for kind in classes for time_s in reported_s(kind, self._random))
        for number, (time_s, _, kind) in enumerate(reported):
            self._live(f"sim-{self._begin_us // US_PER_S}-{number:04d}", kind, time_s)
        order = sorted(range(len(self._steps)), key=lambda i: (self._steps[i].time_us, i))
        return Day(tuple(self._steps[i] for i in order), tuple(sorted(self._moves, key=lambda one: one.begin_us)))

    def _at(self, time_s: float) -> int:
        return self._begin_us + round(time_s * US_PER_S)

    def _some_s(self, median_s: float, spread: float = 0.5) -> float:
        return float(self._random.lognormal(math.log(median_s), spread))

    def _live(self, event: str, kind: EventClass, time_s: float) -> None:
        place_m = self._place()
        level = Level(int(self._random.choice([int(one) for one in LEVEL_SHARES], p=list(LEVEL_SHARES.values()))))
        report = self._report(kind, level, place_m)
        self._steps.append(Step(event, Action.REPORT, self._at(time_s), USER, Role.GRID, report=report))
        time_s += self._some_s(kind.accept_s / 4.0)
        if self._random.random() < REJECTED_SHARE and level is Level.ORDINARY:
            self._take(event, Action.REJECT, time_s, Role.DISTRICT)
            return
        self._take(event, Action.ACCEPT, time_s, Role.DISTRICT)
        self._handle(event, kind, (time_s + self._some_s(180.0), level), place_m)

    def _place(self) -> tuple[float, float]:
        x, y = self._city.places_m[int(self._random.integers(len(self._city.places_m)))]
        return float(x), float(y)

    def _report(self, kind: EventClass, level: Level, place_m: tuple[float, float]) -> Report:
        lon_deg, lat_deg = self._city.lon_lat(*place_m)
        source = str(self._random.choice(_SOURCES))
        return Report(
            class_id=kind.id,
            lon_deg=lon_deg,
            lat_deg=lat_deg,
            level=level,
            source=source,
            title=f"{kind.zh} {kind.en}",
            accept_s=kind.accept_s,
            handle_s=kind.handle_s,
            project_m=place_m,
            simulated=True,
        )

    def _take(self, event: str, action: Action, time_s: float, role: Role, **more: tuple[str, ...]) -> None:
        self._steps.append(Step(event, action, self._at(time_s), USER, role, USER, **more))  # type: ignore[arg-type]

    def _handle(self, event: str, kind: EventClass, when: tuple[float, Level], place_m: tuple[float, float]) -> None:
        time_s, level = when
        found = self._sent(kind.skill, time_s, place_m)
        if found is None:
            return  # nobody in the city has the skill: it stays accepted, and its clock runs
        time_s, resource, way_m = found
        self._take(event, Action.DISPATCH, time_s, _DISPATCHERS.get(level, Role.STREET), resources=(resource.id,))
        there_s = time_s + way_m / SPEED_M_S
        ends = self._at(time_s), self._at(there_s)
        self._moves.append(Move(resource.id, event, *ends, resource.place_m, place_m))
        done_s = there_s + self._some_s(60.0 * kind.minutes)
        handler = Role.COMMUNITY if self._random.random() < 0.6 else Role.STREET
        self._take(event, Action.HANDLE, done_s, handler)
        if self._random.random() < SENT_BACK_SHARE:
            done_s += 600.0
            self._take(event, Action.SEND_BACK, done_s, Role.GRID)
            done_s += self._some_s(30.0 * kind.minutes)
            self._take(event, Action.HANDLE, done_s, handler)
        self._resources[resource.id] = replace(resource, place_m=place_m)
        self._free_s[resource.id] = done_s
        checked_s = done_s + self._some_s(1200.0)
        self._take(event, Action.CHECK, checked_s, Role.GRID)
        self._take(event, Action.CLOSE, checked_s + self._some_s(600.0), Role.DISTRICT)

    def _sent(self, skill: str, time_s: float, place_m: tuple[float, float]) -> tuple[float, Resource, float] | None:
        """When somebody can be sent, who, and how far it is; waits until one with the skill is free."""
        able = [one for one in self._resources.values() if skill in one.skills]
        if not able:
            return None
        time_s = max(time_s, min(self._free_s[one.id] for one in able))
        free = [one for one in able if self._free_s[one.id] <= time_s]
        (offer,) = nearest(self._city.roads, place_m, free, most=1)
        return time_s, offer.resource, offer.way_m
