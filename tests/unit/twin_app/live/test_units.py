"""Units and numbers: every code, conversions against their definitions, both languages."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from twin_app.live.numbers import number_text, quantity_text, streamed_label, streamed_text, unit_label
from twin_app.live.units import convert, factor_and_offset, known_codes, unit_of


@pytest.mark.parametrize("code", known_codes())
def test_every_code_is_read_and_goes_to_itself_and_to_its_own_tenthousandfold(code: str) -> None:
    assert factor_and_offset(code, code) == (1.0, 0.0)
    unit = unit_of(code)
    assert bool(unit.meaning) != bool(unit.kind)
    if unit.meaning and code != "Cel":
        factor, _ = factor_and_offset(code, "1" if unit.meaning == "dimensionless" else code)
        assert factor > 0


def test_every_code_of_pint_is_known_to_pint() -> None:
    """Any pair of two different codes asks pint; unlike ones say so, and nothing else is raised."""
    assert [code for code in known_codes() if _refusal(code) == ""] == ["m", "km", "cm", "mm", "um"]
    assert {_refusal(code) for code in known_codes()} == {"", "unit.unlike"}


def _refusal(code: str) -> str:
    try:
        factor_and_offset(code, "m")
    except CityTwinError as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (100.0, "Cel", "[degF]", 212.0),
        (0.0, "Cel", "K", 273.15),
        (0.25, "1", "%", 25.0),
        (36.0, "km/h", "m/s", 10.0),
        (1.0, "MW.h", "kW.h", 1000.0),
        (1.0, "kW.h", "kJ", 3600.0),
        (3600.0, "m3/h", "L/s", 1000.0),
        (3700.0, "亿元", "CNY", 3.7e11),
        (3.0, "万亿元", "亿元", 30_000.0),
        (5.0, "10*4.m2", "m2", 50_000.0),
        (1.5, "EFLOPS", "PFLOPS", 1500.0),
        (12.0, "万人", "{people}", 120_000.0),
        (1.0, "har", "m2", 10_000.0),
        (0.05, "mg/m3", "ug/m3", 50.0),
    ],
)
def test_conversions(value: float, source: str, target: str, expected: float) -> None:
    assert convert(value, source, target) == pytest.approx(expected, rel=1e-12)
    assert convert(expected, target, source) == pytest.approx(value, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("source", "target"), [("m", "s"), ("CNY", "m"), ("{people}", "{vehicle}"), ("[pH]", "1")])
def test_what_is_unlike_does_not_convert(source: str, target: str) -> None:
    with pytest.raises(CityTwinError, match=r"unit\.unlike"):
        factor_and_offset(source, target)


@pytest.mark.parametrize("text", ["furlong", "亿foo", "10*x.m", "{", "万万元", "m; drop"])
def test_unknown_units_say_so(text: str) -> None:
    with pytest.raises(CityTwinError, match=r"unit\.unknown"):
        unit_of(text)


@given(st.text(max_size=12))
def test_any_text_is_a_unit_or_is_refused(text: str) -> None:
    try:
        scale = unit_of(text).scale
    except CityTwinError as error:
        scale = 1.0 if error.code == "unit.unknown" else 0.0
    assert scale > 0


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (3700.0, "亿元", "3,700 亿元", "370 bn CNY"),
        (30_000.0, "亿元", "30,000 亿元", "3,000 bn CNY"),
        (14.0, "%", "14%", "14%"),
        (33.0, "{station}/10*4{people}", "33 个/万人", "33 per 10,000 people"),
        (1500.0, "PFLOPS", "1,500 PFLOPS", "1,500 PFLOPS"),
        (100.0, "{piece}", "100 个", "100"),
        (1_234_567.0, "{people}", "123.5 万人", "1.235 M people"),
        (12_345.0, "{people}", "12,345 人", "12,345 people"),
        (7.04, "[pH]", "7.04", "7.04"),
        (math.nan, "%", "–", "–"),
        (1.25, "1", "1.25", "1.25"),
        (-273.15, "Cel", "-273.1 °C", "-273.1 °C"),
        (123_456.0, "Pa", "123,456 Pa", "123,456 Pa"),
        (250_000.0, "1", "25 万", "250 k"),
    ],
)
def test_quantities_in_words(value: float, unit: str, zh: str, en: str) -> None:
    assert quantity_text(value, unit, "zh_CN") == zh
    assert quantity_text(value, unit, "en") == en


def test_labels_of_columns() -> None:
    assert (unit_label("亿元", "zh_CN"), unit_label("亿元", "en")) == ("亿元", "×100 M CNY")
    assert unit_label("万人", "zh_CN") == "万人"
    assert unit_label("kW.h", "en") == "kWh"


def test_units_that_only_their_source_knows_stand_as_they_came() -> None:
    assert streamed_text(1234.5, "[wobble]", "en") == "1,234 wobble"
    assert streamed_text(math.nan, "[wobble]", "en") == "–"
    assert streamed_label("[wobble]", "zh_CN") == "wobble"
    assert (streamed_text(21.5, "Cel", "en"), streamed_label("Cel", "en")) == ("21.5 °C", "°C")


@given(st.floats(-1e300, 1e300) | st.sampled_from([math.inf, -math.inf, math.nan]))
def test_numbers_read_back_to_four_digits(value: float) -> None:
    text = number_text(value)
    if not math.isfinite(value):
        assert text == "–"
    else:
        assert float(text.replace(",", "")) == pytest.approx(value, rel=6e-4, abs=1e-12)
        assert text != "-0"
