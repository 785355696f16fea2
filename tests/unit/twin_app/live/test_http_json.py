"""JSON asked for again and again from a real server: ETags, items by name, rubbish, errors."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loaders.model.errors import CityTwinError
from tests.support.waiting import until
from tests.support.web_server import Answer, Asked, serving
from twin_app.live.feed import FeedSpec, FeedState
from twin_app.live.feeds.registry import kind_of, make_feed
from twin_app.live.hub import Hub
from twin_app.live.port import Port
from twin_app.live.values import State

RULES = """
[[rule]]
topic = "api/{kind}/{id}"
value = "/reading/now"
time = "/at"
time_format = "s"
stream = "{id}"
unit = "Cel"
interval_s = 60
link = { kind = "code", target = "{id}" }
"""


@pytest.fixture
def hub() -> Iterator[Hub]:
    one = Hub()
    yield one
    one.close()


def start(hub: Hub, url: str, mapping: str = "", **options: str) -> Port:
    hub.start("f", make_feed(FeedSpec("f", url, mapping=mapping, options={"interval": "0.02", **options})))
    port = hub.port("f")
    assert port is not None
    return port


def test_what_has_not_changed_is_not_sent_again(hub: Hub) -> None:
    asked: list[Asked] = []

    def answer(one: Asked) -> Answer:
        asked.append(one)
        tag = '"a"' if len(asked) < 10 else '"b"'
        if one.headers.get("if-none-match") == tag:
            return Answer(b"", 304, {"ETag": tag})
        return Answer({"value": len(asked), "unit": "Cel", "time": "2026-11-23T12:00:00Z"}, headers={"ETag": tag})

    with serving(answer) as base:
        start(hub, f"{base}air/now?station=7")
        until(lambda: len(asked) > 14 and hub.table.counts.accepted >= 2)
        hub.stop("f")
    assert {one.query["station"] for one in asked} == {"7"}
    assert [one.headers.get("if-none-match") for one in asked[:2]] == [None, '"a"']
    [info] = hub.table.infos()
    assert (info.key, info.unit) == ("f/air/now", "Cel")
    assert hub.table.latest().value.tolist() == [10.0]


def test_items_of_an_array_are_streams_by_a_mapping(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES, "utf-8")
    good = [{"tag": f"T{n}", "reading": {"now": n}, "at": time.time()} for n in range(3)]
    document = {"data": {"list": [*good, {"reading": {"now": 1}}, {"tag": "T9"}, 5]}}
    with serving(lambda _: Answer(document)) as base:
        port = start(
            hub, f"{base}api/air", str(tmp_path / "rules.toml"), items="/data/list", name="/tag", interval="60"
        )
        until(lambda: hub.table.counts.accepted == 3)
        hub.stop("f")
    assert [info.key for info in hub.table.infos()] == ["f/T0", "f/T1", "f/T2"]
    assert hub.table.info(1).link.target == "T1"
    assert (port.counts.messages, port.counts.invalid) == (6, 3)
    assert {one.code for one in port.samples} == {"feed.item_unnamed", "feed.no_number"}


def test_items_of_an_object_and_of_a_bare_array(hub: Hub) -> None:
    documents: dict[str, Any] = {
        "/object": {"now": {"a": {"value": 1, "state": "simulated"}, "b": {"value": 2}}},
        "/array": [{"id": 7, "value": 3}],
    }
    with serving(lambda one: Answer(documents[one.path])) as base:
        start(hub, f"{base}object", items="/now", interval="60")
        until(lambda: hub.table.counts.accepted == 2)
        start(hub, f"{base}array", interval="60")
        until(lambda: hub.table.counts.accepted == 3)
        hub.stop("f")
    assert [info.key for info in hub.table.infos()] == ["f/object/a", "f/object/b", "f/array/7"]
    assert hub.table.latest().state.tolist() == [State.SIMULATED, State.MEASURED, State.MEASURED]


def test_rubbish_is_counted_and_the_next_answer_is_read(hub: Hub) -> None:
    answers = iter([b"<html>", b"[" * 5000, b'{"value": 1e999}', b"\xff", b"", b"null", b'{"value": 4}'])
    last = Answer(b'{"value": 5}')
    with serving(lambda _: Answer(found) if (found := next(answers, None)) is not None else last) as base:
        port = start(hub, f"{base}now")
        until(lambda: hub.table.counts.accepted >= 2)
        assert hub.feeds()["f"].state is FeedState.CONNECTED
        hub.stop("f")
    assert port.counts.invalid == 6


@pytest.mark.parametrize(
    ("status", "state", "code"),
    [(401, FeedState.FAILED, "web.denied"), (404, FeedState.FAILED, "web.refused"), (503, FeedState.LOST, "web.busy")],
)
def test_refusals_are_told(hub: Hub, status: int, state: FeedState, code: str) -> None:
    with serving(lambda _: Answer({}, status)) as base:
        start(hub, f"{base}now")
        until(lambda: hub.feeds()["f"].state is state)
        error = hub.feeds()["f"].error
        hub.stop("f")
    assert error is not None
    assert error.code == code


@pytest.mark.parametrize("options", [{"items": "x"}, {"name": "a/b"}, {"interval": "0"}, {"colour": "red"}])
def test_wrong_options_are_told(options: dict[str, str]) -> None:
    assert kind_of("https://server/x").id == "http_json"
    with pytest.raises(CityTwinError, match=r"live\."):
        make_feed(FeedSpec("f", "https://server/x", options=options))
