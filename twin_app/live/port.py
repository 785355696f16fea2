"""Where a feed hands its values over: a queue with a limit, and the counts of what went in."""

from __future__ import annotations

import collections
import threading
from collections.abc import Callable, Sequence

from loaders.model.errors import CityTwinError, Finding
from twin_app.live.counts import Counts
from twin_app.live.streams import StreamInfo
from twin_app.live.values import Observation

MOST_WAITING = 500_000
NUM_SAMPLES = 20


class Port:
    """Of one feed. `put` is the busiest call of the program: it does no more than it must. Any thread."""

    def __init__(
        self, feed_id: str, declare: Callable[[Sequence[StreamInfo]], object], connected: Callable[[], None]
    ) -> None:
        self.feed_id = feed_id
        self.declare = declare
        self.connected = connected
        self.counts = Counts()
        self.samples: collections.deque[CityTwinError] = collections.deque(maxlen=NUM_SAMPLES)
        self.findings: collections.deque[Finding] = collections.deque(maxlen=NUM_SAMPLES)
        self._waiting: collections.deque[Observation] = collections.deque()
        self._lock = threading.Lock()

    def put(self, observation: Observation) -> None:
        """Hand a value over; one too many for the limit is dropped and counted."""
        if len(self._waiting) >= MOST_WAITING:
            self.counts.dropped += 1
        else:
            self._waiting.append(observation)

    def message(self) -> None:
        """Count a message, whatever is in it."""
        self.counts.messages += 1

    def invalid(self, error: CityTwinError) -> None:
        """Count a message that could not be read, and keep the last ones' reasons for whoever asks."""
        self.counts.invalid += 1
        self.samples.append(error)

    def drain(self, most: int) -> list[Observation]:
        """The values that wait, oldest first, not more than ``most``."""
        with self._lock:
            waiting = self._waiting
            return [waiting.popleft() for _ in range(min(most, len(waiting)))]

    def __len__(self) -> int:
        return len(self._waiting)
