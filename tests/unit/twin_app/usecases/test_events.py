"""Events of a project: reported at a place, moved on, gone over to a saved project, written and read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pyproj import CRS

from loaders.model.errors import CityTwinError
from twin_app.live.values import now_us
from twin_app.operation.classes import event_classes
from twin_app.operation.model import Action, Role, Status
from twin_app.usecases import events
from twin_app.usecases.event_rates import event_rates
from twin_app.usecases.workbench import new_workbench

if TYPE_CHECKING:
    from pathlib import Path

CLASS = next(iter(event_classes()))
PLACE_M = (500_000.0, 2_500_000.0)  # on the central meridian 114° E


def _workbench() -> Any:
    workbench = new_workbench(settings=None, language="en")  # type: ignore[arg-type] - no setting is asked
    workbench.scene.crs = CRS.from_epsg(4547)
    return workbench


def test_an_event_is_reported_where_it_is_and_moved_on(tmp_path: Path) -> None:
    store = events.open_store(tmp_path / "a.db")
    event = events.report(_workbench(), store, CLASS, PLACE_M)
    assert event.report.lon_deg == pytest.approx(114.0, abs=1e-6)
    assert 22.0 < event.report.lat_deg < 23.0
    assert events.next_actions(event, Role.GRID) == []
    assert events.next_actions(event, Role.DISTRICT) == [Action.ACCEPT, Action.REJECT]
    moved = events.move_on(store, event.id, Action.ACCEPT, Role.DISTRICT)
    assert moved.status is Status.ACCEPTED
    handling = event_rates(store.events(), now_us())[0]
    assert (handling.id, handling.count, handling.total) == ("handling", 0, 1)
    saved = events.open_store(tmp_path / "b.db", store)
    assert saved.events() == store.events()
    store.close()
    saved.close()


@pytest.mark.parametrize("name", ["e.csv", "e.geojson"])
def test_files_bring_events_to_another_project(tmp_path: Path, name: str) -> None:
    store, other = events.open_store(tmp_path / "a.db"), events.open_store(tmp_path / "b.db")
    event = events.report(_workbench(), store, CLASS, PLACE_M)
    assert events.write_file(store, tmp_path / name) == 1
    assert events.read_file(other, tmp_path / name) == (1, [])
    assert [one.id for one in other.events()] == [event.id]
    count, findings = events.read_file(other, tmp_path / name)
    assert (count, len(findings)) == (0, 1)
    store.close()
    other.close()


def test_what_cannot_be_reported_is_said(tmp_path: Path) -> None:
    store, workbench = events.open_store(tmp_path / "a.db"), _workbench()
    with pytest.raises(CityTwinError, match=r"event\.unknown_class"):
        events.report(workbench, store, "nothing", PLACE_M)
    workbench.scene.crs = None
    with pytest.raises(CityTwinError, match=r"event\.no_crs"):
        events.report(workbench, store, CLASS, PLACE_M)
    with pytest.raises(CityTwinError, match=r"event\.unreadable"):
        events.read_file(store, tmp_path / "missing.csv")
    store.close()
