"""Telling elevation from imagery: a picture of heights in colours is no elevation grid.

A raster is **imagery** when it is coloured (RGB, palette, CMYK, YCbCr, Lab), when it is compressed as
a JPEG picture, when it has 8 bits or fewer a sample and no band says that it holds a length, or when
it has several bands of whole numbers (multispectral). It is **elevation** when it is grey and its
samples are floats, or one band of 16 or more bits. Several bands of floats are elevation in the first
band, or in the one that is described as such.
"""

from __future__ import annotations

import re

from loaders.terrain.tiff_tags import TiffSummary

LENGTH_UNITS_M = {
    "m": 1.0,
    "metre": 1.0,
    "metres": 1.0,
    "meter": 1.0,
    "meters": 1.0,
    "dm": 0.1,
    "cm": 0.01,
    "centimetre": 0.01,
    "centimeter": 0.01,
    "mm": 0.001,
    "millimetre": 0.001,
    "millimeter": 0.001,
    "km": 1000.0,
    "ft": 0.3048,
    "foot": 0.3048,
    "feet": 0.3048,
    "international foot": 0.3048,
    "us survey foot": 1200 / 3937,
    "us survey feet": 1200 / 3937,
    "us-ft": 1200 / 3937,
    "ftus": 1200 / 3937,
    "sfoot": 1200 / 3937,
}
_HEIGHT_WORDS = re.compile(r"elev|height|altitude|\bd[ets]m\b|\bndsm\b|高程|高度|höhe", re.IGNORECASE)
_UNIT_ITEM = re.compile(r'role="unittype"[^>]*>([^<]*)<', re.IGNORECASE)


def unit_m(name: str | None) -> float | None:
    """A length unit's metres; None for no unit or none of length."""
    return LENGTH_UNITS_M.get((name or "").strip().lower().replace("_", " "))


def names_heights(text: str | None) -> bool:
    """Whether a band's description says that it holds heights."""
    return bool(text and _HEIGHT_WORDS.search(text))


def is_elevation(summary: TiffSummary) -> bool:
    """Whether the first image of a TIFF file is elevation by the rules above."""
    if summary.photometric not in (0, 1) or summary.is_jpeg or summary.is_complex:
        return False
    if summary.bits <= 8:
        unit = _UNIT_ITEM.search(summary.metadata)
        return summary.bits == 8 and summary.samples == 1 and unit is not None and unit_m(unit[1]) is not None
    return summary.is_float or summary.samples == 1
