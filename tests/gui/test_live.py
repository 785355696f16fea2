"""The live panel: a source is added, its streams appear with their values, it is rested and removed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from scenes.model.layers import LayerState
from scenes.model.overlays.signs import SensorField
from tests.gui.driving import open_folder, until
from tests.gui.models import DOOR, ORIGIN_M, WALL, Model
from tests.support.web_server import Answer, Asked, serving
from twin_app.live.feed import FeedState
from twin_app.live.streams import Link, LinkKind, StreamInfo
from twin_app.live.values import Observation, State, now_us
from twin_app.ui.panels.live import LivePanel
from twin_app.ui.panels.trend import TrendPanel
from twin_app.usecases.live_overlays import topic_of
from twin_app.usecases.projects import save_project

if TYPE_CHECKING:
    from pathlib import Path

    from twin_app.ui.main_window import MainWindow


def _answer(guid: str) -> Any:
    def answer(asked: Asked) -> Answer:
        assert asked.path == "/v1.1/Datastreams"
        value = {"phenomenonTime": "2026-11-23T12:00:00Z", "result": 1234.5}
        entity = {
            "@iot.id": 1,
            "name": "Power",
            "unitOfMeasurement": {"symbol": "kW"},
            "properties": {"globalId": guid},
            "Observations": [value],
        }
        return Answer({"value": [entity, entity | {"@iot.id": 2, "name": "Lift", "Observations": []}]})

    return answer


def _panel(window: MainWindow) -> LivePanel:
    panel = window.panels["live"]
    assert isinstance(panel, LivePanel)
    return panel


def _texts(panel: LivePanel) -> list[list[str]]:
    model = panel.filter
    return [[str(model.index(r, c).data()) for c in range(model.columnCount())] for r in range(model.rowCount())]


def test_values_come_into_the_table(window: MainWindow, folders: dict[str, Path]) -> None:
    layer = open_folder(window, folders["office"])
    tileset = window.context.workbench.sources.tileset(layer)
    assert tileset is not None
    row, guid = next((row, guid) for row, guid in enumerate(tileset.objects()["guid"].to_pylist()) if guid)
    panel = _panel(window)
    with serving(_answer(guid)) as base:
        window.context.run("live.add_feed", url=f"sta+{base}v1.1")
        until(lambda: panel.isVisible() and panel.filter.rowCount() == 2)
        until(lambda: _texts(panel)[0][1] == "1,234 kW")
        power, lift = _texts(panel)
        assert re.fullmatch(r"\d+ [hd]", power[2])
        assert [power[0], *power[3:]] == ["Power", "Good", "Measured", guid]
        assert lift[1:5] == ["–", "–", "No value yet", "Missing"]
        panel.table.doubleClicked.emit(panel.filter.index(0, 0))
        assert [ref.row for ref in window.context.workbench.scene.selection] == [row]
        window.context.run("live.switch_feed")
        until(lambda: window.context.workbench.live.status("127.0.0.1").state is FeedState.STOPPED)
        window.context.run("live.remove_feed")
        until(lambda: panel.feeds.count() == 0)
        assert "No live data yet" in panel._empty.text()


def test_a_wrong_address_is_said_and_nothing_is_added(window: MainWindow) -> None:
    window.context.run("live.add_feed", url="gopher://there")
    messages = [one.code for one in window.context.workbench.messages]
    assert messages == ["live.unknown_feed"]
    assert window.context.workbench.live.specs() == ()


def test_a_password_goes_to_the_keyring_and_not_into_the_project(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folders: dict[str, Path]
) -> None:
    import keyring

    kept: dict[str, str] = {}
    monkeypatch.setattr(keyring, "set_password", lambda _service, name, password: kept.update({name: password}))
    monkeypatch.setattr(keyring, "get_password", lambda _service, name: kept.get(name))
    open_folder(window, folders["office"])
    with serving(lambda _asked: Answer({"value": []})) as base:
        address = base.replace("http://", "sta+http://anna:geheim@")
        window.context.run("live.add_feed", url=address)
        workbench = window.context.workbench
        until(lambda: workbench.live.status("127.0.0.1").state is FeedState.CONNECTED)
        path = tmp_path / "saved.citytwin"
        assert save_project(workbench, path)
        assert kept == {"127.0.0.1": "geheim"}
        text = path.read_text("utf-8")
        assert "anna" in text
        assert "geheim" not in text
        window.context.run("file.open", paths=[str(path)])
        until(lambda: [spec.id for spec in workbench.live.specs()] == ["127.0.0.1"])
        until(lambda: workbench.live.status("127.0.0.1").state is FeedState.CONNECTED)


def test_the_list_of_sources_is_chosen_with_the_mouse(window: MainWindow) -> None:
    panel = _panel(window)
    with serving(lambda _asked: Answer({"value": []})) as base:
        window.context.run("live.add_feed", url=f"sta+{base}v1.1")
        window.context.run("live.add_feed", url=f"sta+{base}v1.1")
        until(lambda: panel.feeds.count() == 2)
        QTest.qWait(50)
        place = panel.feeds.visualItemRect(panel.feeds.item(1)).center()
        QTest.mouseClick(panel.feeds.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place))
        assert window.context.workbench.current_feed_id == "127.0.0.1-2"
        until(lambda: window.actions_.by_id["live.remove_feed"].isEnabled())


def test_the_trend_of_a_chosen_stream_is_drawn(window: MainWindow) -> None:
    panel, trend = _panel(window), window.panels["trend"]
    assert isinstance(trend, TrendPanel)
    live = window.context.workbench.live
    live.table.declare([StreamInfo("f/x", "Power <b>", "kW", state=State.SIMULATED)])
    now = now_us()
    times = [now - 60_000_000, now - 40_000_000, now - 20_000_000]
    live.recent.take(live.table.accept([Observation("f/x", v, t) for v, t in zip((1.0, 3.0, 2.0), times, strict=True)]))
    live.beat()
    window.show_panel("trend")
    until(trend.isVisible)
    assert trend.empty.isVisible()
    panel.table.setCurrentIndex(panel.filter.index(0, 0))
    until(lambda: trend.plot is not None and len(trend.plot.lines) == 1 and not trend.empty.isVisible())
    assert trend.plot is not None
    assert trend.plot.lines[0].made_up.yData.tolist() == [1.0, 3.0, 2.0]
    assert trend.stamp.text() == "Simulated"
    assert "Power &lt;b&gt;" in trend.names.text()


def _two_streams(window: MainWindow, guid: str) -> None:
    """One of the object ``guid``, one of an object that is not there; both of one topic."""
    live = window.context.workbench.live
    known = StreamInfo("f/a", "Room A · Load", "kW", link=Link(LinkKind.GUID, guid), state=State.SIMULATED)
    live.table.declare([known, StreamInfo("f/b", "Room B · Load", "kW", link=Link(LinkKind.GUID, "nobody"))])
    live.table.accept([Observation("f/a", 5.0)])
    live.beat()


def test_objects_take_the_colours_of_their_values_and_cards_stand_over_them(
    window: MainWindow, folders: dict[str, Path]
) -> None:
    layer = open_folder(window, folders["office"])
    tileset = window.context.workbench.sources.tileset(layer)
    assert tileset is not None
    guids = tileset.objects()["guid"].to_pylist()
    row = next(n for n, shape in enumerate(tileset.objects()["triangles"].to_pylist()) if shape and guids[n])
    _two_streams(window, guids[row])
    scene = window.context.workbench.scene
    window.context.run("live.show_colours")
    window.context.run("live.show_cards")
    colours, cards = scene.overlays
    assert (colours.kind, cards.kind) == ("object_values", "labels")
    assert colours.rows.tolist() == [row]
    assert (cards.titles, cards.units) == (("Room A",), ("kW",))
    assert cards.is_simulated
    assert cards.readings.value.tolist() == [5.0]
    window.context.workbench.live.table.accept([Observation("f/a", 7.5)])
    until(lambda: window.context.workbench.live.beat() is None and cards.readings.value.tolist() == [7.5])
    window.context.run("live.show_cards")
    assert list(scene.overlays) == [colours]
    window.context.run("live.hide_overlays")
    assert len(scene.overlays) == 0


def test_what_is_shown_comes_back_with_the_project(
    window: MainWindow, folders: dict[str, Path], tmp_path: Path
) -> None:
    layer = open_folder(window, folders["office"])
    workbench = window.context.workbench
    tileset = workbench.sources.tileset(layer)
    assert tileset is not None
    guid = next(guid for guid in tileset.objects()["guid"].to_pylist() if guid)
    _two_streams(window, guid)
    window.context.run("live.show_colours")
    path = tmp_path / "saved.citytwin"
    assert save_project(workbench, path)
    window.context.run("file.open", paths=[str(path)])
    assert len(workbench.scene.overlays) == 0
    until(lambda: all(one.state is LayerState.READY for one in workbench.scene.layers))
    _two_streams(window, guid)
    until(lambda: [one.kind for one in workbench.scene.overlays] == ["object_values"])


def test_streams_that_belong_nowhere_are_said(window: MainWindow, folders: dict[str, Path]) -> None:
    open_folder(window, folders["office"])
    window.context.workbench.live.table.declare([StreamInfo("f/x", "Total")])
    window.context.run("live.show_cards")
    assert [one.code for one in window.context.workbench.messages] == ["live.no_place"]


def test_a_pack_is_simulated_at_the_open_building_and_stamped(
    window: MainWindow, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_folder(window, folders["office"])
    asked: list[list[str]] = []

    def answer(_title: str, *, value: str, choices: list[str]) -> str:
        asked.append(choices)
        return value

    monkeypatch.setattr(window, "ask_text", answer)
    window.context.run("live.simulate")
    panel = _panel(window)
    until(lambda: panel.filter.rowCount() > 10)
    assert asked == [["Building operation", "Six fields of city sensing"]]
    assert all("Simulated" in " ".join(texts) for texts in _texts(panel))
    live = window.context.workbench.live
    assert {info.state for info in live.table.infos()} == {State.SIMULATED}
    [spec] = live.specs()
    window.context.run("live.remove_feed", feed_id=spec.id)


def test_flows_run_along_a_pipe_the_faster_the_more(window: MainWindow, tmp_path: Path) -> None:
    plant = Model()
    top = plant.add("IfcProject", "Plant", -1)
    system = plant.add("IfcDistributionSystem", "Cooling", top)
    for number, name in enumerate(("Supply", "Return")):
        row = plant.add("IfcPipeSegment", name, system)
        plant.box(row, (0.0, number, 2.0, 10.0, number + 0.2, 2.2), DOOR)
    tank = plant.add("IfcTank", "Tank", system)
    plant.box(tank, (12.0, 0.0, 0.0, 13.0, 4.0, 2.0), WALL)
    layer = open_folder(window, plant.write(tmp_path / "plant"))
    guids = window.context.workbench.sources.tileset(layer).objects()["guid"].to_pylist()
    live, scene = window.context.workbench.live, window.context.workbench.scene
    links = {"supply": guids[2], "return": guids[3], "tank": guids[tank]}
    for name, one in links.items():
        live.table.declare([StreamInfo(f"f/{name}", f"{name} · Flow", "m3/h", link=Link(LinkKind.GUID, one))])
    live.table.accept([Observation("f/supply", 10.0), Observation("f/return", -5.0), Observation("f/tank", 3.0)])
    live.beat()
    window.context.run("live.show_flows")
    until(lambda: [one.kind for one in scene.overlays] == ["flows"])
    [flows] = scene.overlays
    assert flows.lengths().tolist() == [2, 2]
    begin, end = flows.points_m[0], flows.points_m[1]
    assert abs(end[0] - begin[0]) == pytest.approx(10.0, abs=1e-3)
    assert begin[1] - ORIGIN_M[1] == pytest.approx(0.1, abs=1e-3)
    assert flows.speeds.tolist() == [20.0, -11.0]
    live.table.accept([Observation("f/supply", 0.0)])
    until(lambda: live.beat() is None and flows.speeds.tolist() == [0.0, -20.0])
    window.context.run("live.show_flows")
    assert len(scene.overlays) == 0


def test_what_is_no_pipe_has_no_flow(window: MainWindow, folders: dict[str, Path]) -> None:
    layer = open_folder(window, folders["office"])
    tileset = window.context.workbench.sources.tileset(layer)
    assert tileset is not None
    _two_streams(window, next(guid for guid in tileset.objects()["guid"].to_pylist() if guid))
    window.context.run("live.show_flows")
    until(lambda: "live.no_line" in [one.code for one in window.context.workbench.messages])
    assert len(window.context.workbench.scene.overlays) == 0


def test_coverage_is_as_wide_as_asked_and_comes_back_with_the_project(
    window: MainWindow, folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = open_folder(window, folders["office"])
    workbench = window.context.workbench
    guid = next(guid for guid in workbench.sources.tileset(layer).objects()["guid"].to_pylist() if guid)
    _two_streams(window, guid)
    monkeypatch.setattr(type(window), "ask_text", lambda *_a, **_k: "abc")
    window.context.run("live.show_domes")
    assert [one.code for one in workbench.messages] == ["live.bad_reach"]
    monkeypatch.setattr(type(window), "ask_text", lambda *_a, **_k: "120 m")
    window.context.run("live.show_domes")
    [domes] = workbench.scene.overlays
    assert domes.radii_m.tolist() == [120.0]
    path = tmp_path / "saved.citytwin"
    assert save_project(workbench, path)
    window.context.run("file.open", paths=[str(path)])
    until(lambda: all(one.state is LayerState.READY for one in workbench.scene.layers))
    _two_streams(window, guid)
    until(lambda: [one.kind for one in workbench.scene.overlays] == ["domes"])
    assert next(iter(workbench.scene.overlays)).radii_m.tolist() == [120.0]


def test_signs_of_sensors_say_what_they_watch_over(window: MainWindow, folders: dict[str, Path]) -> None:
    layer = open_folder(window, folders["office"])
    workbench = window.context.workbench
    tileset = workbench.sources.tileset(layer)
    assert tileset is not None
    guid = next(guid for guid in tileset.objects()["guid"].to_pylist() if guid)
    known = StreamInfo("f/a", "Gate · Flow", "{vehicle}/h", "traffic.flow", Link(LinkKind.GUID, guid))
    workbench.live.table.declare([known, StreamInfo("f/b", "Room · Load", "kW", link=Link(LinkKind.GUID, guid))])
    workbench.live.table.accept([Observation("f/a", 5.0), Observation("f/b", 5.0)])
    workbench.live.beat()
    window.context.run("live.show_signs", topic=topic_of(known))
    window.context.run("live.show_signs", topic="Load [kW]")
    assert [one.fields.tolist() for one in workbench.scene.overlays] == [[SensorField.TRAFFIC], [SensorField.NONE]]
