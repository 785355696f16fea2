"""What the MQTT broker of a SensorThings service pushes, for a feed that polls where it does not."""

from __future__ import annotations

import collections
import re
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from loaders.model.errors import CityTwinError, Finding
from twin_app.live.feed import FeedSpec
from twin_app.live.feeds.mqtt import CONNECT_S, client_of, tls_context
from twin_app.live.feeds.mqtt_address import Address, address_of
from twin_app.live.port import Port
from twin_app.live.sensorthings import quoted

VERSION = "v1.1"
WAIT_S = 0.2
FIRST_RETRY_S, LAST_RETRY_S = 1.0, 60.0
AT_ONCE = 100  # topics in one packet
MOST_BYTES = 1_000_000
MOST_WAITING = 100_000
_SHOWN = 200


def address_of_push(spec: FeedSpec) -> Address | None:
    """The broker that the option ``mqtt`` names, None without one; raises `CityTwinError` ``feed.mqtt_…``."""
    if not (url := spec.options.get("mqtt")):
        return None
    options = {name: spec.options[name] for name in ("user", "ca") if spec.options.get(name)}
    return address_of(FeedSpec(spec.id, url, options=options | {"qos": "0"}))


def topic_of(datastream: dict[str, Any], root: str) -> str | None:
    """Where a Datastream's observations are pushed, as in ``v1.1/Datastreams(42)/Observations``; None where its id
    cannot stand in a topic."""
    last = urlsplit(root).path.strip("/").rpartition("/")[2]
    version = last if re.fullmatch(r"v\d+\.\d+", last) else VERSION
    ident = quoted(datastream)
    return None if set(ident) & set("+#\0") else f"{version}/Datastreams({ident})/Observations"


def decoded(payload: bytes, key: str) -> Any:
    """The JSON of a message; raises `CityTwinError` ``feed.not_json`` or ``feed.too_big``."""
    if len(payload) > MOST_BYTES:
        raise CityTwinError("feed.too_big", key[:_SHOWN], size=len(payload))
    try:
        return msgspec.json.decode(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise CityTwinError("feed.not_json", key[:_SHOWN], detail=str(error)[:_SHOWN]) from error


class Push:
    """Connects by itself, again and again; `turn` drives it, in the feed's thread. Problems become findings."""

    def __init__(self, address: Address, password: str, port: Port) -> None:
        self.healthy = False  # connected, and every topic granted
        self._address = address
        self._password = password
        self._port = port
        self._client: Client | None = None
        self._asked: dict[str, str] = {}  # topic -> key of its stream
        self._pending: set[int | None] = set()  # packets of topics that are not granted yet
        self._accepted = False
        self._error: CityTwinError | None = None
        self._came_up = False
        self._waiting: collections.deque[tuple[str, bytes]] = collections.deque()
        self._retry_s, self._next_s, self._since_s = FIRST_RETRY_S, 0.0, 0.0
        self._where = f"{address.host}:{address.port}"

    def turn(self, topics: Mapping[str, str], stopped: threading.Event) -> None:
        """Take in what comes for a moment, having asked for ``topics`` (topic -> key of its stream)."""
        if self._client is None and time.monotonic() >= self._next_s:
            self._connect()
        if self._client is None:
            stopped.wait(WAIT_S)
            return
        if self._accepted:
            self._ask_for({topic: key for topic, key in topics.items() if topic not in self._asked})
            self._settle()
        result = self._client.loop(WAIT_S)
        silent = not self.healthy and time.monotonic() - self._since_s > 2 * CONNECT_S
        if self._error is not None:
            self._lose(self._error)
        elif result != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._lose(CityTwinError("feed.mqtt_lost", self._where))
        elif silent:
            self._lose(CityTwinError("feed.mqtt_silent", self._where))

    def came_up(self) -> bool:
        """Whether it became healthy since the last call."""
        came, self._came_up = self._came_up, False
        return came

    def take(self) -> list[tuple[str, bytes]]:
        """What came since the last call: keys of streams and payloads, in order."""
        waiting, self._waiting = list(self._waiting), collections.deque()
        return waiting

    def close(self) -> None:
        """Say goodbye where somebody listens."""
        client, self._client = self._client, None
        self.healthy = self._accepted = False
        self._asked, self._pending, self._error = {}, set(), None
        if client is not None:
            client.disconnect()
            client.loop(0.0)

    def _connect(self) -> None:
        address, client = self._address, client_of(self._address)
        client.on_connect, client.on_subscribe, client.on_message = (
            self._on_connect,
            self._on_subscribe,
            self._on_message,
        )
        try:
            if address.user:
                client.username_pw_set(address.user, self._password)
            if address.tls:
                client.tls_set_context(tls_context(address))
            client.connect(address.host, address.port, address.keepalive_s)
        except CityTwinError as error:
            self._lose(error)
        except (OSError, ValueError) as error:
            self._lose(CityTwinError("feed.mqtt_unreachable", self._where, detail=str(error)))
        else:
            self._client, self._since_s = client, time.monotonic()

    def _lose(self, error: CityTwinError) -> None:
        self._port.findings.append(Finding.warning("sta.push_lost", self._where))
        self._port.findings.append(Finding.warning(error.code, error.place, **error.arguments))
        self.close()
        self._next_s = time.monotonic() + self._retry_s
        self._retry_s = min(2.0 * self._retry_s, LAST_RETRY_S)

    def _on_connect(
        self, _client: Client, _data: Any, _flags: ConnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        if code.is_failure:
            self._error = CityTwinError("feed.mqtt_refused", self._where, detail=str(code))
        else:
            self._accepted = True

    def _ask_for(self, topics: dict[str, str]) -> None:
        assert self._client is not None
        names = list(topics)
        for at in range(0, len(names), AT_ONCE):
            some = names[at : at + AT_ONCE]
            self._pending.add(self._client.subscribe([(topic, 0) for topic in some])[1])
            self._asked.update({topic: topics[topic] for topic in some})

    def _on_subscribe(
        self, _client: Client, _data: Any, number: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        if any(code.is_failure for code in codes):
            self._error = CityTwinError("feed.mqtt_topic", self._where, detail=str(codes[0]))
            return
        self._pending.discard(number)

    def _settle(self) -> None:
        if not self._pending and not self.healthy:
            self.healthy = self._came_up = True
            self._retry_s = FIRST_RETRY_S

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        try:
            key = self._asked.get(message.topic)
        except UnicodeDecodeError:
            key = None
        if key is None or len(self._waiting) >= MOST_WAITING:
            self._port.counts.dropped += 1
        else:
            self._waiting.append((key, bytes(message.payload)))
