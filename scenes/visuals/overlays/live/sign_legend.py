"""What the shapes and colours of alarms' signs mean, and how many of each there are."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from scenes.model.overlays.signs import AlarmLevel, Signs
from scenes.visuals.look import Look
from scenes.visuals.overlays.live.lettering import Rgb, Style, array, paper, rgb, tag, tag_width, width_px, write
from scenes.visuals.overlays.live.sprites import Pixels
from scenes.visuals.words import overlay_word, simulated_stamp

HEIGHT, PAD, MARK = 58, 11, 14
_FINE = 4  # so many times finer are the marks drawn, and then reduced


def counts_of(signs: Signs) -> tuple[int, ...]:
    """How many alarms there are of each level, `AlarmLevel.LOW` first."""
    placed = np.isfinite(signs.places_m).all(axis=1)
    return tuple(int((signs.levels[placed] == level).sum()) for level in AlarmLevel if level)


def sign_legend_picture(signs: Signs, look: Look, language: str, width: int) -> Pixels:
    """A card: the levels that there are, most urgent first, each with its sign and how many."""
    style = Style.of(look)
    picture = paper(style.px(width), style.px(HEIGHT), style)
    draw = ImageDraw.Draw(picture)
    right = style.px(width - PAD)
    if signs.is_simulated:
        tag(draw, (right, style.px(8)), simulated_stamp(), style)
        right -= tag_width(simulated_stamp(), style) + style.px(8)
    write(draw, (style.px(PAD), style.px(21)), overlay_word(language, "overlay.alarms"), style.px(12), style.text)
    x, size, mark = style.px(PAD), style.px(10), style.px(MARK)
    for level, count in reversed(list(enumerate(counts_of(signs), 1))):
        if count:
            drawn = mark_picture(AlarmLevel(level), rgb(look.alarms[level - 1]), mark)
            picture.alpha_composite(drawn, (x, style.px(32)))
            text = f"{overlay_word(language, f'overlay.level_{level}')} {count}"
            write(draw, (x + mark + style.px(4), style.px(32) + mark / 2), text, size, style.text, anchor="lm")
            x += mark + style.px(18) + width_px(text, size)
    return array(picture)


def mark_picture(level: AlarmLevel, colour: Rgb, size: int) -> Image.Image:
    """A level's shape as the signs have it: circle, square, triangle, diamond."""
    side = size * _FINE
    fine = Image.new("RGBA", (side, side), (*colour, 0))
    draw, last = ImageDraw.Draw(fine), side - 1
    if level is AlarmLevel.LOW:
        draw.ellipse((0, 0, last, last), fill=(*colour, 255))
    elif level is AlarmLevel.MEDIUM:
        draw.rectangle((side // 10, side // 10, last - side // 10, last - side // 10), fill=(*colour, 255))
    elif level is AlarmLevel.HIGH:
        draw.polygon([(last / 2, 0), (last, last), (0, last)], fill=(*colour, 255))
    else:
        draw.polygon([(last / 2, 0), (last, last / 2), (last / 2, last), (0, last / 2)], fill=(*colour, 255))
    return fine.resize((size, size), Image.Resampling.BOX)
