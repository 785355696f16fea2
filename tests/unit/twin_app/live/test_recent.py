"""Recent observations: kept in order, by stream, the oldest going first."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twin_app.live.batch import batch_of
from twin_app.live.recent import Recent
from twin_app.live.values import Observation, Quality


def observed(*given: tuple[int, int, float]) -> tuple[list[int], list[Observation]]:
    return [row for row, _, _ in given], [Observation("", value, time) for _, time, value in given]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50), st.floats(-9, 9)), max_size=60), st.integers(1, 7))
def test_each_stream_has_its_own_values_in_time(values: list[tuple[int, int, float]], cut: int) -> None:
    recent = Recent(most=1000, block=5)
    for start in range(0, len(values), cut):
        recent.take(batch_of(*observed(*values[start : start + cut]), 99))
    for row in range(4):
        times, found = recent.of(row)
        mine = sorted(((time, n, value) for n, (r, time, value) in enumerate(values) if r == row))
        assert times.tolist() == [time for time, _, _ in mine]
        assert found.tolist() == [value for _, _, value in mine]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(-9, 9)), max_size=60),
    st.lists(st.integers(0, 5), max_size=6),
    st.integers(1, 9),
)
def test_the_last_values_of_many_streams_are_those_of_each(
    values: list[tuple[int, float]], rows: list[int], count: int
) -> None:
    recent = Recent(most=1000, block=5)
    given = [(row, time, value) for time, (row, value) in enumerate(values)]
    recent.take(batch_of(*observed(*given), 99))
    lines = recent.tails(np.array(rows, np.int64), count)
    assert lines.shape == (len(rows), count)
    for row, line in zip(rows, lines, strict=True):
        wanted = recent.of(row)[1][-count:]
        assert line[~np.isnan(line)].tolist() == wanted.tolist()
        assert np.isnan(line[: count - wanted.size]).all()


def test_the_oldest_go_and_the_size_is_bounded() -> None:
    recent = Recent(most=10, block=5)
    for number in range(23):
        recent.take(batch_of(*observed((0, number, float(number))), 99))
    assert recent.of(0)[1].tolist() == [float(n) for n in range(15, 23)]
    assert recent.of(0, since_us=20)[1].tolist() == [20.0, 21.0, 22.0]
    recent.clear()
    assert len(recent) == 0


def test_what_is_bad_is_a_gap() -> None:
    recent = Recent()
    bad = Observation("", 5.0, 2, Quality.BAD)
    recent.take(batch_of([7, 7], [Observation("", 1.0, 1), bad], 99))
    assert np.isnan(recent.of(7)[1]).tolist() == [False, True]


def test_what_came_between_two_times_is_found_with_all_that_is_known() -> None:
    recent = Recent(most=100, block=4)
    assert recent.begins_us() is None
    rows = [0, 1, 2, 0, 1, 5]
    times = [10, 12, 14, 13, 18, 20]
    told = [Observation("", float(t), t, q) for t, q in zip(times, (0, 1, 2, 0, 1, 0), strict=True)]
    recent.take(batch_of(rows, told, 77))
    found = recent.between(12, 18)
    assert found.source_us.tolist() == [12, 13, 14, 18]
    assert found.rows.tolist() == [1, 0, 2, 1]
    assert found.quality.tolist() == [1, 0, 2, 1]
    assert recent.between(0, 99, np.array([0, 5])).source_us.tolist() == [10, 13, 20]
    assert len(recent.between(0, 99, np.array([], np.int64))) == 0
    assert recent.begins_us() == 77
