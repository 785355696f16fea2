"""Which surfaces are closed, beside what trimesh says of them."""

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from loaders.levels.closed import closed_runs
from loaders.levels.pieces import Pieces
from loaders.model.meshes import MeshChunk
from tests.unit.loaders.levels.making import boxes_chunk

SOLIDS = {
    "box": trimesh.creation.box((1.0, 2.0, 3.0)),
    "ball": trimesh.creation.icosphere(subdivisions=2, radius=4.0),
    "ring": trimesh.creation.torus(3.0, 1.0),
    "pipe": trimesh.creation.annulus(1.0, 2.0, 5.0),
    "wedge": trimesh.creation.cone(2.0, 3.0),
}


def _is_closed(mesh: trimesh.Trimesh) -> bool:
    positions, triangles = mesh.vertices.astype(np.float32), mesh.faces.astype(np.uint32)
    return bool(closed_runs(positions, triangles, np.array([0]))[0])


@pytest.mark.parametrize("name", SOLIDS)
def test_a_solid_is_closed_wherever_its_corners_are_stored(name: str) -> None:
    solid = SOLIDS[name]
    assert _is_closed(solid)
    apart = trimesh.Trimesh(
        solid.triangles.reshape(-1, 3), np.arange(3 * len(solid.faces)).reshape(-1, 3), process=False
    )
    assert _is_closed(apart)


@pytest.mark.parametrize("name", SOLIDS)
def test_inside_out_it_is_not(name: str) -> None:
    solid = SOLIDS[name]
    assert not _is_closed(trimesh.Trimesh(solid.vertices, solid.faces[:, ::-1], process=False))


@given(st.sampled_from(sorted(SOLIDS)), st.integers(0, 2**32 - 1), st.booleans())
def test_one_triangle_missing_or_turned_over_opens_it(name: str, chance: int, missing: bool) -> None:
    solid = SOLIDS[name]
    number = chance % len(solid.faces)
    faces = np.delete(solid.faces, number, axis=0) if missing else np.array(solid.faces)
    if not missing:
        faces[number] = faces[number][::-1]
    wrong = trimesh.Trimesh(solid.vertices, faces, process=False)
    assert not (wrong.is_watertight and wrong.is_winding_consistent)
    assert not _is_closed(wrong)


def test_a_sheet_with_two_sides_encloses_nothing() -> None:
    positions = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    assert not closed_runs(positions, np.array([[0, 1, 2], [0, 2, 1]], np.uint32), np.array([0])).any()


def test_each_run_is_judged_by_itself() -> None:
    box, ball = SOLIDS["box"], SOLIDS["ball"]
    positions = np.concatenate([box.vertices, ball.vertices]).astype(np.float32)
    triangles = np.concatenate([box.faces[1:], ball.faces + len(box.vertices)]).astype(np.uint32)
    found = closed_runs(positions, triangles, np.array([0, len(box.faces) - 1]))
    assert found.tolist() == [False, True]


def test_nothing_is_nothing() -> None:
    assert closed_runs(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.uint32), np.zeros(0, np.int64)).size == 0


def test_minus_nought_is_nought() -> None:
    box = SOLIDS["box"].copy()
    box.vertices -= box.vertices.min(axis=0)
    positions = box.triangles.reshape(-1, 3).astype(np.float32)
    positions[::2][positions[::2] == 0.0] = -0.0
    triangles = np.arange(len(positions), dtype=np.uint32).reshape(-1, 3)
    assert closed_runs(positions, triangles, np.array([0])).all()


def _open_box(row: int) -> MeshChunk:
    chunk = boxes_chunk([(0, 0, 0, 1, 1, 1)], [row])
    return MeshChunk(chunk.origin_m, chunk.positions, chunk.triangles[2:], chunk.rows, chunk.colours)


def test_closed_and_open_pieces_go_into_chunks_of_their_own() -> None:
    pieces = Pieces.of([boxes_chunk([(0, 0, 0, 1, 1, 1)] * 3), _open_box(3)])
    assert pieces.closed.tolist() == [True, True, True, False]
    closed, rest = pieces.together()
    assert (closed.closed, sorted(set(closed.rows.tolist()))) == (True, [0, 1, 2])
    assert (rest.closed, set(rest.rows.tolist())) == (False, {3})


def test_a_few_closed_pieces_get_no_chunk_of_their_own() -> None:
    pieces = Pieces.of([_open_box(row) for row in range(9)] + [boxes_chunk([(0, 0, 0, 1, 1, 1)], [9])])
    (chunk,) = pieces.together()
    assert not chunk.closed
    assert set(chunk.rows.tolist()) == set(range(10))


def test_what_one_sees_through_is_not_closed() -> None:
    assert not Pieces.of([boxes_chunk([(0, 0, 0, 1, 1, 1)], colour=(0, 0, 0, 100))]).closed.any()
