"""Feeds without a window: recorded, played, simulated, sent on."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loaders.model.errors import CityTwinError
from twin_app.live.feed import Feed, FeedSpec, FeedState, FeedStatus
from twin_app.live.feeds import simulator
from twin_app.live.feeds.registry import kind_of
from twin_app.live.hub import Hub
from twin_app.live.publishing import Publisher
from twin_app.live.recording import SUFFIX, Recorder
from twin_app.live.secrets import VARIABLE, password_of
from twin_app.services.project import SUFFIX as PROJECT_SUFFIX
from twin_app.usecases.feeds import without_password
from twin_app.usecases.simulating import make_feed, streams_of_project

FEED, TO = "feed", "to"  # the ids that passwords go by: CITYTWIN_PASSWORD_FEED and CITYTWIN_PASSWORD_TO
LOOK_S = 0.1
PATIENCE_S = 600.0  # a broker may need so long for what waits at the end
_OVER = frozenset({FeedState.ENDED, FeedState.FAILED})
OnStatus = Callable[[FeedStatus], None]


@dataclass(frozen=True, slots=True)
class FeedRun:
    """What came of a run. ``dropped`` could not be held or sent on; ``invalid`` could not be read or be true."""

    source: str
    messages: int
    streams: int
    dropped: int
    invalid: int
    seconds: float
    broken: bool  # it ended by a failure, after something had come

    def as_json(self) -> dict[str, Any]:
        """What `feed` prints."""
        return {
            name: getattr(self, name) for name in ("source", "messages", "streams", "dropped", "invalid", "seconds")
        }


def record(source: str, out: Path, *, mapping: str = "", seconds: float = 0.0, on_status: OnStatus) -> FeedRun:
    """Record what a source brings to a folder ``*.ctrec``, until it ends, for ``seconds``, or until Ctrl+C."""
    if out.suffix.lower() != SUFFIX:
        raise CityTwinError("feed.record_suffix", str(out), suffix=SUFFIX)
    if out.exists():
        raise CityTwinError("feed.record_exists", str(out))
    feed = make_feed(spec_of(source, FEED, mapping))
    return run(feed, source, to=str(out), seconds=seconds, on_status=on_status)


def play(source: str, *, speed: float = 1.0, to: str = "", on_status: OnStatus) -> FeedRun:
    """Play a recording or a table of values to its end."""
    kind = kind_of(source).id
    if kind not in {"replay", "table"}:
        raise CityTwinError("feed.not_played", source)
    options = {"speed": repr(speed)} | ({"mode": "play"} if kind == "table" else {})
    feed = make_feed(FeedSpec(FEED, source, options=options))
    if kind == "replay" and not Path(source).is_dir():
        raise CityTwinError("feed.recording_unreadable", source, detail=f"*{SUFFIX}")
    return run(feed, source, to=to, on_status=on_status)


def simulate(
    source: str, options: dict[str, str], *, to: str = "", seconds: float = 0.0, language: str, on_status: OnStatus
) -> FeedRun:
    """Simulate a pack, by its id or its file, a description or a project."""
    if source.lower().endswith(PROJECT_SUFFIX):
        asked = simulator.Options(FeedSpec(FEED, "sim://project", options=options))
        described = streams_of_project(Path(source), asked.seed, language)
        feed: Feed = simulator.SimulatorFeed(FEED, described, asked)
    else:
        scheme = f"{simulator.SCHEME}://"
        feed = make_feed(FeedSpec(FEED, source if source.startswith(scheme) else scheme + source, options=options))
    return run(feed, source, to=to, seconds=seconds, on_status=on_status)


def spec_of(url: str, feed_id: str, mapping: str = "") -> FeedSpec:
    """A spec of an address; a password in it is known to this process alone."""
    plain, user, password = without_password(url)
    if password:
        os.environ[VARIABLE + feed_id.upper()] = password
    return FeedSpec(feed_id, plain, mapping=mapping, options={"user": user} if user else {})


def run(feed: Feed, source: str, *, to: str = "", seconds: float = 0.0, on_status: OnStatus) -> FeedRun:
    """Run a feed until it ends, fails, ``seconds`` (0: no limit) are over, or Ctrl+C, and hand its values to ``to``.

    Raises `CityTwinError` where nothing came and the feed says why.
    """
    start_s, hub = time.monotonic(), Hub()
    hub.status_changed.connect(lambda _feed_id, status: on_status(status))
    close = _receiver(to, hub)
    status = FeedStatus()
    try:
        hub.start(FEED, feed)
        with _until_interrupted():
            while (status := hub.feeds()[FEED]).state not in _OVER:
                left_s = start_s + seconds - time.monotonic() if seconds else LOOK_S
                if left_s <= 0.0:
                    break
                time.sleep(min(LOOK_S, left_s))
    finally:
        port = hub.port(FEED)
        hub.close(PATIENCE_S)
        unsent = close()
    counts, values = (hub.table.counts if port is None else port.counts), hub.table.counts
    if status.error is not None and not counts.messages:
        raise status.error
    return FeedRun(
        source=source,
        messages=counts.messages,
        streams=len(hub.table),
        dropped=counts.dropped + unsent,
        invalid=counts.invalid + values.not_a_number + values.future,
        seconds=round(time.monotonic() - start_s, 3),
        broken=status.state is FeedState.FAILED,
    )


@contextlib.contextmanager
def _until_interrupted() -> Iterator[None]:
    with contextlib.suppress(KeyboardInterrupt):
        yield


def _receiver(to: str, hub: Hub) -> Callable[[], int]:
    """Have ``to`` hear of all batches; gives what closes it and tells how many values it did not get."""
    if not to:
        return lambda: 0
    if Path(to).suffix.lower() == SUFFIX:
        recorder = Recorder(Path(to), hub.table)
        hub.on_batch.append(recorder.listen)

        def close() -> int:
            recorder.close()
            return 0

        return close
    spec = spec_of(to, TO)
    if not spec.url.lower().startswith(("mqtt://", "mqtts://")):
        raise CityTwinError("feed.to_unknown", to)
    publisher = Publisher(spec, hub.table, password_of(TO) if "user" in spec.options else "")
    hub.on_batch.append(publisher.listen)
    return publisher.close
