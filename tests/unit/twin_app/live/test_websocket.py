"""WebSocket against a real server on loopback: what it sends, when it goes, whom it lets in."""

from __future__ import annotations

import contextlib
import json
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from loaders.model.errors import CityTwinError
from tests.support.broker import OPENSSL, free_port
from tests.support.waiting import until
from twin_app.live.feed import FeedSpec, FeedState
from twin_app.live.feeds.registry import kind_of, make_feed
from twin_app.live.hub import Hub
from twin_app.live.port import Port


@pytest.fixture
def hub() -> Iterator[Hub]:
    one = Hub()
    yield one
    one.close()


@contextlib.contextmanager
def serving(talk: Callable[[ServerConnection], None], **options: Any) -> Iterator[int]:
    """The port of a server that talks to everyone who comes as ``talk`` says."""

    def handler(connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            talk(connection)

    server = serve(handler, "127.0.0.1", options.pop("port", 0), **options)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.socket.getsockname()[1]
    finally:
        server.shutdown()
        thread.join()


def start(hub: Hub, url: str, **options: str) -> Port:
    hub.start("f", make_feed(FeedSpec("f", url, options=options)))
    port = hub.port("f")
    assert port is not None
    return port


def test_what_the_server_sends_comes_and_rubbish_is_counted(hub: Hub) -> None:
    def talk(connection: ServerConnection) -> None:
        assert connection.recv() == '{"watch": "all"}'
        for message in ('{"value": 1}', b'{"value": 2}', "[" * 5000, "x", b"\xff", "7", '[{"id": "a", "value": 3}]'):
            connection.send(message)
        connection.recv()

    with serving(talk) as number:
        port = start(hub, f"ws://127.0.0.1:{number}/live/air", subscribe='{"watch": "all"}')
        until(lambda: hub.table.counts.accepted == 4)
        assert hub.feeds()["f"].state is FeedState.CONNECTED
        hub.stop("f")
    assert [info.key for info in hub.table.infos()] == ["f/live/air", "f/live/air/a"]
    assert hub.table.latest().value.tolist() == [7.0, 3.0]
    assert (port.counts.messages, port.counts.invalid) == (7, 3)


def test_a_server_that_goes_is_lost_and_found_again(hub: Hub) -> None:
    number, turn = free_port(), iter(range(1, 100))

    def talk(connection: ServerConnection) -> None:
        connection.send(json.dumps({"value": next(turn)}))

    with serving(talk, port=number):
        start(hub, f"ws://127.0.0.1:{number}/x")
        until(lambda: hub.feeds()["f"].state is FeedState.LOST)
        assert hub.feeds()["f"].error.code == "feed.socket_closed"  # type: ignore[union-attr]
        until(lambda: hub.table.counts.accepted >= 2)
    until(lambda: hub.feeds()["f"].state is FeedState.LOST and "closed" not in hub.feeds()["f"].error.code)  # type: ignore[union-attr]
    assert hub.feeds()["f"].error.code == "web.unreachable"  # type: ignore[union-attr]


def test_who_is_not_let_in_is_told_and_a_password_lets_in(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYTWIN_PASSWORD_F", "right")

    def check(connection: ServerConnection, request: Any) -> Any:
        known = request.headers.get("Authorization") == "Basic YW5uOnJpZ2h0"
        return None if known else connection.respond(HTTPStatus.UNAUTHORIZED, "no\n")

    with serving(lambda one: one.send('{"value": 1}'), process_request=check) as number:
        start(hub, f"ws://127.0.0.1:{number}/x")
        until(lambda: hub.feeds()["f"].state is FeedState.FAILED)
        assert hub.feeds()["f"].error.code == "web.denied"  # type: ignore[union-attr]
        start(hub, f"ws://127.0.0.1:{number}/x", user="ann")
        until(lambda: hub.table.counts.accepted >= 1)
        hub.stop("f")


@pytest.mark.skipif(not OPENSSL, reason="openssl is not installed")
def test_tls_takes_only_certificates_that_can_be_trusted(hub: Hub, tmp_path: Path) -> None:
    made = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-out", "c.pem", "-subj", "/CN=x")
    names = ("-addext", "subjectAltName=IP:127.0.0.1")
    subprocess.run([OPENSSL or "", *made, *names], cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
    with serving(lambda one: one.send('{"value": 1}'), ssl=context) as number:
        start(hub, f"wss://127.0.0.1:{number}/x")
        until(lambda: hub.feeds()["f"].state is FeedState.LOST)
        assert "CERTIFICATE" in str(hub.feeds()["f"].error.arguments)  # type: ignore[union-attr]
        start(hub, f"wss://127.0.0.1:{number}/x", ca=str(tmp_path / "c.pem"))
        until(lambda: hub.table.counts.accepted >= 1)
        hub.stop("f")


@pytest.mark.parametrize(("url", "options"), [("ws:///x", {}), ("ws://server/x", {"interval": "1"})])
def test_wrong_addresses_are_told(url: str, options: dict[str, str]) -> None:
    assert kind_of(url).id == "websocket"
    with pytest.raises(CityTwinError):
        make_feed(FeedSpec("f", url, options=options))
