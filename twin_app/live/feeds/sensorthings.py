"""OGC SensorThings 1.1: streams from Datastreams with their Things over HTTP, then new observations as they come:
asked for, or pushed by the MQTT broker of the service (OGC 18-088, 14.2.1)."""

from __future__ import annotations

import collections
import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

from loaders.model.errors import CityTwinError, Finding
from twin_app.live.feed import FeedSpec, Lost
from twin_app.live.feeds.sensorthings_push import Push, address_of_push, decoded, topic_of
from twin_app.live.options import number_option, with_query
from twin_app.live.port import Port
from twin_app.live.secrets import password_of
from twin_app.live.sensorthings import identifier, observation_of, quoted, stream_of
from twin_app.live.values import NO_TIME_US, Observation, text_of_time
from twin_app.live.web import Web, web_of

POLL_S = 10.0
REFRESH_S = 300.0  # while the broker pushes, the service is asked this often for what was missed, and new streams
NUM_SEEN = 64
MOST_PAGES = 2_000
NUM_RECENT = 20
_RECENT = f"Observations($top={NUM_RECENT};$orderby=phenomenonTime desc)"
_WHOLE = f"Thing($expand=Locations),ObservedProperty,{_RECENT}"


class SensorThings:
    """Asks a service root. Options, which may stand in the query of the address: ``interval`` seconds between polls,
    ``filter`` of Datastreams ($filter), ``user``, ``ca`` file, ``mqtt`` address of the service's broker.

    Without a broker, or while it cannot be reached, it is polled.
    """

    def __init__(self, spec: FeedSpec) -> None:
        spec = with_query(spec)
        self._broker = address_of_push(spec)
        self._topics: dict[str, str] = {}
        self._seen: dict[str, collections.deque[tuple[int, float]]] = {}
        self._spec = spec
        self._root = spec.url.removeprefix("sta+").rstrip("/") + "/"
        self._interval_s = number_option(spec, "interval", POLL_S)
        self._newest_us: dict[str, int] = {}

    def run(self, port: Port, stopped: threading.Event) -> None:
        """Metadata and latest values first; then what is newer, again and again."""
        with web_of(self._spec, self._root) as web:
            self._learn(web, port, stopped)
            port.connected()
            if self._broker is not None:
                password = password_of(self._spec.id) if self._spec.options.get("user") or self._broker.user else ""
                with contextlib.closing(Push(self._broker, password, port)) as push:
                    self._listen(push, web, port, stopped)
            while not stopped.wait(self._interval_s):
                self._follow(web, port, stopped)

    def _listen(self, push: Push, web: Web, port: Port, stopped: threading.Event) -> None:
        """What the broker pushes; and what the service says, once after each new connection, for the gap before it."""
        asked_s = time.monotonic()
        while not stopped.is_set():
            push.turn(self._topics, stopped)
            pause_s = REFRESH_S if push.healthy else self._interval_s
            asking = push.came_up() or time.monotonic() - asked_s >= pause_s
            if asking:
                self._ask(push, web, port, stopped)
                asked_s = time.monotonic()
            for key, payload in push.take():
                self._pushed(port, key, payload, known_us=self._newest_us.get(key, NO_TIME_US) if asking else None)

    def _ask(self, push: Push, web: Web, port: Port, stopped: threading.Event) -> None:
        try:
            self._follow(web, port, stopped)
        except Lost as lost:
            if not push.healthy:
                raise
            port.findings.append(Finding.warning(lost.error.code, lost.error.place, **lost.error.arguments))

    def _pushed(self, port: Port, key: str, payload: bytes, known_us: int | None) -> None:
        """One message. ``known_us`` is up to when the service has just said everything, None where it has not."""
        port.message()
        try:
            one = observation_of(decoded(payload, key), key)
        except CityTwinError as error:
            port.invalid(error)
            return
        seen = self._seen.setdefault(key, collections.deque(maxlen=NUM_SEEN))
        if (one.time_us, one.value) in seen or (known_us is not None and one.time_us <= known_us):
            port.counts.doubled += 1
            return
        seen.append((one.time_us, one.value))
        port.put(one)
        self._newest_us[key] = max(one.time_us, self._newest_us.get(key, NO_TIME_US))

    def _learn(self, web: Web, port: Port, stopped: threading.Event) -> None:
        params = {"$expand": _WHOLE, "$top": "500"} | self._filter()
        for entity in _all(web, "Datastreams", params, stopped):
            info = stream_of(entity, self._spec.id)
            if info is None:
                port.invalid(CityTwinError("sta.no_datastream", self._root))
            else:
                port.declare([info])
                self._take(web, port, entity, info.key)

    def _follow(self, web: Web, port: Port, stopped: threading.Event) -> None:
        """The last values of each stream: one time for all would lose those of sensors that report late."""
        params = {"$select": "@iot.id", "$expand": _RECENT, "$top": "500"} | self._filter()
        for entity in _all(web, "Datastreams", params, stopped):
            ident = identifier(entity) if isinstance(entity, dict) else None
            if ident is None:
                port.invalid(CityTwinError("sta.no_datastream", self._root))
            else:
                self._take(web, port, entity, f"{self._spec.id}/{ident}")

    def _filter(self) -> dict[str, str]:
        wanted = self._spec.options.get("filter")
        return {"$filter": wanted} if wanted else {}

    def _take(self, web: Web, port: Port, datastream: dict[str, Any], key: str) -> None:
        """Those of a stream's newest observations that are new; where all are, what lies before them, too."""
        if (topic := topic_of(datastream, self._root)) is not None:
            self._topics.setdefault(topic, key)
        known_us = self._newest_us.get(key, NO_TIME_US)
        found = datastream.get("Observations")
        entities = found if isinstance(found, list) else []
        new = [one for entity in entities if (one := _read(port, entity, key)) is not None and one.time_us > known_us]
        if len(new) >= NUM_RECENT and known_us != NO_TIME_US:
            new += self._between(web, port, datastream, (known_us, min(one.time_us for one in new)), key)
        for one in sorted(new, key=lambda one: one.time_us):
            port.put(one)
        self._newest_us[key] = max((one.time_us for one in new), default=known_us)

    def _between(
        self, web: Web, port: Port, datastream: dict[str, Any], span_us: tuple[int, int], key: str
    ) -> list[Observation]:
        after, before = map(text_of_time, span_us)
        params = {"$filter": f"phenomenonTime gt {after} and phenomenonTime lt {before}", "$top": "1000"}
        entities = _all(web, f"Datastreams({quoted(datastream)})/Observations", params, threading.Event())
        read = (_read(port, entity, key) for entity in entities)
        return [one for one in read if one is not None and span_us[0] < one.time_us < span_us[1]]


def _read(port: Port, entity: Any, key: str) -> Observation | None:
    port.message()
    try:
        return observation_of(entity, key)
    except CityTwinError as error:
        port.invalid(error)
        return None


def _all(web: Web, path: str, params: dict[str, str], stopped: threading.Event) -> Iterator[Any]:
    """Every entity of a collection, page by page (``@iot.nextLink``, clause 9.3.3.5)."""
    page, seen = web.json(path, params), set[str]()
    for _ in range(MOST_PAGES):
        if not isinstance(page, dict) or not isinstance(page.get("value"), list):
            raise CityTwinError("sta.not_sta", web.base_url)
        yield from page["value"]
        following = page.get("@iot.nextLink")
        if not isinstance(following, str) or following in seen or stopped.is_set():
            return
        seen.add(following)
        page = web.json(following)
    raise Lost(CityTwinError("sta.endless", web.base_url, pages=MOST_PAGES))


make = SensorThings
