"""Memory that was let go, back to the system: glibc keeps it, in ever more pieces the longer one flies around."""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable
from functools import cache
from typing import Any

PERIOD_SECS = 10.0


@cache
def _trim() -> Callable[[int], Any] | None:
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's own


class Heap:
    """Gives back now and then."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next_secs = clock() + PERIOD_SECS

    def give_back(self) -> bool:
        """Where some time has passed since the last time; tells whether it was done. Takes some milliseconds."""
        trim = _trim()
        if trim is None or self._clock() < self._next_secs:
            return False
        trim(0)
        self._next_secs = self._clock() + PERIOD_SECS
        return True
