"""A plain city of boxes for measurements, in memory."""

from __future__ import annotations

import numpy as np

from loaders.model.meshes import MeshChunk

_SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
_CORNERS = np.concatenate([np.column_stack([_SQUARE, np.full(4, z, np.float32)]) for z in (0, 1)])
_FACES = np.reshape(
    [0, 2, 1, 0, 3, 2, 4, 5, 6, 4, 6, 7, 0, 1, 5, 0, 5, 4, 1, 2, 6, 1, 6, 5, 2, 3, 7, 2, 7, 6, 3, 0, 4, 3, 4, 7],
    (12, 3),
).astype(np.uint32)
PITCH_M, PER_ROW = 24.0, 150


def boxes_chunk(count: int, first_row: int) -> MeshChunk:
    """``count`` boxes of a street grid, the object rows from ``first_row`` on, 12 triangles each."""
    row = np.arange(first_row, first_row + count)
    chance = np.random.default_rng(first_row)
    size = np.column_stack([chance.uniform(8, 16, (count, 2)), 4.0 + chance.gamma(2.0, 9.0, count)])
    origin = np.array([0.0, row[0] // PER_ROW * PITCH_M, 0.0])
    low = np.column_stack([row % PER_ROW * PITCH_M, row // PER_ROW * PITCH_M - origin[1], np.zeros(count)])
    positions = (_CORNERS[None] * size[:, None] + low[:, None]).reshape(-1, 3).astype(np.float32)
    triangles = (_FACES[None] + (np.arange(count, dtype=np.uint32) * 8)[:, None, None]).reshape(-1, 3)
    shade = chance.integers(205, 245, count).astype(np.uint8)
    colours = np.repeat(np.column_stack([shade, shade, shade, np.full(count, 255, np.uint8)]), 8, axis=0)
    return MeshChunk(origin, positions, triangles, np.repeat(row, 8).astype(np.uint32), colours)
