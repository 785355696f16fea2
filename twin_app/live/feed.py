"""The one interface of all feeds, and what is told of a running one."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import msgspec

from loaders.model.errors import CityTwinError
from twin_app.live.port import Port


class FeedSpec(msgspec.Struct, omit_defaults=True):
    """A feed as the project file holds it. ``id`` has no slash; ``url`` no password: secrets lie in the keyring.

    ``mapping`` is the path of a mapping file, "" where the feed needs none; ``options`` are the feed's own.
    """

    id: str
    url: str
    name: str = ""
    mapping: str = ""
    enabled: bool = True
    options: dict[str, str] = {}


class FeedState(enum.StrEnum):
    """The life of a feed."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    LOST = "lost"  # and tried again
    ENDED = "ended"  # nothing more will come: a recording was played to its end
    FAILED = "failed"  # trying again would not help
    STOPPED = "stopped"


class Feed(Protocol):
    """Brings values in from outside. ``run`` is called in a thread of its own, again after every loss."""

    def run(self, port: Port, stopped: threading.Event) -> None:
        """Feed ``port`` until ``stopped``; returns when nothing more will come.

        Calls ``port.connected()`` as soon as it gets through. Raises `Lost` where trying again may help, and
        `CityTwinError` where it would not.
        """


class Lost(Exception):
    """The other side cannot be reached, or went; ``error`` says so in words."""

    def __init__(self, error: CityTwinError) -> None:
        super().__init__(error.code)
        self.error = error


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """What is told of a feed; ``error`` says why it was lost or failed, ``retry_s`` when it is tried again."""

    state: FeedState = FeedState.STOPPED
    error: CityTwinError | None = None
    retry_s: float = 0.0


@dataclass(frozen=True, slots=True)
class FeedKind:
    """One way to get values in: a line of `twin_app.live.feeds.registry`.

    ``schemes`` are those of its URLs, ``suffixes`` of files that it reads. ``make`` raises `CityTwinError` where the
    spec is wrong.
    """

    id: str
    schemes: tuple[str, ...]
    make: Callable[[FeedSpec], Feed]
    suffixes: tuple[str, ...] = ()
