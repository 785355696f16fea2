"""An event's clock against its limits."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from twin_app.live.values import US_PER_S
from twin_app.operation.model import CityEvent, Status

NEAR_SHARE = 0.8  # of the limit


class ClockState(enum.StrEnum):
    """How an event's clock stands."""

    IN_TIME = "in_time"
    NEAR = "near"
    OVERDUE = "overdue"
    PAUSED = "paused"

    @property
    def text_key(self) -> str:
        """The translation key of its name."""
        return f"event.clock.{self.value}"


@dataclass(frozen=True, slots=True)
class EventClock:
    """``used_s`` of ``limit_s``; ``running`` is false once the event is handled or rejected."""

    state: ClockState
    used_s: float
    limit_s: float
    running: bool


def clock_of(event: CityEvent, now_us: int) -> EventClock:
    """Until it is accepted the clock runs from the report, then from its being accepted until it is handled."""
    report = event.report
    begin_us, limit_s = event.reported_us, report.accept_s
    end_us = event.closed_us if event.status is Status.REJECTED else None
    if event.accepted_us is not None:
        begin_us, limit_s = event.accepted_us, report.handle_s
        end_us = end_us if event.handled_us is None else event.handled_us
    until_us = max(begin_us, now_us) if end_us is None else end_us
    paused_us = sum(max(0, min(end, until_us) - begin) for begin, end in event.pauses)
    used_s = (until_us - begin_us - paused_us) / US_PER_S
    running = end_us is None
    return EventClock(_state(event, until_us, used_s / limit_s, running), used_s, limit_s, running)


def _state(event: CityEvent, until_us: int, share: float, running: bool) -> ClockState:
    if share > 1.0:
        return ClockState.OVERDUE
    if running and any(begin <= until_us < end for begin, end in event.pauses):
        return ClockState.PAUSED
    return ClockState.NEAR if running and share >= NEAR_SHARE else ClockState.IN_TIME
