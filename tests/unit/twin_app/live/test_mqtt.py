"""The MQTT feed against a real mosquitto: floods, losses, restarts, TLS, wrong passwords."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders.model.errors import CityTwinError
from tests.support.broker import MOSQUITTO, OPENSSL, Broker, free_port, publisher
from tests.support.waiting import until
from twin_app.live.batch import Batch
from twin_app.live.feed import FeedSpec, FeedState
from twin_app.live.feeds.mqtt import MqttFeed
from twin_app.live.feeds.mqtt_address import address_of
from twin_app.live.hub import Hub
from twin_app.live.rules import OURS

needs_broker = pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed")


@pytest.fixture
def hub() -> Iterator[Hub]:
    one = Hub()
    yield one
    one.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    one = Broker(tmp_path)
    one.start()
    yield one
    one.stop()


def start(hub: Hub, url: str, *, password: str | None = None, **options: str) -> None:
    spec = FeedSpec("f", url, options=options)
    hub.start("f", MqttFeed(address_of(spec), "f", (OURS,), lambda _feed_id: password))


def state(hub: Hub) -> FeedState:
    return hub.feeds()["f"].state


def code(hub: Hub) -> str:
    error = hub.feeds()["f"].error
    return "" if error is None else error.code


@needs_broker
@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_a_flood_of_hostile_messages_is_counted_and_dropped(hub: Hub, broker: Broker, version: str) -> None:
    start(hub, f"mqtt://127.0.0.1:{broker.port}/dt/v1/#", version=version)
    until(lambda: state(hub) == FeedState.CONNECTED)
    hostile = [b"[" * 5000, b'{"v":1e999}', b'{"v":NaN}', b'{"v":"x"}', b"\xff", b"", b'{"v":1,"t":7}', b"9" * 5000]
    with publisher(broker.port) as client:
        for turn in range(100):
            for payload in hostile:
                client.publish("dt/v1/s/a/i", payload, 1)
            client.publish("dt/v1/s/a/i", b'{"v":%d}' % turn, 1)
        port = hub.port("f")
        assert port is not None
        until(lambda: port.counts.messages == 900)
    until(lambda: hub.table.counts.accepted == 100)
    assert port.counts.invalid == 800
    assert port.counts.dropped == 0
    assert state(hub) == FeedState.CONNECTED
    assert hub.table.latest().value.tolist() == [99.0]


@needs_broker
@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_qos_1_loses_nothing_over_a_restart_of_the_broker(hub: Hub, broker: Broker, version: str) -> None:
    seen: list[float] = []

    def listen(batch: Batch) -> None:
        seen.extend(batch.values.tolist())

    hub.on_batch.append(listen)
    start(hub, f"mqtt://127.0.0.1:{broker.port}/dt/v1/#", qos="1", version=version)
    until(lambda: state(hub) == FeedState.CONNECTED)
    with publisher(broker.port) as client:
        for number in range(600):
            client.publish("dt/v1/s/a/i", str(number), 1)
            if number == 300:
                broker.stop()
                until(lambda: state(hub) == FeedState.LOST)
                broker.start()
        until(lambda: len(set(seen)) == 600)
    assert hub.table.latest().value.tolist() == [599.0]


@needs_broker
def test_what_came_while_the_feed_was_away_is_delivered(hub: Hub, broker: Broker) -> None:
    url = f"mqtt://127.0.0.1:{broker.port}/dt/v1/#"
    start(hub, url, qos="1")
    until(lambda: state(hub) == FeedState.CONNECTED)
    hub.stop("f")
    with publisher(broker.port) as client:
        for number in range(200):
            client.publish("dt/v1/s/a/i", str(number), 1).wait_for_publish(5.0)
    start(hub, url, qos="1")
    until(lambda: hub.table.counts.accepted == 200)


@needs_broker
@pytest.mark.parametrize("expected", [500, 501])
def test_a_snapshot_is_complete_or_said_to_be_incomplete(
    hub: Hub, broker: Broker, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin_app.live.feeds.mqtt.SNAPSHOT_S", 0.5)
    with publisher(broker.port) as client:
        sent = [client.publish(f"dt/v1/s/a{number}/i", b"1", 1, retain=True) for number in range(500)]
        for one in sent:
            one.wait_for_publish(5.0)
    start(hub, f"mqtt://127.0.0.1:{broker.port}/dt/v1/#", expected=str(expected))
    until(lambda: hub.table.counts.accepted == 500)
    port = hub.port("f")
    assert port is not None
    if expected > 500:
        until(lambda: bool(port.findings))
        assert port.findings[0].arguments == {"found": 500, "expected": 501}
    else:
        time.sleep(1.0)
        assert not port.findings


def openssl(folder: Path, *arguments: str) -> None:
    assert OPENSSL
    subprocess.run([OPENSSL, *arguments], cwd=folder, check=True, capture_output=True)


@needs_broker
@pytest.mark.skipif(not OPENSSL, reason="openssl is not installed")
def test_tls_takes_only_certificates_that_can_be_trusted(hub: Hub, tmp_path: Path) -> None:
    key = ("-newkey", "rsa:2048", "-nodes")
    openssl(tmp_path, "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA")
    for name in ("server", "client"):
        openssl(tmp_path, "req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (tmp_path / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n", "utf-8")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names")
        openssl(tmp_path, "x509", "-req", "-in", f"{name}.csr", *signed, "-out", f"{name}.pem")
    files = [f"cafile {tmp_path}/ca.pem", f"certfile {tmp_path}/server.pem", f"keyfile {tmp_path}/server.key"]
    broker = Broker(tmp_path, *files, "require_certificate true")
    broker.start()
    try:
        url = f"mqtts://127.0.0.1:{broker.port}/dt/v1/#"
        start(hub, url)
        until(lambda: state(hub) == FeedState.FAILED)
        assert code(hub) == "feed.mqtt_certificate"
        own = {"ca": "ca.pem", "certificate": "client.pem", "key": "client.key"}
        start(hub, url, **{name: str(tmp_path / file) for name, file in own.items()})
        until(lambda: state(hub) == FeedState.CONNECTED)
    finally:
        broker.stop()


@needs_broker
@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_a_wrong_password_fails_and_the_right_one_does_not(hub: Hub, tmp_path: Path, version: str) -> None:
    passwords = tmp_path / "passwords"
    passwords.write_text("ann:right\n", "utf-8")
    passwords.chmod(0o600)
    tool = Path(MOSQUITTO or "").name + "_passwd"
    subprocess.run([tool, "-U", str(passwords)], check=True, capture_output=True)
    broker = Broker(tmp_path, f"password_file {passwords}")
    broker.start()
    try:
        url = f"mqtt://ann@127.0.0.1:{broker.port}/dt/v1/#"
        start(hub, url, password="wrong", version=version)
        until(lambda: state(hub) == FeedState.FAILED)
        assert code(hub) == "feed.mqtt_password"
        start(hub, url, password="right", version=version)
        until(lambda: state(hub) == FeedState.CONNECTED)
    finally:
        broker.stop()


def test_who_cannot_be_reached_is_lost_and_tried_again(hub: Hub) -> None:
    start(hub, f"mqtt://127.0.0.1:{free_port()}/dt/v1/#")
    until(lambda: state(hub) == FeedState.LOST)
    assert code(hub) == "feed.mqtt_unreachable"


@pytest.mark.parametrize(
    ("url", "options", "expected"),
    [
        ("mqtt://", {}, "feed.mqtt_address"),
        ("mqtt://host:99999/x", {}, "feed.mqtt_address"),
        ("mqtt://host/a/#/b", {}, "feed.mqtt_address"),
        ("mqtt://ann:secret@host/x", {}, "feed.password_in_url"),
        ("mqtt://ann:secret@host:99999/x", {}, "feed.password_in_url"),
        ("mqtt://ann:1/secret@host/#/x", {}, "feed.mqtt_address"),
        ("mqtt://host/x", {"qos": "2"}, "feed.mqtt_option"),
        ("mqtt://host/x", {"version": "4"}, "feed.mqtt_option"),
        ("mqtt://host/x", {"colour": "red"}, "feed.mqtt_option"),
    ],
)
def test_wrong_addresses_are_told(url: str, options: dict[str, str], expected: str) -> None:
    with pytest.raises(CityTwinError) as caught:
        address_of(FeedSpec("f", url, options=options))
    assert caught.value.code == expected
    assert "secret" not in str(caught.value)


def test_the_path_of_an_address_is_a_topic_filter() -> None:
    one = address_of(FeedSpec("f", "mqtts://ann@host/city/+/#"))
    assert (one.host, one.port, one.user, one.topic) == ("host", 8883, "ann", "city/+/#")
    assert address_of(FeedSpec("f", "mqtt://host", options={"qos": "1"})).client_id == "citytwin-f"
    assert address_of(FeedSpec("f", "mqtt://host", options={"user": "ann"})).user == "ann"
