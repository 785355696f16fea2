"""Work on mesh chunks before they become tiles: checking, cleaning, merging, per-object figures."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.model.meshes import MeshChunk


class ObjectRuns(NamedTuple):
    """What one chunk holds of each object: rows (k,), box corners (k, 3) float64 model frame, triangles (k,)."""

    rows: NDArray[np.int64]
    low_m: NDArray[np.float64]
    high_m: NDArray[np.float64]
    triangles: NDArray[np.int64]


def object_runs(chunk: MeshChunk) -> ObjectRuns:
    """Bounds and triangle counts of each run of vertices of one object; an object may have several runs."""
    starts = np.flatnonzero(np.concatenate([[True], chunk.rows[1:] != chunk.rows[:-1]]))
    rows = chunk.rows[starts].astype(np.int64)
    low = np.minimum.reduceat(chunk.positions, starts, axis=0).astype(np.float64) + chunk.origin_m
    high = np.maximum.reduceat(chunk.positions, starts, axis=0).astype(np.float64) + chunk.origin_m
    run_of_triangle = np.searchsorted(starts, chunk.triangles[:, 0], side="right") - 1
    return ObjectRuns(rows, low, high, np.bincount(run_of_triangle, minlength=len(rows)))


def checked(chunk: MeshChunk) -> MeshChunk:
    """The chunk with the types its contract states; raises ValueError when its arrays do not fit each other."""
    positions = np.ascontiguousarray(chunk.positions, np.float32).reshape(-1, 3)
    triangles = np.ascontiguousarray(chunk.triangles, np.uint32).reshape(-1, 3)
    count = len(positions)
    per_vertex = (chunk.rows, chunk.colours, chunk.normals, chunk.uvs)
    if any(len(array) != count for array in per_vertex if array is not None):
        raise ValueError("arrays of a mesh chunk differ in length")
    if triangles.size and int(triangles.max()) >= count:
        raise ValueError("a triangle of a mesh chunk names a vertex that is not there")
    return dataclasses.replace(
        chunk,
        origin_m=np.asarray(chunk.origin_m, np.float64).reshape(3),
        positions=positions,
        triangles=triangles,
        rows=np.ascontiguousarray(chunk.rows, np.uint32),
        colours=np.ascontiguousarray(chunk.colours, np.uint8).reshape(-1, 4),
    )


def without_rows(chunk: MeshChunk, rows: NDArray[np.integer]) -> MeshChunk:
    """The chunk without the vertices and triangles of some object rows."""
    keep = ~np.isin(chunk.rows, rows)
    moved = np.cumsum(keep, dtype=np.int64) - 1
    triangles = chunk.triangles[keep[chunk.triangles].all(axis=1)]
    return dataclasses.replace(
        chunk,
        positions=chunk.positions[keep],
        triangles=moved[triangles].astype(np.uint32),
        rows=chunk.rows[keep],
        colours=chunk.colours[keep],
        normals=None if chunk.normals is None else chunk.normals[keep],
        uvs=None if chunk.uvs is None else chunk.uvs[keep],
    )


def rows_not_finite(chunk: MeshChunk) -> NDArray[np.uint32]:
    """Object rows with a vertex at infinity or nowhere."""
    if np.isfinite(chunk.positions).all() and np.isfinite(chunk.origin_m).all():
        return np.zeros(0, np.uint32)
    if not np.isfinite(chunk.origin_m).all():
        return np.unique(chunk.rows)
    return np.unique(chunk.rows[~np.isfinite(chunk.positions).all(axis=1)])


def can_merge(chunk: MeshChunk) -> bool:
    """Whether nothing but colours distinguishes its vertices from those of another chunk."""
    return chunk.texture is None and chunk.uvs is None


def merged(chunks: Sequence[MeshChunk]) -> MeshChunk:
    """One chunk about the first one's origin; all have or all lack normals, and are alike in transparency.

    Objects that several chunks hold become contiguous again.
    """
    if len(chunks) == 1:
        return chunks[0]
    origin_m = chunks[0].origin_m
    firsts = np.cumsum([0] + [len(chunk.positions) for chunk in chunks[:-1]])
    rows = np.concatenate([chunk.rows for chunk in chunks])
    normals = [chunk.normals for chunk in chunks if chunk.normals is not None]
    whole = MeshChunk(
        origin_m=origin_m,
        positions=np.concatenate([_moved(chunk, origin_m) for chunk in chunks]),
        triangles=np.concatenate([c.triangles + np.uint32(first) for c, first in zip(chunks, firsts, strict=True)]),
        rows=rows,
        colours=np.concatenate([chunk.colours for chunk in chunks]),
        normals=np.concatenate(normals) if normals else None,
        transparent=chunks[0].transparent,
    )
    return whole if (rows[1:] >= rows[:-1]).all() else _sorted(whole)


def _moved(chunk: MeshChunk, origin_m: NDArray[np.float64]) -> NDArray[np.float32]:
    offset_m = chunk.origin_m - origin_m
    if not offset_m.any():
        return chunk.positions
    return (chunk.positions + offset_m).astype(np.float32)


def _sorted(chunk: MeshChunk) -> MeshChunk:
    order = np.argsort(chunk.rows, kind="stable")
    moved = np.empty(len(order), np.uint32)
    moved[order] = np.arange(len(order), dtype=np.uint32)
    triangle_order = np.argsort(chunk.rows[chunk.triangles[:, 0]], kind="stable")
    return dataclasses.replace(
        chunk,
        positions=chunk.positions[order],
        triangles=moved[chunk.triangles[triangle_order]],
        rows=chunk.rows[order],
        colours=chunk.colours[order],
        normals=None if chunk.normals is None else chunk.normals[order],
    )
