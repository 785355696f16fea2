"""Trends: buckets as a history makes them, gaps where nothing is known, one time against another."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.twin_app.live.history.test_duck import as_dict, plain_trend, same
from twin_app.live.batch import Batch
from twin_app.live.trends import bucketed, curve_of, difference, joined, shift_us
from twin_app.live.values import US_PER_S, Quality, State


def batch(*told: tuple[float, float, Quality], state: State = State.MEASURED) -> Batch:
    """Observations of one stream: second, value, quality."""
    times = np.array([round(second * US_PER_S) for second, _, _ in told], np.int64)
    size = len(told)
    quality = np.array([one for _, _, one in told], np.uint8)
    rest = np.zeros(size, np.uint8), np.full(size, state, np.uint8)
    return Batch(np.zeros(size, np.int64), np.array([v for _, v, _ in told], float), times, times, quality, *rest)


OBSERVED = st.tuples(
    st.integers(0, 40).map(float), st.one_of(st.floats(-9, 9), st.just(np.nan)), st.sampled_from(Quality)
)


@given(st.lists(OBSERVED, max_size=40), st.integers(1, 9))
def test_buckets_are_those_of_a_history(told: list[tuple[float, float, Quality]], width_s: int) -> None:
    one = batch(*told)
    found = as_dict(bucketed(one, width_s * US_PER_S))
    assert same(found, plain_trend([one], 0, width_s * US_PER_S))


def test_single_values_stand_by_themselves_in_time() -> None:
    curve = curve_of(bucketed(batch((3, 1.0, Quality.GOOD), (1, 2.0, Quality.GOOD), (1.2, 4.0, Quality.GOOD)), 0))
    assert curve.time_s.tolist() == [1.0, 1.2, 3.0]
    assert curve.mean.tolist() == [2.0, 4.0, 1.0]
    assert not curve.has_envelope


def test_bad_and_silent_times_are_gaps_and_uncertain_is_marked() -> None:
    told = batch(
        *((second, float(second), Quality.GOOD) for second in range(5)),
        (5, 99.0, Quality.BAD),
        (6, 6.0, Quality.UNCERTAIN),
        (30, 30.0, Quality.GOOD),
    )
    curve = curve_of(bucketed(told, US_PER_S))
    assert np.isfinite(curve.mean).tolist() == [True] * 5 + [False, True, False, True]
    assert np.nanmax(curve.high) == 30.0  # what is bad is in no curve
    assert curve.bad_s.tolist() == [5.5]
    assert curve.time_s[curve.uncertain].tolist() == [6.5]
    assert np.all(np.diff(curve.time_s) > 0)


def test_an_expected_interval_says_what_a_gap_is() -> None:
    told = bucketed(batch((0, 1.0, Quality.GOOD), (100, 2.0, Quality.GOOD)), US_PER_S)
    assert np.isfinite(curve_of(told).mean).tolist() == [True, False, True]
    assert np.isfinite(curve_of(told, interval_s=60.0).mean).tolist() == [True, True]
    assert curve_of(told).alone.tolist() == [True, False, True]
    assert not curve_of(told, interval_s=60.0).alone.any()
    single = bucketed(batch((0, 1.0, Quality.GOOD), (100, 2.0, Quality.GOOD)), 0)
    assert np.isfinite(curve_of(single).mean).tolist() == [True, True]
    assert np.isfinite(curve_of(single, interval_s=10.0).mean).tolist() == [True, False, True]


def test_simulated_stays_simulated_and_the_envelope_is_lowest_and_highest() -> None:
    told = batch((0.1, 1.0, Quality.GOOD), (0.6, 5.0, Quality.UNCERTAIN), state=State.SIMULATED)
    curve = curve_of(bucketed(told, US_PER_S))
    assert curve.simulated.tolist() == [True]
    assert (curve.low.tolist(), curve.high.tolist(), curve.mean.tolist()) == ([1.0], [5.0], [3.0])
    assert curve.uncertain.tolist() == [False]
    assert curve.has_envelope


def test_old_and_new_meet_without_counting_twice() -> None:
    old = bucketed(batch((0, 1.0, Quality.GOOD), (1, 2.0, Quality.GOOD)), US_PER_S)
    new = bucketed(batch((1, 3.0, Quality.GOOD), (2, 4.0, Quality.GOOD)), US_PER_S)
    assert joined(old, new, US_PER_S).mean.tolist() == [1.0, 3.0, 4.0]


def test_a_year_is_one_of_the_calendar() -> None:
    for now, then in (
        (datetime(2024, 2, 29, 12), datetime(2023, 2, 28, 12)),
        (datetime(2026, 11, 25), datetime(2025, 11, 25)),
    ):
        assert shift_us("year", round(now.timestamp() * US_PER_S)) == (now - then).total_seconds() * US_PER_S
    assert shift_us("day", 0) * 7 == shift_us("week", 0)


def test_a_difference_counts_only_times_with_both() -> None:
    now = curve_of(bucketed(batch(*((float(s), 10.0, Quality.GOOD) for s in range(10))), US_PER_S))
    then = curve_of(
        bucketed(batch(*((float(s), 8.0, Quality.GOOD) for s in range(5))), US_PER_S), shift_us=100 * US_PER_S
    )
    assert difference(now, then, 1.0) is None
    then = curve_of(bucketed(batch(*((s - 100.0, 8.0, Quality.GOOD) for s in range(5))), US_PER_S), 0.0, 100 * US_PER_S)
    found = difference(now, then, 0.5)
    assert found is not None
    assert (found.now, found.then, found.share) == (10.0, 8.0, 0.5)
    assert (found.change, found.relative) == (2.0, pytest.approx(0.25))


def test_a_curve_of_bad_values_alone_is_empty() -> None:
    curve = curve_of(bucketed(batch((0, np.nan, Quality.BAD)), US_PER_S))
    assert curve.is_empty
    assert curve.bad_s.tolist() == [0.5]
    assert difference(curve, curve, 1.0) is None
