"""The levels of a terrain: fewer samples within each tile, all of them on its border, so that neighbours meet."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from loaders.levels.plan import PlannedTile, group
from loaders.model.meshes import MeshChunk
from loaders.model.tables import CimLevel

STRIDES = (4, 16)
_FEW_TRIANGLES = 4_000  # that are worth no work
_SLACK = 1.5  # triangles differ from the bilinear surface by which their error is measured

Index = NDArray[np.int64]


def plan_ground(chunks: Sequence[MeshChunk]) -> PlannedTile:
    """The tree over the tiles of a terrain."""
    tiles = [_levels(chunk) for chunk in chunks]
    return tiles[0] if len(tiles) == 1 else group(tiles, np.inf)


def _levels(chunk: MeshChunk) -> PlannedTile:
    node = PlannedTile(lambda: [chunk], int(CimLevel.TERRAIN))
    shape = grid_shape(chunk)
    if shape is None:
        return node
    for stride in STRIDES:
        if min(shape) - 1 < 2 * stride:
            break
        coarse = coarser(chunk, shape, stride)
        error_m = max(_SLACK * _error_m(chunk, shape, stride), node.error_m)
        node = PlannedTile(
            lambda coarse=coarse: [coarse],  # type: ignore[misc]
            int(CimLevel.TERRAIN),
            error_m,
            replaces=True,
            stands_in=True,
            children=[node],
        )
    return node


def grid_shape(chunk: MeshChunk) -> tuple[int, int] | None:
    """Rows and columns of a chunk whose vertices are a whole grid, row after row; None for any other.

    A chunk under a picture is none: each level of it would hold the picture again.
    """
    count = len(chunk.positions)
    if chunk.texture is not None or chunk.transparent or len(chunk.triangles) < _FEW_TRIANGLES:
        return None
    sample = chunk.triangles[:: max(1, len(chunk.triangles) // 64)].astype(np.int64)
    for columns in np.unique(np.abs(sample - np.roll(sample, 1, axis=1))).tolist():
        if columns < 2 or count % columns or len(chunk.triangles) != 2 * (count // columns - 1) * (columns - 1):
            continue
        plan = chunk.positions[:, :2].reshape(-1, columns, 2)
        spans = np.ptp(np.diff(plan, axis=1), axis=(0, 1)), np.ptp(np.diff(plan, axis=0), axis=(0, 1))
        cell = float(np.abs(plan[-1, -1] - plan[0, 0]).max()) / max(plan.shape[:2])
        if max(float(span.max()) for span in spans) < 0.2 * cell:
            return count // columns, columns
    return None


def coarser(chunk: MeshChunk, shape: tuple[int, int], stride: int) -> MeshChunk:
    """The chunk with every ``stride``-th sample within, and all of those on its border."""
    across, down = _lines(shape[1], stride), _lines(shape[0], stride)
    found = [
        _fan(_ring((top, bottom), (left, right), shape), (top, left), (bottom, right), shape)
        for top, bottom in pairwise(down)
        for left, right in pairwise(across)
    ]
    triangles = np.concatenate(found)
    a, b, c = (chunk.positions[triangles[:, corner], :2].astype(np.float64) for corner in range(3))
    one, other = b - a, c - a
    below = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0] < 0.0
    triangles[below] = triangles[below][:, ::-1]
    used, renamed = np.unique(triangles, return_inverse=True)
    return MeshChunk(
        chunk.origin_m,
        chunk.positions[used],
        renamed.reshape(-1, 3).astype(np.uint32),
        chunk.rows[used],
        chunk.colours[used],
        None if chunk.normals is None else chunk.normals[used],
    )


def _lines(count: int, stride: int) -> list[int]:
    """Every ``stride``-th sample of so many, and the last one; the last two cells are one where it would be narrow."""
    lines = list(range(0, count - 1, stride))
    if len(lines) > 2 and count - 1 - lines[-1] < stride / 2:
        lines.pop()
    return [*lines, count - 1]


def _ring(rows: tuple[int, int], columns: tuple[int, int], shape: tuple[int, int]) -> list[tuple[int, int]]:
    """The samples around a cell, in turn: its corners, and everything along the border of the grid."""
    (top, bottom), (left, right) = rows, columns
    ring = [(top, j) for j in (range(left, right) if top == 0 else (left,))]
    ring += [(i, right) for i in (range(top, bottom) if right == shape[1] - 1 else (top,))]
    ring += [(bottom, j) for j in (range(right, left, -1) if bottom == shape[0] - 1 else (right,))]
    return ring + [(i, left) for i in (range(bottom, top, -1) if left == 0 else (bottom,))]


def _fan(ring: list[tuple[int, int]], first: tuple[int, int], last: tuple[int, int], shape: tuple[int, int]) -> Index:
    """Triangles of a cell from a corner of it that is not on the border."""
    row = last[0] if first[0] == 0 else first[0]
    column = last[1] if first[1] == 0 else first[1]
    start = ring.index((row, column))
    numbers = np.array([i * shape[1] + j for i, j in ring[start:] + ring[:start]], np.int64)
    return np.stack([np.full(len(numbers) - 2, numbers[0]), numbers[1:-1], numbers[2:]], axis=1)


def _error_m(chunk: MeshChunk, shape: tuple[int, int], stride: int) -> float:
    """How far the samples are from a bilinear surface over those that are left."""
    heights = chunk.positions[:, 2].reshape(shape).astype(np.float64)
    down, across = _lines(shape[0], stride), _lines(shape[1], stride)
    kept = heights[np.ix_(down, across)]
    along = np.array([np.interp(np.arange(shape[1]), across, line) for line in kept])
    whole = np.array([np.interp(np.arange(shape[0]), down, line) for line in along.T]).T
    return float(np.abs(heights - whole).max())
