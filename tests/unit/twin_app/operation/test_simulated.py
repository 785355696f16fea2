"""The simulated day: the same for a seed, allowed step by step, stamped throughout, and like a day."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from twin_app.live.values import US_PER_S, State
from twin_app.operation.classes import event_classes
from twin_app.operation.dispatch import Resource
from twin_app.operation.flow import after
from twin_app.operation.model import CityEvent, Status
from twin_app.operation.rates import rates
from twin_app.operation.roads import RoadGraph
from twin_app.operation.simulated import HOURLY, City, Day, reported_s, simulated_day
from twin_app.operation.store import EventStore

BEGIN_US = 1_795_536_000 * US_PER_S
SKILLS = sorted({one.skill for one in event_classes().values()})


def city_of(skills: list[str]) -> City:
    lines = [np.array([[0.0, y], [2000.0, y]]) for y in range(0, 2001, 250)]
    lines += [line[:, ::-1] for line in lines]
    resources = [Resource(f"{s}-{n}", s, frozenset({s}), (500.0 * n, 0.0)) for s in skills for n in range(4)]
    places_m = np.random.default_rng(1).uniform(0.0, 2000.0, (200, 2))
    return City(RoadGraph(lines), places_m, tuple(resources), lambda x, y: (114.0 + x / 1e5, 30.0 + y / 1e5))


@pytest.fixture(scope="module")
def day() -> Day:
    return simulated_day(city_of(SKILLS), BEGIN_US, 7)


def test_the_same_seed_makes_the_same_day(day: Day) -> None:
    assert simulated_day(city_of(SKILLS), BEGIN_US, 7) == day
    assert simulated_day(city_of(SKILLS), BEGIN_US, 8) != day


def test_every_step_is_allowed_and_every_event_is_stamped(day: Day) -> None:
    events: dict[str, CityEvent] = {}
    for step in day.steps:
        events[step.event] = after(events.get(step.event), step)
        assert events[step.event].changed_us == step.time_us  # no step lies before the one it follows
    assert all(event.report.simulated for event in events.values())
    assert {event.status for event in events.values()} == {Status.CLOSED, Status.REJECTED}
    found = {one.id: one for one in rates(events.values(), BEGIN_US, BEGIN_US + 86400 * US_PER_S, BEGIN_US * 2)}
    assert {one.state for one in found.values()} == {State.SIMULATED}
    assert 50.0 < found["in_time"].percent <= 100.0
    assert 30.0 < found["linked"].percent < 90.0


def test_nobody_is_in_two_places(day: Day) -> None:
    last: dict[str, tuple[int, tuple[float, float]]] = {}
    for move in day.moves:
        end_us, place_m = last.get(move.resource, (0, move.from_m))
        assert end_us <= move.begin_us <= move.end_us
        assert move.from_m == place_m
        last[move.resource] = move.end_us, move.to_m
        half = move.place_m((move.begin_us + move.end_us) // 2)
        assert half == pytest.approx(np.mean([move.from_m, move.to_m], axis=0), abs=0.1)
        assert move.place_m(0) == move.from_m


def test_reports_come_as_often_as_they_should_and_when() -> None:
    kind = event_classes()["event.litter"]
    random = np.random.default_rng(3)
    days = [reported_s(kind, random) for _ in range(400)]
    assert np.mean([len(one) for one in days]) == pytest.approx(kind.daily, rel=0.03)
    assert np.var([len(one) for one in days]) == pytest.approx(kind.daily, rel=0.3)  # as of a Poisson number
    hours = np.bincount([int(time_s // 3600) for one in days for time_s in one], minlength=24) / (400 * kind.daily)
    np.testing.assert_allclose(hours, HOURLY, atol=0.006)


def test_what_nobody_can_handle_stays_open() -> None:
    told = simulated_day(city_of([]), BEGIN_US, 7)
    events: dict[str, CityEvent] = {}
    for step in told.steps:
        events[step.event] = after(events.get(step.event), step)
    assert {event.status for event in events.values()} == {Status.ACCEPTED, Status.REJECTED}
    assert told.moves == ()


def test_a_day_fits_the_store(tmp_path: Path, day: Day) -> None:
    store = EventStore(tmp_path / "day.sqlite")
    store.take_all(day.steps)
    assert sum(len(store.steps(event.id)) for event in store.events()) == len(day.steps)
    store.close()
