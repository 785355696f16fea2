"""Letters and small marks drawn into pictures by Pillow, Chinese included."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from scenes.visuals.fonts import cjk_font
from scenes.visuals.look import Colour, Look

_LONGEST = 120  # letters of a label
_FACES = 12  # of a collection, at most
_FINE = 4  # so many times finer are round corners drawn, and then reduced
Rgb = tuple[int, int, int]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


class Style(NamedTuple):
    """How cards look: a theme's colours as bytes, and the scale of all sizes."""

    text: Rgb
    muted: Rgb
    paper: Rgb
    accent: Rgb
    paper_alpha: int
    scale: float

    @staticmethod
    def of(look: Look) -> Style:
        """That of a theme."""
        muted = tuple(0.66 * t + 0.34 * p for t, p in zip(look.text, look.paper, strict=True))
        alpha = round(min(1.0, look.paper_opacity + 0.06) * 255)
        return Style(
            rgb(look.text), rgb((muted[0], muted[1], muted[2])), rgb(look.paper), rgb(look.accent), alpha, look.scale
        )

    def px(self, size: float) -> int:
        """A size in pixels."""
        return round(size * self.scale)


def rgb(colour: Colour) -> Rgb:
    """A colour 0..1 as bytes."""
    return (round(colour[0] * 255), round(colour[1] * 255), round(colour[2] * 255))


def clean(text: str) -> str:
    """A text on one line, without what no font draws, and no longer than a label can be."""
    return "".join(letter for letter in " ".join(text[:_LONGEST].split()) if letter.isprintable())


@cache
def font(size_px: int) -> Font:
    """The font of all cards, with the Chinese shapes of its letters where it has several."""
    path = cjk_font()
    if path is None:
        return ImageFont.load_default(size_px)
    for index in range(_FACES if path.suffix.lower() == ".ttc" else 1):
        try:
            face = ImageFont.truetype(str(path), size_px, index=index)
        except OSError:
            break
        if "SC" in str(face.getname()[0]).split():
            return face
    return ImageFont.truetype(str(path), size_px)


@lru_cache(maxsize=4096)
def width_px(text: str, size_px: int) -> int:
    """How wide a text is."""
    return int(np.ceil(font(size_px * _FINE).getlength(text) / _FINE))


@lru_cache(maxsize=2048)
def elided(text: str, size_px: int, most_px: int) -> str:
    """A text that is no wider than that, its end given up for "…"."""
    if width_px(text, size_px) <= most_px:
        return text
    while text and width_px(text + "…", size_px) > most_px:
        text = text[:-1]
    return text + "…"


@lru_cache(maxsize=256)
def rounded(width: int, height: int, radius: int) -> NDArray[np.uint8]:
    """The cover (height, width) of a rectangle with round corners."""
    fine = Image.new("L", (width * _FINE, height * _FINE), 0)
    ImageDraw.Draw(fine).rounded_rectangle((0, 0, width * _FINE - 1, height * _FINE - 1), radius * _FINE, fill=255)
    return np.asarray(fine.resize((width, height), Image.Resampling.BOX))


def paper(width: int, height: int, style: Style) -> Image.Image:
    """An empty card, to be written on: paper with a hair-line around it."""
    return _paper(width, height, style).copy()


@lru_cache(maxsize=128)
def _paper(width: int, height: int, style: Style) -> Image.Image:
    radius = style.px(5)
    outer, inner = rounded(width, height, radius), np.zeros((height, width), np.uint8)
    inner[1:-1, 1:-1] = rounded(width - 2, height - 2, max(radius - 1, 1))
    rim = outer.astype(np.float64) - inner
    line = np.asarray(style.paper) * 0.72 + np.asarray(style.text) * 0.28
    pixels = np.zeros((height, width, 4), np.uint8)
    share = (np.maximum(rim, 0.0) / 255.0)[..., None]
    pixels[..., :3] = np.round(np.asarray(style.paper) * (1.0 - share) + line * share)
    pixels[..., 3] = outer.astype(np.uint16) * style.paper_alpha // 255
    return Image.fromarray(pixels, "RGBA")


def write(
    draw: ImageDraw.ImageDraw, place: tuple[float, float], text: str, size_px: int, colour: Rgb, *, anchor: str = "ls"
) -> None:
    """Write a text whose ``anchor`` (Pillow's two letters) is at a place."""
    if not text:
        return
    cover, above = _cover(text, size_px)
    x = place[0] - {"l": 0.0, "m": 0.5, "r": 1.0}[anchor[0]] * width_px(text, size_px)
    y = place[1] + (0.36 * size_px if anchor[1] == "m" else 0.0) - above
    draw.bitmap((round(x), round(y)), cover, fill=(*colour, 255))


@lru_cache(maxsize=4096)
def _cover(text: str, size_px: int) -> tuple[Image.Image, int]:
    """A text's cover, and how much of it stands above its base line.

    Drawn finer and reduced: small letters set on whole pixels stand unevenly.
    """
    above, below = round(size_px * 1.1), round(size_px * 0.4)
    fine = Image.new("L", ((width_px(text, size_px) + 1) * _FINE, (above + below) * _FINE), 0)
    ImageDraw.Draw(fine).text((0, above * _FINE), text, font=font(size_px * _FINE), fill=255, anchor="ls")
    return fine.resize((fine.width // _FINE, fine.height // _FINE), Image.Resampling.HAMMING), above


def swatch(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], colour: Rgb, told: int = 0) -> None:
    """A field of a colour; ``told`` 1 hatches it broadly, 2 thinly the other way, as the shader does."""
    x0, y0, x1, y1 = box
    draw.rectangle((x0, y0, x1 - 1, y1 - 1), fill=(*colour, 255))
    if not told:
        return
    dark = tuple(round(part * (0.58 if told == 1 else 0.66)) for part in colour)
    pitch, half = (6, 1.4) if told == 1 else (7, 0.6)
    for y in range(y0, y1):
        for x in range(x0, x1):
            off = abs(((x - y if told == 1 else x + y) / pitch) % 1.0 - 0.5) * pitch
            if off <= half:
                draw.point((x, y), fill=(dark[0], dark[1], dark[2], 255))


def tag(draw: ImageDraw.ImageDraw, right_top: tuple[int, int], text: str, style: Style) -> None:
    """A stamp whose right upper corner is at a place."""
    size = style.px(10)
    width, height = width_px(text, size) + style.px(8), size + style.px(5)
    x1, y0 = right_top
    draw.rounded_rectangle((x1 - width, y0, x1 - 1, y0 + height - 1), style.px(3), outline=(*style.muted, 255), width=1)
    write(draw, (x1 - width / 2, y0 + height / 2), text, size, style.muted, anchor="mm")


def tag_width(text: str, style: Style) -> int:
    """How wide a stamp is."""
    return width_px(text, style.px(10)) + style.px(8)


def array(picture: Image.Image) -> NDArray[np.uint8]:
    """(height, width, 4) uint8."""
    return np.asarray(picture)
