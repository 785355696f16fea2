"""How much detail a moving picture can have on the graphics at hand."""

from __future__ import annotations

import time
from collections.abc import Callable

SLOW_SECS, QUICK_SECS = 0.11, 0.06  # a picture that takes longer is too slow; a shorter one can have more
COARSEST = 12.0
_STEP = 1.35


class Pace:
    """Measures pictures; ``factor`` is how many times the error allowed while moving they need to be quick enough."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.factor = 1.0
        self._clock = clock
        self._began_secs: float | None = None

    def begin(self) -> None:
        """A picture is about to be drawn."""
        self._began_secs = self._clock()

    def end(self, *, moving: bool) -> None:
        """It is drawn. Only pictures of motion count: at rest, nobody waits for the next one."""
        if self._began_secs is None or not moving:
            return
        seconds = self._clock() - self._began_secs
        self._began_secs = None
        if seconds > SLOW_SECS:
            self.factor = min(COARSEST, self.factor * _STEP)
        elif seconds < QUICK_SECS:
            self.factor = max(1.0, self.factor / _STEP)
