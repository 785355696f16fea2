"""Flat normals for viewers that do not make their own."""

from __future__ import annotations

import dataclasses

import numpy as np

from loaders.model.meshes import MeshChunk

_STEPS = 1000.0  # directions this near are one


def with_normals(chunk: MeshChunk) -> MeshChunk:
    """The chunk with a normal for each vertex; vertices at edges become one for each direction."""
    if chunk.normals is not None or not len(chunk.triangles):
        return chunk
    corners = chunk.positions.astype(np.float64)[chunk.triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.where(length > 0.0, normals / np.where(length > 0.0, length, 1.0), (0.0, 0.0, 1.0))
    steps = np.rint(normals * _STEPS).astype(np.int64) + 1024
    direction = np.repeat((steps[:, 0] << 22) | (steps[:, 1] << 11) | steps[:, 2], 3)
    keys = (chunk.triangles.ravel().astype(np.int64) << 33) | direction
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    source = chunk.triangles.ravel()[first]
    return dataclasses.replace(
        chunk,
        positions=chunk.positions[source],
        triangles=place.reshape(-1, 3).astype(np.uint32),
        rows=chunk.rows[source],
        colours=chunk.colours[source],
        normals=np.repeat(normals, 3, axis=0)[first].astype(np.float32),
        uvs=None if chunk.uvs is None else chunk.uvs[source],
    )
