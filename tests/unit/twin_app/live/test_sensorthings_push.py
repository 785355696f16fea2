"""SensorThings pushed by a real mosquitto: reordered, doubled, cut, lost, while a service answers over real HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.broker import MOSQUITTO, Broker, free_port, publisher
from tests.support.web_server import Answer, Asked, serving
from twin_app.live.feed import FeedSpec, FeedState
from twin_app.live.feeds import sensorthings
from twin_app.live.feeds.registry import make_feed
from twin_app.live.feeds.sensorthings_push import address_of_push, topic_of
from twin_app.live.hub import Hub
from twin_app.live.port import Port

pytestmark = pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed")
TOPIC = "v1.1/Datastreams({})/Observations"


def until(condition: Callable[[], bool], limit_s: float = 15.0) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


def observation(minute: int, value: float) -> dict[str, Any]:
    """As a FROST server publishes it: the whole entity, links included, its Datastream not."""
    at = f"2026-11-23T12:{minute:02d}:00.000Z"
    link = f"http://h/v1.1/Observations({minute})"
    return {
        "@iot.selfLink": link,
        "@iot.id": minute,
        "phenomenonTime": at,
        "resultTime": at,
        "result": value,
        "Datastream@iot.navigationLink": f"{link}/Datastream",
    }


class Service:
    """Datastreams 1 and 'b 2', and what they have so far, oldest first."""

    def __init__(self) -> None:
        self.values: dict[int | str, list[dict[str, Any]]] = {1: [observation(0, 0.5)], "b 2": []}
        self.asked = 0
        self.status = 200

    def answer(self, asked: Asked) -> Answer:
        self.asked += 1
        if self.status != 200:
            return Answer({}, self.status)
        if asked.path != "/v1.1/Datastreams":
            return Answer({"value": self.values[1]})
        return Answer(
            {
                "value": [
                    {"@iot.id": ident, "name": f"S{ident}", "Observations": values[-20:][::-1]}
                    for ident, values in self.values.items()
                ]
            }
        )


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


def start(hub: Hub, base: str, broker_port: int, interval_s: float = 60.0) -> Port:
    options = {"interval": str(interval_s)}
    url = f"sta+{base}v1.1?mqtt=mqtt://127.0.0.1:{broker_port}"
    hub.start("air", make_feed(FeedSpec("air", url, options=options)))
    port = hub.port("air")
    assert port is not None
    return port


def kept_by(hub: Hub) -> list[tuple[int, float]]:
    """What a history would keep: rows and values."""
    kept: list[tuple[int, float]] = []
    hub.on_batch.append(lambda batch: kept.extend(zip(batch.rows.tolist(), batch.values.tolist(), strict=True)))
    return kept


def send(port: int, ident: str, *payloads: Any) -> None:
    with publisher(port) as client:
        for one in payloads:
            body = one if isinstance(one, bytes) else json.dumps(one).encode()
            client.publish(TOPIC.format(ident), body, 1).wait_for_publish(5.0)


def test_what_is_pushed_comes_though_nobody_asks(hub: Hub, broker: Broker) -> None:
    service, kept = Service(), kept_by(hub)
    with serving(service.answer) as base:
        start(hub, base, broker.port)
        until(lambda: service.asked == 2)  # learnt; and once more for what lies between that and the subscription
        send(broker.port, "1", observation(1, 1.0), observation(2, 2.0))
        send(broker.port, "'b 2'", observation(1, 20.0))
        until(lambda: sorted(kept) == [(0, 0.5), (0, 1.0), (0, 2.0), (1, 20.0)])
        assert service.asked == 2
        hub.stop("air")


def test_reordered_doubled_and_cut_messages(hub: Hub, broker: Broker) -> None:
    service, kept = Service(), kept_by(hub)
    with serving(service.answer) as base:
        port = start(hub, base, broker.port)
        until(lambda: service.asked == 2)
        whole = json.dumps(observation(9, 9.0)).encode()
        cut = [whole[:size] for size in range(0, len(whole), 7)]
        send(broker.port, "1", observation(3, 3.0), observation(1, 1.0), observation(3, 3.0), observation(1, 1.0))
        send(broker.port, "1", *cut, b"[" * 5000, b"\xff\xfe", {"result": 1e999}, observation(2, 2.0))
        until(lambda: len(kept) == 4)
        until(lambda: port.counts.invalid == len(cut) + 3)
        assert [value for _, value in kept] == [0.5, 3.0, 1.0, 2.0]
        assert port.counts.doubled == 2
        assert hub.table.latest().value.tolist()[0] == 3.0  # what is late replaces nothing
        assert hub.feeds()["air"].state is FeedState.CONNECTED
        hub.stop("air")


def test_without_the_broker_the_service_is_polled_and_the_gap_is_filled(hub: Hub, broker: Broker) -> None:
    service, kept = Service(), kept_by(hub)
    with serving(service.answer) as base:
        port = start(hub, base, broker.port, interval_s=0.1)
        until(lambda: service.asked == 2)
        broker.stop()
        until(lambda: "sta.push_lost" in [one.code for one in port.findings])
        assert hub.feeds()["air"].state is FeedState.CONNECTED
        service.values[1] += [observation(n, float(n)) for n in range(1, 40)]
        until(lambda: len(kept) == 40)
        asked = service.asked
        until(lambda: service.asked > asked + 2)
        broker.start()
        # Nothing is polled again once the broker pushes.
        until(lambda: _rests(service), 20.0)
        send(broker.port, "1", service.values[1][-1], observation(50, 50.0))
        until(lambda: len(kept) == 41)
        assert sorted(value for _, value in kept) == [0.5, *map(float, range(1, 40)), 50.0]
        hub.stop("air")


def _rests(service: Service) -> bool:
    before = service.asked
    time.sleep(0.6)
    return service.asked == before


def test_a_broker_that_was_never_there_is_said_and_the_service_polled(hub: Hub) -> None:
    service, kept = Service(), kept_by(hub)
    with serving(service.answer) as base:
        port = start(hub, base, free_port(), interval_s=0.1)
        until(lambda: [one.code for one in port.findings][:2] == ["sta.push_lost", "feed.mqtt_unreachable"])
        service.values[1].append(observation(7, 7.0))
        until(lambda: (0, 7.0) in kept)
        hub.stop("air")


def test_the_broker_goes_on_while_the_service_rests(hub: Hub, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensorthings, "REFRESH_S", 0.1)
    service, kept = Service(), kept_by(hub)
    with serving(service.answer) as base:
        port = start(hub, base, broker.port)
        until(lambda: service.asked > 2)
        service.status = 503
        until(lambda: "web.busy" in [one.code for one in port.findings])
        send(broker.port, "1", observation(5, 5.0))
        until(lambda: (0, 5.0) in kept)
        assert hub.feeds()["air"].state is FeedState.CONNECTED
        hub.stop("air")


def test_topics_follow_the_service() -> None:
    assert topic_of({"@iot.id": 42}, "https://h/FROST-Server/v1.0/") == "v1.0/Datastreams(42)/Observations"
    assert topic_of({"@iot.id": "it's"}, "https://h/sta/") == "v1.1/Datastreams('it''s')/Observations"
    assert topic_of({"@iot.id": "a#b"}, "https://h/v1.1/") is None
    with_user = FeedSpec("f", "x", options={"mqtt": "mqtts://anna@h", "ca": "c.pem"})
    address = address_of_push(with_user)
    assert address is not None
    assert (address.host, address.port, address.tls, address.user, address.ca) == ("h", 8883, True, "anna", "c.pem")
    assert address_of_push(FeedSpec("f", "x")) is None
