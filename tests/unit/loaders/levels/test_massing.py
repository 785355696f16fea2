"""The block of a building against its footprint times its height."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.levels.massing import Block, block_of
from loaders.levels.pieces import Pieces
from loaders.levels.surfaces import surface_of
from loaders.model.meshes import MeshChunk
from tests.unit.loaders.levels.making import boxes_chunk, volume_m3


def _block(chunk: MeshChunk) -> Block | None:
    return block_of(surface_of(Pieces.of([chunk])))


def _volume(block: Block) -> float:
    points = block.solid.points_m
    return volume_m3(points, block.solid.triangles, float(points[:, 2].min()))


@settings(max_examples=30, deadline=None)
@given(st.floats(4.0, 90.0), st.floats(4.0, 90.0), st.floats(3.0, 300.0), st.floats(-3.1, 3.1), st.floats(-5e5, 5e5))
def test_the_block_of_a_box_is_the_box(width: float, depth: float, height: float, turn: float, far: float) -> None:
    chunk = boxes_chunk([(0, 0, 0, width, depth, height)], turn_rad=turn, origin_m=(far, far, 20.0))
    block = _block(chunk)
    assert block is not None
    cell = max(width, depth) / 64
    assert _volume(block) == pytest.approx(width * depth * height, abs=4 * cell * (width + depth) * height)
    heights = block.solid.points_m[:, 2] + block.origin_m[2]
    assert heights.min() == pytest.approx(20.0, abs=1e-3)
    assert heights.max() == pytest.approx(20.0 + height, abs=1e-3)


def test_a_tower_on_a_podium_keeps_both_heights() -> None:
    block = _block(boxes_chunk([(0, 0, 0, 60, 40, 12), (10, 10, 12, 30, 30, 90)]))
    assert block is not None
    heights = np.unique(np.round(block.solid.points_m[:, 2] + block.origin_m[2], 2))
    assert heights.tolist() == pytest.approx([0.0, 12.0, 90.0], abs=0.1)
    # The tower's walls begin at the podium's roof, so its volume counts once.
    assert _volume_above(block, 0.0) == pytest.approx(60 * 40 * 12 + 20 * 20 * 78, rel=0.12)


def _volume_above(block: Block, floor_m: float) -> float:
    """By the roofs: each roof's area times its height over the one below."""
    points = block.solid.points_m + block.origin_m
    a, b, c = (points[block.solid.triangles[:, i]] for i in range(3))
    rise = np.cross(b - a, c - a)[:, 2] / 2.0
    roofs = rise > 1e-9
    tops = a[roofs, 2]
    below = np.where(tops > 50.0, 12.0, floor_m)
    return float((rise[roofs] * (tops - below)).sum())


@pytest.mark.parametrize("box", [(0, 0, 0, 0, 8, 3), (0, 0, 0, 9, 8, 0)])
def test_what_is_flat_has_no_block(box: tuple[float, ...]) -> None:
    assert _block(boxes_chunk([box])) is None


def test_walls_and_roof_keep_their_colours() -> None:
    walls = boxes_chunk([(0, 0, 0, 20, 10, 9)], colour=(200, 40, 40, 255))
    roof = boxes_chunk([(0, 0, 9, 20, 10, 9.2)], [1], (40, 40, 200, 255))
    block = block_of(surface_of(Pieces.of([walls, roof])))
    assert block is not None
    assert {tuple(colour) for colour in block.solid.colours[:, [0, 2]] // 64} >= {(3, 0)}
    assert block.solid.colours[:, 3].min() == 255
