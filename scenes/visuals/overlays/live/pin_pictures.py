"""Pictures of pins: a round head with an icon and a clock around it, and cards that say the same in words."""

from __future__ import annotations

import math
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from scenes.model.overlays.pins import Pin, PinClock
from scenes.visuals.overlays.live.icons import glyph
from scenes.visuals.overlays.live.lettering import Rgb, Style, array, clean, elided, paper, tag, tag_width, width_px
from scenes.visuals.overlays.live.lettering import write as put
from scenes.visuals.words import overlay_word, simulated_stamp

# Red, orange, yellow, blue: the colours of levels I to IV in public notices, in a shape that no alarm has.
LEVEL_RGB: tuple[Rgb, ...] = ((196, 32, 48), (222, 106, 22), (226, 178, 12), (36, 108, 196))
PLAIN_RGB: Rgb = (14, 128, 118)  # of what has no level
HEAD_PX, STEM_PX, DOT_PX = 32, 12, 11
CARD, CHIP = 0, 1
_FINE = 4
_WIDEST = 230


def level_rgb(pin: Pin) -> Rgb:
    """The colour of a pin's level."""
    return LEVEL_RGB[pin.level - 1] if 1 <= pin.level <= len(LEVEL_RGB) else PLAIN_RGB


def pin_size(pin: Pin, style: Style, language: str) -> tuple[int, int]:
    """Width and height in pixels; the foot is in the middle of the lower edge."""
    width = style.px(HEAD_PX)
    if pin.is_simulated:
        width = max(width, tag_width(overlay_word(language, "overlay.simulated_short"), style) + style.px(2))
    return width, style.px(HEAD_PX + STEM_PX)


@lru_cache(maxsize=1024)
def pin_picture(pin: Pin, chosen: bool, style: Style, language: str) -> NDArray[np.uint8]:
    """(height, width, 4) uint8 of a pin without its words."""
    width, height = pin_size(pin, style, language)
    fine = Image.new("RGBA", (width * _FINE, height * _FINE), (*style.paper, 0))
    draw = ImageDraw.Draw(fine)
    head, middle = style.px(HEAD_PX) * _FINE, width * _FINE / 2.0
    body = level_rgb(pin)
    _stem(draw, middle, head, height * _FINE, style)
    rim = style.accent if chosen else style.paper
    _disc(draw, (middle, head / 2.0), head / 2.0, (*rim, 255))
    _ring(draw, pin, (middle, head / 2.0, head * 0.42), style)
    _disc(draw, (middle, head / 2.0), head * 0.345, (*body, 255))
    ink = (26, 28, 33) if sum(body[:2]) > 390 else (255, 255, 255)
    _icon(draw, pin.icon, (middle, head / 2.0), round(head * 0.46), ink)
    if pin.clock in (PinClock.OVERDUE, PinClock.PAUSED):
        _badge(draw, pin.clock, (middle + head * 0.34, head * 0.17), head * 0.19)
    picture = fine.resize((width, height), Image.Resampling.BOX)
    if pin.is_simulated:
        _stamp(picture, width, style, language)
    return array(picture)


def _stem(draw: ImageDraw.ImageDraw, middle: float, head: float, bottom: float, style: Style) -> None:
    half = head * 0.22
    top = head * 0.86
    for grow, colour in ((_FINE * 1.5, style.paper), (0.0, style.text)):
        points = [(middle - half * 0.5 - grow, top), (middle + half * 0.5 + grow, top), (middle, bottom)]
        draw.polygon(points, fill=(*colour, 255))


def _disc(draw: ImageDraw.ImageDraw, middle: tuple[float, float], radius: float, fill: tuple[int, ...]) -> None:
    x, y = middle
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def _ring(draw: ImageDraw.ImageDraw, pin: Pin, circle: tuple[float, float, float], style: Style) -> None:
    """How much of its time is used, from the top to the right; whole and in ink once it is over."""
    x, y, radius = circle
    box, width = (x - radius, y - radius, x + radius, y + radius), round(radius * 0.17)
    track = tuple(round(0.78 * p + 0.22 * t) for p, t in zip(style.paper, style.text, strict=True))
    draw.arc(box, 0, 360, fill=(*track, 255), width=width)
    used = 1.0 if pin.clock is PinClock.OVERDUE else pin.share
    if pin.clock is not PinClock.NONE and used > 0.0:
        ink = style.muted if pin.clock is PinClock.PAUSED else style.text
        draw.arc(box, -90, -90 + 360 * used, fill=(*ink, 255), width=width)


def _icon(
    draw: ImageDraw.ImageDraw, name: str, middle: tuple[float, float], size: int, ink: tuple[int, int, int]
) -> None:
    found = glyph(name)
    if found is not None:
        draw.text(middle, found[1], font=_font(str(found[0]), size), fill=(*ink, 255), anchor="mm")


@cache
def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


def _badge(draw: ImageDraw.ImageDraw, clock: PinClock, middle: tuple[float, float], radius: float) -> None:
    """An exclamation mark for what is overdue, two bars for what is paused."""
    x, y = middle
    _disc(draw, middle, radius, (255, 255, 255, 255))
    _disc(draw, middle, radius * 0.84, (26, 28, 33, 255))
    bar, high = radius * 0.13, radius * 0.5
    if clock is PinClock.PAUSED:
        for side in (-1, 1):
            at = x + side * radius * 0.28
            draw.rectangle((at - bar, y - high, at + bar, y + high), fill=(255, 255, 255, 255))
        return
    draw.rectangle((x - bar, y - high, x + bar, y + high * 0.25), fill=(255, 255, 255, 255))
    draw.rectangle((x - bar, y + high * 0.6, x + bar, y + high), fill=(255, 255, 255, 255))


def badge_picture(clock: PinClock, size: int) -> Image.Image:
    """The mark of a clock alone, for the legend."""
    side = size * _FINE
    fine = Image.new("RGBA", (side, side), (26, 28, 33, 0))
    _badge(ImageDraw.Draw(fine), clock, (side / 2.0, side / 2.0), side / 2.0 - 1.0)
    return fine.resize((size, size), Image.Resampling.BOX)


def _stamp(picture: Image.Image, width: int, style: Style, language: str) -> None:
    """Across the lower part of the head: no pin of what is simulated is without it."""
    text = overlay_word(language, "overlay.simulated_short")
    wide = tag_width(text, style)
    draw, top = ImageDraw.Draw(picture), style.px(HEAD_PX - 9)
    left = (width - wide) // 2
    draw.rounded_rectangle((left, top, left + wide - 1, top + style.px(14)), style.px(3), fill=(*style.paper, 255))
    tag(draw, (left + wide, top), text, style)


def card_size(pin: Pin, form: int, style: Style) -> tuple[int, int]:
    """Width and height in pixels of a pin's words."""
    if form == CHIP:
        return width_px(clean(pin.short), style.px(11)) + style.px(16), style.px(21)
    words = max(width_px(clean(pin.title), style.px(12)), width_px(clean(pin.note), style.px(10)))
    stamp = tag_width(simulated_stamp(), style) + style.px(8) if pin.is_simulated else 0
    return min(words, style.px(_WIDEST)) + stamp + style.px(22), style.px(42)


@lru_cache(maxsize=1024)
def card_picture(pin: Pin, form: int, style: Style) -> NDArray[np.uint8]:
    """(height, width, 4) uint8: what it is, where it stands and its clock; a chip says the clock alone."""
    width, height = card_size(pin, form, style)
    picture = paper(width, height, style)
    draw = ImageDraw.Draw(picture)
    if form == CHIP:
        put(draw, (width / 2, height / 2), clean(pin.short), style.px(11), style.text, anchor="mm")
        return array(picture)
    left = style.px(13)
    draw.rectangle((style.px(5), style.px(7), style.px(8) - 1, height - style.px(7)), fill=(*level_rgb(pin), 255))
    room = width - left - style.px(8) - (tag_width(simulated_stamp(), style) + style.px(8) if pin.is_simulated else 0)
    put(draw, (left, style.px(17)), elided(clean(pin.title), style.px(12), room), style.px(12), style.text)
    put(draw, (left, style.px(33)), elided(clean(pin.note), style.px(10), room), style.px(10), style.muted)
    if pin.is_simulated:
        tag(draw, (width - style.px(7), math.floor((height - style.px(15)) / 2)), simulated_stamp(), style)
    return array(picture)
