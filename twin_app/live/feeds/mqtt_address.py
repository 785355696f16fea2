"""What the URL and the options of an MQTT feed say."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from loaders.model.errors import CityTwinError
from twin_app.live.feed import FeedSpec

PORTS = {"mqtt": 1883, "mqtts": 8883}
EVERYTHING = "dt/v1/#"
EXAMPLE = "mqtt://name@server:1883/dt/v1/#"
DAY_S = 86_400
MOST_PACKET_BYTES = 1_100_000  # a little more than what a mapping reads: that is counted, what is longer never comes
_OPTIONS = {"version", "qos", "client_id", "expiry_s", "expected", "ca", "certificate", "key", "keepalive_s", "user"}


@dataclass(frozen=True, slots=True)
class Address:
    """``expected`` is how many retained messages there should be, 0 where nobody knows; ``ca`` to ``key`` are files."""

    host: str
    port: int
    tls: bool
    user: str
    topic: str
    version: str
    qos: int
    client_id: str
    expiry_s: int
    expected: int
    keepalive_s: int
    ca: str
    certificate: str
    key: str


def address_of(spec: FeedSpec) -> Address:
    """Read a spec. The path is the topic filter as MQTT writes it, ``#`` and ``+`` included.

    Raises `CityTwinError` ``feed.mqtt_address``, ``feed.mqtt_option`` or ``feed.password_in_url``; none repeats the
    URL, which may hold a password in a place where nobody looks for one.
    """
    found = re.fullmatch(r"(mqtts?)://([^/?#]+)/?(.*)", spec.url, re.IGNORECASE | re.DOTALL)
    if not found:
        raise CityTwinError("feed.mqtt_address", spec.id, example=EXAMPLE)
    scheme = found[1].lower()
    parts = urlsplit(f"{scheme}://{found[2]}")
    if parts.password is not None:
        raise CityTwinError("feed.password_in_url", spec.id)
    try:
        host, port = parts.hostname or "", parts.port or PORTS[scheme]
    except ValueError as error:
        raise CityTwinError("feed.mqtt_address", spec.id, example=EXAMPLE) from error
    topic = unquote(found[3]) or EVERYTHING
    if not host or not _is_filter(topic):
        raise CityTwinError("feed.mqtt_address", spec.id, example=EXAMPLE)
    unknown = sorted(set(spec.options) - _OPTIONS)
    if unknown:
        raise CityTwinError("feed.mqtt_option", spec.id, name=unknown[0])
    qos = _whole(spec, "qos", 0, 1)
    # The broker keeps what was missed under this name, so it has to be the same the next time.
    fallback = f"citytwin-{spec.id}" if qos else f"citytwin-{uuid.uuid4().hex[:12]}"
    version = spec.options.get("version", "5")
    if version not in {"3.1.1", "5"}:
        raise CityTwinError("feed.mqtt_option", spec.id, name="version")
    return Address(
        host=host,
        port=port,
        tls=scheme == "mqtts",
        user=unquote(parts.username or "") or spec.options.get("user", ""),
        topic=topic,
        version=version,
        qos=qos,
        client_id=spec.options.get("client_id") or fallback,
        expiry_s=_whole(spec, "expiry_s", DAY_S, 2**32 - 1),
        expected=_whole(spec, "expected", 0, 10**9),
        keepalive_s=_whole(spec, "keepalive_s", 30, 65_535),
        ca=spec.options.get("ca", ""),
        certificate=spec.options.get("certificate", ""),
        key=spec.options.get("key", ""),
    )


def _whole(spec: FeedSpec, name: str, otherwise: int, most: int) -> int:
    text = spec.options.get(name, "") or str(otherwise)
    if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) > most:
        raise CityTwinError("feed.mqtt_option", spec.id, name=name)
    return int(text)


def _is_filter(topic: str) -> bool:
    levels = topic.split("/")
    whole = all(level in {"+", "#"} or not re.search(r"[+#\0]", level) for level in levels)
    return whole and "#" not in levels[:-1] and len(topic.encode("utf-8", "replace")) <= 65_535
