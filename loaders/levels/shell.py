"""CIM3 of a building: its envelope with fewer triangles, object by object: boxes for what is small, else simplified."""

from __future__ import annotations

import importlib.util

import numpy as np
from numpy.typing import NDArray

from loaders.levels.far_boxes import as_boxes
from loaders.levels.pieces import Pieces
from loaders.levels.surfaces import surface_of
from loaders.model.meshes import MeshChunk

ERROR_M = 1.5  # what may be wrong of it: the size of what is left out, and a generous bound on the rest
PAYS = 0.6  # of the triangles of the envelope: with more left, nothing is won
_TOO_SMALL_M = 0.35  # objects that are left out
_MANY = 2_000  # triangles of an object: simplifying takes six microseconds for each
_REDUCTION = 0.75
_AGGRESSION = 4.0


def can_simplify() -> bool:
    """Whether there is something to simplify with."""
    return importlib.util.find_spec("fast_simplification") is not None


def shell_of(envelope: Pieces) -> list[MeshChunk] | None:
    """The simplified envelope, with the objects' own rows; None where it would not be much less."""
    kept = envelope.take(envelope.sizes_m > _TOO_SMALL_M)
    if not len(kept):
        return None
    chunks, done = as_boxes(kept, surface_of(kept).direction_rad)
    kept = kept.take(~done)
    many = (kept.num_triangles > _MANY) & can_simplify()
    chunks += kept.take(~many).together()
    large = kept.take(many)
    chunks += [_simplified(large, number) for number in range(len(large))]
    chunks = [chunk for chunk in chunks if len(chunk.triangles)]
    count = sum(len(chunk.triangles) for chunk in chunks)
    if not chunks or count > PAYS * int(envelope.num_triangles.sum()):
        return None
    return Pieces.of(chunks).together()


def _simplified(pieces: Pieces, number: int) -> MeshChunk:
    """One piece with a quarter of its triangles; each new triangle takes the colour of an old one nearby."""
    import fast_simplification

    chunk = pieces.chunks[pieces.chunk[number]]
    (v0, v1), (t0, t1) = pieces.vertices[number], pieces.triangles[number]
    points, colours = chunk.positions[v0:v1], chunk.colours[v0:v1]
    triangles = chunk.triangles[t0:t1].astype(np.int64) - v0
    first, place = _welded(points, colours)
    welded = place[triangles].astype(np.int32)
    flat = (welded[:, 0] == welded[:, 1]) | (welded[:, 1] == welded[:, 2]) | (welded[:, 0] == welded[:, 2])
    new_points, new_triangles = fast_simplification.simplify(
        np.ascontiguousarray(points[first]),
        np.ascontiguousarray(welded[~flat]),
        target_reduction=_REDUCTION,
        agg=_AGGRESSION,
    )
    new_colours = _nearest_colours(new_points, points[first], colours[first])
    return MeshChunk(
        chunk.origin_m,
        new_points.astype(np.float32),
        new_triangles.astype(np.uint32),
        np.full(len(new_points), pieces.row[number], np.uint32),
        new_colours,
        transparent=chunk.transparent,
    )


def _welded(points: NDArray[np.float32], colours: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Vertices of the same place and colour as one: which ones are kept, and where each one went."""
    keys = np.zeros((len(points), 4), np.int64)
    keys[:, :3] = np.rint(points * 1e4)
    keys[:, 3] = colours.astype(np.int64) @ np.array([1 << 24, 1 << 16, 1 << 8, 1])
    order = np.lexsort(keys.T)
    ordered = keys[order]
    new = np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(axis=1)])
    place = np.empty(len(points), np.int64)
    place[order] = np.cumsum(new) - 1
    return order[new], place


def _nearest_colours(
    new: NDArray[np.floating], old: NDArray[np.float32], colours: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Each new point's colour: that of the old point nearest along a curve through space."""
    if not len(new):
        return np.zeros((0, 4), np.uint8)
    low, size = old.min(axis=0), float(max((old.max(axis=0) - old.min(axis=0)).max(), 1e-6))
    old_keys, new_keys = _morton((old - low) / size), _morton((new - low) / size)
    order = np.argsort(old_keys)
    at = np.clip(np.searchsorted(old_keys[order], new_keys), 0, len(old) - 1)
    return colours[order[at]]


def _morton(points: NDArray[np.floating]) -> NDArray[np.uint64]:
    """Interleaved bits (10 each) of points in the unit cube."""
    cells = np.clip(points * 1023.0, 0, 1023).astype(np.uint64)
    keys = np.zeros(len(points), np.uint64)
    for bit in range(10):
        for axis in range(3):
            keys |= ((cells[:, axis] >> np.uint64(bit)) & np.uint64(1)) << np.uint64(3 * bit + axis)
    return keys
