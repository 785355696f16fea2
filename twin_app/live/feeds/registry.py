"""The list of feeds, and which of them a URL asks for."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from loaders.model.errors import CityTwinError
from twin_app.live.feed import Feed, FeedKind, FeedSpec


def _of(module: str) -> Callable[[FeedSpec], Feed]:
    """``make`` of a module beside this one; it is loaded, with the libraries it stands on, when it is first wanted."""

    def make(spec: FeedSpec) -> Feed:
        feed: Feed = importlib.import_module(f"twin_app.live.feeds.{module}").make(spec)
        return feed

    return make


FEEDS: tuple[FeedKind, ...] = (
    FeedKind("mqtt", ("mqtt", "mqtts"), _of("mqtt")),
    FeedKind("sensorthings", ("sta+http", "sta+https"), _of("sensorthings")),
    FeedKind("ngsi_ld", ("ngsi-ld+http", "ngsi-ld+https"), _of("ngsi_ld")),
    FeedKind("table", ("file",), _of("tables"), (".csv", ".xlsx", ".parquet")),
    FeedKind("replay", (), _of("replay"), (".ctrec",)),
    FeedKind("simulator", ("sim",), _of("simulator"), (".ctsim",)),
    FeedKind("http_json", ("http", "https"), _of("http_json")),
    FeedKind("websocket", ("ws", "wss"), _of("websocket")),
    FeedKind("opcua", ("opc.tcp",), _of("opcua")),
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
