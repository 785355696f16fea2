"""Since which beat nothing counts as used any more."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable


class Idleness:
    """Remembers when beats were, about once a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._beats: deque[tuple[float, int]] = deque()

    def before(self, beat: int, idle_secs: float) -> int:
        """It is ``beat`` now: what was last used before the beat that is given has been idle for ``idle_secs``."""
        now = self._clock()
        if not self._beats or now - self._beats[-1][0] >= 1.0:
            self._beats.append((now, beat))
        while len(self._beats) > 1 and now - self._beats[1][0] >= idle_secs:
            self._beats.popleft()
        first_at, first = self._beats[0]
        return first if now - first_at >= idle_secs else 0
