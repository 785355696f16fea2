"""What the colours of pins mean, how many there are of each, and how many are overdue."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from scenes.model.overlays.pins import NUM_LEVELS, PinClock, Pins
from scenes.visuals.overlays.live.card_pictures import dot_picture
from scenes.visuals.overlays.live.lettering import Style, array, clean, paper, tag, width_px, write
from scenes.visuals.overlays.live.pin_pictures import LEVEL_RGB, badge_picture
from scenes.visuals.overlays.live.sprites import Pixels
from scenes.visuals.words import overlay_word, simulated_stamp

HEIGHT, PAD, MARK = 58, 11, 14
ROMAN = ("I", "II", "III", "IV")


def pin_counts(pins: Pins) -> tuple[int, ...]:
    """How many pins there are of each level, the gravest first, and last how many are overdue."""
    shown = [pin for pin, place in zip(pins.pins, pins.places_m, strict=False) if np.isfinite(place).all()]
    levels = [sum(pin.level == level for pin in shown) for level in range(1, NUM_LEVELS + 1)]
    return (*levels, sum(pin.clock is PinClock.OVERDUE for pin in shown))


def pin_legend_picture(pins: Pins, style: Style, language: str, width: int) -> Pixels:
    """A card: the levels that there are, the gravest first, each in its colour and how many; then what is overdue."""
    picture = paper(style.px(width), style.px(HEIGHT), style)
    draw = ImageDraw.Draw(picture)
    if pins.is_simulated:
        tag(draw, (style.px(width - PAD), style.px(8)), simulated_stamp(), style)
    title, size, mark = clean(pins.title), style.px(10), style.px(MARK)
    write(draw, (style.px(PAD), style.px(21)), title, style.px(12), style.text)
    *levels, overdue = pin_counts(pins)
    if overdue:
        x, top = style.px(PAD + 14) + width_px(title, style.px(12)), style.px(10)
        picture.alpha_composite(badge_picture(PinClock.OVERDUE, mark), (x, top))
        text = f"{overlay_word(language, 'overlay.overdue')} {overdue}"
        write(draw, (x + mark + style.px(4), top + mark / 2), text, size, style.text, anchor="lm")
    x, top = style.px(PAD), style.px(32)
    for name, rgb, count in zip(ROMAN, LEVEL_RGB, levels, strict=True):
        if count:
            picture.alpha_composite(Image.fromarray(dot_picture(rgb, style.paper, mark)), (x, top))
            x += mark + style.px(4)
            write(draw, (x, top + mark / 2), f"{name} {count}", size, style.text, anchor="lm")
            x += width_px(f"{name} {count}", size) + style.px(10)
    return array(picture)
