"""The table of latest values: what is stored, what is kept beside it, what is dropped."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twin_app.live.streams import Link, LinkKind, StreamInfo
from twin_app.live.table import LatestTable
from twin_app.live.values import NO_TIME_US, Observation, Quality, Reason, State

T0 = 1_700_000_000_000_000
S = 1_000_000


class Clocks:
    def __init__(self) -> None:
        self.wall_us, self.steady_s = T0, 100.0

    def table(self) -> LatestTable:
        return LatestTable(monotonic_s=lambda: self.steady_s, clock_us=lambda: self.wall_us)


def at(key: str, value: float, seconds: float, **more: int) -> Observation:
    return Observation(key, value, T0 + round(seconds * S), **more)


def test_the_newest_by_source_time_wins_in_whatever_order_values_come() -> None:
    table = Clocks().table()
    kept = table.accept([at("a/x", 3.0, -1), at("a/x", 1.0, -3), at("a/x", 2.0, -2)])
    assert len(kept) == 3
    kept = table.accept([at("a/x", 9.0, -2.5)])
    assert len(kept) == 1  # late, and still part of the history
    assert table.latest().value.tolist() == [3.0]
    assert table.counts.late == 1


@given(st.permutations([(t, float(t)) for t in range(8)]), st.integers(1, 8))
def test_any_order_in_any_cutting_gives_the_same_latest(times: list[tuple[int, float]], cut: int) -> None:
    table = Clocks().table()
    for start in range(0, 8, cut):
        table.accept([at("a/x", value, time - 10) for time, value in times[start : start + cut]])
    assert table.latest().value.tolist() == [7.0]
    assert table.counts.accepted == 8


def test_nonsense_is_counted_and_dropped() -> None:
    table = Clocks().table()
    table.accept([at("a/x", 5.0, -1)])
    kept = table.accept([at("a/x", math.nan, 0), at("a/x", math.inf, 0), at("a/x", 6.0, 61), at("a/x", 5.0, -1)])
    assert len(kept) == 0
    assert (table.counts.not_a_number, table.counts.future, table.counts.doubled) == (2, 1, 1)
    assert table.latest().value.tolist() == [5.0]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_what_is_doubled_within_a_batch_is_kept_once(numbers: list[int]) -> None:
    table = Clocks().table()
    kept = table.accept([at("a/x", float(number), number - 10) for number in numbers])
    assert sorted(kept.values.tolist()) == sorted(map(float, set(numbers)))
    assert table.counts.doubled == len(numbers) - len(set(numbers))
    first = {float(number): numbers.index(number) for number in set(numbers)}
    assert kept.values.tolist() == sorted(first, key=lambda value: first[value])


def test_the_same_value_without_a_time_is_news() -> None:
    table = Clocks().table()
    assert len(table.accept([Observation("a/x", 1.0), Observation("a/x", 1.0)])) == 2


def test_bad_without_a_number_keeps_the_last_number_and_says_bad() -> None:
    table = Clocks().table()
    table.accept([at("a/x", 5.0, -1)])
    table.accept([at("a/x", math.nan, 0, quality=Quality.BAD, reason=Reason.SENSOR_FAILURE)])
    latest = table.latest()
    assert latest.value.tolist() == [5.0]
    assert latest.quality.tolist() == [Quality.BAD]
    assert latest.reason.tolist() == [Reason.SENSOR_FAILURE]


def test_impossible_values_are_bad_and_units_are_converted_first() -> None:
    table = Clocks().table()
    table.declare([StreamInfo("a/x", factor=0.001, offset=1.0, low=0.0, high=10.0)])
    table.accept([at("a/x", 9_500.0, -1)])
    assert (table.latest().value.tolist(), table.latest().quality.tolist()) == ([10.5], [Quality.BAD])
    assert table.latest().reason.tolist() == [Reason.OUT_OF_RANGE]


def test_stale_goes_by_the_steady_clock_and_by_the_delay_of_the_source() -> None:
    clocks = Clocks()
    table = clocks.table()
    table.declare([StreamInfo("a/x", interval_s=10.0), StreamInfo("a/y", interval_s=10.0)])
    table.accept([at("a/x", 1.0, 0), at("a/y", 1.0, -29)])
    clocks.wall_us -= 3600 * S  # the clock set back
    clocks.steady_s += 5.0
    latest = table.latest()
    assert latest.reason.tolist() == [Reason.NONE, Reason.STALE]
    assert latest.age_s.tolist() == [5.0, 34.0]
    clocks.steady_s += 30.0
    assert table.latest().quality.tolist() == [Quality.UNCERTAIN] * 2


def test_what_never_came_is_missing() -> None:
    table = Clocks().table()
    table.declare([StreamInfo("a/x", interval_s=1.0)])
    latest = table.latest()
    assert np.isnan(latest.value).all()
    assert latest.state.tolist() == [State.MISSING]
    assert not latest.usable.any()
    assert latest.source_us.tolist() == [NO_TIME_US]


def test_simulated_stays_simulated() -> None:
    table = Clocks().table()
    table.declare([StreamInfo("a/x", state=State.SIMULATED), StreamInfo("a/y")])
    table.accept([at("a/x", 1.0, 0, state=State.MEASURED), at("a/y", 1.0, 0, state=State.SIMULATED)])
    assert table.latest().state.tolist() == [State.SIMULATED] * 2


def test_changed_rows_are_told_once() -> None:
    table = Clocks().table()
    table.declare([StreamInfo(f"a/{n}") for n in range(3000)])
    table.accept([at("a/2999", 1.0, 0), at("a/7", 1.0, 0)])
    assert table.take_dirty().tolist() == [7, 2999]
    assert table.take_dirty().tolist() == []


def test_values_without_a_time_take_that_of_their_coming_and_repeat_freely() -> None:
    table = Clocks().table()
    assert len(table.accept([Observation("a/x", 1.0)])) == 1
    assert len(table.accept([Observation("a/x", 1.0)])) == 1
    assert table.latest().source_us.tolist() == [T0]


def test_what_a_person_bound_counts_for_more_than_what_feeds_say() -> None:
    by_feed, by_hand = Link(LinkKind.CODE, "AHU-1"), Link(LinkKind.GUID, "g")
    table = LatestTable()
    table.bind("f/early", by_hand)  # before its feed runs
    table.declare([StreamInfo("f/early", link=by_feed), StreamInfo("f/a", link=by_feed)])
    table.bind("f/a", by_hand)
    assert [info.link for info in table.infos()] == [by_hand, by_hand]
    later = Link(LinkKind.CODE, "AHU-2")
    table.declare([StreamInfo("f/a", "named", link=later)])
    assert (table.info(1).name, table.info(1).link) == ("named", by_hand)
    table.bind("f/a", Link(LinkKind.GUID, "h"))
    assert table.bound() == {"f/early": by_hand, "f/a": Link(LinkKind.GUID, "h")}
    for key in ("f/a", "f/early", "f/nobody"):
        table.bind(key, None)
    assert [info.link for info in table.infos()] == [by_feed, later]
    assert table.bound() == {}
