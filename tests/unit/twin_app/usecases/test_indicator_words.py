"""What is said of indicators and what people may type when they state a value."""

from __future__ import annotations

import math

import pytest

from loaders.model.errors import CityTwinError
from twin_app.indicators.definitions import Direction, Indicator, Words
from twin_app.indicators.values import ValueRecord
from twin_app.live.values import State, time_us_of
from twin_app.services.translations import Translator
from twin_app.usecases import indicator_words as words
from twin_app.usecases.declaring import number_of, time_of

ONE = Indicator("x.money", Words("投资", "Money"), "亿元", target=100.0, year=2026, baseline=20.0, baseline_year=2022)
END_OF_2024 = time_us_of("2025-01-01")
EN = Translator("en")


def _value(value: float, state: State = State.DECLARED) -> ValueRecord:
    return ValueRecord(value=value, unit="亿元", source_us=END_OF_2024, state=state, age_s=60.0)


@pytest.mark.parametrize(
    ("text", "value"), [("3,700", 3700.0), (" -1.5 ", -1.5), ("12%", 12.0), ("1e3", 1000.0), ("1\u202f234", 1234.0)]
)
def test_numbers_as_people_type_them(text: str, value: float) -> None:
    assert number_of(ONE, text) == value


@pytest.mark.parametrize("text", ["much", "nan", "inf", "1.2.3", "--5", "１２x"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(CityTwinError, match=r"indicator\.no_number"):
        number_of(ONE, text)


def test_an_empty_line_is_no_wrong_number() -> None:
    with pytest.raises(CityTwinError, match=r"indicator\.no_value"):
        number_of(ONE, "  ")


def test_a_year_is_its_end_and_the_running_one_is_now() -> None:
    now = time_us_of("2026-11-25T08:00:00")
    assert time_of("2024", now) == "2024-12-31T23:59:59Z"
    assert time_of("2026", now) == time_of("", now) == "2026-11-25T08:00:00Z"
    assert time_of("2025-06-30", now) == "2025-06-30"


def test_targets_say_which_way_is_better() -> None:
    lower = Indicator("x.pue", Words(), "1", target=1.3, direction=Direction.LOWER, strict=True)
    band = Indicator("x.ph", Words(), "[pH]", direction=Direction.BAND, band=(6.5, 8.5))
    watched = Indicator("x.rain", Words(), "mm/h", direction=Direction.NONE)
    assert words.target_words(EN, ONE) == "Target ≥ 10 bn CNY by 2026"
    assert words.target_words(EN, lower) == "Target < 1.3"
    assert words.target_words(EN, band) == "Target 6.5 – 8.5"
    assert words.target_words(EN, watched) == ""


def test_a_forecast_goes_on_from_the_time_of_the_value() -> None:
    # 41 in 731 days since the baseline, and 730 days to go, whatever the day on which it is read.
    said = words.forecast_words(EN, ONE, _value(61.0), [])
    assert said == [
        "10.19 bn CNY at the end of 2026",
        "The target will be met, if it goes on at the average pace since the baseline",
    ]
    assert "will not be met" in words.forecast_words(EN, ONE, _value(50.0), [])[1]
    assert words.forecast_words(EN, ONE, ValueRecord(), []) == []


def test_the_pace_is_by_year_until_the_last_one() -> None:
    assert words.pace_words(EN, ONE, _value(60.0), time_us_of("2025-01-01")) == "+2.001 bn CNY a year"
    assert words.pace_words(EN, ONE, _value(60.0), time_us_of("2026-11-25")) == "+4 bn CNY by the end of 2026"
    assert words.pace_words(EN, ONE, _value(100.0), time_us_of("2025-01-01")) == "The target is met"
    assert words.pace_words(EN, ONE, _value(60.0), time_us_of("2027-06-01")) == ""


def test_what_is_missing_has_no_origin() -> None:
    assert words.origin_words(EN, ValueRecord(value=math.nan)) == ""
    assert words.origin_words(EN, _value(1.0)) == "Declared · Good · 60 s old"
