"""Making one mesh chunk of several."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from loaders.model.meshes import MeshChunk


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
        positions=np.concatenate([_positions_about(chunk, origin_m) for chunk in chunks]),
        triangles=np.concatenate([c.triangles + np.uint32(first) for c, first in zip(chunks, firsts, strict=True)]),
        rows=rows,
        colours=np.concatenate([chunk.colours for chunk in chunks]),
        normals=np.concatenate(normals) if normals else None,
        transparent=chunks[0].transparent,
        closed=all(chunk.closed for chunk in chunks),
    )
    return whole if (rows[1:] >= rows[:-1]).all() else sorted_by_row(whole)


def _positions_about(chunk: MeshChunk, origin_m: NDArray[np.float64]) -> NDArray[np.float32]:
    offset_m = chunk.origin_m - origin_m
    if not offset_m.any():
        return chunk.positions
    return (chunk.positions + offset_m).astype(np.float32)


def sorted_by_row(chunk: MeshChunk) -> MeshChunk:
    """The chunk with its vertices and triangles in the order of their object rows."""
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
        uvs=None if chunk.uvs is None else chunk.uvs[order],
    )
