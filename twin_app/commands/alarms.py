"""Commands of alarms: seen, hidden for a while, found in the scene, told to others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from loaders.model.errors import CityTwinError
from twin_app.commands.registry import Command
from twin_app.live.alarms.engine import AlarmEngine, Now, Who
from twin_app.live.alarms.model import Transition
from twin_app.usecases import alarms
from twin_app.usecases.workbench import Workbench

SHELVE_MINUTES = (15, 60, 480, 1440)
Doing = Callable[[AlarmEngine, str, Who, Now], list[Transition]]


def _has_chosen(app: Any) -> bool:
    return bool(app.chosen_alarms)


def _acknowledge(app: Workbench, note: str | None = None) -> None:
    told = app.ui.ask_text("ui.alarms.ask_note", value="", choices=[]) if note is None else note
    if told is not None:
        app.live.alarms.acknowledge(app.chosen_alarms, alarms.who(told))


def _acknowledge_all(app: Workbench) -> None:
    standing = [one.rule.id for one in app.live.alarms.standing()]
    app.live.alarms.acknowledge(standing, alarms.who())


def _each(app: Workbench, who: Who, doing: Doing) -> None:
    for alarm in app.chosen_alarms:
        app.live.alarms.do(lambda engine, now, a=alarm: doing(engine, a, who, now))  # type: ignore[misc]


def _reason(app: Workbench, given: str | None) -> str | None:
    told: str | None = app.ui.ask_text("ui.alarms.ask_reason", value="", choices=[]) if given is None else given
    return told


def _shelve(app: Workbench, minutes: float = 0.0, reason: str | None = None) -> None:
    if not minutes:
        choices = [app.tr("ui.alarms.minutes", count=count) for count in SHELVE_MINUTES]
        told = app.ui.ask_text("ui.alarms.ask_minutes", value=choices[1], choices=choices)
        if told is None:
            return
        minutes = _minutes(told)
    note = _reason(app, reason)
    if note is not None:
        _each(app, alarms.who(note), lambda engine, a, who, now: engine.shelve(a, who, now, for_s=60.0 * minutes))


def _minutes(told: str) -> float:
    try:
        return float("".join(c for c in told if c.isdecimal() or c == "."))
    except ValueError:
        raise CityTwinError("alarm.no_minutes", told) from None


def _take_out(app: Workbench, reason: str | None = None) -> None:
    note = _reason(app, reason)
    if note is not None:
        _each(app, alarms.who(note), lambda engine, a, who, now: engine.take_out(a, who, now))


def _announce(app: Workbench) -> None:
    _each(app, alarms.who(), lambda engine, a, who, now: engine.announce(a, who, now))


def _show(app: Workbench, alarm: str = "") -> None:
    alarms.show_object(app, alarm or app.chosen_alarms[0])


def _show_first(app: Workbench) -> None:
    """The panel chooses what is noted here when it shows the alarms again."""
    app.chosen_alarms = (app.live.alarms.flood.first_out,)
    app.ui.show_panel("alarms")
    app.live.alarms_changed.emit()
    alarms.show_object(app, app.live.alarms.flood.first_out)


def _sound(app: Workbench) -> None:
    app.settings.set("live.alarm_sound", not app.settings.get("live.alarm_sound"))
    app.ui.refresh_actions()


def _export(app: Workbench, path: str = "") -> None:
    chosen = Path(path) if path else app.ui.ask_save_path(suffix=".csv", suggested="alarms")
    if chosen is not None:
        count = alarms.export(app, chosen)
        app.messages.info("alarm.exported", str(chosen), count=count)


COMMANDS = (
    Command("alarm.acknowledge", _acknowledge, "live", "", "mdi6.check", enabled=_has_chosen),
    Command(
        "alarm.acknowledge_all",
        _acknowledge_all,
        "live",
        "",
        "mdi6.check-all",
        enabled=lambda app: any(one.state in alarms.UNACKNOWLEDGED for one in app.live.alarms.standing()),
    ),
    Command("alarm.shelve", _shelve, "live", "", "mdi6.timer-sand", enabled=_has_chosen),
    Command("alarm.take_out", _take_out, "live", "", "mdi6.bell-off-outline", enabled=_has_chosen),
    Command("alarm.announce", _announce, "live", "", "mdi6.bell-ring-outline", enabled=_has_chosen),
    Command("alarm.show_object", _show, "live", "", "mdi6.crosshairs-gps", enabled=_has_chosen),
    Command(
        "alarm.show_first",
        _show_first,
        "live",
        "",
        "mdi6.ray-start-arrow",
        enabled=lambda app: app.live.alarms.flood.flooded,
    ),
    Command(
        "alarm.sound",
        _sound,
        "live",
        "",
        "mdi6.volume-high",
        checked=lambda app: bool(app.settings.get("live.alarm_sound")),
    ),
    Command(
        "alarm.export",
        _export,
        "live",
        "",
        "mdi6.file-export-outline",
        enabled=lambda app: app.live.alarms.journal is not None,
    ),
)
