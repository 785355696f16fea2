"""Small things with many triangles as boxes, for the view from afar: windows, doors, columns, fittings.

Boxes stand in the directions of their building. What is no thicker than `THICKEST_M` along two of the three
directions touches all faces of its box, so no point of the box is further than half of that from it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from loaders.levels.pieces import Index, Pieces, ranges
from loaders.model.meshes import MeshChunk

THICKEST_M = 3.0
_MANY = 18  # triangles of what is worth a box
_LATTICE, _FRAME = 0.35, 0.6  # of the face of its box that bars cover at most, and frames around glass
_WHOLE = 0.97  # of the face that something long has to cover to be a box
_LATTICE_M = 1.6  # lattices up to so high are left out, for each bar is thin; frames around glass at any height
_CORNERS = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)], np.float64)
_FACES = np.array(
    [0, 2, 3, 0, 3, 1, 4, 5, 7, 4, 7, 6, 0, 1, 5, 0, 5, 4, 2, 6, 7, 2, 7, 3, 0, 4, 6, 0, 6, 2, 1, 3, 7, 1, 7, 5]
).reshape(-1, 3)

Floats = NDArray[np.float64]


def as_boxes(pieces: Pieces, direction_rad: float) -> tuple[list[MeshChunk], NDArray[np.bool_]]:
    """Boxes of those pieces that are better boxes, and (k,) which pieces these and lattices stand for."""
    chunks: list[MeshChunk] = []
    glazed = np.isin(pieces.row, pieces.row[pieces.transparent])
    done = np.zeros(len(pieces), np.bool_)
    for number in np.unique(pieces.chunk).tolist():
        mine = np.flatnonzero((pieces.chunk == number) & (pieces.num_triangles > _MANY))
        if len(mine) and not pieces.chunks[number].transparent:
            boxes, taken = _of_chunk(pieces.take(mine), pieces.chunks[number], direction_rad, glazed[mine])
            chunks += boxes
            done[mine[taken]] = True
    return chunks, done


def _of_chunk(
    pieces: Pieces, chunk: MeshChunk, direction_rad: float, glazed: NDArray[np.bool_]
) -> tuple[list[MeshChunk], NDArray[np.bool_]]:
    turn = _turn(direction_rad)
    vertices = ranges(pieces.vertices)
    firsts = np.cumsum(pieces.vertices[:, 1] - pieces.vertices[:, 0]) - (pieces.vertices[:, 1] - pieces.vertices[:, 0])
    columns = (turn @ chunk.positions[vertices].T.astype(np.float64)).copy()
    low = np.minimum.reduceat(columns, firsts, axis=1).T
    high = np.maximum.reduceat(columns, firsts, axis=1).T
    sizes = np.sort(high - low, axis=1)
    small = sizes[:, 1] <= THICKEST_M
    covered = _covered(pieces, chunk, turn, high - low)
    lattice = covered < np.where(glazed, _FRAME, _LATTICE)
    left_out = small & lattice & (glazed | (sizes[:, 1] <= _LATTICE_M))
    # A long wall with openings is neither: its box would hide what stands in them.
    boxed = small & ~lattice & ((sizes[:, 2] <= THICKEST_M) | (covered > _WHOLE))
    if not boxed.any():
        return [], left_out
    around = np.concatenate([low, high], axis=1)[boxed]
    made = _boxes(chunk.origin_m, around, turn, pieces.row[boxed], _mean_colours(pieces.take(boxed), chunk))
    return [made], left_out | boxed


def _turn(direction_rad: float) -> Floats:
    """Rotation (3, 3) from the model's axes to the building's."""
    cos, sin = np.cos(direction_rad), np.sin(direction_rad)
    return np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])


def _covered(pieces: Pieces, chunk: MeshChunk, turn: Floats, sizes: Floats) -> Floats:
    """(k,) how much of the largest face of its box each piece covers, seen straight on, up to what hides itself."""
    counts = pieces.num_triangles
    normals = _normals(chunk, chunk.triangles[ranges(pieces.triangles)]) @ turn.T / 2.0
    faces = np.stack([sizes[:, 1] * sizes[:, 2], sizes[:, 0] * sizes[:, 2], sizes[:, 0] * sizes[:, 1]], axis=1)
    largest = faces.argmax(axis=1)
    towards = normals[np.arange(len(normals)), np.repeat(largest, counts)]
    firsts = np.cumsum(counts) - counts
    # A solid covers the face once with its front and once with its back, a sheet with one of them.
    front = np.add.reduceat(np.maximum(towards, 0.0), firsts)
    back = np.add.reduceat(np.maximum(-towards, 0.0), firsts)
    covered: Floats = np.maximum(front, back) / np.maximum(faces[np.arange(len(faces)), largest], 1e-12)
    return covered


def _normals(chunk: MeshChunk, triangles: NDArray[np.uint32]) -> Floats:
    """(n, 3) of triangles, each as long as twice its area."""
    a, b, c = (chunk.positions[triangles[:, corner]].astype(np.float64) for corner in range(3))
    normals: Floats = np.cross(b - a, c - a)
    return normals


def _mean_colours(pieces: Pieces, chunk: MeshChunk) -> Floats:
    """(k, 4) by area."""
    triangles = chunk.triangles[ranges(pieces.triangles)]
    areas = np.linalg.norm(_normals(chunk, triangles), axis=1) + 1e-12
    firsts = np.cumsum(pieces.num_triangles) - pieces.num_triangles
    total = np.add.reduceat(chunk.colours[triangles[:, 0]] * areas[:, None], firsts, axis=0)
    mean: Floats = total / np.add.reduceat(areas, firsts)[:, None]
    return mean


def _boxes(origin_m: Floats, around: Floats, turn: Floats, rows: Index, colours: Floats) -> MeshChunk:
    corners = around[:, None, :3] + _CORNERS * (around[:, 3:] - around[:, :3])[:, None]
    points = corners.reshape(-1, 3) @ turn  # back: the inverse of a rotation is its transpose
    count = len(around)
    return MeshChunk(
        origin_m,
        points.astype(np.float32),
        (_FACES + 8 * np.arange(count)[:, None, None]).reshape(-1, 3).astype(np.uint32),
        np.repeat(rows, 8).astype(np.uint32),
        np.repeat(colours.round().astype(np.uint8), 8, axis=0),
    )
