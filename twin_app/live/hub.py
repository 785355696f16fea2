"""Runs feeds in threads of their own, and carries what they bring to the table and to all who listen."""

from __future__ import annotations

import dataclasses
import random
import threading
from collections.abc import Callable

from psygnal import Signal

from loaders.model.errors import CityTwinError
from twin_app.live.batch import Batch
from twin_app.live.feed import Feed, FeedState, FeedStatus, Lost
from twin_app.live.port import Port
from twin_app.live.table import LatestTable

BEAT_S = 0.05
MOST_AT_ONCE = 20_000
FIRST_RETRY_S, LAST_RETRY_S = 0.5, 60.0
END_S = 5.0


class _Runner:
    """One feed's thread: runs it, and again after a loss, after a while that doubles up to a minute."""

    def __init__(self, feed_id: str, feed: Feed, hub: Hub) -> None:
        self.feed_id = feed_id
        self.port = Port(feed_id, hub.table.declare, self._connected)
        self.status = FeedStatus(FeedState.CONNECTING)
        self.stopped = threading.Event()
        self.feed = feed
        self._hub = hub
        self._retry_s = FIRST_RETRY_S
        self.thread = threading.Thread(target=self._run, name=f"feed-{feed_id}", daemon=True)

    def _connected(self) -> None:
        self._retry_s = FIRST_RETRY_S
        self._tell(FeedStatus(FeedState.CONNECTED))

    def _tell(self, status: FeedStatus) -> None:
        if not self.stopped.is_set() and status != self.status:
            self.status = status
            self._hub.status_changed.emit(self.feed_id, status)

    def _run(self) -> None:
        while not self.stopped.is_set():
            self._tell(dataclasses.replace(self.status, state=FeedState.CONNECTING))
            try:
                self.feed.run(self.port, self.stopped)
            except Lost as lost:
                pause_s = self._retry_s * random.uniform(0.8, 1.2)  # so that not all come back at once
                self._retry_s = min(2.0 * self._retry_s, LAST_RETRY_S)
                self._tell(FeedStatus(FeedState.LOST, lost.error, pause_s))
                self.stopped.wait(pause_s)
            except CityTwinError as error:
                self._tell(FeedStatus(FeedState.FAILED, error))
                return
            except Exception as mistake:  # noqa: BLE001 - a mistake of ours ends the feed visibly, not the thread
                told = CityTwinError("app.unexpected", self.feed_id, detail=f"{type(mistake).__name__}: {mistake}")
                self._tell(FeedStatus(FeedState.FAILED, told))
                return
            else:
                self._tell(FeedStatus(FeedState.ENDED))
                return


class Hub:
    """All feeds of a project over one table. Any thread.

    ``status_changed`` comes in a feed's own thread, ``on_batch`` listeners are called in the hub's: both must be quick
    and must not touch what belongs to the window.
    """

    status_changed = Signal(str, object)  # feed id, FeedStatus

    def __init__(self, table: LatestTable | None = None, *, beat_s: float = BEAT_S) -> None:
        self.table = LatestTable() if table is None else table
        self.on_batch: list[Callable[[Batch], None]] = []
        self._beat_s = beat_s
        self._runners: dict[str, _Runner] = {}
        self._lock = threading.RLock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, feed_id: str, feed: Feed) -> None:
        """Run a feed until it is stopped; one of the same id that runs is stopped first."""
        if "/" in feed_id or not feed_id:
            raise ValueError(f"{feed_id!r} cannot be the id of a feed")
        self.stop(feed_id)
        with self._lock:
            runner = self._runners[feed_id] = _Runner(feed_id, feed, self)
            if self._thread is None:
                self._thread = threading.Thread(target=self._carry, name="live-hub", daemon=True)
                self._thread.start()
        runner.thread.start()

    def stop(self, feed_id: str) -> None:
        """End a feed; its streams and last values stay."""
        with self._lock:
            runner = self._runners.pop(feed_id, None)
        if runner is not None:
            runner.stopped.set()
            runner.thread.join(END_S)
            self._take(runner.port)

    def feeds(self) -> dict[str, FeedStatus]:
        """What is told of each feed now, by id."""
        with self._lock:
            return {feed_id: runner.status for feed_id, runner in self._runners.items()}

    def feed(self, feed_id: str) -> Feed | None:
        """A feed that was started, as long as it is not stopped."""
        runner = self._runners.get(feed_id)
        return None if runner is None else runner.feed

    def port(self, feed_id: str) -> Port | None:
        """The port of a running feed, for its counts."""
        runner = self._runners.get(feed_id)
        return None if runner is None else runner.port

    def close(self, patience_s: float = END_S) -> None:
        """End everything; what came until now is still carried on, as long as listeners need within ``patience_s``."""
        with self._lock:
            runners = list(self._runners.values())
        for runner in runners:
            runner.stopped.set()
        for runner in runners:
            runner.thread.join(END_S)
        self._closed.set()
        if self._thread is not None:
            self._thread.join(patience_s)

    def _carry(self) -> None:
        while not self._closed.wait(self._beat_s):
            self.carry()
        self.carry()

    def carry(self) -> int:
        """Take in what waits at all ports; tells how many values were carried."""
        with self._lock:
            ports = [runner.port for runner in self._runners.values()]
        return sum(self._take(port) for port in ports)

    def _take(self, port: Port) -> int:
        carried = 0
        while waiting := port.drain(MOST_AT_ONCE):
            batch = self.table.accept(waiting)
            carried += len(waiting)
            if len(batch):
                for listener in self.on_batch:
                    listener(batch)
            if len(waiting) < MOST_AT_ONCE:
                break
        return carried
