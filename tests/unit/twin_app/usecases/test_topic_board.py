"""Streams side by side: only good ones are ranked and counted, whatever else is there is named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin_app.live.streams import StreamInfo
from twin_app.live.values import Observation, Quality, Reason, State, now_us
from twin_app.services.settings import Settings
from twin_app.usecases.topic_board import (
    Band,
    Entry,
    TopicBoard,
    TopicView,
    band_words,
    condition_words,
    distribution,
    ranked,
    value_words,
)
from twin_app.usecases.workbench import Workbench, new_workbench


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    made = new_workbench(Settings(), "en")
    names = ("甲 · Load", "乙 · Load", "丙 · Load", "丁 · Load", "戊 · Load")
    made.live.table.declare([StreamInfo(f"f/{n}", name, "kW") for n, name in enumerate(names)])
    made.live.table.declare([StreamInfo("f/x", "甲 · Heat", "kW"), StreamInfo("f/3", names[3], "kW", interval_s=1.0)])
    told = [
        Observation("f/0", 5.0),
        Observation("f/1", 9.0, state=State.SIMULATED),
        Observation("f/2", 7.0, quality=Quality.BAD, reason=Reason.SENSOR_FAILURE),
        Observation("f/3", 8.0, now_us() - 300_000_000),
        Observation("f/x", 1.0),
    ]
    made.live.table.accept(told)
    yield made
    made.live.close()
    made.jobs.shutdown()


def test_a_topic_ranks_the_good_and_says_what_is_wrong_with_the_rest(workbench: Workbench) -> None:
    board = TopicBoard(workbench)
    assert board.topics() == ["Load [kW]", "Heat [kW]"]
    assert board.title("Load [kW]") == "Load · kW"
    view = board.view("Load [kW]")
    assert [(one.name, one.rank) for one in view.entries] == [
        ("甲", 2),
        ("乙", 1),
        ("丙", None),
        ("丁", None),
        ("戊", None),
    ]
    assert (view.good, len(view.entries), view.is_simulated, view.largest) == (2, 5, True, 9.0)
    told = [condition_words(workbench.tr, one) for one in view.entries]
    assert told[:2] == ["", ""]
    assert told[2].startswith("Sensor failure, ")
    assert told[3] == "Stale, 5 min old"
    assert told[4] == "No value yet"
    assert [value_words(workbench.tr, one) for one in view.entries[-2:]] == ["8 kW", "Missing"]
    turned = board.view("Load [kW]", turned=True)
    assert [one.rank for one in turned.entries[:2]] == [1, 2]
    assert turned.lowest_first


def test_new_streams_and_values_are_seen(workbench: Workbench) -> None:
    board = TopicBoard(workbench)
    assert len(board.view("Load [kW]").entries) == 5
    workbench.live.table.declare([StreamInfo("f/9", "己 · Load", "kW")])
    workbench.live.table.accept([Observation("f/9", 10.0)])
    assert [(one.name, one.rank) for one in board.view("Load [kW]").entries][-1] == ("己", 1)
    assert board.view("nothing").entries == ()


def entry(row: int, value: float, quality: Quality = Quality.GOOD) -> Entry:
    return Entry(row, str(row), "kW", value, State.MEASURED, quality, Reason.NONE, 1.0, False)


def test_equal_values_share_a_rank() -> None:
    found = ranked([entry(0, 1.0), entry(1, 3.0), entry(2, 3.0), entry(3, 2.0)])
    assert [one.rank for one in found] == [4, 1, 1, 3]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_every_good_value_is_in_one_class_and_no_other_is(values: list[float]) -> None:
    entries = [entry(row, value) for row, value in enumerate(values)] + [entry(999, 0.0, Quality.BAD)]
    bands = distribution(TopicView("t", "t", "kW", tuple(entries)))
    counted = sorted(row for band in bands for row in band.rows)
    assert counted == list(range(len(values)))
    assert len(bands) <= 14
    for band in bands:
        slack = 1e-6 * max(1.0, abs(band.low), abs(band.high))
        assert all(band.low - slack <= values[row] <= band.high + slack for row in band.rows)


def test_without_good_values_there_are_no_classes() -> None:
    assert distribution(TopicView("t", "t", "kW", (entry(0, 1.0, Quality.BAD),))) == []


def test_a_class_says_its_bounds_and_how_many(workbench: Workbench) -> None:
    assert band_words(workbench.tr, Band(120.0, 140.0, (1, 2)), "kW") == "120 – 140 kW: 2"
