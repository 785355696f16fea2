"""Parts of a content as chunks in the model frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from loaders.model.frames import Matrix
from loaders.model.merging import merged, sorted_by_row
from loaders.model.meshes import MeshChunk, extent
from loaders.model.points import Chunk, PointChunk, points_sorted_by_row, spacing_of
from loaders.tiles.gltf_features import NONE, Features
from loaders.tiles.gltf_scene import AnyPart, Part, PointPart

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
RowsOf = Callable[[Features], Rows]  # the object row of each id of some features


def chunks_of(
    parts: Sequence[AnyPart], root_from_content: Matrix, to_model: Callable[[Floats], Floats], rows_of: RowsOf
) -> list[Chunk]:
    """All parts; those without a picture together, all points together. What is off the globe is left out."""
    meshes = [part for part in parts if isinstance(part, Part)]
    points = [part for part in parts if isinstance(part, PointPart)]
    cloud = _cloud(points, root_from_content, to_model, rows_of)
    return [*_meshes(meshes, root_from_content, to_model, rows_of), *([] if cloud is None else [cloud])]


def _cloud(
    parts: Sequence[PointPart], root_from_content: Matrix, to_model: Callable[[Floats], Floats], rows_of: RowsOf
) -> PointChunk | None:
    points, rows, colours = [np.zeros((0, 3))], [np.zeros(0, np.int64)], [np.zeros((0, 4), np.uint8)]
    for part in parts:
        matrices = root_from_content @ part.content_from_part
        if not len(matrices) or not len(part):
            continue
        root = np.einsum("nij,vj->nvi", matrices[:, :3, :3], part.positions.astype(np.float64))
        placed = to_model((root + matrices[:, None, :3, 3]).reshape(-1, 3))
        sound = np.isfinite(placed).all(axis=1)
        points.append(placed[sound])
        rows.append(_rows(part, len(matrices), rows_of)[sound])
        colours.append(np.tile(part.colours, (len(matrices), 1))[sound])
    together = np.concatenate(points)
    if not len(together):
        return None
    origin = np.round(extent(together).mean(axis=0))
    positions = (together - origin).astype(np.float32)
    owners = np.concatenate(rows).astype(np.uint32)
    chunk = PointChunk(origin, positions, owners, np.concatenate(colours), spacing_of(positions) or 1.0)
    return points_sorted_by_row(chunk)


def _meshes(
    parts: Sequence[Part], root_from_content: Matrix, to_model: Callable[[Floats], Floats], rows_of: RowsOf
) -> list[MeshChunk]:
    made = [chunk for part in parts if (chunk := _chunk(part, root_from_content, to_model, rows_of)) is not None]
    plain: dict[bool, list[MeshChunk]] = {}
    for chunk in made:
        if chunk.texture is None:
            plain.setdefault(chunk.transparent, []).append(chunk)
    return [merged(group) for group in plain.values()] + [chunk for chunk in made if chunk.texture is not None]


def _chunk(
    part: Part, root_from_content: Matrix, to_model: Callable[[Floats], Floats], rows_of: RowsOf
) -> MeshChunk | None:
    matrices = root_from_content @ part.content_from_part
    count, num_vertices = len(matrices), len(part.positions)
    if not count or not len(part.triangles):
        return None
    # Mirrored instances are turned inside out.
    mirrored = np.linalg.det(matrices[:, :3, :3]).reshape(-1, 1, 1) < 0.0
    triangles = np.where(mirrored, part.triangles[None, :, ::-1], part.triangles[None]).astype(np.int64)
    triangles = (triangles + num_vertices * np.arange(count)[:, None, None]).reshape(-1, 3)
    root = np.einsum("nij,vj->nvi", matrices[:, :3, :3], part.positions.astype(np.float64)) + matrices[:, None, :3, 3]
    points = to_model(root.reshape(-1, 3))
    rows = _rows(part, count, rows_of)
    sound = np.flatnonzero(np.isfinite(points).all(axis=1))
    triangles = triangles[np.isin(triangles, sound).all(axis=1)] if len(sound) < len(points) else triangles
    if not len(triangles):
        return None
    used, triangles = _own_vertices(triangles, rows)
    source = used[:, 0] % num_vertices
    points = points[used[:, 0]]
    origin = np.round(extent(points).mean(axis=0))
    chunk = MeshChunk(
        origin,
        (points - origin).astype(np.float32),
        triangles.astype(np.uint32),
        used[:, 1].astype(np.uint32),
        part.colours[source],
        uvs=None if part.uvs is None or part.texture is None else part.uvs[source],
        texture=part.texture,
        transparent=part.transparent,
    )
    return sorted_by_row(chunk) if (np.diff(used[:, 1]) < 0).any() else chunk


def _rows(part: AnyPart, count: int, rows_of: RowsOf) -> Rows:
    """The object row of each vertex of each instance."""
    own = np.tile(rows_of(part.features), count)
    if part.instance_features is None:
        return own
    whose = np.repeat(rows_of(part.instance_features), len(part.positions))
    told = np.tile(part.features.ids != NONE, count)
    return np.where(told & (part.features.table != NONE), own, whose)


def _own_vertices(triangles: NDArray[np.int64], rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Vertices as pairs of number and row (k, 2), none shared by two objects, and the triangles over them."""
    row_of_triangle = rows[triangles[:, 0]]
    pairs = np.stack([triangles.ravel(), np.repeat(row_of_triangle, 3)], axis=1)
    keys = pairs[:, 1] * (int(triangles.max()) + 1) + pairs[:, 0]
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(row_of_triangle, kind="stable")
    return pairs[first], place.reshape(-1, 3)[order]
