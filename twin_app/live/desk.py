"""The live data of a running program: its feeds, the table they fill, and what changed since the last look."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from loaders.model.errors import CityTwinError
from twin_app.live.alarms.station import AlarmStation
from twin_app.live.batch import Batch
from twin_app.live.counts import Counts
from twin_app.live.feed import Feed, FeedSpec, FeedState, FeedStatus
from twin_app.live.feeds.registry import make_feed
from twin_app.live.history.model import HistoryStore
from twin_app.live.history.opening import open_history
from twin_app.live.history.writer import HistoryWriter
from twin_app.live.hub import Hub
from twin_app.live.moment import Stretch
from twin_app.live.playback import Playback
from twin_app.live.recent import Recent
from twin_app.live.table import Latest, LatestTable
from twin_app.live.values import Reason

AGE_S = 1.0  # how often is looked for values that went stale


class Desk:
    """GUI thread, but for the hub. ``post`` has a call made in the GUI thread (`Inbox.post`).

    ``make`` makes feeds of specs; it raises `CityTwinError` where a spec is wrong.
    """

    feeds_changed = Signal()  # which feeds there are, or how they are
    streams_changed = Signal()  # which streams there are
    values_changed = Signal(object)  # NDArray of rows whose value came, changed or went stale
    history_failed = Signal(object)  # CityTwinError: it cannot be opened, or not be written to now
    alarms_changed = Signal()  # an alarm, or which there are
    time_changed = Signal()  # which time is looked at, or how it goes on
    stretch_wanted = Signal(object, object)  # from, to in µs: what was observed then is to come by `show_stretch`

    def __init__(
        self,
        post: Callable[[Callable[[], None]], None],
        table: LatestTable | None = None,
        make: Callable[[FeedSpec], Feed] = make_feed,
    ) -> None:
        self.hub = Hub(table)
        self._make = make
        self.recent = Recent()
        self.playback = Playback(self.hub.table, lambda *span_us: self.stretch_wanted.emit(*span_us))
        self.resting = False  # no feed is run, whatever is said of it: for commands that only look
        self._place, self._retention_days = "", 0
        self._writer: HistoryWriter | None = None
        self.alarms = AlarmStation()
        self.alarms.changed.connect(self.alarms_changed.emit)
        self._post = post
        self._specs: dict[str, FeedSpec] = {}
        self._failed: dict[str, FeedStatus] = {}  # those that could not even be made
        self._num_streams = 0
        self._fresh: NDArray[np.bool_] = np.zeros(0, bool)
        self._aged_s = 0.0
        self._connect()

    def _connect(self) -> None:
        self.hub.on_batch.append(self.recent.take)
        self.hub.on_batch.append(self._remember)
        self.hub.status_changed.connect(self._on_status)

    @property
    def table(self) -> LatestTable:
        """The latest value of every stream."""
        return self.hub.table

    @property
    def history(self) -> HistoryStore | None:
        """The history, once it is open; what came in the last second is on its way there."""
        return None if self._writer is None else self._writer.store

    @property
    def keeps(self) -> bool:
        """Whether what comes is kept in a history, or will be once that is open."""
        return self._writer is not None and not self._writer.failed

    def keep(self, place: str, *, retention_days: int = 0) -> None:
        """Keep what comes in the history of that folder or server from now on; nothing where it is "".

        It is opened when a feed runs, and not before.
        """
        if (place, retention_days) != (self._place, self._retention_days):
            self._end_history()
            self._place, self._retention_days = place, retention_days
            if any(spec.enabled for spec in self.specs()):
                self._begin_history()

    def _begin_history(self) -> None:
        if self._place and self._writer is None and not self.resting:
            opening = functools.partial(open_history, self._place, retention_days=self._retention_days)
            self._writer = HistoryWriter(opening, self.hub.table.info, self._on_history_failed)

    def _end_history(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _remember(self, batch: Batch) -> None:
        writer = self._writer
        if writer is not None:
            writer.listen(batch)

    def _on_history_failed(self, error: CityTwinError) -> None:
        self._post(lambda: self.history_failed.emit(error))

    def latest(self, rows: NDArray[np.int64] | None = None) -> Latest:
        """The values of some rows, or of all: the latest, or those of another time that is looked at.

        Who shows values takes them here; alarms and what is kept go by `table`, which never stands still.
        """
        return self.playback.latest(rows)

    def time_us(self) -> int:
        """The time that `latest` tells of."""
        return self.playback.time_us()

    def pause(self) -> None:
        """Let what is looked at stand still; values come in and are kept as before."""
        self.playback.pause()
        self._tell_time()

    def go_live(self) -> None:
        """Look at what comes in again."""
        self.playback.live()
        self._tell_time()

    def go_to(self, time_us: int) -> None:
        """Look at another time."""
        self.playback.go(time_us)
        self._tell_time()

    def play(self, speed: float | None = None) -> None:
        """Let time run on from where it stands; with ``speed`` from now on at that one."""
        self.playback.speed = speed or self.playback.speed
        self.playback.play()
        self._tell_time()

    def show_stretch(self, stretch: Stretch | None) -> None:
        """What was observed at the time that is looked at; None where it cannot be read."""
        if stretch is None:
            self.playback.refused()
            self._tell_time()
        elif self.playback.take(stretch):
            self._tell_time()

    def _tell_time(self) -> None:
        self.time_changed.emit()
        if len(self.table):
            self.values_changed.emit(np.arange(len(self.table), dtype=np.int64))

    def specs(self) -> tuple[FeedSpec, ...]:
        """All feeds in the order they were added."""
        return tuple(self._specs.values())

    def status(self, feed_id: str) -> FeedStatus:
        """How a feed is."""
        return self._failed.get(feed_id) or self.hub.feeds().get(feed_id, FeedStatus(FeedState.STOPPED))

    def counts(self, feed_id: str) -> Counts:
        """What came of a feed since it was started."""
        port = self.hub.port(feed_id)
        return Counts() if port is None else port.counts

    def feed(self, feed_id: str) -> Feed | None:
        """A feed that was started and plays on or ended; None of one that rests."""
        return self.hub.feed(feed_id)

    def note(self, spec: FeedSpec) -> None:
        """Have a feed be as ``spec`` says from the next start on; one that runs runs on."""
        self._specs[spec.id] = spec
        self.feeds_changed.emit()

    def new_id(self, wanted: str) -> str:
        """A feed id made of ``wanted`` that nobody has yet."""
        base = "".join(c if c.isalnum() or c in "-_." else "-" for c in wanted).strip("-.") or "feed"
        taken, number = {spec.id for spec in self.specs()}, 1
        while (name := base if number == 1 else f"{base}-{number}") in taken:
            number += 1
        return name

    def put(self, spec: FeedSpec) -> None:
        """Add a feed, or have it as ``spec`` says from now on; it runs if it is enabled."""
        self._specs[spec.id] = spec
        self._failed.pop(spec.id, None)
        self.hub.stop(spec.id)
        if spec.enabled and not self.resting:
            self._begin_history()
            try:
                self.hub.start(spec.id, self._make(spec))
            except CityTwinError as error:
                self._failed[spec.id] = FeedStatus(FeedState.FAILED, error)
        self.feeds_changed.emit()

    def enable(self, feed_id: str, enabled: bool) -> None:
        """Run or rest a feed."""
        self.put(msgspec.structs.replace(self._specs[feed_id], enabled=enabled))

    def remove(self, feed_id: str) -> None:
        """Let a feed go; its streams and values stay until the project is closed."""
        self.hub.stop(feed_id)
        self._failed.pop(feed_id, None)
        if self._specs.pop(feed_id, None) is not None:
            self.feeds_changed.emit()

    def clear(self) -> None:
        """End all feeds and forget all streams: another project comes."""
        had = bool(self._specs)
        self.hub.close()
        self.keep("")
        self.hub.status_changed.disconnect(self._on_status)
        self.hub = Hub()
        self.recent.clear()
        self.alarms.clear()
        self._connect()
        self.playback.forget(self.hub.table)
        self._specs.clear()
        self._failed.clear()
        self._num_streams, self._fresh = 0, np.zeros(0, bool)
        self.time_changed.emit()
        if had:
            self.feeds_changed.emit()
            self.streams_changed.emit()

    def beat(self) -> None:
        """Tell what changed since the last beat; some times a second, by whoever draws."""
        num_streams = len(self.table)
        if num_streams != self._num_streams:
            self._num_streams = num_streams
            self.streams_changed.emit()
        rows = self.table.take_dirty()
        if time.monotonic() - self._aged_s >= AGE_S:
            rows = np.union1d(rows, self._gone_stale())
        self.alarms.beat(self.table)
        if self.playback.beat():
            self._tell_time()
        elif rows.size and self.playback.is_live:
            self.values_changed.emit(rows)

    def _gone_stale(self) -> NDArray[np.int64]:
        self._aged_s = time.monotonic()
        fresh = self.table.latest().reason != Reason.STALE
        before = np.concatenate([self._fresh, np.ones(max(0, fresh.size - self._fresh.size), bool)])[: fresh.size]
        self._fresh = fresh
        return np.flatnonzero(before & ~fresh)

    def _on_status(self, _feed_id: str, _status: FeedStatus) -> None:
        self._post(self.feeds_changed.emit)

    def close(self) -> None:
        """End all feeds; what came is in the history when this returns."""
        self.hub.close()
        self._end_history()
        self.alarms.clear()
