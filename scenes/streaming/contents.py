"""Tiles in memory: read in threads, a few at a time, and shared by all trees that hold the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from loaders.model.errors import CityTwinError
from loaders.model.tiles import TileContent

Read = Callable[[], TileContent]
Outcome = TileContent | CityTwinError


@dataclass(slots=True)
class _Held:
    content: TileContent
    users: set[Hashable] = field(default_factory=set)


class Contents:
    """Contents by key, each with those who use it; one that nobody uses is let go. Own thread, but for reading."""

    def __init__(self, num_reading: int) -> None:
        self._num_reading = num_reading
        self._held: dict[Hashable, _Held] = {}
        self._waiting: dict[Hashable, set[Hashable]] = {}
        self._arrived: SimpleQueue[tuple[Hashable, Outcome]] = SimpleQueue()
        self._pool: ThreadPoolExecutor | None = None
        self.num_bytes = 0

    @property
    def num_reading(self) -> int:
        """Tiles on their way."""
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether another read has to wait for one of those on their way."""
        return len(self._waiting) >= self._num_reading

    def use(self, key: Hashable, user: Hashable) -> TileContent | None:
        """What is held under a key, from now on used by ``user`` as well; None where it has to be read."""
        held = self._held.get(key)
        if held is None:
            return None
        held.users.add(user)
        return held.content

    def read(self, key: Hashable, user: Hashable, read: Read) -> None:
        """Read in a thread what is not held; `arrived` tells. Reads of one key are one read."""
        waiting = self._waiting.setdefault(key, set())
        waiting.add(user)
        if len(waiting) > 1:
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._num_reading, thread_name_prefix="tiles")
        self._pool.submit(self._run, key, read)

    def _run(self, key: Hashable, read: Read) -> None:
        self._arrived.put((key, outcome_of(read)))

    def arrived(self) -> list[tuple[Hashable, Outcome, set[Hashable]]]:
        """What was read since the last call, and for whom; their uses count from here on."""
        found: list[tuple[Hashable, Outcome, set[Hashable]]] = []
        while True:
            try:
                key, outcome = self._arrived.get_nowait()
            except Empty:
                return found
            users = self._waiting.pop(key, set())
            if isinstance(outcome, TileContent):
                self.hold(key, outcome, users)
            found.append((key, outcome, users))

    def hold(self, key: Hashable, content: TileContent, users: set[Hashable]) -> None:
        """Keep a content for some users."""
        if users and key not in self._held:
            self._held[key] = _Held(content, set(users))
            self.num_bytes += content.num_bytes

    def give_up(self, user: Hashable) -> None:
        """A user that waits no longer wants anything."""
        for users in self._waiting.values():
            users.discard(user)

    def release(self, key: Hashable, user: Hashable) -> None:
        """A user needs it no longer."""
        held = self._held.get(key)
        if held is None:
            return
        held.users.discard(user)
        if not held.users:
            del self._held[key]
            self.num_bytes -= held.content.num_bytes

    def close(self) -> None:
        """Let everything go; what is being read is waited for."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._held.clear()
        self._waiting.clear()
        self.num_bytes = 0


def outcome_of(read: Read) -> Outcome:
    """What reading gives, or what it failed with."""
    try:
        return read()
    except CityTwinError as error:
        return error
    except OSError as error:
        return CityTwinError("tiles.cannot_read", str(error.filename or ""), reason=error.strerror or str(error))
    except MemoryError:
        return CityTwinError("tiles.out_of_memory", "")
