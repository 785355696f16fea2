"""Pins: drawn where something happens, graver ones before others, told when they are clicked at."""

from __future__ import annotations

import numpy as np
import pytest

from scenes.model.canvas import Mode
from scenes.model.overlays.labels import Labels
from scenes.model.overlays.pins import Pin, PinClock, Pins
from scenes.model.overlays.readings import Readings
from scenes.visuals.overlays.live.pin_legend import pin_counts
from scenes.visuals.overlays.live.pin_pictures import LEVEL_RGB
from scenes.visuals.overlays.live.pins import apart
from tests.render.overlay_models import HIGH, SCALE, flat, labelled, visual_of
from tests.render.test_pictures import differs, top_view


def pinned(s, *pins: Pin, at=((0.0, 0.0), (8.0, 8.0), (-8.0, 8.0))) -> Pins:
    flat(s)
    overlay = Pins("events")
    overlay.stand([[x, y, 0.0] for x, y in at[: len(pins)]], pins)
    s.scene.overlays.add(overlay)
    s.scene.view.camera = top_view()
    return overlay


def test_a_pin_is_drawn_in_the_colour_of_its_level_and_tells_a_click(studio) -> None:
    s = studio((640, 480))
    overlay = pinned(s, Pin("a", "pine-tree", 2, title="Tree", note="Reported", short="5 min"))
    clicked = []
    overlay.picked.connect(clicked.append)
    picture = s.shot()
    near = np.abs(picture - np.array(LEVEL_RGB[1])).max(axis=2) < 12
    assert near.sum() > 150
    y, x = (int(np.median(one)) for one in np.nonzero(near))
    s.canvas.click(x, y)
    assert clicked == ["a"]
    assert not s.scene.selection
    s.canvas.mode = Mode.POINT
    s.canvas.click(x, y)  # asked for a place, a click is no choice
    assert clicked == ["a"]
    overlay.visible = False
    s.canvas.mode = Mode.SELECT
    s.shot()
    s.canvas.click(x, y)
    assert clicked == ["a"]


def test_what_is_simulated_is_stamped_on_pin_and_picture(studio) -> None:
    s = studio((640, 480))
    overlay = pinned(s, Pin("a", "pine-tree", 4))
    plain = s.shot()
    assert s.canvas.live._legends._stamp is None
    overlay.stand(overlay.places_m, [Pin("a", "pine-tree", 4, is_simulated=True)])
    assert differs(s.shot(), plain, 30)
    assert s.canvas.live._legends._stamp is not None


def test_the_clock_shows(studio) -> None:
    s = studio((640, 480))
    overlay = pinned(s, Pin("a", "pine-tree", 3, PinClock.RUNNING, 0.25))
    pictures = [s.shot()]
    for clock, share in ((PinClock.RUNNING, 0.75), (PinClock.OVERDUE, 1.0), (PinClock.PAUSED, 0.75)):
        overlay.stand(overlay.places_m, [Pin("a", "pine-tree", 3, clock, share)])
        pictures.append(s.shot())
    for at, one in enumerate(pictures):
        assert not any(not differs(one, other, 12) for other in pictures[at + 1 :])


def test_pins_that_would_cover_one_another_are_dots_but_for_the_gravest(studio) -> None:
    s = studio((640, 480))
    pins = [Pin(str(level), "", level) for level in (4, 1, 3)]
    pinned(s, *pins, at=((0.0, 0.0), (0.2, 0.0), (0.4, 0.1)))
    picture = s.shot()
    counts = [(np.abs(picture - np.array(rgb)).max(axis=2) < 12).sum() for rgb in LEVEL_RGB]
    assert counts[0] > 4 * max(counts[2], counts[3])


def test_labels_keep_clear_of_pins(studio) -> None:
    s = studio((1280, 800))
    labels = labelled(s, 40)
    overlay = Pins("events")
    overlay.stand(labels.places_m[:12], [Pin(str(n), "waves", 2, title="Water", note="n") for n in range(12)])
    s.scene.overlays.add(overlay)
    s.shot()
    rectangles = visual_of(s, labels).placed.rectangles
    shown = rectangles[np.isfinite(rectangles).all(axis=1)]
    boxes = np.array([box for key, box in visual_of(s, overlay)._boxes if box[2] - box[0] > 16])
    assert len(shown) > 3
    assert len(boxes) > 3
    low, high = np.maximum(shown[:, None, :2], boxes[None, :, :2]), np.minimum(shown[:, None, 2:], boxes[None, :, 2:])
    assert not ((high - low) > 0).all(axis=2).any()


@pytest.mark.parametrize("seed", range(3))
def test_no_two_pins_stand_too_near_and_none_is_left_out_without_need(seed: int) -> None:
    chance = np.random.default_rng(seed)
    feet, ranks = chance.uniform(0, 400, (300, 2)), chance.permutation(300).astype(float)
    feet[5] = np.nan
    standing = apart(feet, ranks, 30.0)
    gaps = np.hypot(*(feet[:, None] - feet[None]).T)
    np.fill_diagonal(gaps, np.inf)
    assert (gaps[np.ix_(standing, standing)] >= 30.0).all()
    assert not standing[5]
    for at in np.flatnonzero(~standing & np.isfinite(feet[:, 0])):
        assert (gaps[at, standing & (ranks > ranks[at])] < 30.0).any()


def test_the_numbers_must_fit() -> None:
    moved = Pins()
    moved.stand([[0.0, 0.0, 0.0]], [Pin("a", "", 1)])
    moved.place([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    assert moved.pins == ()
    with pytest.raises(ValueError, match="2 pins"):
        Pins().stand([[0.0, 0.0, 0.0]], [Pin("a", "", 1), Pin("b", "", 1)])


def test_no_words_stand_on_pins_of_another_overlay(studio) -> None:
    s = studio((640, 480))
    first = pinned(s, Pin("a", "", 1, title="One", note="note"))
    second = Pins("others")
    second.stand([[0.0, 6.0, 0.0], [3.0, 6.0, 0.0], [-3.0, 6.0, 0.0]], [Pin(str(n), "", 4) for n in range(3)])
    s.scene.overlays.add(second)
    s.shot()
    card = visual_of(s, first).placed.rectangles[0]
    heads = [box for _, box in visual_of(s, second)._boxes]
    assert len(heads) >= 3
    for x0, y0, x1, y1 in heads:
        assert not (card[0] < x1 and x0 < card[2] and card[1] < y1 and y0 < card[3])


def test_the_legend_counts_levels_and_what_is_overdue(studio) -> None:
    s = studio((900, 600))
    pins = [Pin("a", "", 1, PinClock.OVERDUE, 1.0), Pin("b", "", 4), Pin("c", "", 4, is_simulated=True)]
    overlay = pinned(s, *pins)
    s.shot()
    assert pin_counts(overlay) == (1, 0, 0, 2, 1)
    legends = s.canvas.live._legends
    ((_, picture),) = legends._pictures
    found = [(np.abs(picture[..., :3].astype(int) - np.array(rgb)).max(axis=2) < 12).sum() for rgb in LEVEL_RGB]
    assert found[0] > 60
    assert found[1] < 5
    assert found[2] < 5
    assert found[3] > 60
    assert not legends._is_bare, "the legend bears the stamp"
    overlay.stand(overlay.places_m, [Pin(str(n), "", 0, is_simulated=True) for n in range(3)])
    s.shot()
    assert legends._pictures == []
    assert legends._is_bare


def test_no_dot_of_a_label_stands_on_a_card(studio) -> None:
    s = studio((640, 480))
    pins = pinned(s, Pin("a", "", 1, title="A title", note="a note"), at=((0.0, 0.0),))
    s.shot()
    x0, y0, x1, y1 = (int(side) for side in visual_of(s, pins).placed.rectangles[0])
    before = s.shot()[y0:y1, x0:x1]
    hit = s.canvas.probe.pick((x0 + x1) / 2, (y0 + y1) / 2)
    assert hit is not None
    labels = Labels("power", SCALE)
    labels.describe([hit.point_world_m], ["x"])
    labels.readings = Readings.of([HIGH])
    s.scene.overlays.add(labels)
    assert not differs(before, s.shot()[y0:y1, x0:x1], 10)
