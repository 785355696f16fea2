"""Numbers as they are read: thousands separated, sensible digits, 万 and 亿 in Chinese, k, M and bn in English."""

from __future__ import annotations

import math

from loaders.model.errors import CityTwinError
from twin_app.live.units import Unit, unit_of

DIGITS = 4
SCALE_FROM = 100_000.0  # below it a number is still read at a glance
_CHINESE = ((1e12, "万亿"), (1e8, "亿"), (1e4, "万"))
_ENGLISH = ((1e9, "bn"), (1e6, "M"), (1e3, "k"))
NOTHING = "–"
TIGHT = frozenset({"%", "‰", "°"})  # stand close to their number


def number_text(value: float, decimals: int | None = None) -> str:
    """Thousands separated; without ``decimals`` four digits that count, whole numbers whole. "–" for no number."""
    if not math.isfinite(value):
        return NOTHING
    if decimals is not None:
        return _tidy(f"{value:,.{decimals}f}")
    if value == 0.0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if size < -6 or size >= 15:
        return f"{value:.{DIGITS - 1}e}"
    text = f"{value:,.{max(0, DIGITS - 1 - size)}f}"
    return _tidy(text.rstrip("0").rstrip(".") if "." in text else text)


def _tidy(text: str) -> str:
    return text.lstrip("-") if not text.strip("-0.,") else text  # never "-0"


def quantity_text(value: float, unit: str, language: str, decimals: int | None = None) -> str:
    """A number with its unit: ``3,700 亿元``, ``370 bn CNY``. Raises `CityTwinError` ``unit.unknown``."""
    one = unit_of(unit)
    chinese = language.startswith("zh")
    scale, word = _scale(value, one, _CHINESE if chinese else _ENGLISH, as_written=chinese)
    number = number_text(value * one.scale / scale, decimals)
    label = one.label(language)
    if number == NOTHING:
        return number
    tight = label in TIGHT and not word
    label = f"{word}{'' if chinese else ' '}{label}".strip()
    return f"{number}{'' if tight else ' '}{label}".strip()


def _scale(value: float, unit: Unit, scales: tuple[tuple[float, str], ...], *, as_written: bool) -> tuple[float, str]:
    """By how much to divide, and the word for it. Who wrote 亿元 reads 亿元 again."""
    written = [word for scale, word in scales if scale == unit.scale]
    if as_written and written:
        return unit.scale, written[0]
    whole = abs(value * unit.scale)
    if unit.counts and math.isfinite(whole) and whole >= SCALE_FROM:
        return next(((scale, word) for scale, word in scales if whole >= scale), (1.0, ""))
    return 1.0, ""


def unit_label(unit: str, language: str) -> str:
    """What stands behind a number of that unit where numbers are not scaled, as over a column or an axis."""
    one = unit_of(unit)
    if one.scale == 1.0:
        return one.label(language)
    scales = _CHINESE if language.startswith("zh") else _ENGLISH
    scale, word = next(((scale, word) for scale, word in scales if scale <= one.scale), (1.0, ""))
    if scale != one.scale:
        word = f"×{number_text(one.scale / scale)} {word}".strip()
    return f"{word}{'' if language.startswith('zh') else ' '}{one.label(language)}".strip()


def streamed_text(value: float, unit: str, language: str) -> str:
    """As `quantity_text`; a unit that only its source knows stands as it came."""
    try:
        return quantity_text(value, unit, language)
    except CityTwinError:
        return f"{number_text(value)} {unit.strip('[]')}" if math.isfinite(value) else NOTHING


def streamed_label(unit: str, language: str) -> str:
    """As `unit_label`; a unit that only its source knows stands as it came."""
    try:
        return unit_label(unit, language)
    except CityTwinError:
        return unit.strip("[]")
