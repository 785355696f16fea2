"""Simplified envelopes: still the same shape, colours and owners."""

import numpy as np
import trimesh

from loaders.levels.pieces import Pieces
from loaders.levels.shell import shell_of
from loaders.model.meshes import MeshChunk
from tests.unit.loaders.levels.making import boxes_chunk


def _ball() -> MeshChunk:
    ball = trimesh.creation.icosphere(subdivisions=5, radius=10.0)
    colours = np.full((len(ball.vertices), 4), 255, np.uint8)
    colours[ball.vertices[:, 2] > 0] = (200, 0, 0, 255)
    rows = np.full(len(ball.vertices), 3, np.uint32)
    return MeshChunk(
        np.array([100.0, 0, 0]), ball.vertices.astype(np.float32), ball.faces.astype(np.uint32), rows, colours
    )


def test_a_ball_stays_a_ball_with_a_quarter_of_its_triangles() -> None:
    ball = _ball()
    shell = shell_of(Pieces.of([ball]))
    assert shell is not None
    (chunk,) = shell
    assert len(chunk.triangles) < 0.3 * len(ball.triangles)
    points = chunk.positions + chunk.origin_m
    assert np.abs(np.linalg.norm(points - [100.0, 0, 0], axis=1) - 10.0).max() < 0.2
    assert set(chunk.rows.tolist()) == {3}
    top, bottom = points[:, 2] > 2.0, points[:, 2] < -2.0
    assert (chunk.colours[top, 1] == 0).mean() > 0.95
    assert (chunk.colours[bottom, 1] == 255).mean() > 0.95


def test_there_is_no_shell_where_nothing_is_won() -> None:
    assert shell_of(Pieces.of([boxes_chunk([(0, 0, 0, 5, 5, 5)] * 4)])) is None
    assert shell_of(Pieces.of([boxes_chunk([(0, 0, 0, 0.1, 0.1, 0.1)])])) is None
