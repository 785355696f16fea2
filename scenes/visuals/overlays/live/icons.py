"""Icons of sensors from the family of all icons of the program, as one picture; the font is read, nothing of Qt."""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from scenes.model.overlays.signs import SensorField

ICON_PX = 64
_GLYPHS = {
    SensorField.SECURITY: "cctv",
    SensorField.TRAFFIC: "car",
    SensorField.MANAGEMENT: "office-building",
    SensorField.UTILITIES: "pipe-valve",
    SensorField.ECOLOGY: "leaf",
    SensorField.EMERGENCY: "ambulance",
}
_FAMILY = "materialdesignicons6-webfont-"


@cache
def icon_sheet() -> NDArray[np.uint8]:
    """The icons side by side by the number of their field, (ICON_PX, n * ICON_PX, 4), row 0 at their lower edge.

    Where the font is missing, the icons are empty and the signs are plain.
    """
    sheet = Image.new("L", (ICON_PX * len(SensorField), ICON_PX), 0)
    draw = ImageDraw.Draw(sheet)
    for field, name in _GLYPHS.items():
        found = glyph(name)
        if found is not None:
            middle = (ICON_PX * int(field) + ICON_PX / 2, ICON_PX / 2)
            font = ImageFont.truetype(str(found[0]), ICON_PX)
            draw.text(middle, found[1], font=font, fill=255, anchor="mm")
    cover = np.asarray(sheet)[::-1]
    return np.ascontiguousarray(np.stack([cover] * 4, axis=-1))


@cache
def glyph(name: str) -> tuple[Path, str] | None:
    """The file of the icons' font and the letter of an icon (``tree``) in it; None where there is no such icon."""
    files = _font_files()
    letter = None if files is None else _letters(files[1]).get(name)
    return None if files is None or letter is None else (files[0], chr(int(letter, 16)))


@cache
def _letters(file: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(file.read_text("utf-8"))
    return found


@cache
def _font_files() -> tuple[Path, Path] | None:
    found = importlib.util.find_spec("qtawesome")
    for folder in (found.submodule_search_locations or ()) if found is not None else ():
        fonts = Path(folder) / "fonts"
        letters = sorted(fonts.glob(f"{_FAMILY}charmap-*.json"))
        faces = sorted(fonts.glob(f"{_FAMILY}*.ttf"))
        if letters and faces:
            return faces[-1], letters[-1]
    return None
