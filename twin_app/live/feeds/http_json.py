"""JSON of a web server, asked for again and again; what has not changed is not sent again (ETag)."""

from __future__ import annotations

import threading

from loaders.model.errors import CityTwinError
from twin_app.live.feed import FeedSpec
from twin_app.live.items import ITEM_OPTIONS, Items, only_known
from twin_app.live.mapping import Mapping, mapping_for
from twin_app.live.options import number_option
from twin_app.live.port import Port
from twin_app.live.web import Web, web_of

POLL_S = 15.0


class HttpJson:
    """Options: those of `Items`, ``interval`` seconds, ``user``, ``ca``."""

    def __init__(self, spec: FeedSpec) -> None:
        only_known(spec, ITEM_OPTIONS | {"interval", "user", "ca"})
        self._spec = spec
        self._items = Items(spec)
        self._interval_s = number_option(spec, "interval", POLL_S)
        self._mapping: Mapping | None = None

    def run(self, port: Port, stopped: threading.Event) -> None:
        """As `Feed.run`."""
        self._mapping = mapping_for(port, self._items.rules, self._mapping)
        with web_of(self._spec, self._spec.url) as web:
            while not stopped.is_set():
                self._poll(web, port, self._mapping)
                port.connected()
                stopped.wait(self._interval_s)

    def _poll(self, web: Web, port: Port, mapping: Mapping) -> None:
        try:
            document = web.json(self._spec.url)
        except CityTwinError as error:
            if error.code not in {"web.not_json", "web.too_large"}:
                raise
            port.message()  # the next answer may be sound again
            port.invalid(error)
        else:
            self._items.take(mapping, document)


make = HttpJson
