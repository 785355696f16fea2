"""Simulated streams as a feed: described by a file, or by whoever makes the feed; each of them says what it is."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from loaders.model.errors import CityTwinError
from twin_app.live.feed import FeedSpec
from twin_app.live.port import Port
from twin_app.live.simulation import ZONE_H, SimulatedStream
from twin_app.live.streams import Link, StreamInfo
from twin_app.live.values import State

SCHEME = "sim"
SUFFIX = ".ctsim"
BEAT_S = 0.1
INTERVAL_S = 60.0  # where neither the stream nor the spec says one
LEAST_INTERVAL_S = 0.02
MOST_FILE_BYTES = 64_000_000
MOST_STREAMS = 200_000
_OPTIONS = {"seed": 7.0, "interval": 0.0, "faults": 0.5, "zone": ZONE_H, "count": 0.0}


class Described(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """A stream in a file ``*.ctsim``; fields as in `StreamInfo`, ``model`` as in `twin_app.live.simulation`."""

    id: str
    model: dict[str, float | str]
    name: str = ""
    unit: str = ""
    indicator: str = ""
    link: Link = msgspec.field(default_factory=Link)
    interval_s: float = 0.0
    low: float | None = None
    high: float | None = None
    classification: str = "public"

    def info(self, feed_id: str) -> StreamInfo:
        """As a stream of a feed."""
        return StreamInfo(
            key=f"{feed_id}/{self.id}",
            name=self.name or self.id,
            unit=self.unit,
            indicator=self.indicator,
            link=self.link,
            state=State.SIMULATED,
            interval_s=self.interval_s,
            low=-math.inf if self.low is None else self.low,
            high=math.inf if self.high is None else self.high,
            classification=self.classification,
        )


class Description(msgspec.Struct, forbid_unknown_fields=True):
    """A whole file."""

    streams: list[Described]


class Options:
    """What the query of a ``sim://`` address and the options of its spec say; raises ``feed.sim_option``.

    ``seed``; ``interval`` in s for all streams, 0 for each one's own; ``faults`` a day and stream; ``zone`` in hours
    east of UTC; ``count`` of places, for packs.
    """

    def __init__(self, spec: FeedSpec) -> None:
        given = dict(parse_qsl(urlsplit(spec.url).query)) if "://" in spec.url else {}
        values = dict(_OPTIONS)
        for name, text in (given | spec.options).items():
            try:
                values[name] = float(text)
            except ValueError:
                values[name] = math.nan
            wrong = name not in _OPTIONS or not math.isfinite(values[name]) or abs(values[name]) > 1e12
            if wrong or (values[name] < 0.0 and name != "zone"):
                raise CityTwinError("feed.sim_option", spec.id, name=name, value=text[:40])
        self.seed, self.count = int(values["seed"]), int(values["count"])
        self.interval_s, self.faults, self.zone_h = values["interval"], values["faults"], values["zone"]


class SimulatorFeed:
    """Raises `CityTwinError` where the model of a stream is none."""

    def __init__(self, feed_id: str, described: Sequence[Described], options: Options) -> None:
        self._streams = [
            SimulatedStream(
                _timed(one.info(feed_id), options.interval_s),
                one.model,
                seed=options.seed,
                faults=options.faults,
                zone_h=options.zone_h,
            )
            for one in described[:MOST_STREAMS]
        ]

    def run(self, port: Port, stopped: threading.Event) -> None:
        """As `Feed.run`: each stream's last value at once, then every value when its moment comes."""
        port.declare([one.info for one in self._streams])
        port.connected()
        told = [one.turn_at(time.time()) - 1 for one in self._streams]
        while not stopped.is_set():
            now_s = time.time()
            for place, stream in enumerate(self._streams):
                turn = stream.turn_at(now_s)
                if turn != told[place]:
                    told[place] = turn
                    if (one := stream.observation(turn)) is not None:
                        port.message()
                        port.put(one)
            stopped.wait(BEAT_S)


def _timed(info: StreamInfo, interval_s: float) -> StreamInfo:
    return replace(info, interval_s=max(interval_s or info.interval_s or INTERVAL_S, LEAST_INTERVAL_S))


def read_description(path: Path) -> list[Described]:
    """The streams of a file; raises `CityTwinError` ``feed.sim_unreadable``."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_FILE_BYTES + 1)
        if len(data) > MOST_FILE_BYTES:
            raise CityTwinError("feed.sim_unreadable", str(path), detail=f"> {MOST_FILE_BYTES} B")
        return msgspec.json.decode(data, type=Description).streams
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise CityTwinError("feed.sim_unreadable", str(path), detail=str(error)[:200]) from error


def name_in(url: str) -> str:
    """What a ``sim://`` address names: a pack or a file; a file stays as it is."""
    if not url.lower().startswith(f"{SCHEME}://"):
        return url
    return unquote(url.partition("://")[2].partition("?")[0])


def make(spec: FeedSpec) -> SimulatorFeed:
    """The feed of a file. Names of packs are for `twin_app.usecases.simulating`, which knows them."""
    path = Path(name_in(spec.url))
    if path.suffix.lower() != SUFFIX:
        raise CityTwinError("feed.sim_unknown", spec.url)
    return SimulatorFeed(spec.id, read_description(path), Options(spec))
