"""OPC UA against a real server in this process: values, status codes, restarts, hostile values, users, certificates."""

from __future__ import annotations

import contextlib
import importlib.util
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from tests.support.broker import free_port
from twin_app.live.feed import FeedSpec, FeedState
from twin_app.live.feeds.registry import kind_of, make_feed
from twin_app.live.hub import Hub
from twin_app.live.opcua.address import address_of
from twin_app.live.opcua.values import UNITS_OF_UN, observation_of, quality_of, unit_of
from twin_app.live.port import Port
from twin_app.live.values import NO_TIME_US, Quality, Reason, State

needs_library = pytest.mark.skipif(importlib.util.find_spec("asyncua") is None, reason="the extra opcua is missing")


def until(condition: Callable[[], bool], limit_s: float = 20.0) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


@pytest.fixture
def hub() -> Iterator[Hub]:
    one = Hub()
    yield one
    one.close()


@pytest.fixture
def plant() -> Iterator[Any]:
    pytest.importorskip("asyncua")
    from tests.support import opcua_server

    with opcua_server.plant() as one:
        yield one


def start(hub: Hub, url: str, **options: str) -> Port:
    hub.start("f", make_feed(FeedSpec("f", url, options={"interval": "0.05"} | options)))
    port = hub.port("f")
    assert port is not None
    return port


def state(hub: Hub) -> FeedState:
    return hub.feeds()["f"].state


def code(hub: Hub) -> str:
    error = hub.feeds()["f"].error
    return "" if error is None else error.code


def latest(hub: Hub, name: str) -> tuple[float, int, int]:
    row = hub.table.row_of(f"f/ns=2;s={name}")
    if row is None:
        return math.nan, -1, -1
    told = hub.table.latest()
    return float(told.value[row]), int(told.quality[row]), int(told.reason[row])


def findings(port: Port) -> list[str]:
    return [one.code for one in port.findings if one.code != "opcua.library"]


def test_every_variable_with_a_number_is_found_with_its_name_unit_and_range(hub: Hub, plant: Any) -> None:
    start(hub, plant.url)
    until(lambda: latest(hub, "Power")[0] == 1.5 and latest(hub, "Running")[0] == 1.0)
    assert state(hub) is FeedState.CONNECTED
    power, running = sorted(hub.table.infos(), key=lambda info: info.key)
    assert (power.key, power.name, power.unit) == ("f/ns=2;s=Power", "Line · Power", "kW")
    assert (power.low, power.high, power.state) == (-10.0, 1000.0, State.MEASURED)
    assert (running.name, running.unit, running.high) == ("Line · Running", "", math.inf)


def test_the_time_is_the_source_s_own(hub: Hub, plant: Any) -> None:
    start(hub, plant.url)
    until(lambda: latest(hub, "Power")[0] == 1.5)
    moment = datetime.now(UTC) - timedelta(minutes=1)
    plant.write("Power", 7.0, time=moment)
    # The value before it is newer, so this one is late, and replaces nothing.
    until(lambda: hub.table.counts.late == 1)
    moment = datetime.now(UTC)
    plant.write("Power", 8.0, time=moment)
    until(lambda: latest(hub, "Power")[0] == 8.0)
    row = hub.table.row_of("f/ns=2;s=Power")
    assert int(hub.table.latest().source_us[row]) == round(moment.timestamp() * 1_000_000)


def test_status_codes_say_how_far_a_value_may_be_trusted(hub: Hub, plant: Any) -> None:
    start(hub, plant.url)
    until(lambda: latest(hub, "Power") == (1.5, Quality.GOOD, Reason.NONE))
    plant.write("Power", 2.5, 0x40900000)
    until(lambda: latest(hub, "Power") == (2.5, Quality.UNCERTAIN, Reason.LAST_USABLE))
    plant.write("Power", 99.0, 0x808C0000)
    until(lambda: latest(hub, "Power") == (2.5, Quality.BAD, Reason.SENSOR_FAILURE))  # a bad number is not believed
    plant.write("Power", 4.0, 0x00000000)
    until(lambda: latest(hub, "Power") == (4.0, Quality.GOOD, Reason.NONE))


def test_hostile_values_are_counted_and_harm_nothing(hub: Hub, plant: Any) -> None:
    ua = pytest.importorskip("asyncua").ua
    port = start(hub, plant.url, nodes="ns=2;s=Power|ns=2;s=Note|ns=2;s=Many")
    until(lambda: port.counts.messages == 3)
    assert port.counts.invalid == 2  # the text and the array
    hostile = [math.nan, math.inf, "x" * 100_000, ua.Variant(None, ua.VariantType.Null), [1, 2], b"\xff"]
    hostile.append(ua.Variant(2**63, ua.VariantType.UInt64))
    for number, value in enumerate(hostile):
        plant.write("Power", value)
        until(lambda n=number: port.counts.messages == 4 + n)  # type: ignore[misc]
    plant.write("Power", 1.0, time=datetime(9999, 1, 1, tzinfo=UTC))
    plant.write("Power", 3.0)
    until(lambda: latest(hub, "Power")[0] == 3.0)
    assert port.counts.invalid == 2 + 6
    assert hub.table.counts.future == 1
    assert hub.table.counts.out_of_range == 1  # 2^63 is beyond what the instrument can measure
    assert state(hub) is FeedState.CONNECTED


def test_a_server_that_goes_and_comes_back_is_found_again(hub: Hub, plant: Any) -> None:
    start(hub, plant.url)
    until(lambda: latest(hub, "Power")[0] == 1.5)
    plant.write("Power", 5.0)
    until(lambda: latest(hub, "Power")[0] == 5.0)
    plant.stop()
    until(lambda: state(hub) is FeedState.LOST)
    assert code(hub) in {"opcua.lost", "opcua.unreachable", "opcua.refused"}
    plant.start()
    plant.write("Power", 6.0)
    until(lambda: state(hub) is FeedState.CONNECTED and latest(hub, "Power")[0] == 6.0)
    assert len(hub.table) == 2  # the streams are those from before


def test_no_more_variables_than_asked_for_are_watched(hub: Hub) -> None:
    pytest.importorskip("asyncua")
    from tests.support import opcua_server

    with opcua_server.plant(extra=250) as one:
        port = start(hub, one.url, below="ns=2;s=Plant", most="200")
        until(lambda: state(hub) is FeedState.CONNECTED)
        until(lambda: port.counts.messages == 200)
        assert findings(port) == ["opcua.too_many"]
        hub.stop("f")
    assert len(hub.table) == 200


@needs_library
@pytest.mark.parametrize(("password", "told"), [("geheim", ""), ("falsch", "opcua.password"), (None, "opcua.password")])
def test_users_and_passwords(hub: Hub, monkeypatch: pytest.MonkeyPatch, password: str | None, told: str) -> None:
    from tests.support import opcua_server

    with opcua_server.plant(needs_user=True) as one:
        url = one.url
        if password is not None:
            monkeypatch.setenv("CITYTWIN_PASSWORD_F", password)
            url = url.replace("://", "://anna@")
        port = start(hub, url)
        until(lambda: state(hub) in {FeedState.CONNECTED, FeedState.FAILED})
        assert code(hub) == told
        assert findings(port) == ([] if told else ["opcua.password_in_clear"])
        assert "geheim" not in repr([*port.findings, *port.samples])
        hub.stop("f")


def _certificate(folder: Path, name: str, uri: str) -> tuple[Path, Path]:
    from asyncua.crypto import cert_gen
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import UniformResourceIdentifier
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key = cert_gen.generate_private_key()
    use = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    made = cert_gen.generate_self_signed_app_certificate(
        key, name, {"organizationName": "t"}, [UniformResourceIdentifier(uri)], use
    )
    files = folder / f"{name}.der", folder / f"{name}.pem"
    files[0].write_bytes(made.public_bytes(Encoding.DER))
    files[1].write_bytes(cert_gen.dump_private_key_as_pem(key))
    return files


@needs_library
def test_a_signed_and_encrypted_connection_and_a_server_that_is_another(hub: Hub, tmp_path: Path) -> None:
    from asyncua import ua

    from tests.support import opcua_server

    mine, theirs = _certificate(tmp_path, "mine", "urn:mine"), _certificate(tmp_path, "theirs", "urn:theirs")

    async def prepare(server: Any) -> None:
        await server.set_application_uri("urn:theirs")
        server.set_security_policy([ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt])
        await server.load_certificate(theirs[0])
        await server.load_private_key(theirs[1])

    one = opcua_server.Plant()
    one.prepare = prepare
    with contextlib.closing(one):
        one.start()
        options = {"policy": "Basic256Sha256", "certificate": str(mine[0]), "key": str(mine[1])}
        port = start(hub, one.url, server_certificate=str(theirs[0]), **options)
        until(lambda: latest(hub, "Power")[0] == 1.5)
        assert findings(port) == []
        port = start(hub, one.url, **options)
        until(lambda: state(hub) is FeedState.CONNECTED)
        assert findings(port) == ["opcua.server_unproven"]
        start(hub, one.url, server_certificate=str(mine[0]), **options)
        until(lambda: state(hub) in {FeedState.LOST, FeedState.FAILED})
        start(hub, one.url)  # in the clear
        until(lambda: state(hub) in {FeedState.LOST, FeedState.FAILED})
        start(hub, one.url, **(options | {"key": str(tmp_path / "none.pem")}))
        until(lambda: state(hub) is FeedState.FAILED)
        assert code(hub) == "opcua.certificate"
        hub.stop("f")


def test_nodes_that_are_not_there_are_said(hub: Hub, plant: Any) -> None:
    port = start(hub, plant.url, nodes="ns=2;s=Power|ns=2;s=Gone")
    until(lambda: latest(hub, "Power")[0] == 1.5)
    assert findings(port) == ["opcua.not_watched"]
    start(hub, plant.url, nodes="ns=2;s=Gone")
    until(lambda: state(hub) is FeedState.FAILED)
    assert code(hub) == "opcua.no_node"


@needs_library
def test_a_server_that_is_not_there_is_tried_again(hub: Hub) -> None:
    start(hub, f"opc.tcp://127.0.0.1:{free_port()}")
    until(lambda: state(hub) is FeedState.LOST)
    assert code(hub) == "opcua.unreachable"


@needs_library
@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"ACKF\xff\xff\xff\xff" + b"\xff" * 64])
def test_what_is_no_opc_ua_server_is_said_to_be_none(hub: Hub, said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    from twin_app.live.opcua import talk

    monkeypatch.setattr(talk, "ANSWER_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    one, _ = server.accept()
                    with one:
                        one.recv(100)
                        one.sendall(said)
                        time.sleep(0.2)

        thread = threading.Thread(target=serve)
        thread.start()
        start(hub, f"opc.tcp://127.0.0.1:{server.getsockname()[1]}")
        until(lambda: state(hub) is FeedState.LOST)
        assert code(hub) in {"opcua.unreachable", "opcua.refused", "opcua.lost"}
        hub.stop("f")
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_stopping_is_quick_and_leaves_nothing(hub: Hub, plant: Any) -> None:
    start(hub, plant.url)
    until(lambda: state(hub) is FeedState.CONNECTED)
    before = time.monotonic()
    hub.stop("f")
    assert time.monotonic() - before < 3.0
    assert not [one for one in threading.enumerate() if one.name.startswith("feed-")]


def test_without_the_library_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from twin_app.live.feeds import opcua

    monkeypatch.setattr(opcua, "LIBRARY", "asyncua_that_nobody_has")
    with pytest.raises(CityTwinError, match=r"opcua\.not_installed") as told:
        make_feed(FeedSpec("f", "opc.tcp://h"))
    assert told.value.arguments["command"] == "pip install citytwin[opcua]"


def test_an_address_holds_its_options() -> None:
    url = "opc.tcp://anna@h/plant?nodes=ns=2;s=A%20B|ns=3;i=7&interval=0.5"
    one = address_of(FeedSpec("f", url, options={"most": "9"}))
    assert (one.url, one.user, one.interval_s, one.most) == ("opc.tcp://h:4840/plant", "anna", 0.5, 9)
    assert one.nodes == ("ns=2;s=A B", "ns=3;i=7")
    assert kind_of(url).id == "opcua"


@pytest.mark.parametrize(
    ("url", "options", "told"),
    [
        ("opc.tcp://", {}, "opcua.bad_address"),
        ("opc.tcp://h:99999", {}, "opcua.bad_address"),
        ("opc.tcp://anna:geheim@h", {}, "feed.password_in_url"),
        ("opc.tcp://h", {"wrong": "1"}, "opcua.bad_option"),
        ("opc.tcp://h", {"nodes": "Power"}, "opcua.bad_option"),
        ("opc.tcp://h", {"below": "ns=x;i=1"}, "opcua.bad_option"),
        ("opc.tcp://h", {"policy": "Basic128Rsa15"}, "opcua.bad_option"),
        ("opc.tcp://h", {"policy": "Basic256Sha256"}, "opcua.bad_option"),
        ("opc.tcp://h", {"interval": "-1"}, "live.bad_option"),
        ("opc.tcp://h?interval=nan", {}, "live.bad_option"),
    ],
)
def test_wrong_addresses_are_refused_in_words(url: str, options: dict[str, str], told: str) -> None:
    with pytest.raises(CityTwinError) as error:
        address_of(FeedSpec("f", url, options=options))
    assert error.value.code == told
    assert "geheim" not in repr(error.value.arguments) + error.value.place


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (0x00000000, (Quality.GOOD, Reason.NONE, State.MISSING)),
        (0x002F0000, (Quality.GOOD, Reason.NONE, State.MISSING)),
        (0x408F0000, (Quality.UNCERTAIN, Reason.NO_COMMUNICATION, State.MISSING)),
        (0x42090000, (Quality.UNCERTAIN, Reason.SOURCE_SAYS, State.SIMULATED)),
        (0x80310000, (Quality.BAD, Reason.NO_COMMUNICATION, State.MISSING)),
        (0x808D0400, (Quality.BAD, Reason.OUT_OF_SERVICE, State.MISSING)),
        (0x80340000, (Quality.BAD, Reason.SOURCE_SAYS, State.MISSING)),
        (0xFFFFFFFF, (Quality.BAD, Reason.SOURCE_SAYS, State.MISSING)),
    ],
)
def test_qualities_of_status_codes(status: int, told: tuple[int, int, int]) -> None:
    assert quality_of(status) == told


@pytest.mark.parametrize(
    ("namespace", "unit_id", "shown", "unit"),
    [
        (UNITS_OF_UN, 4408652, "°C", "Cel"),
        (UNITS_OF_UN, int.from_bytes(b"P1", "big"), "%", "%"),
        (UNITS_OF_UN, int.from_bytes(b"ZZZ", "big"), "m/s", "m/s"),
        ("urn:own", 4408652, "µg/m³", "ug/m3"),
        (None, -1, None, ""),
    ],
)
def test_units(namespace: str | None, unit_id: int, shown: str | None, unit: str) -> None:
    assert unit_of(namespace, unit_id, shown) == unit


ANY = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.lists(st.integers())


@given(ANY, st.integers(0, 2**32 - 1), st.none() | st.datetimes())
def test_any_value_is_read_or_refused(value: Any, status: int, moment: datetime | None) -> None:
    with contextlib.suppress(CityTwinError):
        one = observation_of("f/x", value, status, moment)
        assert math.isfinite(one.value) or one.quality == Quality.BAD


def test_the_year_1601_is_no_time() -> None:
    assert observation_of("f/x", 1, 0, datetime(1601, 1, 1, tzinfo=UTC)).time_us == NO_TIME_US
