"""Systems whose events are asked for again and again: each in a thread of its own, tried again as feeds are."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from loaders.model.errors import CityTwinError
from twin_app.live.feed import FeedState, FeedStatus
from twin_app.live.hub import Hub
from twin_app.live.port import Port
from twin_app.live.secrets import keep_password, password_of
from twin_app.live.values import now_us
from twin_app.operation.records import Reader
from twin_app.operation.store import EventStore
from twin_app.services.project import EventSourceRecord
from twin_app.usecases import events
from twin_app.usecases.feeds import without_password
from twin_app.usecases.workbench import Workbench

if TYPE_CHECKING:
    from twin_app.operation.poll import EventPoll, Polled

SCHEMES = ("http", "https")
USUAL_INTERVAL_S = 60.0
SHORTEST_INTERVAL_S, LONGEST_INTERVAL_S = 1.0, 86_400.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a source since it was started: answers, of which ``unchanged``, new events, and what was wrong."""

    answers: int = 0
    unchanged: int = 0
    new: int = 0
    wrong: int = 0
    last_us: int = 0  # of the last answer


class _EventFeed:
    """`EventPoll` as a feed: the hub runs it, and again after a loss."""

    def __init__(self, poll: EventPoll, told: Callable[[Polled], None]) -> None:
        self._poll, self._told = poll, told

    def run(self, port: Port, stopped: threading.Event) -> None:
        """See `Feed`."""

        def hear(polled: Polled) -> None:
            port.connected()
            self._told(polled)

        self._poll.run(hear, stopped)


def poll_of(source: EventSourceRecord, store: EventStore) -> EventPoll:
    """What asks a source; raises `CityTwinError` where the password cannot be had."""
    from twin_app.operation.poll import EventPoll  # and its HTTP library, which most never ask

    auth = (source.user, password_of(source.id)) if source.user else None
    return EventPoll(source.url, store, Reader(source.name or source.id), interval_s=source.interval_s, auth=auth)


@dataclass
class Watches:
    """The sources of the open project. GUI thread; what their threads tell comes by the inbox."""

    workbench: Workbench
    make: Callable[[EventSourceRecord, EventStore], EventPoll] = poll_of
    sources: dict[str, EventSourceRecord] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._hub: Hub | None = None
        self._heard: dict[str, Heard] = {}
        self._failed: dict[str, FeedStatus] = {}
        self._store: EventStore | None = None
        self.workbench.project.changed.connect(self._follow_project)

    def status(self, source_id: str) -> FeedStatus:
        """How a source is."""
        running = {} if self._hub is None else self._hub.feeds()
        return self._failed.get(source_id) or running.get(source_id, FeedStatus(FeedState.STOPPED))

    def heard(self, source_id: str) -> Heard:
        """What came of it since it was started."""
        return self._heard.get(source_id, Heard())

    def add(self, url: str, *, interval_s: float = USUAL_INTERVAL_S, name: str = "") -> EventSourceRecord:
        """Watch an address from now on; a password in it goes to the keyring.

        Raises `CityTwinError` ``event.bad_address`` or ``event.bad_interval``.
        """
        plain, user, password = without_password(url.strip())
        parts = urlsplit(plain)
        if parts.scheme not in SCHEMES or not parts.hostname:
            raise CityTwinError("event.bad_address", plain[:200])
        if not SHORTEST_INTERVAL_S <= interval_s <= LONGEST_INTERVAL_S:
            raise CityTwinError("event.bad_interval", least=SHORTEST_INTERVAL_S, most=LONGEST_INTERVAL_S)
        source = EventSourceRecord(self._new_id(parts.hostname), plain, interval_s, name.strip(), True, user)
        if password:
            keep_password(source.id, password)
        self.put(source)
        self.workbench.project.touch()
        return source

    def _new_id(self, host: str) -> str:
        number, base = 1, f"events-{host}"
        while (name := base if number == 1 else f"{base}-{number}") in self.sources:
            number += 1
        return name

    def put(self, source: EventSourceRecord) -> None:
        """Have a source as it says; it is asked while it is enabled."""
        self._stop(source.id)
        self.sources[source.id] = source
        if source.enabled and not self.workbench.live.resting:
            self._start(source)
        self.workbench.events_changed.emit()

    def switch(self, source_id: str) -> None:
        """Rest a source that is asked, ask one that rests or failed."""
        running = self.status(source_id).state not in {FeedState.STOPPED, FeedState.FAILED}
        self.put(msgspec.structs.replace(self.sources[source_id], enabled=not running))
        self.workbench.project.touch()

    def remove(self, source_id: str) -> None:
        """Ask a source no more and forget it; its events stay."""
        self._stop(source_id)
        if self.sources.pop(source_id, None) is not None:
            self.workbench.project.touch()
            self.workbench.events_changed.emit()

    def take(self, sources: list[EventSourceRecord]) -> None:
        """Those of a project that was opened, once all of it is there."""
        self.clear()
        for source in sources:
            self.workbench.inbox.post(functools.partial(self.put, source))

    def clear(self) -> None:
        """Ask nobody any more: another project comes, or the end."""
        if self._hub is not None:
            self._hub.close()
        self._hub, self._store = None, None
        for known in (self.sources, self._heard, self._failed):
            known.clear()

    def _start(self, source: EventSourceRecord) -> None:
        self._heard[source.id] = Heard()
        try:
            self._store = events.store_of(self.workbench)
            feed = _EventFeed(self.make(source, self._store), lambda polled: self._hear(source.id, polled))
        except CityTwinError as error:
            self._failed[source.id] = FeedStatus(FeedState.FAILED, error)
            return
        if self._hub is None:
            self._hub = Hub()
            self._hub.status_changed.connect(self._on_status)
        self._hub.start(source.id, feed)

    def _stop(self, source_id: str) -> None:
        self._failed.pop(source_id, None)
        if self._hub is not None:
            self._hub.stop(source_id)

    def _hear(self, source_id: str, polled: Polled) -> None:
        """In the source's thread."""
        self.workbench.inbox.post(lambda: self._count(source_id, polled))

    def _count(self, source_id: str, polled: Polled) -> None:
        if source_id not in self.sources:
            return
        before = self.heard(source_id)
        self._heard[source_id] = replace(
            before,
            answers=before.answers + 1,
            unchanged=before.unchanged + polled.unchanged,
            new=before.new + polled.new,
            wrong=before.wrong + len(polled.findings),
            last_us=now_us(),
        )
        for finding in polled.findings:
            self.workbench.messages.finding(finding)
        self.workbench.events_changed.emit()

    def _on_status(self, _source_id: str, _status: FeedStatus) -> None:
        self.workbench.inbox.post(self.workbench.events_changed.emit)

    def _follow_project(self) -> None:
        """A project that is saved elsewhere has another file of events: they go there from now on."""
        running = [one for one in self.sources.values() if self.status(one.id).state is not FeedState.STOPPED]
        if running and self._store is not None and self._store is not events.store_of(self.workbench):
            for source in running:
                self.put(source)


def watches_of(workbench: Workbench) -> Watches:
    """Those of the open program."""
    if workbench.event_watches is None:
        workbench.event_watches = Watches(workbench)
    found: Watches = workbench.event_watches
    return found
