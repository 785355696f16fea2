"""Progress against targets, in closed form."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from twin_app.indicators.definitions import Direction, Indicator, Words
from twin_app.indicators.progress import (
    YEAR_S,
    Assumption,
    delta,
    deltas,
    end_of_year_us,
    forecast,
    progress,
    ranking,
    reached,
    required_pace,
)


def aim(target: float = 100.0, direction: Direction = Direction.HIGHER, **more: object) -> Indicator:
    return Indicator("i", Words("指标", "One"), "1", target=target, direction=direction, **more)  # type: ignore[arg-type]


BAND = aim(math.nan, Direction.BAND, band=(18.0, 28.0))
sane = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("one", "value", "expected"),
    [
        (aim(baseline=50.0), 75.0, 0.5),
        (aim(baseline=50.0), 25.0, -0.5),
        (aim(baseline=50.0), 125.0, 1.5),
        (aim(10.0, Direction.LOWER, baseline=20.0), 15.0, 0.5),
        (aim(), 90.0, 0.9),
        (aim(1.25, Direction.LOWER), 2.5, 0.5),
        (aim(math.nan), 5.0, None),
        (aim(direction=Direction.NONE), 5.0, None),
        (aim(baseline=100.0), 5.0, None),
        (aim(), math.nan, None),
        (aim(0.0), 5.0, None),
        (BAND, 20.0, 1.0),
        (BAND, 33.0, 0.5),
        (BAND, 13.0, 0.5),
        (BAND, 99.0, 0.0),
    ],
)
def test_progress(one: Indicator, value: float, expected: float | None) -> None:
    assert progress(one, value) == pytest.approx(expected)


@given(sane, sane, sane)
def test_progress_is_nought_at_the_baseline_and_one_at_the_target(baseline: float, target: float, value: float) -> None:
    assume(abs(target - baseline) > 1e-3)
    one = aim(target, Direction.HIGHER if target > baseline else Direction.LOWER, baseline=baseline)
    assert progress(one, baseline) == 0.0
    assert progress(one, target) == 1.0
    share = progress(one, value)
    assert share is not None
    assert baseline + share * (target - baseline) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    ("one", "value", "expected"),
    [
        (aim(), 100.0, True),
        (aim(strict=True), 100.0, False),
        (aim(strict=True), 100.1, True),
        (aim(direction=Direction.LOWER), 100.1, False),
        (aim(direction=Direction.LOWER), 99.0, True),
        (BAND, 28.0, True),
        (BAND, 28.1, False),
        (aim(math.nan), 1.0, None),
        (aim(), math.nan, None),
    ],
)
def test_reached(one: Indicator, value: float, expected: bool | None) -> None:
    assert reached(one, value) is expected


def years_before(year: int, years: float) -> int:
    return end_of_year_us(year) - round(years * YEAR_S * 1e6)


def test_the_pace_that_is_needed() -> None:
    one = aim(year=2026)
    assert required_pace(one, 60.0, years_before(2026, 2.0)) == pytest.approx(20.0)
    assert required_pace(aim(10.0, Direction.LOWER, year=2026), 30.0, years_before(2026, 4.0)) == pytest.approx(-5.0)
    assert required_pace(one, 120.0, years_before(2026, 2.0)) == 0.0
    assert required_pace(one, 60.0, years_before(2026, -0.1)) is None
    assert required_pace(one, 100.0, years_before(2026, -0.1)) == 0.0
    assert required_pace(aim(), 60.0, 0) is None


def test_a_forecast_says_what_it_takes_for_granted() -> None:
    one = aim(baseline=40.0, baseline_year=2021, year=2026)
    now_us = end_of_year_us(2024)
    along = forecast(one, 70.0, now_us)
    assert along is not None
    assert along.value == pytest.approx(90.0, rel=1e-3)
    assert (along.reaches, along.assumption) == (False, Assumption.BASELINE_PACE)
    history = [(years_before(2024, years), 70.0 - 20.0 * years) for years in (0.0, 0.5, 1.0)]
    trend = forecast(one, 70.0, now_us, history)
    assert trend is not None
    assert trend.pace == pytest.approx(20.0)
    assert (trend.reaches, trend.assumption) == (True, Assumption.TREND)
    assert forecast(aim(year=2026), 70.0, now_us) is None
    assert forecast(one, 70.0, end_of_year_us(2027)) is None
    bounded = aim(baseline=0.0, baseline_year=2023, year=2026, high=100.0)
    most = forecast(bounded, 90.0, now_us)
    assert most is not None
    assert most.value == 100.0


def test_ranking_shares_ranks_and_puts_the_missing_last() -> None:
    values = {"甲": 3.0, "乙": math.nan, "丙": 5.0, "丁": 3.0, "戊": 1.0}
    found = [(one.name, one.rank) for one in ranking(aim(), values)]
    assert found == [("丙", 1), ("甲", 2), ("丁", 2), ("戊", 4), ("乙", None)]
    assert ranking(aim(direction=Direction.LOWER), values)[0].name == "戊"
    assert [one.name for one in ranking(BAND, {"a": 40.0, "b": 16.0, "c": 20.0})] == ["c", "b", "a"]


def test_deltas_between_scenarios() -> None:
    change = delta(aim(direction=Direction.LOWER), 8.0, 6.0)
    assert change is not None
    assert (change.change, change.share, change.better) == (-2.0, -0.25, True)
    inside = delta(BAND, 20.0, 25.0)
    assert inside is not None
    assert inside.better is None
    assert delta(aim(), math.nan, 1.0) is None
    zero = delta(aim(), 0.0, 1.0)
    assert zero is not None
    assert zero.share is None
    assert set(deltas({"i": aim(), "j": aim()}, {"i": 1.0}, {"i": 2.0, "j": 3.0})) == {"i"}
