"""Mapping files: which messages become which streams, as a person writes it down in TOML."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, Literal

import msgspec

from loaders.model.errors import CityTwinError
from twin_app.live.streams import LinkKind
from twin_app.live.values import State

MOST_FILE_BYTES = 1_000_000
_FIELD = re.compile(r"\{(\w+)\}")
POINTER = re.compile(r"(/([^~/]|~[01])*)*")


class LinkRule(msgspec.Struct, forbid_unknown_fields=True):
    """What the streams of a rule belong to; texts may hold ``{wildcards}``.

    ``place`` is longitude, latitude, height.
    """

    kind: LinkKind = LinkKind.NONE
    target: str = ""
    property_name: str = ""
    place: list[str | float] = []


class Rule(msgspec.Struct, forbid_unknown_fields=True):
    """One kind of message. ``topic`` knows ``{name}`` and ``+`` for one level, ``#`` at the end for all that follow.

    ``value``, ``time``, ``quality``, ``unit_at``, ``state_at`` and ``link_at`` are JSON pointers, "" for: not there
    (``value``: the whole message). ``unit`` is UCUM; ``range`` bounds what can be true; ``state`` is what all of its
    values are. A link in a message (`twin_app.live.link_words`) counts for more than ``link``.
    """

    topic: str
    stream: str = ""  # a template; "" is the topic itself
    value: str = "/v"
    time: str = ""
    time_format: Literal["iso", "s", "ms", "us"] = "iso"
    quality: str = ""
    unit_at: str = ""
    state_at: str = ""
    link_at: str = ""
    unit: str = ""
    indicator: str = ""
    name: str = ""
    interval_s: float = 0.0
    range: tuple[float, float] = (-math.inf, math.inf)
    state: Literal["measured", "computed", "declared", "simulated"] = "measured"
    link: LinkRule = msgspec.field(default_factory=LinkRule)

    @property
    def told_state(self) -> State:
        """``state`` as a number."""
        return State[self.state.upper()]


class RuleFile(msgspec.Struct, forbid_unknown_fields=True):
    """Several rules; the first that fits a message's topic is taken."""

    rule: list[Rule]


# Our own convention: dt/v1/<site>/<asset>/<indicator>, {"v":21.5,"t":"2026-11-23T12:00:00Z","q":"good","u":"Cel"};
# what is simulated says "s":"simulated"; "l":{"guid":…} says what it belongs to, where that is not the asset's code.
OURS = Rule(
    topic="dt/v1/{site}/{asset}/{indicator}",
    stream="{site}/{asset}/{indicator}",
    time="/t",
    quality="/q",
    unit_at="/u",
    state_at="/s",
    link_at="/l",
    indicator="{indicator}",
    link=LinkRule(kind=LinkKind.CODE, target="{asset}"),
)


def read_rules(path: str) -> tuple[Rule, ...]:
    """The rules of a mapping file, `OURS` alone for ""; raises `CityTwinError` ``feed.mapping_*``."""
    if not path:
        return (OURS,)
    try:
        with Path(path).open("rb") as file:
            data = file.read(MOST_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise CityTwinError("feed.mapping_unreadable", path, detail=str(error)) from error
    if len(data) > MOST_FILE_BYTES:
        raise CityTwinError("feed.mapping_wrong", path, detail=f"> {MOST_FILE_BYTES} B")
    try:
        rules = tuple(msgspec.toml.decode(data, type=RuleFile).rule)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise CityTwinError("feed.mapping_wrong", path, detail=str(error)) from error
    for rule in rules:
        _check(rule, path)
    return rules


def _check(rule: Rule, path: str) -> None:
    known = set(_FIELD.findall(rule.topic))
    link = rule.link
    texts = [rule.stream, rule.indicator, rule.name, rule.unit, link.target, *(str(part) for part in link.place)]
    for text in texts:
        unknown = sorted(set(_FIELD.findall(text)) - known)
        if unknown:
            raise CityTwinError("feed.mapping_wildcard", path, name=unknown[0], topic=rule.topic)
    for pointer in (rule.value, rule.time, rule.quality, rule.unit_at, rule.state_at, rule.link_at):
        if not POINTER.fullmatch(pointer):
            raise CityTwinError("feed.mapping_pointer", path, pointer=pointer)
    levels = rule.topic.split("/")
    if len(known) != len(_FIELD.findall(rule.topic)) or "#" in levels[:-1] or not rule.topic:
        raise CityTwinError("feed.mapping_topic", path, topic=rule.topic)
    if not rule.range[0] <= rule.range[1] or not 0.0 <= rule.interval_s < math.inf:
        raise CityTwinError("feed.mapping_range", path, topic=rule.topic)
    if link.kind == LinkKind.PLACE and len(link.place) not in {2, 3}:
        raise CityTwinError("feed.mapping_place", path, topic=rule.topic)


def pattern_of(rule: Rule) -> re.Pattern[str]:
    """What finds a rule's topics, with its wildcards as groups."""
    levels = []
    for level in rule.topic.split("/"):
        if level == "#":
            levels.append(".*")
        elif level == "+":
            levels.append("[^/]*")
        else:
            levels.append(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(level)))
    text = "/".join(levels)
    return re.compile(text.removesuffix("/.*") + "(?:/.*)?" if text.endswith("/.*") else text, re.DOTALL)


def fill(template: str, found: dict[str, str]) -> str:
    """A template with its ``{wildcards}`` filled; what else stands in braces stays."""
    return _FIELD.sub(lambda hit: found.get(hit[1], hit[0]), template)


def pointer_steps(pointer: str) -> tuple[str, ...]:
    """The steps of a JSON pointer (RFC 6901)."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def pointer_at(document: Any, steps: tuple[str, ...]) -> Any:
    """What a JSON pointer points at, None where nothing is."""
    for step in steps:
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and step.isdecimal() and len(step) < 8 and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document
