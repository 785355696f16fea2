"""Every kind of overlay keeps the laws of the scene's state."""

from __future__ import annotations

import numpy as np
import pytest

from scenes.model.overlays.bars import STUB_SHARE, Bars
from scenes.model.overlays.domes import Domes
from scenes.model.overlays.flows import Flows
from scenes.model.overlays.heat import HeatMap
from scenes.model.overlays.labels import Labels
from scenes.model.overlays.object_values import ObjectValues
from scenes.model.overlays.overlay_list import OverlayList
from scenes.model.overlays.readings import Condition, Readings
from scenes.model.overlays.registry import KINDS
from scenes.model.overlays.scale import ColourScale
from scenes.model.overlays.signs import Signs
from scenes.model.scene import Scene

PLACES = np.array([[0.0, 0.0, 0.0], [10.0, 0.0, 0.0]])


def two(kind: str):
    """An overlay of two things."""
    overlay = KINDS[kind]("name")
    if isinstance(overlay, ObjectValues):
        overlay.bind(["layer"], [0, 0], [3, 4])
    elif isinstance(overlay, Flows):
        overlay.draw([PLACES, PLACES + 5.0])
    elif isinstance(overlay, Labels):
        overlay.describe(PLACES, ["a", "b"])
    elif isinstance(overlay, Bars):
        overlay.stand(PLACES, 5.0)
    elif isinstance(overlay, Domes):
        overlay.cover(PLACES, 20.0)
    else:
        overlay.place(PLACES)
    return overlay


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_is_told_once_and_no_change_not_at_all(kind) -> None:
    overlay, told = two(kind), []
    overlay.changed.connect(told.append)
    assert overlay.kind == kind
    for _ in range(3):
        overlay.readings = Readings.of([1.0, 2.0])
        overlay.title, overlay.visible, overlay.still = "other", False, True
        overlay.scale = ColourScale((1.5,))
    assert told == ["readings", "title", "visible", "still", "scale"]


@pytest.mark.parametrize("kind", KINDS)
def test_until_values_come_they_are_missing_and_their_number_must_fit(kind) -> None:
    overlay = two(kind)
    assert overlay.readings.condition.tolist() == [Condition.MISSING] * 2
    with pytest.raises(ValueError, match="3 values for 2"):
        overlay.readings = Readings.of([1.0, 2.0, 3.0])


@pytest.mark.parametrize("kind", KINDS)
def test_one_simulated_value_makes_an_overlay_simulated(kind) -> None:
    overlay = two(kind)
    overlay.readings = Readings.of([1.0, 2.0])
    assert not overlay.is_simulated
    overlay.readings = Readings.of([1.0, 2.0], 0, 1.0, [False, True])
    assert overlay.is_simulated
    assert not [name for name in dir(overlay) if "stamp" in name], "there is nothing to switch it off with"


def test_bars_are_as_high_as_their_values_and_stubs_where_there_are_none() -> None:
    bars = Bars()
    bars.stand(np.zeros((5, 3)), 4.0)
    bars.full_value, bars.full_height_m = 10.0, 100.0
    bars.readings = Readings.of([5.0, 10.0, np.nan, -3.0, 1e9])
    stub = STUB_SHARE * 100.0
    assert bars.heights_m() == pytest.approx([50.0, 100.0, stub, stub, 400.0])
    bars.full_value = 0.0
    assert bars.heights_m() == pytest.approx([stub] * 5)


def test_new_places_forget_old_values() -> None:
    heat = HeatMap()
    heat.place(PLACES)
    heat.readings = Readings.of([1.0, 2.0])
    heat.place(PLACES[:1])
    assert heat.readings.condition.tolist() == [Condition.MISSING]
    signs = Signs()
    signs.place(PLACES)
    signs.raise_alarms([4, 9])
    assert signs.levels.tolist() == [4, 4]
    signs.place(PLACES[:1])
    assert signs.levels.tolist() == [0]


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="instead of"):
        HeatMap().place(np.zeros((4, 2)))
    with pytest.raises(ValueError, match="titles"):
        Labels().describe(PLACES, ["one"])
    with pytest.raises(ValueError, match="none of"):
        ObjectValues().bind(["layer"], [0, 1], [3, 4])
    labels = two("labels")
    with pytest.raises(ValueError, match="sparklines"):
        labels.sparklines = np.zeros((3, 5))


def test_the_list_tells_of_what_comes_and_goes() -> None:
    overlays, told = OverlayList(), []
    overlays.added.connect(lambda one: told.append(("+", one.title)))
    overlays.removed.connect(lambda one: told.append(("-", one.title)))
    overlays.still_changed.connect(told.append)
    heat = overlays.add(HeatMap("heat"))
    overlays.add(heat)
    overlays.still = True
    overlays.still = True
    overlays.remove(heat)
    overlays.remove(heat)
    assert told == [("+", "heat"), True, ("-", "heat")]
    assert len(Scene().overlays) == 0
