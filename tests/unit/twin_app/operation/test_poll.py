"""Events of another system: asked for with a tag, taken once, and the loss told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from loaders.model.errors import CityTwinError
from twin_app.live.feed import Lost
from twin_app.operation.poll import EventPoll, Polled
from twin_app.operation.records import Reader
from twin_app.operation.store import EventStore

ONE = "id,class,lon,lat,time\na,event.litter,114.3,30.6,2026-11-25T08:00:00Z\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    made = EventStore(tmp_path / "events.sqlite")
    yield made
    made.close()


def poll_of(store: EventStore, answer: Callable[[httpx.Request], httpx.Response]) -> EventPoll:
    client = httpx.Client(transport=httpx.MockTransport(answer))
    return EventPoll("http://other/events", store, Reader("other"), client=client)


def csv_answer(text: str, tag: str) -> httpx.Response:
    return httpx.Response(200, text=text, headers={"content-type": "text/csv", "etag": tag})


def test_what_is_new_is_taken_once(store: EventStore) -> None:
    texts = {'"1"': ONE, '"2"': ONE + "b,event.litter,114.3,99,2026\nc,event.litter,114.3,30.6,2026-11-25\n"}
    now = ['"1"']

    def answer(request: httpx.Request) -> httpx.Response:
        same = request.headers.get("if-none-match") == now[0]
        return httpx.Response(304) if same else csv_answer(texts[now[0]], now[0])

    poll = poll_of(store, answer)
    assert poll.ask() == Polled(1)
    assert poll.ask() == Polled(0, unchanged=True)
    now[0] = '"2"'
    told = poll.ask()
    assert (told.new, [one.code for one in told.findings]) == (1, ["event.no_place"])
    assert [event.id for event in store.events()] == ["a", "c"]


@pytest.mark.parametrize(("status", "kind"), [(503, Lost), (429, Lost), (404, CityTwinError), (401, CityTwinError)])
def test_what_may_pass_is_lost_and_the_rest_fails(store: EventStore, status: int, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        poll_of(store, lambda _: httpx.Response(status)).ask()


def test_no_answer_is_a_loss_and_nonsense_is_told(store: EventStore) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(Lost) as caught:
        poll_of(store, refuse).ask()
    assert caught.value.error.code == "event.poll_failed"
    with pytest.raises(CityTwinError, match=r"event\.unreadable"):
        poll_of(store, lambda _: httpx.Response(200, text="<html>")).ask()


def test_the_loop_ends_when_it_is_stopped(store: EventStore) -> None:
    stopped, told = threading.Event(), []

    def tell(polled: Polled) -> None:
        told.append(polled)
        stopped.set()

    poll_of(store, lambda _: csv_answer(ONE, "")).run(tell, stopped)
    assert told == [Polled(1)]
