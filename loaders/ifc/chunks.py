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
LARGEST_CHUNK_M = 2048.0  # float32 about the middle of such a chunk is exact to a tenth of a millimetre
SMALLEST_AREA_M2 = 1e-12
_CORNERS = np.arange(3)
_MOST_KEYED = 2_000_000  # more vertices would not fit three to a 64-bit key


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
    if not is_finite(shape):
        return False
    return int(shape.faces.min()) >= 0 and int(shape.faces.max()) < len(shape.vertices_m)


def is_finite(shape: Shape) -> bool:
    """Whether all coordinates are numbers of this world."""
    return bool((np.abs(shape.vertices_m) < LARGEST_COORDINATE_M).all())  # False for NaN too


def bounds_m(shape: Shape) -> NDArray[np.float64]:
    """(6,) of the vertices that faces use."""
    used = shape.vertices_m[np.unique(shape.faces)]
    return np.concatenate([used.min(axis=0), used.max(axis=0)])


def parts_of(shape: Shape, row: int, ifc_class: str, *, clean: bool = True) -> list[Part]:
    """One or two parts; a vertex shared by faces of different colours becomes one vertex a colour.

    ``clean`` takes away triangles without area and doubled ones.
    """
    palette = rgba_bytes(shape.style_rgba, ifc_class)
    styles = np.where(shape.style_of_face < 0, len(palette) - 1, shape.style_of_face)
    styles = np.minimum(styles, len(palette) - 1)
    faces = shape.faces.astype(np.int64)
    if clean:
        keep = _worth_drawing(shape.vertices_m, faces)
        faces, styles = faces[keep], styles[keep]
    see_through = palette[styles, 3] < _OPAQUE
    parts = []
    for transparent in (False, True):
        chosen = see_through == transparent
        if chosen.any():
            parts.append(
                _part(shape.vertices_m, faces[chosen], styles[chosen], palette, row=row, transparent=transparent)
            )
    return parts


def _worth_drawing(vertices_m: NDArray[np.float64], faces: NDArray[np.int64]) -> NDArray[np.intp]:
    """Indices of the triangles that have an area, the first of each; all where none has any."""
    first = vertices_m[faces[:, 0]]
    (ax, ay, az), (bx, by, bz) = (vertices_m[faces[:, 1]] - first).T, (vertices_m[faces[:, 2]] - first).T
    doubled_area_m2 = np.sqrt((ay * bz - az * by) ** 2 + (az * bx - ax * bz) ** 2 + (ax * by - ay * bx) ** 2)
    with_area: NDArray[np.intp] = np.flatnonzero(doubled_area_m2 > SMALLEST_AREA_M2)
    count = len(vertices_m)
    if not len(with_area):
        return np.arange(len(faces))
    if count >= _MOST_KEYED:
        return with_area
    kept = faces[with_area]
    turned = np.take_along_axis(kept, (kept.argmin(axis=1)[:, None] + _CORNERS) % 3, axis=1)
    keys = (turned[:, 0] * count + turned[:, 1]) * count + turned[:, 2]
    ranked = np.sort(keys)
    if (ranked[1:] != ranked[:-1]).all():
        return with_area
    first_of_each: NDArray[np.intp] = np.sort(np.unique(keys, return_index=True)[1])
    return np.asarray(with_area[first_of_each], np.intp)


def _part(
    vertices_m: NDArray[np.float64],
    faces: NDArray[np.int64],
    styles: NDArray[np.int64],
    palette: NDArray[np.uint8],
    *,
    row: int,
    transparent: bool,
) -> Part:
    if (styles == styles[0]).all():
        used = np.zeros(len(vertices_m), bool)
        used[faces] = True
        if used.all():  # the common case, without a sort
            return Part(row, vertices_m, faces, np.tile(palette[styles[0]], (len(vertices_m), 1)), transparent)
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
    """Chunks in the given order, none wider than `LARGEST_CHUNK_M` unless one part is; opaque and see-through
    parts never share one."""
    for transparent in (False, True):
        waiting: list[Part] = []
        count = 0
        low, high = np.full(3, np.inf), np.full(3, -np.inf)
        for part in parts:
            if part.transparent is not transparent:
                continue
            low, high = np.minimum(low, part.vertices_m.min(axis=0)), np.maximum(high, part.vertices_m.max(axis=0))
            too_wide = (high - low).max() > LARGEST_CHUNK_M
            if waiting and (too_wide or count + len(part.faces) > TRIANGLES_PER_CHUNK):
                yield _chunk(waiting)
                waiting, count = [], 0
                low, high = part.vertices_m.min(axis=0), part.vertices_m.max(axis=0)
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
