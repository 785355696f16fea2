"""City events in words: class, clock, way."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from twin_app.live.feed import FeedStatus
from twin_app.live.values import US_PER_S
from twin_app.operation.classes import event_classes
from twin_app.operation.clock import ClockState, EventClock, clock_of
from twin_app.operation.dispatch import Offer
from twin_app.operation.model import CityEvent
from twin_app.services.project import EventSourceRecord
from twin_app.services.translations import Translator
from twin_app.usecases.live_values import age_text

if TYPE_CHECKING:
    from twin_app.usecases.event_watch import Heard


def class_name(tr: Translator, class_id: str) -> str:
    """The name of a class; one that is not in the catalogue by its id."""
    kind = event_classes().get(class_id)
    return class_id if kind is None else kind.zh if tr.language.startswith("zh") else kind.en


def clock_words(tr: Translator, clock: EventClock) -> str:
    """What is left of its time, or for how long it is overdue; where it no longer runs, whether it was in time."""
    if clock.state is ClockState.PAUSED or not clock.running:
        return tr(clock.state.text_key)
    left_s = clock.limit_s - clock.used_s
    key = "event.clock_left" if left_s >= 0.0 else "event.clock_over"
    return tr(key, time=age_text(tr, abs(left_s)))


def clock_short(tr: Translator, clock: EventClock) -> str:
    """The same as short as can be, "+" before what is overdue."""
    left_s = clock.limit_s - clock.used_s
    return ("+" if left_s < 0.0 else "") + age_text(tr, abs(left_s))


def event_line(tr: Translator, event: CityEvent, now_us: int) -> str:
    """Where it stands and its clock, in one line."""
    return f"{tr(event.status.text_key)} · {clock_words(tr, clock_of(event, now_us))}"


def offer_words(tr: Translator, offer: Offer, speed_m_s: float) -> str:
    """How far a resource has to go, how long it takes, and whether along roads."""
    time = age_text(tr, offer.way_m / speed_m_s)
    return tr("event.offer", far=far_words(offer.way_m), time=time, how=tr(offer.note_key))


def far_words(way_m: float) -> str:
    """A distance: ``640 m``, ``1.2 km``."""
    return f"{way_m / 1000:.1f} km" if way_m >= 1000.0 else f"{way_m:.0f} m"


def source_words(tr: Translator, source: EventSourceRecord, status: FeedStatus, heard: Heard) -> str:
    """A watched system in one line: its name, how it is, when it answered last, and what came of it."""
    parts = [source.name or source.url, tr(f"live.feed_state.{status.state}")]
    if status.error is not None:
        parts.append(tr.error(status.error))
    if heard.answers:
        last = time_text(heard.last_us)[-8:]
        parts.append(tr("event.source_heard", time=last, answers=heard.answers, new=heard.new))
    if heard.wrong:
        parts.append(tr("event.source_wrong", count=heard.wrong))
    return " · ".join(parts)


def listed(tr: Translator, names: list[str]) -> str:
    """Names one after the other."""
    return ("、" if tr.language.startswith("zh") else ", ").join(names)


def time_text(time_us: int) -> str:
    """A time by the clock of this machine."""
    return datetime.fromtimestamp(time_us / US_PER_S).astimezone().strftime("%Y-%m-%d %H:%M:%S")
