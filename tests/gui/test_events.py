"""The events panel: an event is reported at an object, moved on by roles, written to a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio  # noqa: F401 - sets variables when it is first imported, as the demo does

from scenes.model.canvas import Mode
from scenes.model.scene import ObjectRef
from tests.gui.driving import open_folder, until
from twin_app.live.values import now_us
from twin_app.operation.classes import event_classes
from twin_app.operation.model import Action, CityEvent, Role, Status
from twin_app.ui.panels.event_model import EVENT_ROLE
from twin_app.ui.panels.events import EventsPanel
from twin_app.usecases import event_resources, events, projects
from twin_app.usecases.placing import layer_bounds_m

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from twin_app.ui.main_window import MainWindow
    from twin_app.usecases.asking import Field


CLASS = next(iter(event_classes()))


def _middle(window: MainWindow, folders: dict[str, Path]) -> tuple[float, float]:
    """Opens the office in a project with a system, and gives a place in it."""
    from pyproj import CRS

    layer, workbench = open_folder(window, folders["office"]), window.context.workbench
    if workbench.scene.crs is None:
        workbench.scene.crs = CRS.from_epsg(4547)
    box = layer_bounds_m(workbench, layer)
    assert box is not None
    return float(box[0] + box[3]) / 2, float(box[1] + box[4]) / 2


def _report(window: MainWindow, place_m: tuple[float, float], **told: object) -> CityEvent:
    store = events.store_of(window.context.workbench)
    made = events.report(window.context.workbench, store, CLASS, place_m, events.Told(**told))  # type: ignore[arg-type]
    window.context.workbench.choose_event(made.id)
    until(lambda: len(_panel(window).model.events) > 0)
    return made


def _panel(window: MainWindow) -> EventsPanel:
    panel = window.panels["events"]
    assert isinstance(panel, EventsPanel)
    return panel


def _steps(window: MainWindow) -> list[str]:
    layout = _panel(window)._steps
    return [layout.itemAt(at).widget().objectName() for at in range(layout.count())]


def _answer(monkeypatch: pytest.MonkeyPatch, window: MainWindow, **told: str) -> list[tuple[str, ...]]:
    """Answers the next questions for fields, and keeps which fields they had."""
    asked: list[tuple[str, ...]] = []

    def answer(_title: str, fields: Sequence[Field], *, note: str = "") -> dict[str, str]:
        asked.append(tuple(one.name for one in fields))
        return {one.name: told.get(one.name, one.value) for one in fields}

    monkeypatch.setattr(window, "ask_fields", answer)
    return asked


def test_an_event_goes_its_way(window: MainWindow, folders: dict[str, Path], tmp_path: Path) -> None:
    layer, workbench = open_folder(window, folders["office"]), window.context.workbench
    tileset = workbench.sources.tileset(layer)
    assert tileset is not None
    row = int(np.flatnonzero(np.isfinite(tileset.object_bounds_m()).all(axis=1))[0])
    workbench.scene.select([ObjectRef(layer.layer_id, row)])
    panel = _panel(window)
    window.context.run("event.report", class_id=CLASS)
    until(lambda: panel.isVisible() and panel.filter.rowCount() == 1)
    assert [panel.filter.index(0, at).data() for at in (2, 3)] == ["Reported", "9 min left"]
    panel.role.setCurrentIndex(panel.role.findData(Role.GRID))
    assert _steps(window) == []
    panel.role.setCurrentIndex(panel.role.findData(Role.DISTRICT))
    assert _steps(window) == ["event.accept", "event.reject"]
    window.context.run("event.accept")
    until(lambda: panel.filter.index(0, 2).data() == "Accepted")
    assert "Handling rate 0 % (0 of 1)" in panel.rates.text()
    window.context.run("event.export", path=str(tmp_path / "e.geojson"))
    assert '"FeatureCollection"' in (tmp_path / "e.geojson").read_text("utf-8")
    assert [one.code for one in workbench.messages][-1] == "event.written"


def test_an_event_is_reported_at_a_place_that_is_clicked_at(
    window: MainWindow, folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QLabel

    _middle(window, folders)
    workbench, canvas = window.context.workbench, window.view.canvas
    canvas.fit(animate=False)
    until(lambda: not canvas.visuals.pending)
    picture = tmp_path / "place.png"
    assert QImage(64, 48, QImage.Format.Format_RGB32).save(str(picture))
    asked = _answer(monkeypatch, window, **{"class": "component.tree"}, level="2", title="Over", picture=str(picture))
    window.context.run("event.report")
    assert canvas.mode is Mode.POINT
    width, height = canvas.size_px()
    until(lambda: canvas.pick(width // 2, height // 2) is not None)
    canvas.click(4, 4)  # the sky is no place
    assert canvas.mode is Mode.POINT
    canvas.click(width // 2, height // 2)
    until(lambda: bool(asked) and workbench.events is not None and len(workbench.events.events()) == 1)
    assert canvas.mode is Mode.SELECT
    assert not workbench.scene.selection, "the click was for the place alone"
    (event,) = workbench.events.events()
    assert (event.report.class_id, event.report.level, event.report.title) == ("component.tree", 2, "Over")
    assert event.report.project_m is not None
    until(lambda: workbench.current_event == event.id)
    panel = _panel(window)
    until(lambda: any("Fallen tree" in text for text in panel.details.texts()))
    assert any(not one.pixmap().isNull() for one in panel.details.findChildren(QLabel))
    window.context.run("event.report")
    window.context.run("view.escape")
    assert canvas.mode is Mode.SELECT
    assert len(workbench.events.events()) == 1


def test_events_stand_on_the_map_and_list_and_map_choose_each_other(
    window: MainWindow, folders: dict[str, Path]
) -> None:
    place_m = _middle(window, folders)
    workbench, panel = window.context.workbench, _panel(window)
    window.show_panel("events")
    one, other = _report(window, place_m), _report(window, (place_m[0] + 3.0, place_m[1]))
    until(lambda: len(panel.map.overlay.pins) == len(panel.model.events) == 2)
    assert {pin.key for pin in panel.map.overlay.pins} == {one.id, other.id}
    panel.map.overlay.picked.emit(one.id)
    assert workbench.current_event == one.id
    assert panel.list.selectionModel().selectedRows()[0].data(EVENT_ROLE) == one.id
    assert panel.map.overlay.chosen == one.id
    before = workbench.scene.view.camera
    panel.list.clicked.emit(panel.filter.index(0, 0))  # the newest stands first
    assert workbench.current_event == other.id
    until(lambda: workbench.scene.view.camera != before)
    window.context.run("event.show_map")
    assert not window.context.registry["event.show_map"].checked(workbench)
    assert panel.map.overlay.overlay_id not in [one.overlay_id for one in workbench.scene.overlays]
    window.context.run("event.show_map")
    for role, action in ((Role.DISTRICT, Action.ACCEPT), (Role.DISTRICT, Action.REJECT)):
        events.move_on(workbench.events, other.id, action, role, "why")
    until(lambda: [pin.key for pin in panel.map.overlay.pins] == [one.id])


def test_its_time_is_extended_with_a_reason_and_the_steps_tell(
    window: MainWindow, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    place_m = _middle(window, folders)
    workbench, panel = window.context.workbench, _panel(window)
    window.show_panel("events")
    _report(window, place_m)
    panel.role.setCurrentIndex(panel.role.findData(Role.DISTRICT))
    window.context.run("event.accept")
    asked = _answer(monkeypatch, window, hours="2.5", reason="waits for a part")
    window.context.run("event.extend")
    assert asked == [("hours", "reason")]
    until(lambda: panel.filter.index(0, 3).data() == "Paused")
    told = panel.details.texts()
    assert any("Extend · District" in text and "waits for a part" in text for text in told)
    assert any("within 10 min, handled within 2 h" in text for text in told)
    _answer(monkeypatch, window, hours="soon", reason="x")
    window.context.run("event.extend")
    assert [one.code for one in workbench.messages][-1] == "event.no_hours"
    assert len(workbench.events.steps(workbench.current_event)) == 3


def test_the_nearest_resource_is_sent_along_the_roads(
    window: MainWindow, folders: dict[str, Path], tmp_path: Path
) -> None:
    place_m = _middle(window, folders)
    workbench, panel = window.context.workbench, _panel(window)
    workbench.project.set(tmp_path / "city.citytwin", dirty=False)
    window.show_panel("events")
    event = _report(window, place_m)
    panel.role.setCurrentIndex(panel.role.findData(Role.DISTRICT))
    window.context.run("event.accept")
    until(lambda: panel.offers.isVisible())
    assert "no resources yet" in panel.offers.note.text()
    lon, lat = event.report.lon_deg, event.report.lat_deg
    rows = [f"near,Near,municipal,{lon + 0.001},{lat}", f"far,Far,municipal,{lon + 0.002},{lat}"]
    rows += [f"other,Other,green,{lon},{lat}", "wrong,,,,"]
    (tmp_path / "r.csv").write_text("\n".join(["id,name,skills,lon,lat", *rows]), "utf-8")
    window.context.run("event.import_resources", path=str(tmp_path / "r.csv"))
    assert [one.code for one in workbench.messages][-2:] == ["event.resource_lacks", "event.resources_read"]
    until(lambda: panel.offers.list.topLevelItemCount() == 2)
    assert "The project has no roads: straight lines." in panel.offers.note.text()
    detour = [[lon, lat], [lon, lat + 0.02], [lon + 0.001, lat + 0.02], [lon + 0.001, lat]]
    lines = [{"type": "LineString", "coordinates": detour}]
    lines += [{"type": "LineString", "coordinates": [[lon, lat], [lon, lat - 0.001], [lon + 0.002, lat]]}]
    features = [{"type": "Feature", "properties": {}, "geometry": one} for one in lines]
    (tmp_path / "roads.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    window.context.run("event.import_roads", path=str(tmp_path / "roads.geojson"))
    until(lambda: panel.offers.list.topLevelItem(0).text(0) == "Far")
    assert [pin.key for pin in panel.dispatching.posts.pins] == ["far", "near"]
    panel.dispatching.posts.picked.emit("far")  # a click at its pin
    assert panel.offers.chosen() == "far"
    way = panel.dispatching.overlay.points_m
    assert len(way) > 10
    np.testing.assert_allclose(way[-1, :2], place_m, atol=0.5)
    window.context.run("event.dispatch")  # the one whose way is shown
    sent = workbench.events.event(event.id)
    assert (sent.status, sent.resources) == (Status.DISPATCHED, ("far",))
    assert "Far, " in workbench.events.steps(event.id)[-1].note
    until(lambda: any("Sent: Far" in text for text in panel.details.texts()))
    until(lambda: [panel.offers.list.topLevelItem(0).text(0)] == ["Near"])
    assert "Free: 2 of 3" in panel.offers.note.text()


def test_the_demo_has_a_simulated_day_and_nothing_else_has(window: MainWindow, tmp_path: Path) -> None:
    workbench = window.context.workbench
    assert not window.context.registry["event.simulate"].enabled(workbench)
    (tmp_path / "demo.json").write_text('{"version": 1, "size": "small", "seed": 7}', "utf-8")
    workbench.project.set(tmp_path / "demo.citytwin", dirty=False)
    window.context.run("event.simulate")
    until(lambda: workbench.events is not None and len(workbench.events.events()) > 20, 30_000)
    assert all(event.report.simulated for event in workbench.events.events())
    assert max(event.changed_us for event in workbench.events.events()) <= now_us()
    count = len(workbench.events.events())
    window.context.run("event.simulate")  # what happened does not happen again
    until(lambda: not workbench.jobs.running)
    assert len(workbench.events.events()) >= count
    panel = window.panels["events"]
    until(lambda: panel.isVisible() and len(panel.model.events) >= count)
    posts = event_resources.posts_of(workbench)
    assert len(posts) == 20
    assert all(post.simulated for post in posts)


def test_another_system_is_watched_and_its_line_tells(
    window: MainWindow, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    _middle(window, folders)
    workbench, panel = window.context.workbench, _panel(window)
    window.show_panel("events")
    assert panel.sources.isHidden()
    asked = _answer(monkeypatch, window, url="http://127.0.0.1:9/events", interval="30", name="Hotline")
    window.context.run("event.watch")
    assert asked == [("url", "interval", "name")]
    (source,) = workbench.event_watches.sources.values()
    until(lambda: "Hotline · Connection lost" in panel.sources.lines[source.id].text())
    assert panel.sources.isVisible()
    assert window.context.registry["event.switch_watch"].checked(workbench)
    window.context.run("event.switch_watch")
    until(lambda: "Resting" in panel.sources.lines[source.id].text())
    assert not workbench.event_watches.sources[source.id].enabled
    window.context.run("event.remove_watch")
    until(lambda: panel.sources.isHidden())
    _answer(monkeypatch, window, url="http://127.0.0.1:9/events", interval="often")
    window.context.run("event.watch")
    assert [one.code for one in workbench.messages][-1] == "event.bad_interval"


def test_a_dialog_of_fields_is_filled_in_and_waits_for_what_is_needed(window: MainWindow) -> None:
    from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit

    from twin_app.ui.fields import FieldsQuestion
    from twin_app.usecases.asking import Field, FieldKind

    fields = (
        Field("class", "ui.events.ask_class", FieldKind.CHOICE, "b", (("a", "A"), ("b", "B"))),
        Field("words", "ui.events.ask_words", FieldKind.LINES, needed=True),
        Field("picture", "ui.events.ask_picture", FieldKind.FILE),
    )
    question = FieldsQuestion(window.context, window, "command.event.watch.title", fields, "note")
    try:
        assert question.windowTitle() == "Watch events of an address"
        assert not question.accept_button.isEnabled()
        box, lines, line = (question.inputs[one.name] for one in fields)
        assert isinstance(box, QComboBox)
        assert isinstance(lines, QPlainTextEdit)
        assert isinstance(line, QLineEdit)
        lines.setPlainText("  some\nwords ")
        assert question.accept_button.isEnabled()
        box.setCurrentIndex(0)
        line.setText("/tmp/x.png")
        assert question.told == {"class": "a", "words": "some\nwords", "picture": "/tmp/x.png"}
        assert [one.accessibleName() for one in question.inputs.values()] == [
            window.context.tr(f.label_key) for f in fields
        ]
    finally:
        question.deleteLater()
        QApplication.processEvents()


def test_another_project_has_other_events(window: MainWindow, folders: dict[str, Path]) -> None:
    place_m = _middle(window, folders)
    workbench, panel = window.context.workbench, _panel(window)
    window.show_panel("events")
    _report(window, place_m)
    until(lambda: len(panel.map.overlay.pins) == 1)
    projects.clear(workbench)
    until(lambda: panel.model.events == [])
    assert workbench.current_event == ""
    assert not list(workbench.scene.overlays)
    place_m = _middle(window, folders)
    assert events.store_of(workbench).events() == ()
    _report(window, place_m)
    until(lambda: len(panel.model.events) == 1)
