"""Messages become observations by rules, and hostile ones are counted, never raised."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from twin_app.live.mapping import MOST_BYTES, Mapping
from twin_app.live.port import Port
from twin_app.live.rules import read_rules
from twin_app.live.streams import Link, LinkKind, StreamInfo
from twin_app.live.values import NO_TIME_US, Observation, Quality, Reason, State, text_of_time, time_us_of

OURS = "dt/v1/site/AHU-1/temperature"
FILE = """
[[rule]]
topic = "city/{district}/{building}/{sensor}/{indicator}"
stream = "{building}/{sensor}/{indicator}"
value = "/data/0/value"
time = "/at"
time_format = "ms"
unit = "Cel"
indicator = "{indicator}"
interval_s = 60
range = [-50, 60]
state = "simulated"
link = { kind = "guid", target = "{building}" }
[[rule]]
topic = "where/{lon}/{lat}/#"
value = ""
link = { kind = "place", place = ["{lon}", "{lat}", 12.5] }
"""


class Sink:
    """A port whose declarations are kept."""

    def __init__(self) -> None:
        self.infos: dict[str, StreamInfo] = {}
        self.port = Port("f", self._declare, lambda: None)

    def _declare(self, infos: Any) -> None:
        self.infos |= {info.key: info for info in infos}


def taken(name: str, payload: bytes, path: str = "") -> tuple[list[Observation], Sink]:
    sink = Sink()
    Mapping(sink.port, read_rules(path)).take(name, payload)
    assert sink.port.counts.messages == 1
    return sink.port.drain(10), sink


@pytest.fixture
def mapping_file(tmp_path: Path) -> str:
    file = tmp_path / "mapping.toml"
    file.write_text(FILE, "utf-8")
    return str(file)


def test_our_own_convention_needs_no_mapping() -> None:
    payload = b'{"v":21.5,"t":"2026-11-23T12:00:00.000Z","q":"uncertain","u":"Cel","s":"simulated"}'
    (one,), sink = taken(OURS, payload)
    moment = time_us_of("2026-11-23T12:00:00Z")
    key = "f/site/AHU-1/temperature"
    assert one == (key, 21.5, moment, Quality.UNCERTAIN, Reason.SOURCE_SAYS, State.SIMULATED)
    info = sink.infos[key]
    assert (info.unit, info.indicator, info.link) == ("Cel", "temperature", Link(LinkKind.CODE, "AHU-1"))


def test_a_plain_number_is_a_value() -> None:
    (one,), _ = taken(OURS, b"-3.25")
    assert one == Observation("f/site/AHU-1/temperature", -3.25, NO_TIME_US)


def test_bad_without_a_number_is_kept_as_bad() -> None:
    (one,), _ = taken(OURS, b'{"v":null,"q":"bad"}')
    assert math.isnan(one.value)
    assert one.quality == Quality.BAD


def test_a_mapping_file_is_followed(mapping_file: str) -> None:
    payload = b'{"data":[{"value":20}],"at":1000}'
    (one,), sink = taken("city/north/3$aBc/T1/temp", payload, mapping_file)
    assert one[:3] == ("f/3$aBc/T1/temp", 20.0, 1_000_000)
    info = sink.infos["f/3$aBc/T1/temp"]
    assert (info.low, info.high, info.interval_s, info.unit) == (-50.0, 60.0, 60.0, "Cel")
    assert info.state == State.SIMULATED
    assert info.link == Link(LinkKind.GUID, "3$aBc")
    _, sink = taken("where/120.2/30.3/a/b", b"1", mapping_file)
    assert sink.infos["f/where/120.2/30.3/a/b"].link.place == (120.2, 30.3, 12.5)


@pytest.mark.parametrize(
    ("name", "payload", "code"),
    [
        (OURS, b"[" * 100_000, "feed.not_json"),
        (OURS, b'{"v":NaN}', "feed.not_json"),
        (OURS, b'{"v":1e999}', "feed.not_json"),
        (OURS, b'{"v":' + b"9" * 4000 + b"}", "feed.not_json|feed.no_number"),
        (OURS, b"1" * (MOST_BYTES + 1), "feed.too_big"),
        (OURS, b"\xff\xfe", "feed.not_json"),
        (OURS, b"", "feed.not_json"),
        (OURS, b'{"v":"21"}', "feed.no_number"),
        (OURS, b'{"v":true}', "feed.no_number"),
        (OURS, b"{}", "feed.no_number"),
        (OURS, b'{"v":1,"t":{}}', "feed.wrong_time"),
        (OURS, b'{"v":1,"t":"0001-01-01T00:00:00+23:00"}', "feed.wrong_time"),
        (OURS, b'{"v":1,"q":"fine"}', "feed.wrong_word"),
        (OURS, b'{"v":1,"u":[1]}', "feed.wrong_word"),
        ("other/x", b"1", "feed.no_rule"),
        ("dt/v1/a/b/" + "c" * 2000, b"1", "feed.name_too_long"),
    ],
)
def test_hostile_messages_are_counted(name: str, payload: bytes, code: str) -> None:
    values, sink = taken(name, payload)
    assert not values
    assert not sink.infos
    assert sink.port.counts.invalid == 1
    assert sink.port.samples[0].code in code.split("|")


def test_a_unit_that_changes_midway_is_refused() -> None:
    sink = Sink()
    mapping = Mapping(sink.port)
    for unit in ("", "Cel", "K", "Cel"):
        mapping.take(OURS, json.dumps({"v": 1, "u": unit}).encode())
    assert sink.port.counts.invalid == 1
    assert len(sink.port) == 3
    assert sink.infos["f/site/AHU-1/temperature"].unit == "Cel"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("vtqus") | st.text(), inner),
)


@given(st.text() | st.just(OURS), st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_nothing_is_ever_raised_and_everything_is_counted(name: str, payload: bytes) -> None:
    values, sink = taken(name, payload)
    assert len(values) + sink.port.counts.invalid == 1
    assert all(math.isfinite(one.value) or one.quality == Quality.BAD for one in values)


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 4_000_000_000_000))
def test_values_and_times_come_out_as_they_went_in(value: float, time_ms: int) -> None:
    (one,), _ = taken(OURS, json.dumps({"v": value, "t": text_of_time(time_ms * 1000)}).encode())
    assert (one.value, one.time_us) == (value, time_ms * 1000)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[[rule", "feed.mapping_wrong"),
        ('[[rule]]\ntopic = "a"\nvlaue = "/v"', "feed.mapping_wrong"),
        ('[[rule]]\ntopic = "a/{b}"\nstream = "{c}"', "feed.mapping_wildcard"),
        ('[[rule]]\ntopic = "a"\nvalue = "v"', "feed.mapping_pointer"),
        ('[[rule]]\ntopic = "a/#/b"', "feed.mapping_topic"),
        ('[[rule]]\ntopic = "{a}/{a}"', "feed.mapping_topic"),
        ('[[rule]]\ntopic = "a"\nrange = [2, 1]', "feed.mapping_range"),
        ('[[rule]]\ntopic = "a"\nlink = { kind = "place" }', "feed.mapping_place"),
    ],
)
def test_wrong_mapping_files_are_told(tmp_path: Path, text: str, code: str) -> None:
    file = tmp_path / "m.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(CityTwinError) as caught:
        read_rules(str(file))
    assert caught.value.code == code
    with pytest.raises(CityTwinError, match="mapping_unreadable"):
        read_rules(str(tmp_path / "none.toml"))


def test_a_message_is_cheap() -> None:
    mapping = Mapping(Sink().port)
    payload = b'{"v":21.5,"t":"2026-11-23T12:00:00.000Z","q":"good","u":"Cel"}'
    start_s = time.thread_time()
    for _ in range(20_000):
        mapping.take(OURS, payload)
    assert (time.thread_time() - start_s) / 20_000 < 60e-6  # about 6 µs where nothing else runs
