"""Processes beside the window that read foreign tiles: what crashes or hangs there costs one tile."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from multiprocessing.connection import wait

from loaders.model.errors import CityTwinError
from loaders.processes import Child
from loaders.tiles.stream_child import Answer, Request, Setup, serve

READ_LIMIT_SECS = 60.0
NUM_WORKERS = max(1, min(2, os.cpu_count() or 1))
_END_SECS = 0.5
_KILLED = -9


class _Hangs(Exception):
    """No answer in time."""


class _Worker:
    """One process. ``reading`` is the file that it read last."""

    def __init__(self, setup: Setup, limit_secs: float) -> None:
        self._child = Child(serve, setup, limit_secs)
        self._limit_secs = limit_secs
        self._code: int | None = None
        self.reading = ""

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked; it ends by itself when nobody asks for long."""
        return self._code is None and not wait([self._child.sentinel], 0)

    def answer(self, request: Request) -> Answer:
        """Raises `CityTwinError` of the child, EOFError or OSError where it died, `_Hangs`."""
        self.reading = request.context.path
        end_secs = time.monotonic() + self._limit_secs
        self._child.connection.send(request)
        while self._child.connection.poll(max(0.0, end_secs - time.monotonic())):
            message = self._child.connection.recv()
            if isinstance(message, Answer):
                return message
            if isinstance(message, CityTwinError):
                raise message
            self.reading = str(message)
        raise _Hangs

    def kill(self) -> None:
        """End it at once; whoever waits for its answer hears of it."""
        self._child.kill()

    def close(self) -> bool:
        """Let go of it; tells whether it had ended by itself."""
        if self._code is None:
            code = self._child.exit_code(_END_SECS)
            self._code = _KILLED if code is None else code
            self._child.close()
        return self._code == 0


class Workers:
    """A few processes, started when they are needed. Any thread.

    After the last of those who use them (`take_up`, `let_go`) none is left, and nothing is answered until the next.
    """

    def __init__(self, setup: Setup, *, limit_secs: float = READ_LIMIT_SECS, count: int = NUM_WORKERS) -> None:
        self._setup = setup
        self._limit_secs = limit_secs
        self._free: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(count):
            self._free.put(None)
        self._lock = threading.Lock()
        self._busy: set[_Worker] = set()
        self._users: int | None = None  # nobody ever said so: whoever asks is answered
        self._stops = 0

    def take_up(self) -> None:
        """Somebody more uses them."""
        with self._lock:
            self._users = (self._users or 0) + 1

    def let_go(self) -> None:
        """Somebody does no longer; after the last one, what goes on is stopped."""
        with self._lock:
            self._users = max(0, (self._users or 0) - 1)
            last = not self._users
        if last:
            self.stop()

    def ask(self, request: Request) -> Answer:
        """One answer; waits for its turn. Raises `CityTwinError`: what is wrong with a file, or with its reader."""
        began = self._stops
        free = self._free.get()
        worker: _Worker | None = free
        deaths = 0
        try:
            while True:
                ready = worker = self._ready(worker)
                try:
                    return self._answer(ready, request)
                except _Hangs as error:
                    worker.kill()
                    worker.close()
                    name, secs = worker.reading, round(self._limit_secs)
                    raise CityTwinError("tiles.reader_hangs", name, name=name, secs=secs) from error
                except (EOFError, OSError) as error:
                    name = worker.reading
                    # Whatever else may kill a process, but for ourselves, will hardly do so twice.
                    deaths += not worker.close()
                    if deaths > 1 + self._stops - began:
                        raise CityTwinError("tiles.reader_died", name, name=name) from error
        finally:
            self._free.put(self._fit(worker))
            if self._is_stopped():  # in this very moment
                self._drain()

    def _fit(self, worker: _Worker | None) -> _Worker | None:
        """The worker, if it can be asked again."""
        if worker is not None and (not worker.is_alive or self._is_stopped()):
            worker.kill()
            worker.close()
            return None
        return worker

    def _ready(self, worker: _Worker | None) -> _Worker:
        if worker is not None and worker.is_alive:
            return worker
        if worker is not None:
            worker.close()
        return _Worker(self._setup, self._limit_secs)  # which the system may refuse: the next one tries again

    def _answer(self, worker: _Worker, request: Request) -> Answer:
        with self._lock:
            if self._is_stopped():
                raise CityTwinError("tiles.reading_stopped", request.context.path)
            self._busy.add(worker)
        try:
            return worker.answer(request)
        finally:
            with self._lock:
                self._busy.discard(worker)

    def _is_stopped(self) -> bool:
        """Whether those who wanted something are gone."""
        return self._users == 0

    def stop(self) -> None:
        """End all processes; whoever waits for one hears of it. A later request starts one again."""
        with self._lock:
            self._stops += 1
            busy = list(self._busy)
        for worker in busy:
            worker.kill()
        self._drain()

    def _drain(self) -> None:
        """End those that wait for something to do."""
        idle: list[_Worker | None] = []
        with contextlib.suppress(queue.Empty):
            while True:
                idle.append(self._free.get_nowait())
        for unused in idle:
            if unused is not None:
                unused.kill()
                unused.close()
            self._free.put(None)
