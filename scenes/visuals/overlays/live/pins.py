"""Pins on the ground: those that would cover a more urgent one are dots, and words stand where there is room."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.analysis.label_placement import Placed, Rules, place_labels
from scenes.model.overlays.pins import Pin, PinClock, Pins
from scenes.visuals.overlays.live.card_pictures import dot_picture
from scenes.visuals.overlays.live.labels import covered
from scenes.visuals.overlays.live.leaders import Leaders
from scenes.visuals.overlays.live.lettering import Style
from scenes.visuals.overlays.live.picture import Floats, LiveContext, LiveVisual, Picture
from scenes.visuals.overlays.live.pin_pictures import (
    CARD,
    CHIP,
    DOT_PX,
    HEAD_PX,
    STEM_PX,
    card_picture,
    card_size,
    level_rgb,
    pin_picture,
    pin_size,
)
from scenes.visuals.overlays.live.sprites import Pixels, Sprites
from scenes.visuals.sections import is_kept

MOST_CARDS = 24
_URGENT = {PinClock.OVERDUE: 2.0, PinClock.NEAR: 1.0}


class PinsVisual(LiveVisual):
    """In front of everything, of the same size at any distance; `key_at` tells which pin a click is meant for."""

    overlay: Pins
    writes = 1

    def __init__(self, overlay: Pins, context: LiveContext) -> None:
        super().__init__(overlay, context)
        self._leaders = Leaders(context.stage.front)
        self._sprites = Sprites(context.stage.front)
        self._style = Style.of(context.stage.look)
        self._sizes: Floats = np.zeros((0, 2, 2))
        self._ranks: Floats = np.zeros(0)
        self._boxes: list[tuple[str, tuple[float, float, float, float]]] = []
        self._feet: Floats = np.zeros((0, 2))
        self._standing = np.zeros(0, np.bool_)
        self.placed: Placed | None = None
        self._seen: tuple[Any, ...] = ()

    def refresh(self) -> None:
        """See `LiveVisual.refresh`."""
        self._style = Style.of(self.context.stage.look)
        self._leaders.set_look(self.context.stage.look)
        pins, chosen = self.overlay.pins, self.overlay.chosen
        sizes = [[card_size(pin, form, self._style) for form in (CARD, CHIP)] for pin in pins]
        self._sizes = np.array(sizes, np.float64).reshape(-1, 2, 2)
        self._ranks = np.array([rank(pin, chosen) for pin in pins])
        self._seen = ()

    def prepare(self, picture: Picture) -> None:
        """See `LiveVisual.prepare`."""
        if not self.overlay.visible or not self.overlay.pins:
            self._sprites.hide()
            self._leaders.hide()
            self._boxes, self._seen = [], ()
            return
        seen = (picture.view, picture.size_px, tuple(picture.taken_px), picture.cuts_render.tobytes())
        if seen != self._seen:
            self._seen = seen
            self._place(picture)
        picture.taken_px += [box for _, box in self._boxes]

    def stake(self, picture: Picture) -> None:
        """See `LiveVisual.stake`: no words stand on a pin, whoever wrote them."""
        if not self.overlay.visible or not self.overlay.pins:
            return
        places_m = self.overlay.places_m
        feet = picture.project(places_m)[:, :2]
        feet[~is_kept(picture.cuts_render, self.context.frame.to_render(places_m))] = np.nan
        feet[covered(feet - [0.0, self._style.px(STEM_PX + HEAD_PX / 2)], picture.hidden_px)] = np.nan
        self._feet, self._standing = feet, apart(feet, self._ranks, self._style.px(HEAD_PX + 3))
        picture.taken_px += [tuple(box) for box in self._pin_boxes(feet, self._standing).tolist()]

    def _place(self, picture: Picture) -> None:
        feet, standing = self._feet, self._standing
        heads = feet - [0.0, self._style.px(STEM_PX + HEAD_PX / 2)]
        taken = np.array(picture.taken_px, np.float64).reshape(-1, 4)
        anchors = np.where(standing[:, None], heads, np.nan)
        gap = self._style.px(HEAD_PX / 2 + 3)
        self.placed = place_labels(
            anchors,
            self._sizes,
            self._ranks,
            picture.size_px,
            self.placed,
            taken_px=taken,
            rules=Rules(gap_px=gap, margin_px=4.0, give_px=3.0, most_share=0.16, most=MOST_CARDS),
        )
        self._show(feet, standing, self.placed, picture.size_px)
        shown = self.placed.shown
        self._leaders.show(anchors[shown], self.placed.rectangles[shown], picture.size_px[1])

    def _pin_boxes(self, feet: Floats, standing: NDArray[np.bool_]) -> Floats:
        half, height = self._style.px(HEAD_PX) / 2.0, self._style.px(HEAD_PX + STEM_PX)
        at = feet[standing]
        return np.column_stack([at[:, 0] - half, at[:, 1] - height, at[:, 0] + half, at[:, 1]]).reshape(-1, 4)

    def _show(self, feet: Floats, standing: NDArray[np.bool_], placed: Placed, size_px: tuple[int, int]) -> None:
        keys: list[Any] = []
        pictures: list[Pixels] = []
        corners: list[tuple[float, float]] = []
        self._boxes = []
        with np.errstate(invalid="ignore"):
            slack = float(self._style.px(HEAD_PX + STEM_PX))
            inside = np.asarray(((feet >= -slack) & (feet <= np.asarray(size_px) + slack)).all(axis=1))
        order = [at for at in np.argsort(self._ranks, kind="stable").tolist() if inside[at]]
        for at in sorted(order, key=lambda one: bool(standing[one])):
            key, pixels, corner = self._marked(at, feet[at], bool(standing[at]))
            self._add(self.overlay.pins[at], pixels, corner)
            keys, pictures, corners = [*keys, key], [*pictures, pixels], [*corners, corner]
        for at in np.flatnonzero(placed.shown).tolist():
            words = (self.overlay.pins[at], int(placed.form[at]), self._style)
            pixels, (x, y) = card_picture(*words), placed.rectangles[at, :2].tolist()
            self._add(self.overlay.pins[at], pixels, (x, y))
            keys, pictures, corners = [*keys, words], [*pictures, pixels], [*corners, (x, y)]
        self._sprites.show(keys, pictures, np.array(corners, np.float64).reshape(-1, 2), size_px[1])

    def _marked(self, at: int, foot: Floats, stands: bool) -> tuple[Any, Pixels, tuple[float, float]]:
        pin, style = self.overlay.pins[at], self._style
        if not stands:
            colour, size = level_rgb(pin), style.px(DOT_PX)
            pixels = dot_picture(colour, style.paper, size)
            return ("dot", colour, style), pixels, (round(foot[0] - size / 2), round(foot[1] - size / 2))
        key = (pin, pin.key == self.overlay.chosen, style, self.context.language)
        width, height = pin_size(pin, style, self.context.language)
        return key, pin_picture(*key), (round(foot[0] - width / 2), round(foot[1] - height))

    def _add(self, pin: Pin, pixels: Pixels, corner: tuple[float, float]) -> None:
        x, y = corner
        self._boxes.append((pin.key, (x, y, x + pixels.shape[1], y + pixels.shape[0])))

    def key_at(self, x_px: float, y_px: float) -> str:
        """See `LiveVisual.key_at`: of the uppermost pin or card."""
        for key, (x0, y0, x1, y1) in reversed(self._boxes):
            if x0 <= x_px < x1 and y0 <= y_px < y1:
                return key
        return ""

    def close(self) -> None:
        """See `LiveVisual.close`."""
        self._leaders.remove()
        self._sprites.remove()


def rank(pin: Pin, chosen: str) -> float:
    """Which pins come first: the chosen one, then the graver, then what is overdue."""
    return (1000.0 if pin.key == chosen else 0.0) + 10.0 * (5 - (pin.level or 5)) + _URGENT.get(pin.clock, 0.0)


def apart(feet_px: Floats, ranks: Floats, least_px: float) -> NDArray[np.bool_]:
    """Which of n pins (n, 2) can stand as a whole: no two nearer than that, the higher ranks first."""
    standing = np.zeros(len(feet_px), np.bool_)
    taken: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for at in np.lexsort((np.arange(len(ranks)), -ranks)).tolist():
        x, y = feet_px[at].tolist()
        if not np.isfinite(x + y):
            continue
        column, row = int(x // least_px), int(y // least_px)
        near = (one for i in (-1, 0, 1) for j in (-1, 0, 1) for one in taken.get((column + i, row + j), ()))
        if all((x - a) ** 2 + (y - b) ** 2 >= least_px**2 for a, b in near):
            standing[at] = True
            taken.setdefault((column, row), []).append((x, y))
    return standing
