"""What is seen from outside: a closed room, glass, any turn and place."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.levels.exterior import visible_from_outside
from loaders.levels.pieces import Pieces
from loaders.levels.surfaces import Surface, surface_of
from loaders.model.meshes import MeshChunk
from tests.unit.loaders.levels.making import boxes_chunk

# A closed room of 10 x 8 x 3 m: floor, roof and four walls of 0.3 m.
ROOM = [
    (0.0, 0.0, -0.3, 10.0, 8.0, 0.0),
    (0.0, 0.0, 3.0, 10.0, 8.0, 3.3),
    (0.0, 0.0, 0.0, 10.0, 0.3, 3.0),
    (0.0, 7.7, 0.0, 10.0, 8.0, 3.0),
    (0.0, 0.3, 0.0, 0.3, 7.7, 3.0),
    (9.7, 0.3, 0.0, 10.0, 7.7, 3.0),
]
TABLE, TREE = (4.0, 3.0, 0.1, 6.0, 4.0, 0.9), (14.0, 3.0, 0.0, 15.0, 4.0, 5.0)


def _seen(*chunks: MeshChunk) -> list[bool]:
    pieces = Pieces.of(chunks)
    seen = visible_from_outside(surface_of(pieces), len(pieces))
    return [bool(seen[pieces.row == row].any()) for row in range(int(pieces.row.max()) + 1)]


def test_what_stands_in_a_closed_room_is_inside_and_all_around_it_is_seen() -> None:
    assert _seen(boxes_chunk([*ROOM, TABLE, TREE])) == [True] * 6 + [False, True]


def test_glass_lets_one_see_what_is_behind_it() -> None:
    south = boxes_chunk([ROOM[2]], [2], (150, 190, 210, 90))
    rest = [0, 1, 3, 4, 5, 6]
    opaque = boxes_chunk([(*ROOM, TABLE)[row] for row in rest], rest)
    assert _seen(opaque, south) == [True] * 7


def test_a_lone_glass_box_is_seen() -> None:
    assert _seen(boxes_chunk([TABLE], colour=(150, 190, 210, 90))) == [True]


def test_nothing_is_seen_of_nothing() -> None:
    assert visible_from_outside(Surface.empty(), 0).tolist() == []


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.0, 6.28),
    st.floats(-5e5, 5e5),
    st.floats(0.4, 8.0),
    st.floats(0.4, 6.0),
    st.permutations(range(7)),
)
def test_neither_turn_nor_place_nor_order_changes_what_is_inside(
    turn: float, far: float, x: float, y: float, order: list[int]
) -> None:
    table = (x, y, 0.1, x + 1.2, y + 1.2, 0.9)
    boxes = [(*ROOM, table)[row] for row in order]
    chunk = boxes_chunk(boxes, sorted(range(7)), turn_rad=turn, origin_m=(far, -far, 0.0))
    assert _seen(chunk) == [row != 6 for row in order]


@pytest.mark.parametrize("kind", ["points", "lines"])
def test_shapes_without_a_surface_are_not_seen(kind: str) -> None:
    chunk = boxes_chunk([TABLE])
    corner = [0, 0, 0] if kind == "points" else [0, 1, 1]
    flat = MeshChunk(chunk.origin_m, chunk.positions, np.array([corner], np.uint32), chunk.rows, chunk.colours)
    assert visible_from_outside(surface_of(Pieces.of([flat])), 1).tolist() == [False]


def test_a_slab_that_is_seen_by_its_edge_alone_is_seen() -> None:
    low, slab = [box for box in ROOM if box != ROOM[1]], (0.0, 0.0, 3.0, 10.0, 8.0, 3.15)
    high = [(*box[:2], box[2] + 3.15, *box[3:5], box[5] + 3.15) for box in ROOM[1:]]
    assert _seen(boxes_chunk([*low, slab, *high, TABLE])) == [True] * (len(low) + 1 + len(high)) + [False]
