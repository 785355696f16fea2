"""NGSI-LD: entities in their three forms, a broker that is polled, notifications that come by themselves."""

from __future__ import annotations

import json
import math
import socket
import urllib.error
import urllib.request
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.waiting import until
from tests.support.web_server import Answer, Asked, serving
from twin_app.live.feed import FeedSpec, FeedState
from twin_app.live.feeds.registry import make_feed
from twin_app.live.hub import Hub
from twin_app.live.ngsi import read_entity
from twin_app.live.values import NO_TIME_US, Quality, text_of_time

PLACE = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [114.3, 30.5]}}


def entity(ident: str, **attributes: Any) -> dict[str, Any]:
    return {"id": ident, "type": "AirQualityObserved", "@context": "https://x", "location": PLACE} | attributes


def test_the_normalised_form() -> None:
    one = {"type": "Property", "value": 21.5, "unitCode": "CEL", "observedAt": "2026-11-23T12:00:00Z"}
    [(info, observation)] = read_entity(entity("urn:ngsi-ld:Air:7", temperature=one, name={"value": "七号"}), "f")
    assert (info.key, info.name, info.unit) == ("f/urn:ngsi-ld:Air:7#temperature", "7 · temperature", "Cel")
    assert info.link.place == (114.3, 30.5, 0.0)
    assert (observation.value, text_of_time(observation.time_us)) == (21.5, "2026-11-23T12:00:00.000Z")


def test_the_concise_and_the_simplified_form() -> None:
    found = list(read_entity(entity("urn:x:1", no2={"value": 4, "unitCode": "GQ"}, so2=5, open=True, note="9"), "f"))
    assert [(info.unit, one.value, one.time_us) for info, one in found] == [
        ("ug/m3", 4.0, NO_TIME_US),
        ("", 5.0, NO_TIME_US),
    ]


def test_several_values_of_one_property_are_several_streams_and_null_is_bad() -> None:
    several = [{"type": "Property", "value": 1}, {"type": "Property", "value": None, "datasetId": "urn:d:2"}]
    found = list(read_entity(entity("urn:x:1", speed=several), "f"))
    assert [info.key for info, _ in found] == ["f/urn:x:1#speed", "f/urn:x:1#speed@urn:d:2"]
    assert [one.quality for _, one in found] == [Quality.GOOD, Quality.BAD]


NAMES = st.sampled_from(["id", "type", "value", "location", "observedAt", "unitCode", "coordinates"]) | st.text()
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)


@given(ANY)
def test_any_json_gives_numbers_or_nothing(value: Any) -> None:
    for _, one in read_entity(value, "f"):
        assert math.isfinite(one.value) or one.quality == Quality.BAD


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_broker_is_polled_and_notifies() -> None:
    values, hub = {"v": 1.0}, Hub(beat_s=0.01)

    def answer(asked: Asked) -> Answer:
        assert asked.path == "/ngsi-ld/v1/entities"
        assert asked.query["type"] == "Air"
        first = int(asked.query["offset"])
        count = 500 if first == 0 else 100
        return Answer([entity(f"urn:x:{n}", v=values["v"] + n) for n in range(first, first + count)])

    number = free_port()
    with serving(answer) as base:
        options = {"type": "Air", "interval": "0.2", "listen": f"127.0.0.1:{number}"}
        hub.start("f", make_feed(FeedSpec("f", f"ngsi-ld+{base}", options=options)))
        until(lambda: len(hub.table) == 600)
        values["v"] = 2.0
        until(lambda: hub.table.latest().value[599] == 601.0)
        assert notify(number, {"data": [entity("urn:x:new", v=9.0)]}) == 204
        until(lambda: len(hub.table) == 601)
        assert notify(number, {"nothing": 1}) == 400
        until(lambda: hub.feeds()["f"].state is FeedState.CONNECTED)
        port = hub.port("f")
        assert port is not None
        assert port.counts.invalid == 1
        hub.close()
    assert hub.table.latest().value[600] == 9.0


def notify(number: int, body: Any) -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{number}/", json.dumps(body).encode(), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_a_port_that_is_taken_is_said() -> None:
    hub = Hub(beat_s=0.01)
    with socket.socket() as taken, serving(lambda _asked: Answer([])) as base:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        options = {"listen": f"127.0.0.1:{taken.getsockname()[1]}"}
        hub.start("f", make_feed(FeedSpec("f", f"ngsi-ld+{base}", options=options)))
        until(lambda: hub.feeds()["f"].state is FeedState.FAILED)
        error = hub.feeds()["f"].error
        hub.close()
    assert error is not None
    assert error.code == "ngsi.cannot_listen"


def test_what_is_no_broker_is_said() -> None:
    hub = Hub(beat_s=0.01)
    with serving(lambda _asked: Answer({"hello": 1})) as base:
        hub.start("f", make_feed(FeedSpec("f", f"ngsi-ld+{base}")))
        until(lambda: hub.feeds()["f"].state is FeedState.FAILED)
        error = hub.feeds()["f"].error
        hub.close()
    assert error is not None
    assert error.code == "ngsi.not_ngsi"


@pytest.mark.parametrize(("name", "value"), [("interval", "-1"), ("interval", "soon"), ("listen", "here")])
def test_options_that_cannot_be_are_said(name: str, value: str) -> None:
    with pytest.raises(Exception, match=r"live\.bad_option"):
        make_feed(FeedSpec("f", "ngsi-ld+http://127.0.0.1/", options={name: value}))
