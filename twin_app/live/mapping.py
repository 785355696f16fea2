"""From messages (a name and bytes) to observations, by the rules of a mapping file; whatever the transport."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import msgspec

from loaders.model.errors import CityTwinError
from twin_app.live.link_words import link_of
from twin_app.live.port import Port
from twin_app.live.rules import OURS, Rule, fill, pattern_of, pointer_at, pointer_steps
from twin_app.live.streams import Link, LinkKind, StreamInfo
from twin_app.live.values import (
    EARLIEST_US,
    LATEST_US,
    NO_TIME_US,
    US_PER_S,
    Observation,
    Quality,
    Reason,
    State,
    is_number,
    time_us_of,
)

MOST_BYTES = 1_000_000
MOST_NAME = 1024
MOST_STREAMS = 200_000
_SHOWN = 200
_QUALITY = {"good": Quality.GOOD, "uncertain": Quality.UNCERTAIN, "bad": Quality.BAD}
_STATE = {state.name.lower(): state for state in State if state != State.MISSING}
_PER_US = {"s": US_PER_S, "ms": 1000, "us": 1}
_decode = msgspec.json.Decoder().decode


class _Route:
    """What was found out once for a name: its rule, its stream, its unit, the link that its messages tell;
    ``declared`` after the first good value."""

    __slots__ = ("declared", "info", "key", "link", "rule", "unit")

    def __init__(self, rule: _Compiled, info: StreamInfo) -> None:
        self.rule = rule
        self.info = info
        self.key = info.key
        self.unit = info.unit
        self.link: Any = None
        self.declared = False


def mapping_for(port: Port, rules: Sequence[Rule], before: Mapping | None) -> Mapping:
    """``before`` where it fills that port: what is known of the streams stays true when a connection is lost."""
    return before if before is not None and before.port is port else Mapping(port, rules)


class _Compiled:
    """A rule with its pattern and its pointers taken apart."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.pattern = pattern_of(rule)
        self.value = pointer_steps(rule.value)
        self.time = pointer_steps(rule.time)
        self.quality = pointer_steps(rule.quality)
        self.unit = pointer_steps(rule.unit_at)
        self.state = pointer_steps(rule.state_at)
        self.link = pointer_steps(rule.link_at)
        self.per_us = _PER_US.get(rule.time_format, 0)


class Mapping:
    """Of one feed, for one thread. `take` is called for every message and never raises."""

    def __init__(self, port: Port, rules: Sequence[Rule] = (OURS,)) -> None:
        self.port = port
        self._rules = [_Compiled(rule) for rule in rules]
        self._routes: dict[str, _Route] = {}

    def take(self, name: str, payload: bytes) -> None:
        """Put what a message says into the port, or count it as invalid there."""
        self.port.counts.messages += 1
        try:
            self.port.put(self._observation(name, payload))
        except CityTwinError as error:
            self.port.invalid(error)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            self.port.invalid(CityTwinError("feed.not_json", name[:_SHOWN], detail=str(error)[:_SHOWN]))

    def _observation(self, name: str, payload: bytes) -> Observation:
        if len(payload) > MOST_BYTES:
            raise CityTwinError("feed.too_big", name[:_SHOWN], size=len(payload))
        route = self._routes.get(name) or self._route(name)
        rule = route.rule
        document = _decode(payload)
        if not isinstance(document, dict | list):
            value, time_us, quality, state, unit, link = document, NO_TIME_US, Quality.GOOD, State.MISSING, "", None
        else:
            value = pointer_at(document, rule.value)
            time_us = _time_us(_found(document, rule.time), rule.per_us, name)
            quality = _word(_found(document, rule.quality), _QUALITY, Quality.GOOD, name)
            state = _word(_found(document, rule.state), _STATE, State.MISSING, name)
            unit = _found(document, rule.unit) or ""
            link = _found(document, rule.link)
        if value is None and quality == Quality.BAD:
            value = math.nan
        elif not is_number(value):
            raise CityTwinError("feed.no_number", name[:_SHOWN], found=type(value).__name__)
        if not route.declared or (unit and unit != route.unit) or (link is not None and link != route.link):
            self._declare(name, route, unit, link)
        reason = Reason.NONE if quality == Quality.GOOD else Reason.SOURCE_SAYS
        return Observation(route.key, float(value), time_us, quality, reason, state)

    def _route(self, name: str) -> _Route:
        if len(name) > MOST_NAME:
            raise CityTwinError("feed.name_too_long", name[:_SHOWN])
        for rule in self._rules:
            if found := rule.pattern.fullmatch(name):
                return _Route(rule, self._info(rule.rule, name, found.groupdict()))
        raise CityTwinError("feed.no_rule", name[:_SHOWN])

    def _info(self, rule: Rule, name: str, found: dict[str, str]) -> StreamInfo:
        stream = fill(rule.stream, found) or name
        return StreamInfo(
            key=f"{self.port.feed_id}/{stream}",
            name=fill(rule.name, found) or stream,
            unit=fill(rule.unit, found),
            indicator=fill(rule.indicator, found),
            link=_link(rule, name, found),
            state=rule.told_state,
            interval_s=rule.interval_s,
            low=rule.range[0],
            high=rule.range[1],
        )

    def _declare(self, name: str, route: _Route, unit: Any, link: Any) -> None:
        """A stream is known from its first value on; a unit that changes midway would mix two kinds of numbers."""
        if not isinstance(unit, str | None):
            raise CityTwinError("feed.wrong_word", name[:_SHOWN], found=str(unit)[:_SHOWN])
        unit = (unit or "")[:_SHOWN]
        if unit and route.unit and unit != route.unit:
            raise CityTwinError("feed.unit_changed", name[:_SHOWN], before=route.unit, after=unit)
        if not route.declared and len(self._routes) >= MOST_STREAMS:
            raise CityTwinError("feed.too_many_streams", name[:_SHOWN], most=MOST_STREAMS)
        if link is not None and link != route.link:
            route.info = dataclasses.replace(route.info, link=link_of(link, name[:_SHOWN]))
            route.link = link
        route.unit = unit or route.unit
        self.port.declare([dataclasses.replace(route.info, unit=route.unit)])
        route.declared = True
        self._routes[name] = route


def _link(rule: Rule, name: str, found: dict[str, str]) -> Link:
    link = rule.link
    if link.kind != LinkKind.PLACE:
        return Link(link.kind, fill(link.target, found), link.property_name)
    try:
        place = [float(fill(str(part), found)) for part in link.place]
    except ValueError as error:
        raise CityTwinError("feed.no_place", name[:_SHOWN]) from error
    longitude, latitude, height = (*place, 0.0)[:3]
    if not (abs(longitude) <= 180.0 and abs(latitude) <= 90.0 and math.isfinite(height)):
        raise CityTwinError("feed.no_place", name[:_SHOWN])
    return Link(link.kind, fill(link.target, found), place=(longitude, latitude, height))


def _found(document: Any, steps: tuple[str, ...]) -> Any:
    """As `pointer_at`, but "" points at nothing."""
    return pointer_at(document, steps) if steps else None


def _word(found: Any, known: dict[str, Any], absent: Any, name: str) -> Any:
    if found is None:
        return absent
    word = known.get(found.lower()) if isinstance(found, str) else None
    if word is None:
        raise CityTwinError("feed.wrong_word", name[:_SHOWN], found=str(found)[:_SHOWN])
    return word


def _time_us(found: Any, per_us: int, name: str) -> int:
    if found is None:
        return NO_TIME_US
    try:
        time_us = round(found * per_us) if per_us and is_number(found) else time_us_of(found)
    except (TypeError, ValueError, OverflowError) as error:
        raise CityTwinError("feed.wrong_time", name[:_SHOWN], found=str(found)[:_SHOWN]) from error
    if not EARLIEST_US <= time_us <= LATEST_US:
        raise CityTwinError("feed.wrong_time", name[:_SHOWN], found=str(found)[:_SHOWN])
    return time_us
