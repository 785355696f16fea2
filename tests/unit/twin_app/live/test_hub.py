"""Feeds as loops: they are run, run again after a loss, and ended; what they bring reaches table and listeners."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from loaders.model.errors import CityTwinError
from tests.support.waiting import until
from twin_app.live import port as ports
from twin_app.live.batch import Batch
from twin_app.live.feed import FeedState, FeedStatus, Lost
from twin_app.live.hub import Hub
from twin_app.live.port import Port
from twin_app.live.values import Observation


class Loop:
    """A feed that does as it is told, one call of `run` after the other."""

    def __init__(self, *turns: Callable[[Port, threading.Event], None]) -> None:
        self.turns = list(turns)

    def run(self, port: Port, stopped: threading.Event) -> None:
        port.connected()
        self.turns.pop(0)(port, stopped)


def lose(_port: Port, _stopped: threading.Event) -> None:
    raise Lost(CityTwinError("live.lost", "there"))


def give(*values: float) -> Callable[[Port, threading.Event], None]:
    def turn(port: Port, _stopped: threading.Event) -> None:
        for value in values:
            port.put(Observation("f/x", value))

    return turn


def test_a_lost_feed_comes_back_and_its_values_arrive() -> None:
    hub, batches, told = Hub(), [], []
    hub.on_batch.append(batches.append)
    hub.status_changed.connect(lambda feed, status: told.append((feed, status.state)))
    hub.start("f", Loop(give_and(lose, 1.0), give(2.0, 3.0)))
    until(lambda: hub.feeds()["f"].state is FeedState.ENDED)
    hub.close()
    assert [value for batch in batches for value in batch.values] == [1.0, 2.0, 3.0]
    assert [state for _, state in told] == ["connected", "lost", "connecting", "connected", "ended"]


def give_and(then: Callable[[Port, threading.Event], None], *values: float) -> Callable[[Port, threading.Event], None]:
    def turn(port: Port, stopped: threading.Event) -> None:
        give(*values)(port, stopped)
        then(port, stopped)

    return turn


@pytest.mark.parametrize("mistake", [CityTwinError("live.denied", "there"), ZeroDivisionError("a / 0")])
def test_what_trying_again_would_not_help_ends_the_feed_visibly(mistake: Exception) -> None:
    def fail(_port: Port, _stopped: threading.Event) -> None:
        raise mistake

    hub = Hub()
    hub.start("f", Loop(fail))
    until(lambda: hub.feeds()["f"].state is FeedState.FAILED)
    error = hub.feeds()["f"].error
    assert error is not None
    assert error.code in {"live.denied", "app.unexpected"}
    hub.close()


def test_stopping_ends_the_thread_and_keeps_what_came() -> None:
    def wait(port: Port, stopped: threading.Event) -> None:
        port.put(Observation("f/x", 7.0))
        stopped.wait()

    hub, batches = Hub(beat_s=60.0), []
    hub.on_batch.append(batches.append)
    hub.start("f", Loop(wait))
    until(lambda: len(hub.port("f") or ()) == 1)
    hub.stop("f")
    assert hub.table.latest().value.tolist() == [7.0]
    assert hub.feeds() == {}
    hub.start("f", Loop(give(8.0)))
    until(lambda: hub.feeds() == {"f": FeedStatus(FeedState.ENDED)})
    hub._closed.set()  # its long beat must not hold the test up
    hub.close()
    assert isinstance(batches[0], Batch)


def test_what_is_too_much_is_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "MOST_WAITING", 3)
    port = Port("f", lambda infos: infos, lambda: None)
    for value in range(5):
        port.put(Observation("f/x", float(value)))
    assert [one.value for one in port.drain(10)] == [0.0, 1.0, 2.0]
    assert port.counts.dropped == 2
