"""SensorThings: entities as servers send them, and a service that is polled over real HTTP."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from tests.support.waiting import until
from tests.support.web_server import Answer, Asked, serving
from twin_app.live.feed import FeedSpec, FeedState
from twin_app.live.feeds.registry import kind_of, make_feed
from twin_app.live.hub import Hub
from twin_app.live.sensorthings import observation_of, place_of, stream_of
from twin_app.live.streams import LinkKind
from twin_app.live.values import Quality, text_of_time, time_us_of

THING = {
    "@iot.id": 7,
    "name": "武昌 7 号站",
    "properties": {},
    "Locations": [
        {"encodingType": "application/vnd.geo+json", "location": {"type": "Point", "coordinates": [114.3, 30.5, 21.0]}}
    ],
}


def datastream(ident: int | str, **more: Any) -> dict[str, Any]:
    return {
        "@iot.id": ident,
        "name": "PM2.5",
        "unitOfMeasurement": {"name": "microgram per cubic metre", "symbol": "μg/m3", "definition": "n/a"},
        "ObservedProperty": {"name": "PM2.5"},
        "Thing": THING,
    } | more


def observation(value: Any, time: str) -> dict[str, Any]:
    return {"@iot.id": 1, "phenomenonTime": time, "result": value, "resultTime": None}


def test_a_datastream_says_name_unit_and_place() -> None:
    info = stream_of(datastream(42), "air")
    assert info is not None
    assert (info.key, info.name, info.unit) == ("air/42", "武昌 7 号站 · PM2.5", "ug/m3")
    assert (info.link.kind, info.link.place) == (LinkKind.PLACE, (114.3, 30.5, 21.0))


def test_a_global_id_is_surer_than_a_place() -> None:
    info = stream_of(datastream("x", Thing=THING | {"properties": {"ifcGuid": "2O2Fr$t4X7Zf8NOew3FNr2"}}), "air")
    assert info is not None
    assert (info.link.kind, info.link.target) == (LinkKind.GUID, "2O2Fr$t4X7Zf8NOew3FNr2")


@pytest.mark.parametrize(("result", "value"), [(7, 7.0), ("7.5", 7.5), (True, 1.0), (-1e3, -1000.0), ("  3 ", 3.0)])
def test_results_as_servers_send_them(result: Any, value: float) -> None:
    one = observation_of(observation(result, "2026-11-23T12:00:00.000Z"), "air/42")
    assert (one.value, one.quality) == (value, Quality.GOOD)


def test_null_is_bad_and_an_interval_counts_by_its_end() -> None:
    one = observation_of(observation(None, "2026-11-23T11:00:00Z/2026-11-23T20:00:00+08:00"), "air/42")
    assert math.isnan(one.value)
    assert one.quality == Quality.BAD
    assert text_of_time(one.time_us) == "2026-11-23T12:00:00.000Z"


@pytest.mark.parametrize(
    "entity",
    [
        None,
        [],
        {},
        {"result": 1},
        observation("abc", "2026-11-23T12:00:00Z"),
        observation(1, "yesterday"),
        observation([1, 2], "2026-11-23T12:00:00Z"),
        observation(10**400, "2026-11-23T12:00:00Z"),
    ],
)
def test_what_is_no_observation_says_so(entity: Any) -> None:
    with pytest.raises(CityTwinError, match=r"sta\."):
        observation_of(entity, "air/42")


_NAMES = ("@iot.id", "result", "phenomenonTime", "Thing", "Locations", "location", "coordinates", "type", "geometry")
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_NAMES) | st.text(), inner, max_size=5),
    max_leaves=12,
)


@given(ANY)
def test_any_json_is_read_or_refused(value: Any) -> None:
    stream_of(value, "air")
    place_of(value)
    with contextlib.suppress(CityTwinError):
        one = observation_of(value, "air/1")
        assert math.isfinite(one.value) or one.quality == Quality.BAD


def test_the_middle_of_a_polygon() -> None:
    ring = [[[114.0, 30.0], [114.2, 30.0], [114.2, 30.4], [114.0, 30.0]]]
    place = place_of({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": ring}})
    assert place == pytest.approx((114.1, 30.2, 0.0))


class Service:
    """Streams 1 and 2 with growing lists of observations, oldest first; pages of one Datastream each."""

    def __init__(self) -> None:
        self.values: dict[int, list[tuple[str, float]]] = {1: [("2026-11-23T12:00:00Z", 1.0)], 2: []}
        self.asked: list[str] = []
        self.status = 200

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked.path)
        if self.status != 200:
            return Answer({}, self.status)
        if asked.path == "/v1.1/Datastreams":
            number = int(asked.query.get("$skip", "0")) + 1
            newest = [observation(value, at) for at, value in self.values[number][-20:][::-1]]
            page: dict[str, Any] = {"value": [datastream(number, Observations=newest)]}
            if number < len(self.values):
                page["@iot.nextLink"] = f"{self.base}v1.1/Datastreams?$skip={number}"
            return Answer(page)
        number = int(asked.path.removeprefix("/v1.1/Datastreams(").partition(")")[0])
        return Answer({"value": [observation(value, at) for at, value in self.values[number]]})

    base = ""


def test_a_service_is_learnt_and_followed_and_loses_nothing() -> None:
    service, hub = Service(), Hub(beat_s=0.01)
    kept: list[float] = []
    hub.on_batch.append(lambda batch: kept.extend(batch.values.tolist()))
    with serving(service.answer) as base:
        service.base = base
        spec = FeedSpec("air", f"sta+{base}v1.1", options={"interval": "0.05"})
        assert kind_of(spec.url).id == "sensorthings"
        hub.start("air", make_feed(spec))
        until(lambda: kept == [1.0])
        # More at once than a poll shows, and a stream whose values are older than the other's newest.
        late = [(f"2026-11-23T12:{minute:02d}:00Z", float(minute)) for minute in range(1, 50)]
        service.values[1] += late
        service.values[2] += [("2026-11-23T11:00:00Z", 100.0)]
        until(lambda: len(kept) == 51)
        hub.close()
    assert sorted(kept) == [1.0, *(value for _, value in late), 100.0]
    assert hub.table.latest().value.tolist() == [49.0, 100.0]


def test_a_service_that_goes_comes_back() -> None:
    service, hub = Service(), Hub(beat_s=0.01)
    states: list[str] = []
    hub.status_changed.connect(lambda _feed, status: states.append(status.state))
    with serving(service.answer) as base:
        service.base, service.status = base, 503
        hub.start("air", make_feed(FeedSpec("air", f"sta+{base}v1.1", options={"interval": "0.05"})))
        until(lambda: FeedState.LOST in states)
        service.status = 200
        until(lambda: FeedState.CONNECTED in states)
        service.status = 403
        until(lambda: states[-1] == FeedState.FAILED)
        error = hub.feeds()["air"].error
        hub.close()
    assert error is not None
    assert error.code == "web.denied"


@pytest.mark.parametrize("there", ["http://127.0.0.2:9/x", "/elsewhere"])
def test_no_other_host_is_asked(there: str) -> None:
    def answer(asked: Asked) -> Answer:
        return Answer({}, 302, {"Location": there}) if asked.path != "/elsewhere" else Answer({"value": []})

    hub = Hub(beat_s=0.01)
    with serving(answer) as base:
        hub.start("air", make_feed(FeedSpec("air", f"sta+{base}v1.1", options={"interval": "0.05"})))
        if there.startswith("http"):
            until(lambda: hub.feeds()["air"].state is FeedState.FAILED)
            error = hub.feeds()["air"].error
            assert error is not None
            assert error.code == "web.other_host"
        else:
            until(lambda: hub.feeds()["air"].state is FeedState.CONNECTED)
        hub.close()


def test_times_are_written_as_they_are_read() -> None:
    text = "2026-11-23T12:34:56.789Z"
    assert text_of_time(time_us_of(text)) == text
