"""How many pieces of heavy work go on at the same time."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator


class Slots:
    """Places for heavy work; ``limit`` is asked anew each time, so that a changed setting holds at once."""

    def __init__(self, limit: Callable[[], int]) -> None:
        self._limit = limit
        self._taken = 0
        self._free = threading.Condition()

    @contextlib.contextmanager
    def one(self, checkpoint: Callable[[], None]) -> Iterator[None]:
        """Wait for a place, calling ``checkpoint`` (which may raise) ten times a second, and hold it."""
        with self._free:
            while self._taken >= max(1, self._limit()):
                self._free.wait(0.1)
                checkpoint()
            self._taken += 1
        try:
            yield
        finally:
            with self._free:
                self._taken -= 1
                self._free.notify()
