"""Rates of city operation as they stand, and the plan's indicators that take them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyproj import CRS

from twin_app.indicators.registry import shipped_packs
from twin_app.live.feed import FeedSpec
from twin_app.live.streams import StreamInfo
from twin_app.live.values import US_PER_S, Observation, State, now_us
from twin_app.operation.classes import event_classes
from twin_app.operation.model import Action, Report, Role, Step
from twin_app.services.project import EventSourceRecord
from twin_app.usecases import event_rates, events
from twin_app.usecases.event_watch import Heard, watches_of
from twin_app.usecases.indicator_board import Board
from twin_app.usecases.workbench import Workbench, new_workbench

CLASS = next(iter(event_classes()))
PLAN = shipped_packs()[0]


@pytest.fixture
def workbench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    monkeypatch.setenv("CITYTWIN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CITYTWIN_CONFIG_DIR", str(tmp_path / "config"))
    made: Any = new_workbench(settings=None, language="en")  # type: ignore[arg-type] - no setting is asked
    made.scene.crs = CRS.from_epsg(4547)
    made.live.resting = True
    made.project.set(tmp_path / "city.citytwin", dirty=False)
    yield made
    events.close(made)
    made.jobs.shutdown()
    made.live.close()


def _handled(workbench: Workbench, event_id: str, *roles: Role, simulated: bool = False) -> None:
    """An event that some roles dispatched one after the other."""
    store, now = events.store_of(workbench), now_us() - 3600 * US_PER_S
    report = Report(CLASS, 114.3, 30.6, simulated=simulated)
    steps = [Step(event_id, Action.REPORT, now, "me", Role.GRID, report=report)]
    steps.append(Step(event_id, Action.ACCEPT, now, "me", Role.DISTRICT))
    steps += [Step(event_id, Action.DISPATCH, now, "me", role, resources=("r",)) for role in roles]
    store.take_all(steps)


def _value(workbench: Workbench, indicator_id: str) -> Any:
    one = PLAN.indicator(indicator_id)
    assert one is not None
    return Board(workbench).standing(one).value


def test_the_plan_takes_the_linked_rate_from_the_events(workbench: Workbench) -> None:
    assert _value(workbench, "plan.linked_events").missing
    _handled(workbench, "a", Role.DISTRICT, Role.STREET)
    _handled(workbench, "b", Role.DISTRICT)
    event_rates.rates_of(workbench).anew()
    value = _value(workbench, "plan.linked_events")
    assert (value.value, value.state) == (50.0, State.COMPUTED)
    assert value.provenance == "Linked-command rate: 1 of 2 in 30 d"
    _handled(workbench, "c", Role.DISTRICT, simulated=True)
    event_rates.rates_of(workbench).anew()
    value = _value(workbench, "plan.linked_events")
    assert (round(value.value, 3), value.state) == (33.333, State.SIMULATED)


def test_what_people_state_stands_before_what_is_simulated(workbench: Workbench) -> None:
    from twin_app.services.project import DeclaredRecord

    workbench.project.declared.append(DeclaredRecord("plan.linked_events", 81.0, "", "me", "report", "2026-01-01"))
    _handled(workbench, "a", Role.DISTRICT, simulated=True)
    assert (_value(workbench, "plan.linked_events").value, _value(workbench, "plan.linked_events").state) == (
        81.0,
        State.DECLARED,
    )


def test_convergence_counts_streams_silent_feeds_and_watched_systems(workbench: Workbench) -> None:
    live = workbench.live
    assert event_rates.convergence_now(workbench).state is State.MISSING
    live.table.declare([StreamInfo(f"f/{name}") for name in "abcd"])
    now = now_us()
    old = now - 2 * event_rates.ARRIVAL_S * US_PER_S
    values = [Observation("f/a", 1.0, now), Observation("f/b", 2.0, now), Observation("f/c", 3.0, old)]
    live.table.accept(values)
    live.put(FeedSpec("silent", "mqtt://nowhere"))
    live.put(FeedSpec("resting", "mqtt://nowhere", enabled=False))
    rate = event_rates.convergence_now(workbench)
    assert (rate.count, rate.total, rate.state) == (2, 5, State.COMPUTED)
    watches = watches_of(workbench)
    for name in ("one", "two"):
        watches.put(EventSourceRecord(name, "http://nowhere"))
    watches._heard["one"] = Heard(answers=1, last_us=now)
    rate = event_rates.convergence_now(workbench)
    assert (rate.count, rate.total) == (3, 7)
    value = _value(workbench, "plan.data_convergence")
    assert value.value == pytest.approx(300 / 7)
    assert value.provenance == "Data-convergence rate: 3 of 7 in 1 d"
    live.table.accept([Observation("f/d", 1.0, now, state=State.SIMULATED)])
    rate = event_rates.convergence_now(workbench)
    assert (rate.count, rate.total, rate.state) == (4, 7, State.SIMULATED)


def test_without_the_window_a_project_tells_the_rates_of_its_events(workbench: Workbench, tmp_path: Path) -> None:
    from twin_app.services.project import ProjectRecord, write_project
    from twin_app.usecases.indicators import standings

    project = tmp_path / "city.citytwin"
    write_project(project, ProjectRecord())
    _handled(workbench, "a", Role.DISTRICT, Role.STREET)
    found, problems = standings(project, PLAN.id, now_us())
    assert problems == []
    value = {one.indicator.id: one.value for one in found}
    assert (value["plan.linked_events"].value, value["plan.linked_events"].state) == (100.0, State.COMPUTED)
    assert value["plan.data_convergence"].missing, "what comes in is known only while the program runs"
    year_ago, _ = standings(project, PLAN.id, now_us() - 365 * 86_400 * US_PER_S)
    assert {one.indicator.id: one.value for one in year_ago}["plan.linked_events"].missing
