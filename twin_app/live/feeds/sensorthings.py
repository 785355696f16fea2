"""OGC SensorThings 1.1 over HTTP: streams from Datastreams with their Things, then new observations as they come."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from loaders.model.errors import CityTwinError
from twin_app.live.feed import FeedSpec, Lost
from twin_app.live.options import number_option
from twin_app.live.port import Port
from twin_app.live.sensorthings import identifier, observation_of, stream_of
from twin_app.live.values import NO_TIME_US, Observation, text_of_time
from twin_app.live.web import Web, web_of

POLL_S = 10.0
MOST_PAGES = 2_000
NUM_RECENT = 20
_RECENT = f"Observations($top={NUM_RECENT};$orderby=phenomenonTime desc)"
_WHOLE = f"Thing($expand=Locations),ObservedProperty,{_RECENT}"


class SensorThings:
    """Polls a service root. Options: ``interval`` seconds between polls, ``filter`` of Datastreams ($filter),
    ``user``, ``ca`` file."""

    def __init__(self, spec: FeedSpec) -> None:
        self._spec = spec
        self._root = spec.url.removeprefix("sta+").rstrip("/") + "/"
        self._interval_s = number_option(spec, "interval", POLL_S)
        self._newest_us: dict[str, int] = {}

    def run(self, port: Port, stopped: threading.Event) -> None:
        """Metadata and latest values first; then what is newer, again and again."""
        with web_of(self._spec, self._root) as web:
            self._learn(web, port, stopped)
            port.connected()
            while not stopped.wait(self._interval_s):
                self._follow(web, port, stopped)

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
        ident = datastream.get("@iot.id", datastream.get("id"))
        quoted = f"'{ident.replace(chr(39), chr(39) * 2)}'" if isinstance(ident, str) else str(ident)
        after, before = map(text_of_time, span_us)
        params = {"$filter": f"phenomenonTime gt {after} and phenomenonTime lt {before}", "$top": "1000"}
        entities = _all(web, f"Datastreams({quoted})/Observations", params, threading.Event())
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
