"""Work on chunks before they become tiles: checking, cleaning, per-object figures."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.model.meshes import MeshChunk
from loaders.model.points import Chunk, PointChunk


class ObjectRuns(NamedTuple):
    """What one chunk holds of each object: rows (k,), box corners (k, 3) float64 model frame, counts (k,)."""

    rows: NDArray[np.int64]
    low_m: NDArray[np.float64]
    high_m: NDArray[np.float64]
    triangles: NDArray[np.int64]
    points: NDArray[np.int64]


def object_runs(chunk: Chunk) -> ObjectRuns:
    """Bounds and counts of each run of vertices of one object; an object may have several runs."""
    starts = np.flatnonzero(np.concatenate([[True], chunk.rows[1:] != chunk.rows[:-1]]))
    rows = chunk.rows[starts].astype(np.int64)
    columns = chunk.positions.T.copy()  # numpy goes along short rows an order of magnitude slower
    low = np.minimum.reduceat(columns, starts, axis=1).T.astype(np.float64) + chunk.origin_m
    high = np.maximum.reduceat(columns, starts, axis=1).T.astype(np.float64) + chunk.origin_m
    none = np.zeros(len(rows), np.int64)
    if isinstance(chunk, PointChunk):
        return ObjectRuns(rows, low, high, none, np.diff(np.append(starts, len(chunk.rows))))
    run_of_triangle = np.searchsorted(starts, chunk.triangles[:, 0], side="right") - 1
    return ObjectRuns(rows, low, high, np.bincount(run_of_triangle, minlength=len(rows)), none)


def checked(chunk: Chunk) -> Chunk:
    """The chunk with the types its contract states; raises ValueError when its arrays do not fit each other."""
    return _checked_points(chunk) if isinstance(chunk, PointChunk) else _checked_mesh(chunk)


def _checked_points(chunk: PointChunk) -> PointChunk:
    positions = np.ascontiguousarray(chunk.positions, np.float32).reshape(-1, 3)
    if len(chunk.rows) != len(positions) or len(chunk.colours) != len(positions):
        raise ValueError("arrays of a point chunk differ in length")
    if not np.isfinite(chunk.spacing_m) or chunk.spacing_m < 0.0:
        raise ValueError("the spacing of a point chunk is no length")
    return dataclasses.replace(
        chunk,
        origin_m=np.asarray(chunk.origin_m, np.float64).reshape(3),
        positions=positions,
        rows=np.ascontiguousarray(chunk.rows, np.uint32),
        colours=np.ascontiguousarray(chunk.colours, np.uint8).reshape(-1, 4),
    )


def _checked_mesh(chunk: MeshChunk) -> MeshChunk:
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


def finite_points(chunk: PointChunk) -> PointChunk:
    """The chunk without points at infinity or nowhere."""
    if not np.isfinite(chunk.origin_m).all():
        return taken(chunk, np.zeros(len(chunk.rows), np.bool_))
    keep = np.asarray(np.isfinite(chunk.positions).all(axis=1))
    return chunk if keep.all() else taken(chunk, keep)


def taken(chunk: PointChunk, keep: NDArray[np.bool_] | NDArray[np.int64]) -> PointChunk:
    """Some of the points, by a mask or by their numbers."""
    return dataclasses.replace(
        chunk, positions=chunk.positions[keep], rows=chunk.rows[keep], colours=chunk.colours[keep]
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


def only_finite(chunk: Chunk) -> Chunk:
    """The chunk without objects, or points, at infinity or nowhere."""
    if isinstance(chunk, PointChunk):
        return finite_points(chunk)
    wrong = rows_not_finite(chunk)
    return without_rows(chunk, wrong) if wrong.size else chunk


def can_merge(chunk: MeshChunk) -> bool:
    """Whether nothing but colours distinguishes its vertices from those of another chunk."""
    return chunk.texture is None and chunk.uvs is None
