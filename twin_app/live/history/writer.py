"""Carries the batches of a hub to a history, once a second, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from loaders.model.errors import CityTwinError
from twin_app.live.batch import Batch
from twin_app.live.history.model import DAY_US, HistoryStore, times_of
from twin_app.live.streams import StreamInfo
from twin_app.live.values import now_us

BEAT_S = 1.0
MOST_WAITING = 2_000_000  # observations, while the history cannot be written to


class HistoryWriter:
    """``listen`` is for `Hub.on_batch`; ``open_store`` and all writing happen in the writer's thread.

    ``on_problem`` hears in that thread of a history that cannot be opened, and once of each time that it cannot be
    written to: what comes meanwhile waits, up to `MOST_WAITING`. Streams that play a recording are not kept again, nor
    is what a source tells anew after a restart: files from their beginning, retained messages, histories of servers.
    """

    def __init__(
        self,
        open_store: Callable[[], HistoryStore],
        info_of: Callable[[int], StreamInfo],
        on_problem: Callable[[CityTwinError], None] = lambda _error: None,
        *,
        beat_s: float = BEAT_S,
    ) -> None:
        self.store: HistoryStore | None = None  # once it is open
        self.dropped = 0  # observations that found no room while waiting
        self._open_store, self._info_of, self._on_problem = open_store, info_of, on_problem
        self._beat_s = beat_s
        self._waiting: list[Batch] = []
        self._num_waiting = 0
        self._failed = False
        self._began_us = now_us()
        self._tidied_day = -1
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._thread.start()

    @property
    def failed(self) -> bool:
        """Whether it could not be opened."""
        return self._failed

    def listen(self, batch: Batch) -> None:
        """Take a batch; it is written within a second."""
        with self._lock:
            if self._failed or self._num_waiting + len(batch) > MOST_WAITING:
                self.dropped += len(batch)
                return
            self._waiting.append(batch)
            self._num_waiting += len(batch)

    def close(self) -> None:
        """Write what waits, and end."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self.store = self._open_store()
        except CityTwinError as error:
            with self._lock:
                self._failed = True
                self._waiting.clear()
            self._on_problem(error)
            return
        in_trouble = False
        while not self._ended.wait(self._beat_s):
            in_trouble = self._beat(self.store, in_trouble)
        self._beat(self.store, in_trouble)
        store, self.store = self.store, None
        store.close()

    def _beat(self, store: HistoryStore, in_trouble: bool) -> bool:
        try:
            self._write(store, doubtful=in_trouble)
            self._tidy(store)
        except CityTwinError as error:
            if not in_trouble:
                self._on_problem(error)
            return True
        return False

    def _write(self, store: HistoryStore, *, doubtful: bool) -> None:
        with self._lock:
            batches = list(self._waiting)
        if not batches:
            return
        whole = Batch(*(np.concatenate([getattr(one, name) for one in batches]) for name in Batch.__slots__))
        infos, kept = self._kept(whole)
        store.append(infos, self._new(store, infos, kept, doubtful=doubtful))
        with self._lock:  # only now: what could not be written waits on
            del self._waiting[: len(batches)]
            self._num_waiting -= len(whole)

    def _kept(self, batch: Batch) -> tuple[list[StreamInfo], Batch]:
        used, rows = np.unique(batch.rows, return_inverse=True)
        infos = [self._info_of(int(row)) for row in used]
        played = np.array([bool(info.provenance) for info in infos], bool)[rows]
        columns = (getattr(batch, name) for name in Batch.__slots__[1:])
        return infos, Batch(rows.astype(np.int64), *columns).only(~played)

    def _new(self, store: HistoryStore, infos: list[StreamInfo], batch: Batch, *, doubtful: bool) -> Batch:
        """What is not kept yet; ``doubtful``: a write that failed may have been done all the same."""
        before = np.flatnonzero(doubtful | (times_of(batch) < self._began_us))
        if not before.size:
            return batch
        from_before = Batch(*(getattr(batch, name)[before] for name in Batch.__slots__))
        new = np.ones(len(batch), bool)
        new[before] = ~store.holds(infos, from_before)
        return batch.only(new)

    def _tidy(self, store: HistoryStore) -> None:
        now = now_us()
        if now // DAY_US != self._tidied_day:
            self._tidied_day = now // DAY_US  # tried once a day, whatever comes of it
            store.tidy(now)
