"""Districts ranked by what streams and people tell of them; a value against the one before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from twin_app.indicators.definitions import Direction
from twin_app.live.streams import Link, LinkKind, StreamInfo
from twin_app.live.values import Observation, Quality, Reason, State
from twin_app.services.project import DeclaredRecord
from twin_app.services.settings import Settings
from twin_app.usecases.districts import district_words, districts, since_words
from twin_app.usecases.indicator_board import Board
from twin_app.usecases.workbench import Workbench, new_workbench

STATIONS = "plan.5g_stations"


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    made = new_workbench(Settings(), "en")
    areas = ("武昌区", "江岸区", "洪山区")
    infos = [StreamInfo(f"f/{n}", area, "", STATIONS, link=Link(LinkKind.AREA, area)) for n, area in enumerate(areas)]
    made.live.table.declare([*infos, StreamInfo("f/9", "all", "", STATIONS)])
    bad = Observation("f/2", 99.0, quality=Quality.BAD, reason=Reason.SENSOR_FAILURE)
    made.live.table.accept([Observation("f/0", 30.0, state=State.SIMULATED), Observation("f/1", 35.0), bad])
    made.project.declared = [
        DeclaredRecord(STATIONS, 40.0, "", "me", "a book", "2025-06-01", "青山区"),
        DeclaredRecord(STATIONS, 50.0, "", "me", "a book", "2095-06-01", "新洲区"),
        DeclaredRecord(STATIONS, 60.0, "", "me", "a book", "2025-06-01"),
    ]
    yield made
    made.live.close()
    made.jobs.shutdown()


def test_districts_are_ranked_and_those_without_a_good_value_are_named(workbench: Workbench) -> None:
    board = Board(workbench)
    one = board.indicator(STATIONS)
    assert one is not None
    found = districts(workbench, board, one)
    assert [(place.name, place.rank) for place in found] == [
        ("青山区", 1),
        ("江岸区", 2),
        ("武昌区", 3),
        ("洪山区", None),
        ("新洲区", None),  # what is stated of a time to come is not known yet
    ]
    words = [district_words(workbench.tr, one, place) for place in found]
    assert words[0].startswith("1. 青山区: 40")
    assert words[2].endswith("· Simulated")
    assert words[3].endswith("· Sensor failure")
    assert words[4] == "– 新洲区: Missing"
    lower = replace(one, direction=Direction.LOWER)
    assert [place.name for place in districts(workbench, board, lower)][:3] == ["武昌区", "江岸区", "青山区"]


def test_a_value_is_told_against_the_one_before(workbench: Workbench) -> None:
    one = Board(workbench).indicator(STATIONS)
    assert one is not None
    told = since_words(workbench.tr, one, [(2, 33.0), (1, 30.0), (0, 99.0)])
    assert told.startswith("+3")
    assert told.endswith("(+10.0 %), better")
    assert since_words(workbench.tr, one, [(1, 30.0)]) == ""
    assert since_words(workbench.tr, replace(one, direction=Direction.LOWER), [(1, 30.0), (2, 33.0)]).endswith("worse")
