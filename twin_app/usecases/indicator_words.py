"""Indicators in words: values in the unit they are shown in, what is aimed at, how it goes on."""

from __future__ import annotations

import math
from datetime import datetime

from loaders.model.errors import CityTwinError
from twin_app.indicators.definitions import Direction, Indicator
from twin_app.indicators.progress import YEAR_S, end_of_year_us, forecast, required_pace
from twin_app.indicators.values import ValueRecord
from twin_app.live.numbers import number_text, quantity_text
from twin_app.live.units import convert
from twin_app.live.values import US_PER_S
from twin_app.services.project import DeclaredRecord
from twin_app.services.translations import Translator
from twin_app.usecases.live_values import age_text, quality_key


def amount_text(one: Indicator, value: float, language: str) -> str:
    """A number of an indicator with the unit it is shown in; "–" for none."""
    if one.display:
        return quantity_text(convert(value, one.unit, one.display), one.display, language)
    return quantity_text(value, one.unit, language)


def change_text(one: Indicator, change: float, language: str) -> str:
    """A change of it, with its sign; of two percentages it is percentage points that differ."""
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    try:
        zero = convert(0.0, one.unit, one.display) if one.display else 0.0
        shown = convert(abs(change), one.unit, one.display) - zero if one.display else abs(change)
        return sign + quantity_text(shown, one.display or one.unit, language)
    except CityTwinError:
        return sign + number_text(abs(change))


def value_words(tr: Translator, one: Indicator, value: ValueRecord) -> str:
    """The value itself, or that there is none."""
    return tr("live.state.missing") if value.missing else amount_text(one, value.value, tr.language)


def target_words(tr: Translator, one: Indicator) -> str:
    """What is aimed at and by when; "" where nothing is."""
    if one.direction is Direction.BAND and one.band is not None:
        low, high = (amount_text(one, bound, tr.language) for bound in one.band)
        aim = f"{low} – {high}"
    elif one.direction is Direction.NONE or not math.isfinite(one.target):
        return ""
    else:
        signs = {(Direction.HIGHER, False): "≥", (Direction.HIGHER, True): ">", (Direction.LOWER, False): "≤"}
        aim = f"{signs.get((one.direction, one.strict), '<')} {amount_text(one, one.target, tr.language)}"
    if one.year is None:
        return tr("indicator.board.target", target=aim)
    return tr("indicator.board.target_by", target=aim, year=one.year)


def origin_words(tr: Translator, value: ValueRecord) -> str:
    """Where a value comes from, how far it may be trusted and how old it is; "" where there is none."""
    if value.missing:
        return ""
    parts = [
        tr(f"live.state.{value.state.name.lower()}"),
        tr(quality_key(value.quality, value.reason, value.state)),
        tr("indicator.board.age", age=age_text(tr, max(0.0, value.age_s))),
    ]
    if value.total > 1:
        parts.append(tr("indicator.board.good_of", good=value.good, total=value.total))
    return " · ".join(parts)


def baseline_words(tr: Translator, one: Indicator) -> str:
    """Where it started; "" where nobody says."""
    if not math.isfinite(one.baseline):
        return ""
    text = amount_text(one, one.baseline, tr.language)
    return text if one.baseline_year is None else tr("indicator.board.in_year", value=text, year=one.baseline_year)


def pace_words(tr: Translator, one: Indicator, value: ValueRecord, now_us: int) -> str:
    """What a year has to bring, or what is left of the last one; "" where that cannot be said."""
    pace = None if value.missing else required_pace(one, value.value, now_us)
    if pace is None:
        return ""
    if pace == 0.0:
        return tr("indicator.board.met")
    if one.year is not None and (end_of_year_us(one.year) - now_us) / US_PER_S < YEAR_S:
        change = change_text(one, one.target - value.value, tr.language)
        return tr("indicator.board.until", change=change, year=one.year)
    return tr("indicator.board.a_year", change=change_text(one, pace, tr.language))


def forecast_words(tr: Translator, one: Indicator, value: ValueRecord, history: list[tuple[int, float]]) -> list[str]:
    """Where it will be, whether that is enough, and what is taken for granted; [] where that cannot be said.

    It goes on from the time that the value is of, which may lie a year back.
    """
    told = None if value.missing else forecast(one, value.value, value.source_us, history)
    if told is None:
        return []
    text = amount_text(one, told.value, tr.language)
    words = tr("indicator.board.end_of_year", value=text, year=one.year)
    assumption = tr(f"indicator.assumption.{told.assumption}")
    if told.reaches is None:
        return [words, assumption]
    outcome = tr("indicator.board.reaches" if told.reaches else "indicator.board.misses")
    return [words, tr("indicator.board.assumed", outcome=outcome, assumption=assumption)]


def stated_text(one: Indicator, stated: DeclaredRecord, language: str) -> str:
    """A stated value in the unit it was stated in; as a bare number where that is not known."""
    try:
        if not stated.unit:
            return amount_text(one, stated.value, language)
        return quantity_text(stated.value, stated.unit, language)
    except CityTwinError:
        return number_text(stated.value)


def date_text(text: str) -> str:
    """A time as ISO 8601 by its day; as it stands where it is none."""
    try:
        return datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        return text[:40]
