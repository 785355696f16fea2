"""NGSI-LD context brokers (ETSI GS CIM 009): entities by GET, and by notification where the broker can reach us."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from loaders.model.errors import CityTwinError
from twin_app.live.feed import FeedSpec
from twin_app.live.ngsi import read_entity
from twin_app.live.options import number_option
from twin_app.live.port import Port
from twin_app.live.web import Web, web_of

POLL_S = 15.0
PAGE = 500
MOST_ENTITIES = 200_000
MOST_BYTES = 10_000_000
_WAITING = 1_000
_BEAT_S = 0.1


class NgsiLd:
    """Polls ``<root>/ngsi-ld/v1/entities``. Options: ``type`` (needed by many brokers), ``q``, ``interval`` seconds,
    ``user``, ``ca``, and ``listen`` (``host:port``) for notifications of a subscription that the broker has."""

    def __init__(self, spec: FeedSpec) -> None:
        self._spec = spec
        self._root = spec.url.removeprefix("ngsi-ld+").rstrip("/") + "/"
        self._interval_s = number_option(spec, "interval", POLL_S)
        self._listen = _address(spec)

    def run(self, port: Port, stopped: threading.Event) -> None:
        """All entities first, then again and again; what is notified comes at once."""
        with contextlib.ExitStack() as stack:
            web = stack.enter_context(web_of(self._spec, self._root))
            told = stack.enter_context(_listening(self._listen, port)) if self._listen else queue.Queue()
            due_s = time.monotonic()
            while not stopped.is_set():
                if time.monotonic() >= due_s:
                    self._poll(web, port, stopped)
                    port.connected()
                    due_s = time.monotonic() + self._interval_s
                with contextlib.suppress(queue.Empty):
                    self._take(port, told.get(timeout=_BEAT_S))

    def _poll(self, web: Web, port: Port, stopped: threading.Event) -> None:
        params = {name: value for name in ("type", "q") if (value := self._spec.options.get(name))}
        for offset in range(0, MOST_ENTITIES, PAGE):
            page = web.json("ngsi-ld/v1/entities", params | {"limit": str(PAGE), "offset": str(offset)})
            if not isinstance(page, list):
                raise CityTwinError("ngsi.not_ngsi", self._root)
            port.message()
            for entity in page:
                self._take(port, entity)
            if len(page) < PAGE or stopped.is_set():
                return

    def _take(self, port: Port, entity: Any) -> None:
        found = list(read_entity(entity, self._spec.id))
        if not found:
            port.invalid(CityTwinError("ngsi.no_number", self._root))
        port.declare([info for info, _ in found])
        for _, observation in found:
            port.put(observation)


def _address(spec: FeedSpec) -> tuple[str, int] | None:
    text = spec.options.get("listen", "")
    host, _, number = text.rpartition(":")
    if not text:
        return None
    if not host or not number.isdigit():
        raise CityTwinError("live.bad_option", spec.id, name="listen", value=text)
    return host, int(number)


@contextlib.contextmanager
def _listening(address: tuple[str, int], port: Port) -> Iterator[queue.Queue[Any]]:
    """Entities of the notifications that are sent to ``address`` (clause 5.8.6)."""
    told: queue.Queue[Any] = queue.Queue(_WAITING)

    class Handler(BaseHTTPRequestHandler):
        timeout = 10.0

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            taken = 0 < size <= MOST_BYTES and _notified(self.rfile.read(size), told, port)
            self.send_response(204 if taken else 400)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """What matters is counted."""

    try:
        server = ThreadingHTTPServer(address, Handler)
    except OSError as error:
        raise CityTwinError("ngsi.cannot_listen", ":".join(map(str, address)), reason=str(error)) from error
    thread = threading.Thread(target=server.serve_forever, name=f"notified-{port.feed_id}", daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _notified(body: bytes, told: queue.Queue[Any], port: Port) -> bool:
    port.message()
    try:
        value = msgspec.json.decode(body)
        entities = value["data"]
        for entity in entities if isinstance(entities, list) else [entities]:
            told.put_nowait(entity)
    except (msgspec.DecodeError, RecursionError, KeyError, TypeError, queue.Full):
        port.invalid(CityTwinError("ngsi.no_notification", port.feed_id))
        return False
    return True


make = NgsiLd
