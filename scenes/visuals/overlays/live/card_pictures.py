"""Pictures of labels: a card with all that is known, or a chip with the value alone."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from scenes.model.overlays.palettes import MISSING_RGB, faded
from scenes.model.overlays.readings import EMPTY, Condition
from scenes.visuals.overlays.live.lettering import Rgb, Style, array, elided, paper, swatch, tag, tag_width, width_px
from scenes.visuals.overlays.live.lettering import write as put
from scenes.visuals.words import overlay_word, simulated_stamp

CARD, CHIP = 0, 1
_WIDEST_TITLE = 170
_STEP = 12  # cards grow in steps, so that a value of another length moves nothing
_SPARK = (64, 18)
_CONDITION_KEYS = {
    Condition.UNCERTAIN: "overlay.uncertain",
    Condition.STALE: "overlay.stale",
    Condition.BAD: "overlay.bad",
    Condition.MISSING: "overlay.missing",
}


class Card(NamedTuple):
    """What a label says; ``spark`` are heights 0..1, NaN for gaps, or nothing."""

    title: str
    value: str
    unit: str
    condition: Condition
    age: str
    is_simulated: bool
    rgb: Rgb
    spark: tuple[float, ...] = ()

    def note(self, language: str) -> str:
        """The last line: how far the value may be trusted, and its age."""
        key = _CONDITION_KEYS.get(self.condition)
        parts = [overlay_word(language, key)] if key else []
        return " · ".join([*parts, self.age] if self.age else parts)


def age_text(age_s: float, language: str) -> str:
    """How old a value is, in steps that do not change with every picture; "" where nobody knows."""
    if not math.isfinite(age_s):
        return ""
    if age_s < 60.0:
        return overlay_word(language, "overlay.seconds").format(n=max(5, int(age_s // 5) * 5))
    if age_s < 3600.0:
        return overlay_word(language, "overlay.minutes").format(n=int(age_s // 60))
    if age_s < 86_400.0:
        return overlay_word(language, "overlay.hours").format(n=int(age_s // 3600))
    return overlay_word(language, "overlay.days").format(n=int(age_s // 86_400))


def card_size(card: Card, form: int, style: Style, language: str) -> tuple[int, int]:
    """Width and height in pixels."""
    if form == CHIP:
        content = _value_width(card, 13, 10, style)
        if card.is_simulated:
            content += style.px(6) + tag_width(overlay_word(language, "overlay.simulated_short"), style)
        return _stepped(content + style.px(22), style), style.px(23)
    spark = style.px(_SPARK[0] + 12) if card.spark else 0
    title = min(width_px(card.title, style.px(11)), style.px(_WIDEST_TITLE))
    foot = width_px(card.note(language), style.px(10))
    if card.is_simulated:
        foot += style.px(10) + tag_width(simulated_stamp(), style)
    content = max(title, _value_width(card, 18, 11, style) + spark, foot)
    has_foot = bool(card.note(language)) or card.is_simulated
    return _stepped(content + style.px(22), style), style.px(64 if has_foot else 47)


def _stepped(width: int, style: Style) -> int:
    step = style.px(_STEP)
    return -(-width // step) * step


def _value_width(card: Card, size: int, unit_size: int, style: Style) -> int:
    unit = width_px(card.unit, style.px(unit_size)) + style.px(4) if card.unit else 0
    return width_px(card.value, style.px(size)) + unit


@lru_cache(maxsize=2048)
def card_picture(card: Card, form: int, style: Style, language: str) -> NDArray[np.uint8]:
    """(height, width, 4) uint8."""
    width, height = card_size(card, form, style, language)
    picture = paper(width, height, style)
    draw = ImageDraw.Draw(picture)
    if form == CHIP:
        _draw_chip(draw, card, style, language, (width, height))
    else:
        _draw_card(draw, card, style, language, (width, height))
    return array(picture)


def _draw_chip(draw: ImageDraw.ImageDraw, card: Card, style: Style, language: str, size: tuple[int, int]) -> None:
    width, height = size
    middle = height // 2
    _mark(draw, card, (style.px(6), middle - style.px(5), style.px(11), middle + style.px(5)))
    _value(draw, card, style, (style.px(16), middle + style.px(5)), (13, 10))
    if card.is_simulated:
        text = overlay_word(language, "overlay.simulated_short")
        tag(draw, (width - style.px(5), middle - style.px(7)), text, style)


def _draw_card(draw: ImageDraw.ImageDraw, card: Card, style: Style, language: str, size: tuple[int, int]) -> None:
    width, height = size
    left = style.px(13)
    _mark(draw, card, (style.px(5), style.px(8), style.px(8), height - style.px(8)))
    title = elided(card.title, style.px(11), width - left - style.px(8))
    put(draw, (left, style.px(17)), title, style.px(11), style.muted)
    _value(draw, card, style, (left, style.px(39)), (18, 11))
    if card.spark:
        box = (width - style.px(_SPARK[0] + 9), style.px(22), width - style.px(9), style.px(22 + _SPARK[1]))
        _sparkline(draw, card, box, style)
    put(draw, (left, style.px(56)), card.note(language), style.px(10), style.muted)
    if card.is_simulated:
        tag(draw, (width - style.px(7), height - style.px(21)), simulated_stamp(), style)


def _mark(draw: ImageDraw.ImageDraw, card: Card, box: tuple[int, int, int, int]) -> None:
    """The colour of the value's class, hatched where it is none to go by."""
    if card.condition in EMPTY:
        swatch(draw, box, MISSING_RGB, 1)
    elif card.condition is not Condition.GOOD:
        pale = faded(np.array([card.rgb], np.uint8))[0].tolist()
        swatch(draw, box, (pale[0], pale[1], pale[2]), 2)
    else:
        swatch(draw, box, card.rgb)


def _value(draw: ImageDraw.ImageDraw, card: Card, style: Style, place: tuple[int, int], sizes: tuple[int, int]) -> None:
    ink = style.text if card.condition is Condition.GOOD else style.muted
    put(draw, place, card.value, style.px(sizes[0]), ink)
    beside = place[0] + width_px(card.value, style.px(sizes[0])) + style.px(4)
    put(draw, (beside, place[1]), card.unit, style.px(sizes[1]), style.muted)


def _sparkline(draw: ImageDraw.ImageDraw, card: Card, box: tuple[int, int, int, int], style: Style) -> None:
    """What was until now; its end is marked where the value is good."""
    is_good = card.condition is Condition.GOOD
    ink = (*(style.accent if is_good else style.muted), 255)
    x = np.linspace(box[0], box[2], len(card.spark))
    y = box[3] - np.asarray(card.spark) * (box[3] - box[1])
    known = np.isfinite(y)
    for first in np.flatnonzero(known[:-1] & known[1:]).tolist():
        ends = (float(x[first]), float(y[first]), float(x[first + 1]), float(y[first + 1]))
        draw.line(ends, fill=ink, width=max(1, style.px(1)))
    if is_good and known.any():
        last, dot = int(np.flatnonzero(known)[-1]), style.px(2)
        draw.ellipse((x[last] - dot, y[last] - dot, x[last] + dot, y[last] + dot), fill=ink)


@lru_cache(maxsize=64)
def dot_picture(colour: Rgb, rim: Rgb, size: int) -> NDArray[np.uint8]:
    """A round dot with a rim, for the anchor of a label."""
    fine = Image.new("RGBA", (size * 4, size * 4), (*rim, 0))
    draw = ImageDraw.Draw(fine)
    draw.ellipse((0, 0, size * 4 - 1, size * 4 - 1), fill=(*rim, 235))
    draw.ellipse((6, 6, size * 4 - 7, size * 4 - 7), fill=(*colour, 255))
    return array(fine.resize((size, size), Image.Resampling.BOX))
