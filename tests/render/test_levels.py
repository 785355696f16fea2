"""Levels of detail in pictures: blocks from afar, the inside when one looks into a building."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from loaders.model.formats import LayerKind
from loaders.model.meshes import MeshChunk
from scenes.model.layers import Layer, ObjectFlag
from scenes.model.view import CameraView, SectionPlane
from scenes.visuals.canvas import SceneCanvas
from tests.render.models import boxes
from tests.unit.loaders.convert.synthetic import object_table, property_table
from tests.unit.loaders.tileset.making import write_tileset

# Four walls and a roof, a red thing within, and a space that is hidden by default.
_LOWS = [[0, 0, 0], [0, 9, 0], [0, 1, 0], [19, 1, 0], [0, 0, 6], [8, 4, 0], [1, 1, 0]]
_SIZES = [[20, 1, 6], [20, 1, 6], [1, 8, 6], [1, 8, 6], [20, 10, 0.5], [4, 3, 2], [18, 8, 6]]
_LEVELS = [3, 3, 3, 3, 3, 6, 5]
_ROOF, _THING, _SPACE = 4, 5, 6


def _house() -> list[tuple[MeshChunk, int]]:
    return [
        (boxes([low], [size], (220, 40, 40, 255) if row == _THING else (200, 200, 195, 255), first_row=row), level)
        for row, (low, size, level) in enumerate(zip(_LOWS, _SIZES, _LEVELS, strict=True))
    ]


@pytest.fixture
def house(studio, tmp_path: Path):
    table = object_table(7, level=_LEVELS, hidden=[row == _SPACE for row in range(7)])
    tileset = write_tileset(tmp_path / "house.tiles", _house(), (table, property_table([])))
    s = studio()
    s.store.folders[tileset.folder] = tileset
    layer = s.scene.layers.add(Layer("house", LayerKind.BUILDING))
    layer.flags = np.where(np.arange(7) == _SPACE, np.uint8(ObjectFlag.HIDDEN), np.uint8(0))
    layer.tileset_folder = tileset.folder
    return s, layer


def _rows_on_show(canvas: SceneCanvas, layer: Layer) -> set[int]:
    canvas.pump_all()
    visual = canvas.visuals.get(layer.layer_id)
    return {int(row) for batch in visual.batches for row in np.unique(batch.chunk.rows)}


def _look(s, distance_m: float) -> None:
    target = np.array([10.0, 5.0, 3.0])
    eye = target + distance_m * np.array([0.3, -0.8, 0.52])
    s.scene.view.camera = CameraView(tuple(eye), tuple(target))


def test_from_afar_there_is_one_block_nearer_the_envelope_and_at_hand_the_inside(house) -> None:
    s, layer = house
    seen = {}
    for distance_m in (5000.0, 200.0, 20.0):
        _look(s, distance_m)
        seen[distance_m] = _rows_on_show(s.canvas, layer)
    assert seen == {5000.0: {7}, 200.0: {0, 1, 2, 3, 4}, 20.0: {0, 1, 2, 3, 4, 5}}


def _hide_the_roof(s, layer: Layer) -> None:
    layer.set_flags(np.array([_ROOF]), ObjectFlag.HIDDEN, True)


def _make_a_ghost(s, layer: Layer) -> None:
    layer.set_flags(np.array([0]), ObjectFlag.GHOST, True)


def _cut(s, layer: Layer) -> None:
    s.scene.view.section_planes = (SectionPlane((0.0, 0.0, 4.0), (0.0, 0.0, 1.0)),)


def _thin_out(s, layer: Layer) -> None:
    layer.opacity = 0.4


@pytest.mark.parametrize("way", [_hide_the_roof, _make_a_ghost, _cut, _thin_out])
def test_whoever_looks_into_a_building_sees_what_is_in_it(house, way: Callable[..., None]) -> None:
    s, layer = house
    _look(s, 200.0)
    assert _THING not in _rows_on_show(s.canvas, layer)
    way(s, layer)
    assert _THING in _rows_on_show(s.canvas, layer)


def test_a_click_on_the_block_means_its_building(house) -> None:
    s, layer = house
    _look(s, 5000.0)
    s.shot()
    hit = s.canvas.pick(160, 120)
    assert hit is not None
    assert hit.ref.layer_id == layer.layer_id
    assert hit.ref.row < 6
