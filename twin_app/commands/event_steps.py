"""Commands of an event's steps: each in the chosen role, on the chosen event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loaders.model.errors import CityTwinError
from twin_app.commands.registry import Command
from twin_app.operation.flow import NEEDS_A_NOTE, may
from twin_app.operation.model import Action
from twin_app.usecases import events
from twin_app.usecases.asking import Field, FieldKind
from twin_app.usecases.workbench import Workbench

ICONS = {
    Action.ACCEPT: "mdi6.check",
    Action.REJECT: "mdi6.close-circle-outline",
    Action.RETURN: "mdi6.keyboard-return",
    Action.HANDLE: "mdi6.wrench-check-outline",
    Action.CHECK: "mdi6.clipboard-check-outline",
    Action.SEND_BACK: "mdi6.arrow-u-left-top",
    Action.CLOSE: "mdi6.archive-check-outline",
    Action.REOPEN: "mdi6.restore",
}


def allowed(action: Action) -> Callable[[Any], bool]:
    """Whether the chosen role may take an action on the chosen event as it stands."""

    def is_allowed(app: Any) -> bool:
        event = app.events.event(app.current_event) if app.events is not None else None
        return event is not None and may(event, action, app.event_role)

    return is_allowed


def _step(action: Action, icon: str) -> Command:
    def run(app: Workbench, note: str | None = None) -> None:
        if note is None and action in NEEDS_A_NOTE:
            reason = Field("note", "ui.events.ask_note", FieldKind.LINES, needed=True)
            told = app.ui.ask_fields(action.text_key, (reason,))
            if told is None:
                return
            note = told["note"]
        events.move_on(events.store_of(app), app.current_event, action, app.event_role, note or "")

    return Command(f"event.{action.value}", run, "", "", icon, allowed(action))


def _extend(app: Workbench, hours: float = 0.0, reason: str = "") -> None:
    if not hours:
        asked = (
            Field("hours", "ui.events.ask_hours", value="24", needed=True),
            Field("reason", "ui.events.ask_note", FieldKind.LINES, needed=True),
        )
        told = app.ui.ask_fields(Action.EXTEND.text_key, asked)
        if told is None:
            return
        hours, reason = _hours(told["hours"]), told["reason"]
    events.extend(events.store_of(app), app.current_event, app.event_role, hours=hours, reason=reason)


def _hours(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise CityTwinError("event.no_hours", text[:40]) from error


COMMANDS = (
    *(_step(action, icon) for action, icon in ICONS.items()),
    Command("event.extend", _extend, "", "", "mdi6.timer-plus-outline", allowed(Action.EXTEND)),
)
