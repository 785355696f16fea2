"""The one way from worker threads to the GUI thread: a queue drained within a time budget."""

from __future__ import annotations

import collections
import threading
import time
from collections.abc import Callable


class Inbox:
    """Holds calls made for the GUI thread. `post` is for any thread, `drain` for the GUI thread alone.

    ``wake`` is called (in the posting thread) when the inbox stops being empty; the window sets it
    to something that makes the event loop call `drain` soon.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._calls: collections.deque[Callable[[], None]] = collections.deque()
        self._lock = threading.Lock()
        self.wake: Callable[[], None] = lambda: None

    def post(self, call: Callable[[], None]) -> None:
        """Have ``call`` made on the GUI thread, after all that were posted before."""
        with self._lock:
            was_empty = not self._calls
            self._calls.append(call)
        if was_empty:
            self.wake()

    def drain(self, budget_ms: float = 6.0) -> bool:
        """Make waiting calls until none is left or the budget is spent; True when some are left."""
        end = self._clock() + budget_ms / 1000
        while True:
            with self._lock:
                if not self._calls:
                    return False
                call = self._calls.popleft()
            call()
            if self._clock() >= end:
                return bool(self._calls)
