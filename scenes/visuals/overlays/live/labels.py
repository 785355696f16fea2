"""Labels and cards with leaders to their places, never one over the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.analysis.label_placement import Placed, place_labels
from scenes.model.overlays.labels import Labels
from scenes.model.overlays.number_texts import number_text
from scenes.model.overlays.palettes import MISSING_RGB
from scenes.model.overlays.readings import Condition
from scenes.visuals.overlays.live.card_pictures import CARD, CHIP, Card, age_text, card_picture, card_size, dot_picture
from scenes.visuals.overlays.live.leaders import Leaders
from scenes.visuals.overlays.live.lettering import Rgb, Style, clean
from scenes.visuals.overlays.live.picture import Floats, LiveContext, LiveVisual, Picture
from scenes.visuals.overlays.live.sprites import Pixels, Sprites
from scenes.visuals.sections import is_kept

DOT_PX = 9


class LabelsVisual(LiveVisual):
    """In front of everything; rays pass through."""

    overlay: Labels
    writes = 2

    def __init__(self, overlay: Labels, context: LiveContext) -> None:
        super().__init__(overlay, context)
        front = context.stage.front
        self._leaders = Leaders(front)
        self._sprites = Sprites(front)
        self._style = Style.of(context.stage.look)
        self._cards: list[Card] = []
        self._sizes: Floats = np.zeros((0, 2, 2))
        self.placed: Placed | None = None
        self._seen: tuple[Any, ...] = ()

    def refresh(self) -> None:
        """See `LiveVisual.refresh`."""
        look = self.context.stage.look
        self._style = Style.of(look)
        self._leaders.set_look(look)
        self._cards = cards_of(self.overlay, self.context.language)
        language, style = self.context.language, self._style
        sizes = [[card_size(card, form, style, language) for form in (CARD, CHIP)] for card in self._cards]
        self._sizes = np.array(sizes, np.float64).reshape(-1, 2, 2)
        self._seen = ()

    def prepare(self, picture: Picture) -> None:
        """See `LiveVisual.prepare`."""
        if not self.overlay.visible or not self._cards:
            self._leaders.hide()
            self._sprites.hide()
            self._seen = ()
            return
        seen = (picture.view, picture.size_px, tuple(picture.taken_px), picture.cuts_render.tobytes())
        if seen != self._seen:
            self._seen = seen
            self._place(picture)
        if self.placed is not None:
            picture.taken_px += [tuple(one) for one in self.placed.rectangles[self.placed.shown].tolist()]

    def _place(self, picture: Picture) -> None:
        overlay = self.overlay
        anchors = picture.project(overlay.places_m)[:, :2]
        kept = is_kept(picture.cuts_render, self.context.frame.to_render(overlay.places_m))
        taken = np.array(picture.taken_px, np.float64).reshape(-1, 4)
        anchors[~kept | covered(anchors, picture.hidden_px)] = np.nan
        self.placed = place_labels(
            anchors, self._sizes, overlay.priorities, picture.size_px, self.placed, taken_px=taken
        )
        self._show(anchors, self.placed, picture.size_px, covered(anchors, taken))

    def _show(self, anchors: Floats, placed: Placed, size_px: tuple[int, int], under_others: NDArray[np.bool_]) -> None:
        keys: list[Any] = []
        pictures: list[Pixels] = []
        with np.errstate(invalid="ignore"):
            inside = ((anchors >= 0.0) & (anchors <= np.asarray(size_px))).all(axis=1)
        dotted, shown = np.flatnonzero(inside & ~under_others), np.flatnonzero(placed.shown)
        size = self._style.px(DOT_PX)
        for index in dotted.tolist():
            colour = _dot_colour(self._cards[index])
            keys.append(("dot", colour, self._style))
            pictures.append(dot_picture(colour, self._style.paper, size))
        for index in shown.tolist():
            key = (self._cards[index], int(placed.form[index]), self._style, self.context.language)
            keys.append(key)
            pictures.append(card_picture(*key))
        corners = np.concatenate([np.round(anchors[dotted] - size / 2.0), placed.rectangles[shown, :2]])
        self._sprites.show(keys, pictures, corners, size_px[1])
        led = np.flatnonzero(placed.shown & ~under_others)
        self._leaders.show(anchors[led], placed.rectangles[led], size_px[1])

    def close(self) -> None:
        """See `LiveVisual.close`."""
        self._leaders.remove()
        self._sprites.remove()


def covered(points_px: Floats, taken_px: Floats) -> NDArray[np.bool_]:
    """Which points (n, 2) lie within any of some rectangles (k, 4)."""
    with np.errstate(invalid="ignore"):
        inside = (points_px[:, None] >= taken_px[:, :2]) & (points_px[:, None] <= taken_px[:, 2:])
    return np.asarray(np.asarray(inside.all(axis=2)).any(axis=1))


def _dot_colour(card: Card) -> Rgb:
    return card.rgb if card.condition is Condition.GOOD else MISSING_RGB


def cards_of(overlay: Labels, language: str) -> list[Card]:
    """What each label says."""
    readings, decimals = overlay.readings, overlay.decimals
    colours: list[list[int]] = overlay.scale.colours()[
        np.minimum(overlay.scale.classes(readings.value), overlay.scale.num_classes - 1)
    ].tolist()
    columns = (readings.value, readings.condition, readings.age_s, readings.simulated, readings.empty, decimals)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    lines = overlay.sparklines
    cards = []
    for index, (value, condition, age_s, simulated, empty, places) in enumerate(rows):
        text = "—" if empty else number_text(value, language, places if places >= 0 else None)
        rgb = (colours[index][0], colours[index][1], colours[index][2])
        spark = () if lines is None else spark_heights(lines[index])
        age = "" if condition == Condition.MISSING else age_text(age_s, language)
        unit = "" if empty else clean(overlay.units[index])
        cards.append(Card(clean(overlay.titles[index]), text, unit, Condition(condition), age, simulated, rgb, spark))
    return cards


def spark_heights(values: NDArray[np.float64]) -> tuple[float, ...]:
    """Values as heights 0..1 of their own range; a line of equal ones in the middle, nothing where none is known."""
    known = np.isfinite(values)
    if known.sum() < 2:
        return ()
    low, high = float(values[known].min()), float(values[known].max())
    heights = np.full(len(values), 0.5) if high <= low else (values - low) / (high - low)
    return tuple(np.round(np.where(known, heights, np.nan), 3).tolist())
