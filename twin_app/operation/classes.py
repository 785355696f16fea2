"""The catalogue of event classes."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal

import msgspec


class EventClass(msgspec.Struct, frozen=True):
    """A class of events: its names, the skill that handles it, its usual limits in seconds.

    ``daily`` and ``minutes`` (of handling) serve the simulated day only.
    """

    id: str
    zh: str
    en: str
    kind: Literal["component", "event"]
    skill: str
    accept_s: float
    handle_s: float
    daily: float
    minutes: float
    icon: str = ""  # a Material Design icon


class _File(msgspec.Struct):
    entries: list[EventClass] = msgspec.field(name="class")


@cache
def event_classes() -> dict[str, EventClass]:
    """All classes by id."""
    text = (resources.files("assets") / "operation" / "event_classes.toml").read_text("utf-8")
    return {one.id: one for one in msgspec.toml.decode(text, type=_File).entries}
