"""Commands of city events: reported, shown, read, written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loaders.model.errors import CityTwinError
from scenes.model.canvas import Mode
from scenes.model.view import Vector
from twin_app.commands.registry import Command
from twin_app.operation.classes import event_classes
from twin_app.operation.model import Level
from twin_app.usecases import events, simulated_events
from twin_app.usecases.asking import Field, FieldKind, ask_place
from twin_app.usecases.binding import Binding
from twin_app.usecases.event_map import SETTING
from twin_app.usecases.event_words import class_name
from twin_app.usecases.workbench import Workbench

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")


def _show(app: Workbench) -> None:
    app.ui.show_panel("events")
    app.events_changed.emit()


def _report(app: Workbench, class_id: str = "") -> None:
    """At a place to be clicked at; of a class that is told, at the selected object."""
    if class_id and app.scene.selection:
        place_m = Binding(app).top_m(next(iter(app.scene.selection)))
        if place_m is not None:
            _reported(app, class_id, (float(place_m[0]), float(place_m[1]), float(place_m[2])), events.Told())
        return
    if app.scene.crs is None:
        raise CityTwinError("event.no_crs", "")
    ask_place(app, lambda point_m: _ask_report(app, class_id, point_m))


def _ask_report(app: Workbench, class_id: str, point_m: Vector) -> None:
    names = tuple((one, class_name(app.tr, one)) for one in event_classes())
    levels = tuple((str(int(one)), app.tr(one.text_key)) for one in Level)
    asked = (
        Field("class", "ui.events.ask_class", FieldKind.CHOICE, class_id or names[0][0], names),
        Field("level", "ui.events.ask_level", FieldKind.CHOICE, str(int(Level.ORDINARY)), levels),
        Field("title", "ui.events.ask_words", FieldKind.LINES),
        Field("picture", "ui.events.ask_picture", FieldKind.FILE, suffixes=PICTURES),
    )
    place = app.tr("ui.events.at", east=f"{point_m[0]:.1f}", north=f"{point_m[1]:.1f}")
    told = app.ui.ask_fields("ui.events.ask_report", asked, note=place)
    if told is not None:
        said = events.Told(Level(int(told["level"])), told["title"], told["picture"], "window")
        _reported(app, told["class"], point_m, said)


def _reported(app: Workbench, class_id: str, point_m: Vector, told: events.Told) -> None:
    made = events.report(app, events.store_of(app), class_id, (point_m[0], point_m[1]), told)
    app.choose_event(made.id)
    _show(app)


def _import(app: Workbench, path: str = "") -> None:
    chosen = [Path(path)] if path else app.ui.ask_open_paths(".csv", ".geojson", ".json")
    for one in chosen:
        count, findings = events.read_file(events.store_of(app), one)
        for finding in findings:
            app.messages.finding(finding)
        app.messages.info("event.read", str(one), count=count)
    if chosen:
        _show(app)


def _export(app: Workbench, path: str = "") -> None:
    chosen = Path(path) if path else app.ui.ask_save_path(suffix=".geojson", suggested="events")
    if chosen is not None:
        app.messages.info("event.written", str(chosen), count=events.write_file(events.store_of(app), chosen))


def _switch_map(app: Workbench) -> None:
    app.settings.set(SETTING, not app.settings.get(SETTING))


def _go_to(app: Workbench, event: str = "") -> None:
    app.choose_event(event or app.current_event)
    if app.event_map is not None:
        app.event_map.go_to(app.current_event)


def has_event(app: Any) -> bool:
    """Whether an event is chosen."""
    return app.events is not None and app.events.event(app.current_event) is not None


COMMANDS = (
    Command(
        "event.report",
        _report,
        "live",
        "",
        "mdi6.map-marker-plus-outline",
        lambda app: len(app.scene.layers) > 0,
        lambda app: app.canvas is not None and app.canvas.mode is Mode.POINT,
    ),
    Command(
        "event.show_map",
        _switch_map,
        "live",
        "",
        "mdi6.map-marker-multiple-outline",
        checked=lambda app: bool(app.settings.get(SETTING)),
    ),
    Command("event.go_to", _go_to, "live", "", "mdi6.crosshairs-gps", has_event),
    Command("event.import", _import, "live", "", "mdi6.file-import-outline"),
    Command("event.export", _export, "live", "", "mdi6.file-export-outline"),
    Command(
        "event.simulate",
        simulated_events.simulate_day,
        "live",
        "",
        "mdi6.calendar-clock",
        lambda app: simulated_events.is_demo(app.project.path),
    ),
)
