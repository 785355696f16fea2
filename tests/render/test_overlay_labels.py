"""Labels, legends and stamps: in their places, never one over the other."""

from __future__ import annotations

import numpy as np

from scenes.model.overlays.readings import Readings
from scenes.model.overlays.scale import ColourScale
from scenes.model.overlays.signs import AlarmLevel, Signs
from tests.render.overlay_models import SCALE, labelled, visual_of
from tests.render.test_pictures import differs


def test_labels_are_drawn_where_they_are_placed_and_nowhere_else(studio) -> None:
    s = studio((640, 480), language="zh_CN")
    labels = labelled(s, 1)
    labels.scale = ColourScale(())  # of one class: there is nothing to explain
    labels.visible = False
    bare = s.shot()
    labels.visible = True
    changed = np.abs(s.shot() - bare).max(axis=2) > 12
    x0, y0, x1, y1 = visual_of(s, labels).placed.rectangles[0].astype(int)
    assert changed[y0 + 3 : y1 - 3, x0 + 3 : x1 - 3].mean() > 0.8
    changed[y0:y1, x0:x1] = False
    assert 0 < changed.sum() < 400, "besides it, a leader and a dot"


def test_two_hundred_labels_neither_overlap_nor_flicker(studio) -> None:
    s = studio((1280, 800))
    labels = labelled(s, 200)
    first = s.shot()
    assert not differs(first, s.shot(), 1)
    rectangles = visual_of(s, labels).placed.rectangles
    shown = rectangles[np.isfinite(rectangles).all(axis=1)]
    assert len(shown) > 15
    low = np.maximum(shown[:, None, :2], shown[None, :, :2])
    high = np.minimum(shown[:, None, 2:], shown[None, :, 2:])
    assert ((high - low) > 0).all(axis=2).sum() == len(shown)


def test_the_stamp_is_on_everything_simulated_and_on_nothing_else(studio) -> None:
    s = studio((640, 480))
    labels = labelled(s, 1)
    plain = visual_of(s, labels)
    s.shot()
    honest = plain.placed.rectangles[0]
    labels.readings = Readings.of([12.0], 0, 3.0, True)
    s.shot()
    assert plain.placed.rectangles[0, 2:].sum() - plain.placed.rectangles[0, :2].sum() > (honest[2:] - honest[:2]).sum()
    assert s.canvas.live._legends._stamp is not None
    labels.readings = Readings.of([12.0])
    s.shot()
    assert s.canvas.live._legends._stamp is None


def test_no_label_stands_on_an_alarm(studio) -> None:
    s = studio((1280, 800))
    labels = labelled(s, 60)
    signs = Signs("sensors", SCALE)
    chance = np.random.default_rng(7)
    signs.place(np.column_stack([chance.uniform(-15, 15, (12, 2)), np.zeros(12)]))
    signs.raise_alarms([AlarmLevel.CRITICAL] * 12)
    s.scene.overlays.add(signs)
    s.shot()
    rectangles = visual_of(s, labels).placed.rectangles
    shown = rectangles[np.isfinite(rectangles).all(axis=1)]
    at_px = np.column_stack([640 + signs.places_m[:, 0] * 20, 400 - signs.places_m[:, 1] * 20])
    inside = (at_px[:, None] > shown[:, :2] - 12) & (at_px[:, None] < shown[:, 2:] + 12)
    assert len(shown) > 5
    assert not inside.all(axis=2).any()


def test_legends_keep_clear_of_labels_and_go_with_their_overlays(studio) -> None:
    s = studio((1280, 800))
    labels = labelled(s, 120)
    s.shot()
    corner = np.s_[600:, 980:]
    with_legend = s.shot()[corner]
    taken = [1280 - 14 - 296, 800 - 14 - 96]
    rectangles = visual_of(s, labels).placed.rectangles
    inside = (rectangles[:, 2] > taken[0]) & (rectangles[:, 3] > taken[1])
    assert not inside.any()
    labels.visible = False
    assert differs(s.shot()[corner], with_legend, 40)
