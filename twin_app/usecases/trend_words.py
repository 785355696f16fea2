"""Trends in words: what is lacking, and by how much it is more or less than the last time."""

from __future__ import annotations

from datetime import datetime

from twin_app.live.numbers import number_text, streamed_text
from twin_app.live.streams import StreamInfo
from twin_app.live.trends import Difference, difference
from twin_app.live.values import US_PER_S
from twin_app.services.translations import Translator
from twin_app.usecases.trends import Drawn

_NO_SHARE = {"%", "Cel", "[degF]"}  # of these a share of the value says nothing


def day_text(time_us: int) -> str:
    """``2026-11-24 10:05``, local."""
    return datetime.fromtimestamp(time_us // US_PER_S).strftime("%Y-%m-%d %H:%M")


def lacking_words(tr: Translator, drawn: Drawn) -> str:
    """What the span has no history of; "" where all of it is there."""
    begins = drawn.begins_us
    if not drawn.is_kept:
        return tr("trend.not_kept") if begins is None else tr("trend.not_kept_since", at=day_text(begins))
    if begins is not None and begins > drawn.from_us + max(drawn.width_us, 60 * US_PER_S):
        return tr("trend.kept_since", at=day_text(begins))
    if all(curve.is_empty for curve in drawn.curves):
        return tr("trend.nothing")
    return ""


def marks_words(tr: Translator, drawn: Drawn, last: str = "") -> str:
    """Which marks are in the plot: ``○ uncertain  × bad  ╌ simulated  ┈ last week``; "" where there are none."""
    curves = drawn.curves
    marks = {
        "range": any(curve.has_envelope for curve in curves),
        "simulated": any(curve.simulated.any() for curve in curves),
        "uncertain": any(curve.uncertain.any() for curve in curves),
        "bad": any(curve.bad_s.size for curve in curves),
        "gap": any(not curve.is_empty and (curve.mean != curve.mean).any() for curve in curves),
    }
    told = [tr(f"trend.mark.{name}") for name, there in marks.items() if there]
    return " · ".join([*told, tr("trend.mark.last", last=last)] if last else told)


def compared_words(tr: Translator, info: StreamInfo, drawn: Drawn, number: int, compared: str) -> str:
    """By how much a stream is more or less than the last day, week or year; or that this is not kept."""
    if number >= len(drawn.compared):
        return ""
    last = tr(f"trend.last.{compared}")
    then = drawn.compared[number]
    told = difference(drawn.curves[number], then, max(drawn.width_us, US_PER_S) / US_PER_S)
    if told is None:
        return tr("trend.no_last" if then.is_empty else "trend.no_overlap", last=last)
    return difference_words(tr, info, told, last)


def difference_words(tr: Translator, info: StreamInfo, told: Difference, last: str) -> str:
    """``On average 12 kW, last week 11 kW: +1 kW (+9.1 %)``, and of how much of the time where it is not all."""
    now, then = (streamed_text(value, info.unit, tr.language) for value in (told.now, told.then))
    sign = "+" if told.change > 0 else "−" if told.change < 0 else "±"
    if info.unit == "%":
        change = sign + tr("trend.points", points=number_text(abs(told.change), 1))
    else:
        change = sign + streamed_text(abs(told.change), info.unit, tr.language)
    relative = told.relative
    if relative is not None and info.unit not in _NO_SHARE:
        change = tr("trend.relative", change=change, percent=f"{sign}{number_text(abs(relative) * 100.0, 1)} %")
    words = tr("trend.difference", now=now, then=then, last=last, change=change)
    if told.share > 0.95:
        return words
    return tr("trend.of_time", words=words, percent=number_text(told.share * 100.0, 0))
