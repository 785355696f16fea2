"""Numbers as people write them: thousands separated, 万 and 亿 in Chinese, k, M and bn in English."""

from __future__ import annotations

import math

_STEPS = {"zh_CN": ((1e8, "亿"), (1e4, "万")), "en": ((1e9, "bn"), (1e6, "M"), (1e3, "k"))}
_SHORT_FROM = 1e5


def number_text(value: float, language: str, decimals: int | None = None) -> str:
    """Three significant digits or ``decimals``; large numbers shortened; "—" for what is no number."""
    if not math.isfinite(value):
        return "—"
    size, suffix = abs(value), ""
    if size >= _SHORT_FROM:
        for step, name in _STEPS.get(language, _STEPS["en"]):
            if size >= step:
                value, suffix, decimals = value / step, name, None
                break
    places = _places(value) if decimals is None else min(max(decimals, 0), 9)
    text = f"{value:,.{places}f}"
    if decimals is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    text = text if float(text.replace(",", "")) != 0.0 else text.lstrip("-")
    return text.replace("-", "−") + suffix


def _places(value: float) -> int:
    """Decimals for three significant digits, none for what needs no more."""
    if value == 0.0 or abs(value) >= 100.0 or float(f"{value:.9g}").is_integer():
        return 0
    return min(6, 2 - math.floor(math.log10(abs(value))))
