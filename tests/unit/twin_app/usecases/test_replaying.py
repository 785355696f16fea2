"""A recording in a project is scrubbed, hurried and looped by what people type."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from loaders.model.errors import CityTwinError
from tests.unit.twin_app.live.test_replay import recorded
from twin_app.live.feed import FeedSpec
from twin_app.live.feeds.replay import ReplayFeed
from twin_app.services.settings import Settings
from twin_app.usecases import replaying
from twin_app.usecases.workbench import Workbench, new_workbench


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10.0
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Workbench]:
    made = new_workbench(Settings())
    made.live.put(FeedSpec("r", str(recorded(tmp_path / "one.ctrec")), options={"speed": "0.5"}))
    made.current_feed_id = "r"
    until(lambda: replaying.played(made) is not None and len(made.live.table) == 1)
    yield made
    made.live.close()
    made.jobs.shutdown()


def value(workbench: Workbench) -> float:
    return float(workbench.live.table.latest().value[0])


@pytest.mark.parametrize(
    ("text", "wanted"), [("50 %", 30.0), ("100%", 59.0), (datetime.fromtimestamp(1_020).isoformat(), 20.0)]
)
def test_another_place_of_it_is_played(workbench: Workbench, text: str, wanted: float) -> None:
    replaying.go(workbench, text)
    until(lambda: value(workbench) == wanted)


def test_speed_and_loop_hold_at_once_and_for_the_next_time(workbench: Workbench) -> None:
    replaying.play_at(workbench, "200×")
    replaying.switch_loop(workbench)
    feed = workbench.live.feed("r")
    assert isinstance(feed, ReplayFeed)
    assert (feed.speed, feed.loop) == (200.0, True)
    assert workbench.live.specs()[0].options == {"speed": "200", "loop": "yes"}
    assert workbench.project.dirty
    until(lambda: value(workbench) == 59.0)
    until(lambda: value(workbench) < 30.0)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda w: replaying.go(w, "somewhere"), "time.no_place"),
        (lambda w: replaying.go(w, "25:99"), "time.no_place"),
        (lambda w: replaying.go(w, "2001-01-01"), "time.outside"),
        (lambda w: replaying.go(w, "101 %"), "time.outside"),
        (lambda w: replaying.play_at(w, "fast"), "time.no_speed"),
        (lambda w: replaying.play_at(w, "0"), "time.no_speed"),
        (lambda w: replaying.play_at(w, "inf"), "time.no_speed"),
    ],
)
def test_what_makes_no_sense_is_said(workbench: Workbench, call: Callable[[Workbench], None], code: str) -> None:
    with pytest.raises(CityTwinError) as caught:
        call(workbench)
    assert caught.value.code == code


def test_only_what_plays_is_scrubbed(workbench: Workbench) -> None:
    workbench.live.enable("r", False)
    with pytest.raises(CityTwinError) as caught:
        replaying.go(workbench, "50 %")
    assert caught.value.code == "time.none_played"
    workbench.live.put(FeedSpec("r", workbench.live.specs()[0].url, options={"speed": "0.001", "time": "original"}))
    with pytest.raises(CityTwinError) as caught:
        replaying.go(workbench, "50 %")
    assert caught.value.code == "time.original"
