"""What is small and has many triangles is a box from afar; bars are left out; the rest stays."""

import numpy as np
import pytest
import trimesh

from loaders.levels.far_boxes import THICKEST_M, as_boxes
from loaders.levels.pieces import Pieces
from loaders.levels.shell import ERROR_M, shell_of
from loaders.model.meshes import MeshChunk
from tests.unit.loaders.levels.making import boxes_chunk

DIRECTION_RAD = 0.4


def _chunk(mesh: trimesh.Trimesh, row: int, colour: tuple[int, int, int, int] = (90, 120, 150, 255)) -> MeshChunk:
    colours = np.tile(np.array(colour, np.uint8), (len(mesh.vertices), 1))
    rows = np.full(len(mesh.vertices), row, np.uint32)
    return MeshChunk(
        np.array([500.0, 0.0, 0.0]), mesh.vertices.astype(np.float32), mesh.faces.astype(np.uint32), rows, colours,
        transparent=colour[3] < 255,
    )  # fmt: skip


def _turned(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    return mesh.copy().apply_transform(trimesh.transformations.rotation_matrix(DIRECTION_RAD, (0, 0, 1)))


def _column() -> trimesh.Trimesh:
    return _turned(trimesh.creation.cylinder(0.4, 6.0, sections=32).apply_translation((3.0, 4.0, 3.0)))


def _railing() -> trimesh.Trimesh:
    bars = [trimesh.creation.box((0.03, 0.03, 1.1)).apply_translation((0.2 * i, 0.0, 0.55)) for i in range(50)]
    return _turned(trimesh.util.concatenate(bars))


def test_a_column_becomes_the_box_around_it_in_the_direction_of_its_building() -> None:
    column = _column()
    (box,), done = as_boxes(Pieces.of([_chunk(column, 7)]), DIRECTION_RAD)
    assert done.all()
    assert (len(box.triangles), set(box.rows.tolist())) == (12, {7})
    made = trimesh.Trimesh(box.positions, box.triangles, process=False)
    assert made.volume == pytest.approx(0.8 * 0.8 * 6.0, rel=1e-3)
    assert (box.colours == (90, 120, 150, 255)).all()
    axis = column.bounds.mean(axis=0)[:2]
    off_m = np.linalg.norm(made.vertices[:, :2] - axis, axis=1) - 0.4  # the corners are furthest from a cylinder
    assert off_m.max() == pytest.approx(0.4 * (np.sqrt(2.0) - 1.0), abs=5e-3)
    assert off_m.max() < ERROR_M


def test_bars_are_left_out_and_plain_things_stay_as_they_are() -> None:
    pieces = Pieces.of([_chunk(_railing(), 1), boxes_chunk([(0, 0, 0, 1, 1, 1)], [2])])
    chunks, done = as_boxes(pieces, DIRECTION_RAD)
    assert chunks == []
    assert done.tolist() == [True, False]


def test_a_frame_goes_and_its_glass_stays() -> None:
    bars = [trimesh.creation.box(size).apply_translation(at) for size, at in (
        ((2.4, 0.1, 0.1), (1.2, 0, 0)), ((2.4, 0.1, 0.1), (1.2, 0, 2.4)),
        ((0.1, 0.1, 2.4), (0, 0, 1.2)), ((0.1, 0.1, 2.4), (2.4, 0, 1.2)),
    )]  # fmt: skip
    frame = _chunk(trimesh.util.concatenate(bars), 4)
    pane = _chunk(trimesh.creation.box((2.2, 0.02, 2.2)).apply_translation((1.2, 0, 1.2)), 4, (150, 190, 220, 90))
    chunks, done = as_boxes(Pieces.of([frame, pane]), 0.0)
    assert (chunks, done.tolist()) == ([], [True, False])
    _, without_glass = as_boxes(Pieces.of([frame]), 0.0)
    assert not without_glass.any()  # a lattice of that size and no glass: nobody knows how thick its bars are


def test_a_wall_with_a_window_in_it_keeps_its_opening() -> None:
    parts = [
        trimesh.creation.box((2.0, 0.3, 2.8)).apply_translation((1.0, 0, 1.4)),
        trimesh.creation.box((2.0, 0.3, 2.8)).apply_translation((5.0, 0, 1.4)),
        trimesh.creation.box((2.0, 0.3, 0.9)).apply_translation((3.0, 0, 0.45)),
    ]
    wall = trimesh.util.concatenate(parts)
    assert not as_boxes(Pieces.of([_chunk(wall, 0)]), 0.0)[1].any()


def test_what_is_thick_is_no_box() -> None:
    ball = trimesh.creation.icosphere(subdivisions=2, radius=THICKEST_M)
    assert as_boxes(Pieces.of([_chunk(ball, 0)]), 0.0)[0] == []


def test_a_shell_of_many_columns_has_a_tenth_of_their_triangles() -> None:
    columns = [_chunk(_column().apply_translation((9.0 * i, 0.0, 0.0)), i) for i in range(20)]
    shell = shell_of(Pieces.of(columns))
    assert shell is not None
    count = sum(len(chunk.triangles) for chunk in shell)
    assert count == 20 * 12 < 0.1 * 20 * len(columns[0].triangles) + 20 * 12
    assert {row for chunk in shell for row in chunk.rows.tolist()} == set(range(20))
    assert all(chunk.closed for chunk in shell)
