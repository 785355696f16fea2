"""From shapes to chunks: colours split, sorted by storey and place, at most 60 000 triangles each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.ifc.colours import rgba_bytes
from loaders.ifc.kernel_process import Shape
from loaders.model.meshes import MeshChunk

TRIANGLES_PER_CHUNK = 60_000
_OPAQUE = 250
LARGEST_COORDINATE_M = 1e8


class Part(NamedTuple):
    """The opaque or the see-through part of one element, vertices (n, 3) float64 model metres."""

    row: int
    vertices_m: NDArray[np.float64]
    faces: NDArray[np.int64]
    colours: NDArray[np.uint8]
    transparent: bool


def is_sound(shape: Shape) -> bool:
    """Whether all coordinates are numbers of this world and all indices point at vertices."""
    if not len(shape.faces) or not len(shape.vertices_m):
        return False
    if not (np.abs(shape.vertices_m) < LARGEST_COORDINATE_M).all():  # False for NaN too
        return False
    return int(shape.faces.min()) >= 0 and int(shape.faces.max()) < len(shape.vertices_m)


def bounds_m(shape: Shape) -> NDArray[np.float64]:
    """(6,) of the vertices that faces use."""
    used = shape.vertices_m[np.unique(shape.faces)]
    return np.concatenate([used.min(axis=0), used.max(axis=0)])


def parts_of(shape: Shape, row: int, ifc_class: str) -> list[Part]:
    """One or two parts; a vertex shared by faces of different colours becomes one vertex a colour."""
    palette = rgba_bytes(shape.style_rgba, ifc_class)
    styles = np.where(shape.style_of_face < 0, len(palette) - 1, shape.style_of_face)
    styles = np.minimum(styles, len(palette) - 1)
    faces = shape.faces.astype(np.int64)
    keep = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 0] != faces[:, 2])
    faces, styles = faces[keep], styles[keep]
    see_through = palette[styles, 3] < _OPAQUE
    parts = []
    for transparent in (False, True):
        chosen = see_through == transparent
        if chosen.any():
            parts.append(_part(shape.vertices_m, faces[chosen], styles[chosen], palette, row, transparent))
    return parts


def _part(
    vertices_m: NDArray[np.float64],
    faces: NDArray[np.int64],
    styles: NDArray[np.int64],
    palette: NDArray[np.uint8],
    row: int,
    transparent: bool,
) -> Part:
    keys = faces * len(palette) + styles[:, None]
    unique, inverse = np.unique(keys.ravel(), return_inverse=True)
    index, style = np.divmod(unique, len(palette))
    return Part(row, vertices_m[index], inverse.reshape(-1, 3), palette[style], transparent)


def order(parts: Sequence[Part], storey_of_row: NDArray[np.int64]) -> list[Part]:
    """Parts storey by storey, and within one along a grid of 16 m, so that chunks are compact."""
    if not parts:
        return []
    middles = np.array([(p.vertices_m.min(axis=0) + p.vertices_m.max(axis=0)) / 2 for p in parts])
    cells = np.floor((middles - middles.min(axis=0)) / 16.0).astype(np.int64)
    storeys = storey_of_row[[p.row for p in parts]]
    rows = np.array([p.row for p in parts])
    ranked = np.lexsort((rows, cells[:, 1], cells[:, 0], storeys))
    return [parts[i] for i in ranked]


def chunks_of(parts: Sequence[Part]) -> Iterator[MeshChunk]:
    """Chunks in the given order; opaque and see-through parts never share one."""
    for transparent in (False, True):
        waiting: list[Part] = []
        count = 0
        for part in parts:
            if part.transparent is not transparent:
                continue
            if waiting and count + len(part.faces) > TRIANGLES_PER_CHUNK:
                yield _chunk(waiting)
                waiting, count = [], 0
            waiting.append(part)
            count += len(part.faces)
        if waiting:
            yield _chunk(waiting)


def _chunk(parts: list[Part]) -> MeshChunk:
    low = np.min([p.vertices_m.min(axis=0) for p in parts], axis=0)
    high = np.max([p.vertices_m.max(axis=0) for p in parts], axis=0)
    origin_m = np.round((low + high) / 2)
    sizes = [len(p.vertices_m) for p in parts]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return MeshChunk(
        origin_m=origin_m,
        positions=np.concatenate([p.vertices_m - origin_m for p in parts]).astype(np.float32),
        triangles=np.concatenate([p.faces + s for p, s in zip(parts, starts, strict=True)]).astype(np.uint32),
        rows=np.repeat(np.array([p.row for p in parts], np.uint32), sizes),
        colours=np.concatenate([p.colours for p in parts]),
        transparent=parts[0].transparent,
    )
