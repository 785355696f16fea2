"""The flow of a city event as a table: which action leads from where to where, and who may take it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from loaders.model.errors import CityTwinError
from twin_app.live.values import US_PER_S
from twin_app.operation.model import COMMANDS, PLATFORMS, Action, CityEvent, Level, Role, Status, Step

_ALL = frozenset(Role)
_HANDLERS = _ALL - {Role.CITY}
_CHECKERS = frozenset({Role.STREET, Role.COMMUNITY, Role.GRID})
_OPEN = frozenset({Status.ACCEPTED, Status.DISPATCHED})
_DONE = frozenset({Status.CLOSED, Status.REJECTED})
LONGEST_EXTENSION_S = 90 * 86400.0
# Who may dispatch what is this grave; the rest of the command levels only what is ordinary.
_MAY_DISPATCH = {
    Level.MOST_GRAVE: frozenset({Role.CITY}),
    Level.GRAVE: frozenset({Role.CITY}),
    Level.LARGER: PLATFORMS,
    Level.ORDINARY: COMMANDS,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """An action: from which states, to which one (None: stays), and whose it is."""

    before: frozenset[Status]
    after: Status | None
    roles: frozenset[Role]


RULES: dict[Action, Rule] = {
    Action.REPORT: Rule(frozenset(), Status.REPORTED, _ALL),
    Action.ACCEPT: Rule(frozenset({Status.REPORTED}), Status.ACCEPTED, PLATFORMS),
    Action.REJECT: Rule(frozenset({Status.REPORTED, Status.ACCEPTED}), Status.REJECTED, PLATFORMS),
    Action.DISPATCH: Rule(_OPEN, Status.DISPATCHED, COMMANDS),
    Action.RETURN: Rule(frozenset({Status.DISPATCHED}), Status.ACCEPTED, _HANDLERS),
    Action.HANDLE: Rule(frozenset({Status.DISPATCHED}), Status.HANDLED, _HANDLERS),
    Action.CHECK: Rule(frozenset({Status.HANDLED}), Status.CHECKED, _CHECKERS),
    Action.SEND_BACK: Rule(frozenset({Status.HANDLED}), Status.DISPATCHED, _CHECKERS),
    Action.CLOSE: Rule(frozenset({Status.CHECKED}), Status.CLOSED, PLATFORMS),
    Action.REOPEN: Rule(_DONE, Status.ACCEPTED, PLATFORMS),
    Action.EXTEND: Rule(_OPEN, None, COMMANDS),
}
NEEDS_A_NOTE = {Action.REJECT, Action.RETURN, Action.SEND_BACK, Action.REOPEN, Action.EXTEND}


def may(event: CityEvent | None, action: Action, role: Role) -> bool:
    """Whether a role may take an action on an event as it stands; None stands for one not yet reported."""
    rule = RULES[action]
    if event is None:
        return action is Action.REPORT and role in rule.roles
    if event.status not in rule.before or role not in rule.roles:
        return False
    return action is not Action.DISPATCH or role in _MAY_DISPATCH[event.report.level]


def after(event: CityEvent | None, step: Step) -> CityEvent:
    """The event after a step; raises `CityTwinError` where the step is not allowed or lacks something.

    A step whose time lies before the last one's counts as taken at the last one's: times never run back.
    """
    if not may(event, step.action, step.role):
        raise CityTwinError("event.not_allowed", step.event, action=step.action.value, role=step.role.value)
    if not step.user.strip():
        raise CityTwinError("event.no_name", step.event)
    if step.action in NEEDS_A_NOTE and not step.note.strip():
        raise CityTwinError("event.no_note", step.event)
    if event is None:
        return _reported(step)
    time_us = max(step.time_us, event.changed_us)
    status = RULES[step.action].after or event.status
    return _changed(replace(event, status=status, changed_us=time_us), step, time_us)


def _reported(step: Step) -> CityEvent:
    report = step.report
    if report is None or not report.class_id:
        raise CityTwinError("event.no_report", step.event)
    if not (-180.0 <= report.lon_deg <= 180.0 and -90.0 <= report.lat_deg <= 90.0):
        raise CityTwinError("event.no_place", step.event)
    if not all(math.isfinite(limit) and limit > 0.0 for limit in (report.accept_s, report.handle_s)):
        raise CityTwinError("event.no_limit", step.event)
    return CityEvent(step.event, report, Status.REPORTED, step.time_us, step.time_us)


def _changed(event: CityEvent, step: Step, time_us: int) -> CityEvent:
    match step.action:
        case Action.ACCEPT:
            return replace(event, accepted_us=time_us)
        case Action.DISPATCH:
            commanders = event.commanders | {step.role}
            return replace(event, dispatched_us=time_us, resources=step.resources, commanders=commanders)
        case Action.RETURN:
            return replace(event, resources=())
        case Action.HANDLE:
            return replace(event, handled_us=time_us, commanders=event.commanders | {step.role})
        case Action.SEND_BACK:
            return replace(event, handled_us=None)
        case Action.CLOSE | Action.REJECT:
            return replace(event, closed_us=time_us)
        case Action.REOPEN:
            again = replace(event, accepted_us=time_us, dispatched_us=None, handled_us=None, closed_us=None)
            return replace(again, resources=(), pauses=(), times_reopened=event.times_reopened + 1)
        case Action.EXTEND:
            return _extended(event, step, time_us)
        case _:
            return event


def _extended(event: CityEvent, step: Step, time_us: int) -> CityEvent:
    if not 0.0 < step.for_s <= LONGEST_EXTENSION_S:
        raise CityTwinError("event.no_extension", step.event, days=round(LONGEST_EXTENSION_S / 86400))
    begin_us = max(time_us, event.pauses[-1][1] if event.pauses else time_us)
    return replace(event, pauses=(*event.pauses, (begin_us, begin_us + round(step.for_s * US_PER_S))))
