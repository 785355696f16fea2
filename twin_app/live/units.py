"""Units: UCUM codes and what the trade writes beside them, what they are called, and how one becomes another."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from loaders.model.errors import CityTwinError

_SCALED = re.compile(r"(万亿|亿|万|10\*(\d{1,2})\.)(.*)")
_SCALES = {"万": 1e4, "亿": 1e8, "万亿": 1e12}
_ANNOTATION = re.compile(r"\{[^{}]{1,40}\}")
# What the trade writes for a code.
_WRITTEN = {"元": "CNY", "人": "{people}", "个": "{piece}", "项": "{item}", "件": "{event}", "次": "{time}", "": "1"}


@dataclass(frozen=True, slots=True)
class Unit:
    """``scale`` times ``code``: 亿元 is 1e8 CNY. ``text`` is how it was written.

    ``meaning`` is a name for pint; "" where it is of a ``kind`` of its own, ``kind_factor`` of which make it.
    """

    text: str
    scale: float
    code: str
    meaning: str
    kind: str
    kind_factor: float
    words: tuple[str, str]  # Chinese, English

    def label(self, language: str) -> str:
        """What stands behind a number that is not scaled; "" for a bare number."""
        return self.words[0 if language.startswith("zh") else 1]

    @property
    def counts(self) -> bool:
        """Whether large numbers of it are told in 万 and 亿, in k, M and bn: money and what can be counted."""
        return "/" not in self.code and (self.code.startswith(("CNY", "{")) or self.code in {"1", "kW.h"})


@cache
def _table() -> dict[str, tuple[str, str, str]]:
    table = tomllib.loads((resources.files("assets") / "units.toml").read_text("utf-8"))
    return {code: (meaning, zh, en) for code, (meaning, zh, en) in table.items()}


def known_codes() -> tuple[str, ...]:
    """All codes of the table."""
    return tuple(_table())


@cache
def unit_of(text: str) -> Unit:
    """A unit as it is written: UCUM, ``{people}``, 亿元, 万人, ``10*4.m2``. Raises `CityTwinError` ``unit.unknown``."""
    scale, code = 1.0, text.strip()
    if code not in _table() and (found := _SCALED.fullmatch(code)):
        scale = _SCALES[found[1]] if found[1] in _SCALES else 10.0 ** int(found[2])
        code = found[3]
    code = _WRITTEN.get(code, code)
    line = _table().get(code)
    if line is None and _ANNOTATION.fullmatch(code):
        line = (f"={code}", code[1:-1], code[1:-1])
    if line is None:
        raise CityTwinError("unit.unknown", text[:80])
    meaning, zh, en = line
    kind, _, factor = meaning[1:].rpartition("*") if re.search(r"\*[\d.e-]+$", meaning) else (meaning[1:], "", "1")
    own = meaning.startswith("=")
    return Unit(text, scale, code, "" if own else meaning, kind if own else "", float(factor) if own else 1.0, (zh, en))


@cache
def _registry() -> Any:
    import pint  # a tenth of a second: only where two units differ

    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True)


@cache
def factor_and_offset(source: str, target: str) -> tuple[float, float]:
    """``target value = factor * source value + offset``; computed once for a pair.

    Raises `CityTwinError` ``unit.unknown`` or ``unit.unlike`` where one cannot become the other.
    """
    one, other = unit_of(source), unit_of(target)
    if one.code == other.code:
        return one.scale / other.scale, 0.0
    if one.kind or other.kind:
        if one.kind != other.kind:
            raise CityTwinError("unit.unlike", source, source=source, target=target)
        return one.scale * one.kind_factor / (other.scale * other.kind_factor), 0.0
    return _by_pint(one, other)


def _by_pint(one: Unit, other: Unit) -> tuple[float, float]:
    import pint

    registry = _registry()
    try:
        source, target = registry.parse_units(one.meaning), registry.parse_units(other.meaning)
        # Two values tell a straight line, and so scales of temperature as well as plain factors.
        at_0, at_1 = (float(registry.Quantity(value, source).to(target).magnitude) for value in (0.0, 1.0))
    except pint.errors.DimensionalityError as error:
        raise CityTwinError("unit.unlike", one.text, source=one.text, target=other.text) from error
    return (at_1 - at_0) * one.scale / other.scale, at_0 / other.scale


def convert(value: float, source: str, target: str) -> float:
    """One value, from one unit to another; not for every message: keep `factor_and_offset`."""
    factor, offset = factor_and_offset(source, target)
    return value * factor + offset if math.isfinite(value) else value
