"""Values sent on to an MQTT broker as ``dt/v1/<site>/<asset>/<indicator>``, our own convention: state and link, too."""

from __future__ import annotations

import threading
import time
from typing import Any

import msgspec
from paho.mqtt.client import Client, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from loaders.model.errors import CityTwinError
from twin_app.live.batch import Batch
from twin_app.live.feed import FeedSpec
from twin_app.live.feeds.mqtt import CONNECT_S, tls_context
from twin_app.live.feeds.mqtt_address import EVERYTHING, address_of
from twin_app.live.link_words import document_of
from twin_app.live.streams import StreamInfo
from twin_app.live.table import LatestTable
from twin_app.live.values import Quality, State, is_number, text_of_time

ROOT = "dt/v1"
SITE = "citytwin"
MOST_WAITING = 200  # not acknowledged yet; the client looks through all of them at each acknowledgement
PATIENCE_S = 10.0
_ESCAPED = str.maketrans({"/": "%2F", "+": "%2B", "#": "%23", "\0": "%00"})


class Publisher:
    """Sends the batches of a hub with QoS 1, retained. ``listen`` is for `Hub.on_batch`.

    The path of ``spec.url`` is empty or ``dt/v1/<site>``. Raises `CityTwinError` ``feed.to_…`` or ``feed.mqtt_…``.
    """

    def __init__(self, spec: FeedSpec, table: LatestTable, password: str = "") -> None:
        address = address_of(spec)
        self._site = site_of(spec, address.topic)
        self._table = table
        self._topics: dict[int, str] = {}
        self._sent = self._acknowledged = self._failed = 0
        self._stuck = False
        self._room = threading.Condition()
        self._where = f"{address.host}:{address.port}"
        protocol = MQTTv5 if address.version == "5" else MQTTv311
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=f"{address.client_id}-to", protocol=protocol)
        self._client.connect_timeout = CONNECT_S
        self._client.max_inflight_messages_set(1000)
        self._client.on_connect = self._on_connect
        self._client.on_publish = self._on_publish
        if address.user:
            self._client.username_pw_set(address.user, password)
        if address.tls:
            self._client.tls_set_context(tls_context(address))
        self._answered = threading.Event()
        self._refused = ""
        self._connect(address.host, address.port, address.keepalive_s)

    def _connect(self, host: str, port: int, keepalive_s: int) -> None:
        try:
            self._client.connect(host, port, keepalive_s)
        except (OSError, ValueError) as error:
            raise CityTwinError("feed.mqtt_unreachable", self._where, detail=str(error)) from error
        self._client.loop_start()
        if not self._answered.wait(2 * CONNECT_S) or self._refused:
            self._client.loop_stop()
            code = "feed.mqtt_refused" if self._refused else "feed.mqtt_silent"
            raise CityTwinError(code, self._where, detail=self._refused)

    def _on_connect(self, _client: Client, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        self._refused = str(code) if code.is_failure else ""
        self._answered.set()

    def _on_publish(self, _client: Client, _data: Any, _number: int, _code: Any, _properties: Any) -> None:
        with self._room:
            self._acknowledged += 1
            self._room.notify_all()

    def listen(self, batch: Batch) -> None:
        """Send a batch; waits while the broker is behind, and gives up what it does not take within some seconds."""
        for n in range(len(batch)):
            row = int(batch.rows[n])
            info = self._table.info(row)
            topic = self._topics.get(row) or self._topics.setdefault(row, topic_of(info, self._site))
            if not self._has_room():
                self._failed += 1
                continue
            told = self._client.publish(topic, payload_of(info, batch, n), 1, retain=True)
            self._sent += told.rc in {MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN}
            self._failed += told.rc == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE

    def _has_room(self) -> bool:
        """Wait for room; one that was waited for in vain is not waited for again."""
        with self._room:
            patience_s = 0.0 if self._stuck else PATIENCE_S
            free = self._room.wait_for(lambda: self._sent - self._acknowledged < MOST_WAITING, patience_s)
        self._stuck = not free
        return free

    def close(self) -> int:
        """Wait until the broker has what was sent; tells how many values it did not get."""
        end_s = time.monotonic() + PATIENCE_S
        with self._room:
            self._room.wait_for(lambda: self._acknowledged >= self._sent, end_s - time.monotonic())
        self._client.disconnect()
        self._client.loop_stop()
        return self._failed + self._sent - self._acknowledged


def site_of(spec: FeedSpec, topic: str) -> str:
    """The site that the path of an address names; raises `CityTwinError` ``feed.to_topic``."""
    levels = topic.removesuffix("/#").split("/")
    if topic == EVERYTHING:
        return SITE
    if len(levels) != 3 or "/".join(levels[:2]) != ROOT or not levels[2] or set(topic.removesuffix("/#")) & set("+#"):
        raise CityTwinError("feed.to_topic", spec.id, example=f"mqtt://server:1883/{ROOT}/{SITE}")
    return levels[2]


def topic_of(info: StreamInfo, site: str) -> str:
    """``<site>/<asset>/<indicator>`` of a stream's name; what it does not say is ``site``, or its name."""
    levels = info.key.partition("/")[2].split("/")
    indicator = levels[-1] or "value"
    asset = levels[-2] if len(levels) > 1 else indicator
    site = "/".join(levels[:-2]) or site
    return "/".join([ROOT, *(level.translate(_ESCAPED) or "-" for level in (site, asset, indicator))])


def payload_of(info: StreamInfo, batch: Batch, n: int) -> bytes:
    """One value as our convention writes it, in the unit in which its stream came."""
    value: float | None = (float(batch.values[n]) - info.offset) / info.factor
    document: dict[str, object] = {
        "v": value if is_number(value) else None,
        "t": text_of_time(int(batch.source_us[n])),
        "q": Quality(int(batch.quality[n])).name.lower(),
        "s": State(int(batch.state[n])).name.lower(),
    }
    if info.unit:
        document["u"] = info.unit
    if (link := document_of(info.link)) is not None:
        document["l"] = link
    return msgspec.json.encode(document)
