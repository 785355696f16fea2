"""The list of feeds, and which of them a URL asks for."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from loaders.model.errors import CityTwinError
from twin_app.live.feed import Feed, FeedKind, FeedSpec
from twin_app.live.feeds import http_json, mqtt, ngsi_ld, replay, sensorthings, simulator, tables, websocket

FEEDS: tuple[FeedKind, ...] = (
    FeedKind("mqtt", ("mqtt", "mqtts"), mqtt.make),
    sensorthings.KIND,
    ngsi_ld.KIND,
    tables.KIND,
    FeedKind("replay", (), replay.make, replay.SUFFIXES),
    simulator.KIND,
    http_json.KIND,
    websocket.KIND,
)


def kind_of(url: str) -> FeedKind:
    """The feed that a URL or a file asks for; raises `CityTwinError` ``live.unknown_feed``."""
    scheme = urlsplit(url).scheme.lower()
    suffix = Path(url).suffix.lower()
    for kind in FEEDS:
        if scheme in kind.schemes or (len(scheme) < 2 and suffix in kind.suffixes):  # c:\ is a drive, not a scheme
            return kind
    known = ", ".join(f"{scheme}://" for kind in FEEDS for scheme in kind.schemes)
    raise CityTwinError("live.unknown_feed", url, known=known)


def make_feed(spec: FeedSpec) -> Feed:
    """The feed of a spec; raises `CityTwinError` where the spec is wrong."""
    return kind_of(spec.url).make(spec)
