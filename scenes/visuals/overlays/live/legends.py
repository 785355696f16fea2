"""What the colours of overlays mean, as cards in the lower right corner; and the stamp of what is simulated."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import ImageDraw

from scenes.model.overlays.base import Overlay, ValuesOverlay
from scenes.model.overlays.heat import HeatMap
from scenes.model.overlays.number_texts import number_text
from scenes.model.overlays.palettes import MISSING_RGB, faded
from scenes.model.overlays.pins import Pins
from scenes.model.overlays.scale import ColourScale
from scenes.model.overlays.signs import Signs
from scenes.visuals.overlays.live.lettering import Style, array, clean, elided, paper, swatch, tag, tag_width, width_px
from scenes.visuals.overlays.live.lettering import write as put
from scenes.visuals.overlays.live.picture import LiveContext, Picture
from scenes.visuals.overlays.live.pin_legend import pin_counts, pin_legend_picture
from scenes.visuals.overlays.live.sign_legend import counts_of, sign_legend_picture
from scenes.visuals.overlays.live.sprites import Pixels, Sprites
from scenes.visuals.words import overlay_word, simulated_stamp

MARGIN_PX, GAP_PX = 14, 8
WIDTH, BAND, PAD = 296, 12, 11
MOST_SHARE = 0.62  # of the picture's height, all legends together
LEAST_WIDTH_PX = 620  # a narrower picture has no room for them


class Legends:
    """Those of all overlays of a canvas; ``is_stale`` has them drawn anew before the next picture."""

    def __init__(self, context: LiveContext) -> None:
        self._context = context
        self._sprites = Sprites(context.stage.front)
        self._pictures: list[tuple[Any, Pixels]] = []
        self._stamp: tuple[Any, Pixels] | None = None
        self._is_bare = False  # something simulated is shown that no legend speaks of
        self.is_stale = False

    def prepare(self, picture: Picture, overlays: list[Overlay]) -> None:
        """Put them into their corner, and say to the labels that it is taken."""
        if self.is_stale:
            self.is_stale = False
            self._draw(overlays)
        width, height = picture.size_px
        room = height * MOST_SHARE if width >= LEAST_WIDTH_PX else 0.0
        shown = []
        for one in self._pictures:
            room -= one[1].shape[0] + GAP_PX
            shown += [one] if room >= 0.0 else []
        if self._stamp is not None and (len(shown) < len(self._pictures) or self._is_bare):
            shown.append(self._stamp)
        corners, bottom = [], float(height - MARGIN_PX)
        for _, pixels in shown:
            corners.append((width - MARGIN_PX - pixels.shape[1], bottom - pixels.shape[0]))
            picture.taken_px.append((corners[-1][0], corners[-1][1], float(width), bottom + GAP_PX))
            bottom -= pixels.shape[0] + GAP_PX
        keys = [key for key, _ in shown]
        self._sprites.show(keys, [pixels for _, pixels in shown], np.array(corners).reshape(-1, 2), height)

    def _draw(self, overlays: list[Overlay]) -> None:
        language, style = self._context.language, Style.of(self._context.stage.look)
        found: dict[Any, ValuesOverlay] = {}
        for overlay in overlays:
            scale = overlay.colour_scale
            if overlay.visible and isinstance(overlay, ValuesOverlay) and scale is not None and scale.num_classes > 1:
                found.setdefault((overlay.title, scale), overlay)
        self._pictures = []
        for overlay in found.values():
            key = (id(overlay), overlay.title, overlay.time_text, overlay.scale, _counts(overlay), language)
            self._pictures.append(((*key, style), legend_picture(overlay, style, language)))
        signs = [one for one in overlays if isinstance(one, Signs) and one.visible and any(counts_of(one))]
        for one in signs:
            drawn = sign_legend_picture(one, self._context.stage.look, language, WIDTH)
            self._pictures.append(((id(one), counts_of(one), one.is_simulated, language, style), drawn))
        pinned = [one for one in overlays if isinstance(one, Pins) and one.visible and any(pin_counts(one))]
        for pins in pinned:
            mark = (id(pins), pins.title, pin_counts(pins), pins.is_simulated, language, style)
            self._pictures.append((mark, pin_legend_picture(pins, style, language, WIDTH)))
        simulated = [overlay for overlay in overlays if overlay.visible and overlay.is_simulated]
        told = {one.title for one in found.values()}
        bare = [one for one in simulated if one not in signs and one not in pinned]
        self._is_bare = any(one.title not in told or one.colour_scale is None for one in bare)
        self._stamp = ((simulated_stamp(), style), stamp_picture(style)) if simulated else None

    def close(self) -> None:
        """Take them away."""
        self._sprites.remove()


def _counts(overlay: ValuesOverlay) -> tuple[int, int, int, int]:
    readings = overlay.readings
    return (*overlay.counted, int(readings.empty.sum()), int(readings.simulated.any()))


def stamp_picture(style: Style) -> Pixels:
    """The stamp alone, for where no legend bears it."""
    text, size = simulated_stamp(), style.px(12)
    width, height = width_px(text, size) + style.px(24), size + style.px(14)
    picture = paper(width, height, style)
    put(ImageDraw.Draw(picture), (width / 2, height / 2), text, size, style.text, anchor="mm")
    return array(picture)


def legend_picture(overlay: ValuesOverlay, style: Style, language: str) -> Pixels:
    """Title, unit and time; the classes; what is hatched and how much is good; the stamp."""
    width, pad = style.px(WIDTH), style.px(PAD)
    height = style.px(96)
    picture = paper(width, height, style)
    draw = ImageDraw.Draw(picture)
    right = width - pad
    if overlay.is_simulated:
        tag(draw, (right, style.px(8)), simulated_stamp(), style)
        right -= tag_width(simulated_stamp(), style) + style.px(8)
    title = elided(clean(overlay.title), style.px(12), right - pad)
    put(draw, (pad, style.px(21)), title, style.px(12), style.text)
    under = " · ".join(
        text for text in (clean(overlay.scale.unit), clean(overlay.time_text), _further(overlay, language)) if text
    )
    put(draw, (pad, style.px(36)), elided(under, style.px(10), width - 2 * pad), style.px(10), style.muted)
    _classes(draw, overlay.scale, style, language)
    _hatched(draw, overlay, style, language)
    return array(picture)


def _further(overlay: ValuesOverlay, language: str) -> str:
    if isinstance(overlay, HeatMap):
        metres = number_text(overlay.radius_m, language, 0)
        return overlay_word(language, "overlay.radius").format(metres=metres)
    target = overlay.scale.target
    if target is None:
        return ""
    return overlay_word(language, "overlay.target").format(value=number_text(target, language))


def _classes(draw: ImageDraw.ImageDraw, scale: ColourScale, style: Style, language: str) -> None:
    """The fields side by side, and between them the numbers where one ends and the next begins."""
    pad, top = style.px(PAD), style.px(44)
    bottom = top + style.px(BAND)
    bounds = np.round(np.linspace(pad, style.px(WIDTH) - pad, scale.num_classes + 1)).astype(int).tolist()
    for one, x0, x1 in zip(scale.legend(), bounds[:-1], bounds[1:], strict=True):
        swatch(draw, (x0, top, x1, bottom), one.rgb)
    for edge, x in zip(scale.edges, bounds[1:-1], strict=True):
        text = number_text(edge, language, _decimals(scale))
        draw.line((x, bottom, x, bottom + style.px(2)), fill=(*style.muted, 255))
        put(draw, (x, bottom + style.px(13)), text, style.px(10), style.text, anchor="ms")
    if scale.target is not None and scale.target in scale.edges:
        x = bounds[1 + scale.edges.index(scale.target)]
        draw.line((x, top - style.px(3), x, bottom + style.px(2)), fill=(*style.text, 255), width=style.px(2))


def _decimals(scale: ColourScale) -> int:
    """As many for all edges as tell them apart."""
    for decimals in range(7):
        if all(abs(round(edge, decimals) - edge) < 1e-9 * max(1.0, abs(edge)) for edge in scale.edges):
            return decimals
    return 6


def _hatched(draw: ImageDraw.ImageDraw, overlay: ValuesOverlay, style: Style, language: str) -> None:
    readings = overlay.readings
    pad, y = style.px(PAD), style.px(78)
    side = style.px(10)
    x = pad
    pale = faded(np.array([[90, 160, 150]], np.uint8))[0].tolist()
    fields = (
        (readings.empty.any(), MISSING_RGB, 1, overlay_word(language, "overlay.missing")),
        (readings.faded.any(), (pale[0], pale[1], pale[2]), 2, overlay_word(language, "overlay.stale")),
    )
    for is_there, colour, told, text in fields:
        if is_there:
            swatch(draw, (x, y, x + side, y + side), colour, told)
            put(draw, (x + side + style.px(4), y + side - 1), text, style.px(10), style.muted)
            x += side + style.px(14) + width_px(text, style.px(10))
    good, total = overlay.counted
    count = overlay_word(language, "overlay.good_of").format(good=good, total=total)
    put(draw, (style.px(WIDTH) - pad, y + side - 1), count, style.px(10), style.muted, anchor="rs")
