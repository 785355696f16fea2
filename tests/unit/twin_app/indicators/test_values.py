"""Values of indicators: gathered from streams, stated by people, told with their origin."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from twin_app.indicators.declared import checked, declared_value
from twin_app.indicators.definitions import Gathering, Indicator, Level, Threshold, Words
from twin_app.indicators.values import (
    ValueRecord,
    alarm_level,
    best_value,
    conversion,
    gathered,
)
from twin_app.live.streams import Link, LinkKind, StreamInfo
from twin_app.live.table import LatestTable
from twin_app.live.values import Observation, Quality, Reason, State, time_us_of
from twin_app.services.project import DeclaredRecord

T0 = 1_700_000_000_000_000
S = 1_000_000
ONE = Indicator("i", Words("指标", "One"), "m", low=0.0, high=100.0, interval_s=10.0)


def rows_of(table: LatestTable, one: Indicator, area: str | None = None) -> np.ndarray:
    """Rows (n,) of the streams of an indicator; ``area``: only those linked to that place by name."""
    rows = [
        row
        for row, info in enumerate(table.infos())
        if info.indicator == one.streams and (area is None or info.link.target == area)
    ]
    return np.array(rows, np.int64)


def streamed_value(table: LatestTable, one: Indicator, rows: np.ndarray | None = None) -> ValueRecord:
    """The value of an indicator from its streams, or from ``rows`` of them; values there are in its unit."""
    rows = rows_of(table, one) if rows is None else rows
    latest = table.latest(rows)
    return gathered(one, latest, [table.info(int(row)).key for row in rows])


class City:
    """A table with two clocks to turn and streams of one indicator."""

    def __init__(self, *states: State, one: Indicator = ONE) -> None:
        self.now_s = 0.0
        self.one = one
        self.table = LatestTable(monotonic_s=lambda: self.now_s, clock_us=lambda: T0 + round(self.now_s * S))
        infos = [
            StreamInfo(
                f"f/{n}",
                indicator=one.streams,
                link=Link(LinkKind.AREA, f"区{n % 2}"),
                state=state,
                interval_s=one.interval_s,
                low=one.low,
                high=one.high,
            )
            for n, state in enumerate(states)
        ]
        self.table.declare(infos)

    def tell(self, number: int, value: float, seconds: float, quality: Quality = Quality.GOOD) -> None:
        self.table.accept([Observation(f"f/{number}", value, T0 + round(seconds * S), quality)])

    def value(self, gathering: Gathering = Gathering.MEAN) -> ValueRecord:
        return streamed_value(self.table, dataclasses.replace(self.one, gathering=gathering))


@pytest.mark.parametrize(
    ("gathering", "expected"),
    [
        (Gathering.MEAN, 4.0),
        (Gathering.SUM, 12.0),
        (Gathering.MIN, 1.0),
        (Gathering.MAX, 9.0),
        (Gathering.COUNT, 3.0),
        (Gathering.LAST, 2.0),
    ],
)
def test_many_streams_are_one_value(gathering: Gathering, expected: float) -> None:
    city = City(*[State.MEASURED] * 4)
    for number, (value, seconds) in enumerate([(1.0, -3), (9.0, -2), (2.0, -1)]):
        city.tell(number, value, seconds)
    found = city.value(gathering)
    assert (found.value, found.good, found.total) == (expected, 3, 4)
    assert found.state == (State.MEASURED if gathering == Gathering.LAST else State.COMPUTED)
    assert found.age_s == pytest.approx(1.0 if gathering == Gathering.LAST else 3.0)


def test_without_a_value_it_is_missing_and_never_zero() -> None:
    found = City(State.MEASURED, State.SIMULATED).value(Gathering.SUM)
    assert found.missing
    assert math.isnan(found.value)
    assert (found.state, found.good, found.total, found.age_s) == (State.MISSING, 0, 2, math.inf)


def test_only_good_ones_count_and_stale_ones_where_there_is_no_better() -> None:
    city = City(*[State.MEASURED] * 3)
    city.tell(0, 1.0, 0)
    city.tell(1, 50.0, 0, Quality.BAD)
    assert (city.value().value, city.value().good) == (1.0, 1)
    city.now_s = 31.0
    city.tell(2, 7.0, 31)
    assert (city.value().value, city.value().good, city.value().quality) == (7.0, 1, Quality.GOOD)
    city.now_s = 70.0
    found = city.value()
    assert (found.value, found.good, found.quality, found.reason) == (4.0, 0, Quality.UNCERTAIN, Reason.STALE)


def test_one_simulated_stream_makes_the_sum_simulated() -> None:
    city = City(State.MEASURED, State.SIMULATED, State.MEASURED)
    city.tell(0, 1.0, 0)
    assert city.value().state == State.MEASURED
    city.tell(1, 1.0, 0)
    assert city.value().state == State.SIMULATED


@given(st.lists(st.floats(0, 100), min_size=1, max_size=9), st.integers(0, 8))
def test_gathering_agrees_with_plain_sums_and_forgets_no_stamp(values: list[float], simulated: int) -> None:
    states = [State.SIMULATED if n == simulated else State.MEASURED for n in range(len(values))]
    city = City(*states)
    for number, value in enumerate(values):
        city.tell(number, value, 0)
    found = city.value(Gathering.SUM)
    assert found.value == pytest.approx(math.fsum(values))
    assert (found.state == State.SIMULATED) == (simulated < len(values))


def test_streams_of_a_district_alone() -> None:
    city = City(*[State.MEASURED] * 4)
    for number in range(4):
        city.tell(number, float(number), 0)
    assert streamed_value(city.table, ONE, rows_of(city.table, ONE, "区1")).value == 2.0


def test_a_stream_is_told_in_the_indicators_unit_where_it_can_be() -> None:
    assert conversion(StreamInfo("f/x", unit="cm"), ONE) == (0.01, 0.0)
    assert conversion(StreamInfo("f/x"), ONE) == (1.0, 0.0)
    assert conversion(StreamInfo("f/x", unit="s"), ONE) is None


def stated(value: float, at: str, **more: str) -> DeclaredRecord:
    fields = {"unit": "", "who": "王工", "source": "统计公报", "area": ""} | more
    return DeclaredRecord("i", value, at=at, **fields)


NOW = time_us_of("2026-01-01T00:00:20Z")


def test_the_newest_statement_until_now_counts() -> None:
    records = [
        stated(5.0, "2026-01-01T00:00:00Z"),
        stated(700.0, "2026-01-01T08:00:10+08:00", unit="cm"),
        stated(9.0, "2026-01-01T00:00:30Z"),
        stated(1.0, "2026-01-01T00:00:15Z", area="武昌区"),
    ]
    found, findings = declared_value(ONE, records, NOW)
    assert findings == []
    assert (found.value, found.state, found.age_s, found.provenance) == (7.0, State.DECLARED, 10.0, "王工; 统计公报")
    assert declared_value(ONE, records, NOW, "武昌区")[0].value == 1.0
    assert declared_value(ONE, [], NOW)[0].missing


def test_statements_age_and_are_judged_like_streams() -> None:
    old, _ = declared_value(ONE, [stated(5.0, "2025-12-31T23:59:00Z")], NOW)
    assert (old.quality, old.reason) == (Quality.UNCERTAIN, Reason.STALE)
    wrong, _ = declared_value(ONE, [stated(500.0, "2026-01-01T00:00:19Z")], NOW)
    assert (wrong.quality, wrong.reason, wrong.good) == (Quality.BAD, Reason.OUT_OF_RANGE, 0)
    none, findings = declared_value(ONE, [stated(1.0, "yesterday"), stated(1.0, "2026-01-01", unit="s")], NOW)
    assert none.missing
    assert [finding.code for finding in findings] == ["indicator.bad_time", "unit.unlike"]


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (stated(5.0, "2026-01-01", who=" "), "no_author"),
        (stated(5.0, "2026-01-01", source=""), "no_source"),
        (stated(5.0, "soon"), "bad_time"),
        (stated(101.0, "2026-01-01"), "impossible"),
        (stated(math.nan, "2026-01-01"), "impossible"),
    ],
)
def test_what_cannot_be_stated(record: DeclaredRecord, code: str) -> None:
    assert checked(ONE, stated(5.0, "2026-01-01")).value == 5.0
    with pytest.raises(CityTwinError, match=rf"indicator\.{code}"):
        checked(ONE, record)


def test_real_before_simulated_good_before_bad_new_before_old() -> None:
    declared = ValueRecord(1.0, state=State.DECLARED, source_us=5)
    simulated = ValueRecord(2.0, state=State.SIMULATED, source_us=9)
    newer = dataclasses.replace(declared, source_us=6)
    bad = dataclasses.replace(newer, quality=Quality.BAD)
    assert best_value([simulated, declared]) is declared
    assert best_value([declared, newer, bad]) is newer
    assert best_value([ValueRecord(), simulated]) is simulated


@pytest.mark.parametrize(
    ("value", "level"), [(1.0, Level.LL), (2.5, Level.L), (5.0, None), (8.0, Level.H), (20.0, Level.HH)]
)
def test_the_outermost_limit_is_told(value: float, level: Level | None) -> None:
    limits = tuple(Threshold(one, at) for one, at in ((Level.LL, 2), (Level.L, 3), (Level.H, 8), (Level.HH, 9)))
    one = dataclasses.replace(ONE, thresholds=limits)
    assert alarm_level(one, ValueRecord(value, state=State.MEASURED)) == level
    assert alarm_level(one, ValueRecord()) is None
