"""Creases and borders of a triangle mesh: the lines a draughtsman would draw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CREASE_DEG = 22.0


def feature_edges(
    positions: NDArray[np.floating], triangles: NDArray[np.integer], crease_deg: float = CREASE_DEG
) -> NDArray[np.int64]:
    """(m, 2) point indices of edges with one face, or whose faces meet at more than ``crease_deg``.

    Points at one place count as one, so it does not matter whether faces share their vertices.
    """
    if not len(triangles):
        return np.zeros((0, 2), np.int64)
    used, compact = np.unique(triangles, return_inverse=True)
    _, first, welded = np.unique(np.round(positions[used], 5), axis=0, return_index=True, return_inverse=True)
    corners = welded.reshape(-1)[compact.reshape(-1, 3)]
    normals = _normals(positions, triangles)
    solid = np.isfinite(normals).all(axis=1)
    corners, normals = corners[solid], normals[solid]
    if not len(corners):
        return np.zeros((0, 2), np.int64)
    sides = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]]), axis=1)
    faces = np.tile(np.arange(len(corners)), 3)
    keys = sides[:, 0].astype(np.int64) * len(first) + sides[:, 1]
    order = np.argsort(keys, kind="stable")
    keys, faces = keys[order], faces[order]
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    counts = np.diff(np.append(starts, len(keys)))
    second = np.minimum(starts + 1, len(keys) - 1)
    bend = np.abs((normals[faces[starts]] * normals[faces[second]]).sum(axis=1))
    is_feature = (counts != 2) | (bend < np.cos(np.radians(crease_deg)))
    chosen = keys[starts[is_feature]]
    ends = np.column_stack([chosen // len(first), chosen % len(first)])
    result: NDArray[np.int64] = used[first[ends]].astype(np.int64)
    return result


def _normals(positions: NDArray[np.floating], triangles: NDArray[np.integer]) -> NDArray[np.float64]:
    a, b, c = (positions[triangles[:, i]].astype(np.float64) for i in range(3))
    normals = np.cross(b - a, c - a)
    with np.errstate(invalid="ignore", divide="ignore"):
        unit: NDArray[np.float64] = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    return unit
