"""Sensors of the models in the live panel: listed, bound by tag or name, and by hand; kept in the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loaders.model.tables import NO_ROW
from scenes.model.layers import LayerState
from scenes.model.scene import ObjectRef
from tests.gui import models
from tests.gui.driving import open_folder, until
from twin_app.live.feed import FeedSpec
from twin_app.live.streams import Link, LinkKind, StreamInfo
from twin_app.ui.panels.live import LivePanel
from twin_app.usecases.binding import Binding
from twin_app.usecases.projects import save_project

if TYPE_CHECKING:
    from pathlib import Path

    from twin_app.ui.main_window import MainWindow

STREAMS = (
    StreamInfo("f/plant/TT-101/t", "Inlet", link=Link(LinkKind.CODE, "tt-101")),  # by its code, the tag in other case
    StreamInfo("f/2", "Line · Valve 7"),  # by the last word of its name
    StreamInfo("f/3", "Twin"),  # two sensors are called so
    StreamInfo("f/4", "Somewhere", link=Link(LinkKind.PLACE, place=(114.3, 30.5, 0.0))),
    StreamInfo("f/5", "Valve 7x", link=Link(LinkKind.GUID, "of a model that is not open")),
)


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = models.Model()
    storey = model.add("IfcBuildingStorey", "Level 1", NO_ROW)
    kinds = (("IfcSensor", "Thermometer", "TT-101"), ("IfcActuator", "Valve 7", ""), ("IfcFlowMeter", "Meter", "FQ-1"))
    for number, (kind, name, tag) in enumerate((*kinds, ("IfcSensor", "Twin", "A"), ("IfcSensor", "Twin", "A"))):
        row = model.add(kind, name, storey, storey)
        model.box(row, (number * 2.0, 0, 0, number * 2.0 + 1, 1, 1), models.WALL)
        if tag:
            model.tell(row, "attribute", kind, "Tag", tag)
    wall = model.add("IfcWall", "TT-101", storey, storey)
    model.box(wall, (0, 3, 0, 10, 4, 3), models.WALL)
    bare = model.add("Plot", "Bare", NO_ROW, guid=None)
    model.box(bare, (0, 5, 0, 10, 6, 1), models.WALL)
    return model.write(tmp_path_factory.mktemp("sensors") / "plant")


def _panel(window: MainWindow) -> LivePanel:
    panel = window.panels["live"]
    assert isinstance(panel, LivePanel)
    return panel


def _open(window: MainWindow, plant: Path) -> str:
    layer = open_folder(window, plant)
    live = window.context.workbench.live
    live.table.declare(STREAMS)
    live.beat()
    return layer.layer_id


def _listed(panel: LivePanel) -> dict[str, str]:
    items = [panel.sensors.list.topLevelItem(at) for at in range(panel.sensors.list.topLevelItemCount())]
    return {f"{item.text(0)} {item.text(1)}".strip(): item.text(4) for item in items}


def _names(panel: LivePanel) -> list[str]:
    return [panel.filter.index(row, 0).data() for row in range(panel.filter.rowCount())]


def test_sensors_are_listed_with_the_streams_of_their_tags_and_names(window: MainWindow, plant: Path) -> None:
    _open(window, plant)
    panel = _panel(window)
    window.context.run("live.list_sensors")
    until(lambda: panel.sensors.list.isVisible())
    found = _listed(panel)
    assert found == {
        "Meter FQ-1": "No stream",
        "Twin A": "No stream",
        "Thermometer TT-101": "Inlet",
        "Valve 7": "Line · Valve 7",
    }
    assert list(found)[-2:] == ["Thermometer TT-101", "Valve 7"]  # those without a stream come first
    panel.search.setText("fq")
    assert list(_listed(panel)) == ["Meter FQ-1"]
    panel.search.setText("")
    item = panel.sensors.list.topLevelItem(0)
    panel.sensors.list.itemClicked.emit(item, 0)
    assert [ref.row for ref in window.context.workbench.scene.selection] == [3]
    panel.sensors.list.itemDoubleClicked.emit(item, 0)


def test_streams_that_belong_nowhere_are_listed_alone(window: MainWindow, plant: Path) -> None:
    _open(window, plant)
    panel = _panel(window)
    window.context.run("live.list_unbound")
    assert panel.lists.currentData() == "unbound"
    assert _names(panel) == ["Twin", "Valve 7x"]
    panel.search.setText("valve")
    assert _names(panel) == ["Valve 7x"]
    panel.search.setText("")
    window.context.workbench.live.table.declare([StreamInfo("f/6", "Late")])
    window.context.workbench.live.beat()
    until(lambda: _names(panel) == ["Twin", "Valve 7x", "Late"])
    window.context.run("live.list_all")
    assert len(_names(panel)) == 6


def test_a_stream_is_bound_by_hand_and_let_go(window: MainWindow, plant: Path) -> None:
    layer_id = _open(window, plant)
    workbench, panel = window.context.workbench, _panel(window)
    window.context.run("live.list_sensors")
    workbench.choose_streams((2,))
    workbench.scene.select([ObjectRef(layer_id, 3)])
    until(lambda: window.actions_.by_id["live.bind"].isEnabled())
    assert not window.actions_.by_id["live.unbind"].isEnabled()
    window.context.run("live.bind")
    assert _listed(panel)["Meter FQ-1"] == "Twin"
    assert Binding(workbench).find(workbench.live.table.info(2)) == ObjectRef(layer_id, 3)
    assert workbench.project.dirty
    # The feed says again what it said: the person counts for more.
    workbench.live.table.declare(STREAMS)
    assert Binding(workbench).find(workbench.live.table.info(2)) == ObjectRef(layer_id, 3)
    until(lambda: window.actions_.by_id["live.unbind"].isEnabled())
    window.context.run("live.unbind")
    assert _listed(panel)["Meter FQ-1"] == "No stream"
    assert workbench.live.table.infos() == STREAMS


def test_without_a_chosen_stream_one_is_asked_for(
    window: MainWindow, plant: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer_id = _open(window, plant)
    workbench = window.context.workbench
    asked: list[list[str]] = []

    def answer(_title: str, *, value: str, choices: list[str]) -> str:
        asked.append(choices)
        return value

    monkeypatch.setattr(workbench.ui, "ask_text", answer)
    workbench.scene.select([ObjectRef(layer_id, 6)])
    window.context.run("live.bind")
    assert asked == [["Twin (f)", "Valve 7x (f)"]]
    assert Binding(workbench).find(workbench.live.table.info(2)) == ObjectRef(layer_id, 6)
    window.context.run("live.bind", stream="f/nobody")
    assert [one.code for one in workbench.messages][-1] == "sensors.no_stream"


def test_what_is_bound_is_kept_in_the_project(window: MainWindow, plant: Path, tmp_path: Path) -> None:
    layer_id = _open(window, plant)
    workbench = window.context.workbench
    source = tmp_path / "values.csv"
    source.write_text("time,stream,value\n2026-11-23T12:00:00Z,a,1\n2026-11-23T12:00:00Z,b,2\n", "utf-8")
    workbench.live.put(FeedSpec("t", str(source)))
    until(lambda: workbench.live.table.row_of("t/b") is not None)
    for stream, row in (("t/a", 6), ("t/b", 7)):  # the second has no GlobalId
        workbench.scene.select([ObjectRef(layer_id, row)])
        window.context.run("live.bind", stream=stream)
    path = tmp_path / "kept.citytwin"
    assert save_project(workbench, path)
    window.context.run("file.open", paths=[str(path)])
    until(lambda: workbench.live.table.row_of("t/b") is not None)
    until(lambda: all(layer.state is LayerState.READY for layer in workbench.scene.layers))
    table = workbench.live.table
    infos = [table.info(row) for key in ("t/a", "t/b") if (row := table.row_of(key)) is not None]
    assert [ref.row for ref in Binding(workbench).find_all(infos) if ref is not None] == [6, 7]
    window.context.run("file.close_project")
    assert workbench.live.table.bound() == {}
