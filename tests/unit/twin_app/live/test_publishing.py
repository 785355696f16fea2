"""What is sent on by MQTT and comes in again is the same, links included; against a real mosquitto."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from tests.support.broker import MOSQUITTO, Broker, publisher
from twin_app.live.feed import FeedSpec, FeedState
from twin_app.live.feeds.registry import make_feed
from twin_app.live.feeds.simulator import Described
from twin_app.live.hub import Hub
from twin_app.live.link_words import document_of, link_of
from twin_app.live.streams import Link, LinkKind
from twin_app.live.values import State
from twin_app.usecases import feed_runs
from twin_app.usecases.simulating import write_description

needs_broker = pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed")
LINKS = {
    "guid": Link(LinkKind.GUID, "2O2Fr$t4X7Zf8NOew3FNr2"),
    "feature": Link(LinkKind.FEATURE, "NL.IMBAG.Pand.0503100000000001"),
    "code": Link(LinkKind.CODE, "AHU/7", "资产编号"),
    "place": Link(LinkKind.PLACE, "武昌 7 号站", place=(114.3012345, 30.5, 21.25)),
    "bare": Link(LinkKind.PLACE, place=(-0.1, 51.5, 0.0)),
    "area": Link(LinkKind.AREA, "武昌区"),
}


def until(condition: Callable[[], bool], limit_s: float = 15.0) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    one = Broker(tmp_path)
    one.start()
    yield one
    one.stop()


@pytest.fixture
def hub() -> Iterator[Hub]:
    one = Hub(beat_s=0.01)
    yield one
    one.close()


def _described(folder: Path) -> Path:
    file = folder / "links.ctsim"
    model: dict[str, float | str] = {"kind": "walk", "mean": 5.0, "spread": 2.0}
    write_description(file, [Described(f"house/{n}", model, unit="kW", link=link) for n, link in LINKS.items()])
    return file


def _arrived(hub: Hub, port: int) -> dict[str, Link]:
    hub.start("in", make_feed(FeedSpec("in", f"mqtt://127.0.0.1:{port}/dt/v1/site/#")))
    until(lambda: len(hub.table) == len(LINKS) and bool((hub.table.latest().state == State.SIMULATED).all()))
    return {info.key.rpartition("/")[2]: info.link for info in hub.table.infos()}


@needs_broker
def test_links_of_what_is_simulated_arrive(hub: Hub, broker: Broker, tmp_path: Path) -> None:
    to = f"mqtt://127.0.0.1:{broker.port}/dt/v1/site"
    source = str(_described(tmp_path))
    feed_runs.simulate(source, {"interval": "0.2"}, to=to, seconds=1.0, language="en", on_status=lambda _status: None)
    assert _arrived(hub, broker.port) == LINKS
    assert {info.unit for info in hub.table.infos()} == {"kW"}


@needs_broker
def test_links_of_what_was_recorded_arrive(hub: Hub, broker: Broker, tmp_path: Path) -> None:
    recording = tmp_path / "day.ctrec"
    source, quiet = str(_described(tmp_path)), {"language": "en", "on_status": lambda _status: None}
    feed_runs.simulate(source, {"interval": "0.2"}, to=str(recording), seconds=1.0, **quiet)  # type: ignore[arg-type]
    to = f"mqtt://127.0.0.1:{broker.port}/dt/v1/site"
    feed_runs.play(str(recording), speed=100.0, to=to, on_status=lambda _status: None)
    assert _arrived(hub, broker.port) == LINKS


@needs_broker
def test_a_link_that_changes_is_followed_and_a_wrong_one_is_counted(hub: Hub, broker: Broker) -> None:
    hub.start("in", make_feed(FeedSpec("in", f"mqtt://127.0.0.1:{broker.port}/dt/v1/#")))
    until(lambda: hub.feeds()["in"].state is FeedState.CONNECTED)
    port = hub.port("in")
    assert port is not None
    with publisher(broker.port) as client:

        def say(document: dict[str, Any]) -> Link:
            count = port.counts.messages
            client.publish("dt/v1/s/AHU-1/t", json.dumps(document), 1)
            until(lambda: port.counts.messages > count)
            until(lambda: len(hub.table) > 0)
            return hub.table.info(0).link

        assert say({"v": 1}) == Link(LinkKind.CODE, "AHU-1")
        assert say({"v": 2, "l": {"guid": "g"}}) == Link(LinkKind.GUID, "g")
        assert say({"v": 3}) == Link(LinkKind.GUID, "g")
        assert say({"v": 4, "l": {"guid": 7}}) == Link(LinkKind.GUID, "g")
        assert say({"v": 5, "l": "x"}) == Link(LinkKind.GUID, "g")
        assert say({"v": 6, "l": {"feature": "f"}}) == Link(LinkKind.FEATURE, "f")
    assert port.counts.invalid == 2


TEXT = st.text(max_size=20)
ANY_LINK = st.one_of(
    st.builds(Link, st.sampled_from([LinkKind.GUID, LinkKind.FEATURE, LinkKind.AREA]), TEXT),
    st.builds(Link, st.just(LinkKind.CODE), TEXT, TEXT),
    st.builds(
        Link,
        st.just(LinkKind.PLACE),
        TEXT,
        place=st.tuples(st.floats(-180, 180), st.floats(-90, 90), st.floats(-1e4, 1e4)),
    ),
)


@given(ANY_LINK)
def test_every_link_goes_through_a_message(link: Link) -> None:
    assert link_of(msgspec.json.decode(msgspec.json.encode(document_of(link))), "x") == link


def test_no_link_needs_no_words() -> None:
    assert document_of(Link()) is None


@pytest.mark.parametrize(
    "document",
    [
        *(None, 1, "g", [], {}, {"guid": None}, {"guid": "a", "code": "b"}, {"guid": "x" * 5000}, {"none": ""}),
        *({"place": "here"}, {"place": [1]}, {"place": [181, 0]}, {"place": [0, 0, math.inf]}),
        {"code": "a", "property": 1},
    ],
)
def test_what_is_no_link_says_so(document: Any) -> None:
    with pytest.raises(CityTwinError, match=r"feed\.(wrong_link|no_place)"):
        link_of(document, "x")
