"""Commands of city events: reported, read, written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twin_app.commands.registry import Command
from twin_app.operation.classes import event_classes
from twin_app.usecases import events, simulated_events
from twin_app.usecases.binding import Binding
from twin_app.usecases.workbench import Workbench


def _names(app: Workbench) -> dict[str, str]:
    is_chinese = app.tr.language.startswith("zh")
    return {one.zh if is_chinese else one.en: one.id for one in event_classes().values()}


def _show(app: Workbench) -> None:
    app.ui.show_panel("events")
    app.events_changed.emit()


def _report(app: Workbench, class_id: str = "") -> None:
    """At the selected object."""
    names = _names(app)
    told = class_id or app.ui.ask_text("ui.events.ask_class", value=next(iter(names)), choices=list(names)) or ""
    place_m = Binding(app).top_m(next(iter(app.scene.selection)))
    if told and place_m is not None:
        events.report(app, events.store_of(app), names.get(told, told), (float(place_m[0]), float(place_m[1])))
        _show(app)


def _import(app: Workbench, path: str = "") -> None:
    chosen = [Path(path)] if path else app.ui.ask_open_paths()
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


def _has_selection(app: Any) -> bool:
    return bool(app.scene.selection)


COMMANDS = (
    Command("event.report", _report, "live", "", "mdi6.map-marker-plus-outline", enabled=_has_selection),
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
