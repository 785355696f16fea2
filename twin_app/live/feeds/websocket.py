"""JSON by WebSocket (RFC 6455): the server sends when it has something."""

from __future__ import annotations

import base64
import threading
from urllib.parse import urlsplit

import msgspec
from websockets.exceptions import ConnectionClosed, InvalidStatus, InvalidURI, WebSocketException
from websockets.sync.client import ClientConnection, connect

from loaders.model.errors import CityTwinError
from twin_app.live.feed import FeedSpec, Lost
from twin_app.live.items import ITEM_OPTIONS, Items, only_known
from twin_app.live.mapping import Mapping, mapping_for
from twin_app.live.port import Port
from twin_app.live.secrets import password_of
from twin_app.live.web import trust

OPEN_S = 10.0
WAIT_S = 0.2
MOST_BYTES = 16_000_000
_DENIED = frozenset({401, 403})


class WebSocketFeed:
    """Options: those of `Items`, ``subscribe`` (a text to send first), ``user``, ``ca``."""

    def __init__(self, spec: FeedSpec) -> None:
        only_known(spec, ITEM_OPTIONS | {"subscribe", "user", "ca"})
        if not urlsplit(spec.url).hostname:
            raise CityTwinError("web.bad_url", spec.url)
        self._spec = spec
        self._items = Items(spec)
        self._mapping: Mapping | None = None

    def run(self, port: Port, stopped: threading.Event) -> None:
        """As `Feed.run`."""
        self._mapping = mapping_for(port, self._items.rules, self._mapping)
        try:
            with self._open() as connection:
                port.connected()
                if text := self._spec.options.get("subscribe"):
                    connection.send(text)
                while not stopped.is_set():
                    self._turn(connection, port, self._mapping)
        except InvalidStatus as error:
            status = error.response.status_code
            if status in _DENIED:
                raise CityTwinError("web.denied", self._spec.url, status=status) from error
            raise Lost(CityTwinError("web.refused", self._spec.url, status=status)) from error
        except InvalidURI as error:
            raise CityTwinError("web.bad_url", self._spec.url) from error
        except ConnectionClosed as error:
            raise Lost(self._told("feed.socket_closed", error)) from error
        except (OSError, WebSocketException) as error:
            raise Lost(self._told("web.unreachable", error)) from error

    def _told(self, code: str, error: Exception) -> CityTwinError:
        host = urlsplit(self._spec.url).hostname
        return CityTwinError(code, self._spec.url, host=host, reason=(str(error) or type(error).__name__)[:200])

    def _open(self) -> ClientConnection:
        options, headers = self._spec.options, {}
        if user := options.get("user"):
            pair = f"{user}:{password_of(self._spec.id)}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        tls = trust(options.get("ca", "")) if self._spec.url.lower().startswith("wss:") else None
        return connect(
            self._spec.url,
            ssl=tls,
            additional_headers=headers,
            open_timeout=OPEN_S,
            close_timeout=1.0,
            max_size=MOST_BYTES,
        )

    def _turn(self, connection: ClientConnection, port: Port, mapping: Mapping) -> None:
        try:
            message = connection.recv(timeout=WAIT_S)
        except TimeoutError:
            return
        try:
            document = msgspec.json.decode(message)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            port.message()
            port.invalid(CityTwinError("feed.not_json", self._items.topic, detail=str(error)[:200]))
            return
        self._items.take(mapping, document)


make = WebSocketFeed
