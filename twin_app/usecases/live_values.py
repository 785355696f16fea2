"""Live values in words: the number with its unit, how old it is, how far it may be trusted."""

from __future__ import annotations

import math
import re

from twin_app.live.values import Quality, Reason, State
from twin_app.services.translations import Translator

THIN_SPACE = "\u202f"
# UCUM codes that people write otherwise.
_SYMBOLS = {
    "Cel": "°C",
    "ug/m3": "µg/m³",
    "mg/m3": "mg/m³",
    "m3": "m³",
    "m3/h": "m³/h",
    "m2": "m²",
    "kW.h": "kWh",
    "1": "",
}


def value_text(value: float, unit: str) -> str:
    """A number with separators and its unit; a dash where there is none."""
    if not math.isfinite(value):
        return "—"
    digits = 0 if value == round(value) and abs(value) < 1e15 else max(0, 3 - math.floor(math.log10(abs(value)) + 1))
    number = f"{value:,.{min(digits, 6)}f}" if abs(value) < 1e15 else f"{value:.4g}"
    number = number.replace(",", THIN_SPACE)
    symbol = unit_symbol(unit)
    return f"{number} {symbol}" if symbol else number


def unit_symbol(unit: str) -> str:
    """A UCUM code as people write it."""
    return _SYMBOLS.get(unit, re.sub(r"\{[^}]*\}", "", unit).strip("[]"))


def age_text(tr: Translator, age_s: float) -> str:
    """``12 s``, ``5 min``, ``3 h``, ``2 d``; a dash without a value."""
    if not math.isfinite(age_s):
        return "—"
    for limit_s, unit_s, key in ((120, 1, "seconds"), (7200, 60, "minutes"), (172_800, 3600, "hours")):
        if age_s < limit_s:
            return tr(f"live.age.{key}", count=int(age_s // unit_s))
    return tr("live.age.days", count=int(age_s // 86_400))


def quality_key(quality: int, reason: int, state: State) -> str:
    """The key of the words for how far a value may be trusted."""
    if state is State.MISSING:
        return "live.quality.missing"
    if quality == Quality.GOOD:
        return "live.quality.good"
    if reason == Reason.NONE:
        reason = Reason.SOURCE_SAYS
    return f"live.reason.{Reason(reason).name.lower()}"
