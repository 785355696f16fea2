"""Sections cut overlays as they cut the city."""

from __future__ import annotations

import numpy as np
import pytest

from scenes.model.overlays.bars import Bars
from scenes.model.overlays.domes import Domes
from scenes.model.overlays.flows import Flows
from scenes.model.overlays.labels import Labels
from scenes.model.overlays.object_values import ObjectValues
from scenes.model.overlays.pins import Pin, Pins
from scenes.model.overlays.readings import Condition, Readings
from scenes.model.overlays.registry import KINDS
from scenes.model.overlays.scale import ColourScale
from scenes.model.view import SectionPlane
from tests.render.models import boxes
from tests.render.overlay_models import flat
from tests.render.test_pictures import at, differs, top_view

WEST_ONLY = (SectionPlane((0.0, 0.0, 0.0), (1.0, 0.0, 0.0)),)
EAST, WEST = [[12.0, 0.0, 0.0]], [[-12.0, 0.0, 0.0]]


def one(kind: str, place):
    """An overlay of one thing; its scale needs no legend."""
    overlay = KINDS[kind]("", ColourScale((), "teal"))
    if isinstance(overlay, Flows):
        overlay.draw([np.add(place, [[0.0, -6.0, 1.0], [0.0, 6.0, 1.0]])])
    elif isinstance(overlay, Labels):
        overlay.describe(place, ["power"])
    elif isinstance(overlay, Bars):
        overlay.stand(place, 6.0)
    elif isinstance(overlay, Pins):
        overlay.stand(place, [Pin("a", "", 1)])
        return overlay
    elif isinstance(overlay, Domes):
        overlay.cover(place, 6.0)
    else:
        overlay.radius_m = 8.0
        overlay.place(place)
    overlay.readings = Readings.of([1.0])
    return overlay


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "object_values"])
def test_what_is_cut_away_takes_its_overlay_with_it(studio, kind) -> None:
    s = studio()
    flat(s)
    s.scene.view.camera = top_view()
    s.scene.view.section_planes = WEST_ONLY
    bare = s.shot()
    overlay = s.scene.overlays.add(one(kind, EAST))
    assert not differs(s.shot(), bare, 2), "cut away"
    s.scene.overlays.remove(overlay)
    s.scene.overlays.add(one(kind, WEST))
    assert differs(s.shot(), bare, 4), "kept"


def test_objects_in_the_colours_of_their_values_are_cut_like_others(studio) -> None:
    s = studio()
    layer = s.add(boxes([[-8, -4, 0], [2, -4, 0]], [[6, 8, 10]] * 2))
    overlay = ObjectValues("energy", ColourScale((10.0,), "viridis"))
    overlay.bind([layer.layer_id], [0, 0], [0, 1])
    overlay.readings = Readings.of([20.0, np.nan], [Condition.GOOD, Condition.MISSING])
    s.scene.overlays.add(overlay)
    s.scene.view.camera = top_view()
    full = s.shot()
    s.scene.view.section_planes = WEST_ONLY
    cut = s.shot()
    assert differs(at(cut, 5, 0), at(full, 5, 0), 10)
    assert not differs(at(cut, 5, 0), at(cut, 15, 0), 8), "nothing is left of it"
    assert not differs(at(cut, -5, 0), at(full, -5, 0), 3)
