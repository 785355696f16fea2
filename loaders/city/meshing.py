"""City objects to mesh chunks: batches of neighbours, each object's surfaces triangulated together."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.city.palette import Style
from loaders.city.triangulate import Points, Polygons, triangulate
from loaders.model.meshes import MeshChunk, extent

_MAX_INDEX = 2**62
_FACING = 0.7  # cosine from which a surface counts as facing up or down


class Part(NamedTuple):
    """A mesh of one object: ``points_m`` (n, 3), ``triangles`` (t, 3) and a colour (t, 4) for each triangle."""

    points_m: Points
    triangles: NDArray[np.int64]
    colours: NDArray[np.uint8]


@dataclass(slots=True)
class Batch:
    """Objects that become chunks together. All surfaces index one shared array of points."""

    rows: list[NDArray[np.int64]] = field(default_factory=list)
    polygons: list[Polygons] = field(default_factory=list)
    styles: list[Style] = field(default_factory=list)
    parts: list[tuple[int, Part]] = field(default_factory=list)
    num_corners: int = 0

    def add(self, row: int, surfaces: list[Any], styles: list[Style], span: tuple[int, int]) -> None:
        """Surfaces of object ``row``; ``span`` is the first and the number of the points that it may name."""
        found = flat_polygons(surfaces, span)
        self.rows.append(np.full(len(surfaces), row, np.int64))
        self.polygons.append(found)
        self.styles += styles
        self.num_corners += len(found.indices)

    def add_part(self, row: int, part: Part) -> None:
        """A ready mesh of object ``row``."""
        self.parts.append((row, part))
        self.num_corners += len(part.triangles)


class Meshed(NamedTuple):
    """What a batch gave. ``bad`` and ``flat`` are the rows of surfaces with wrong indices, and with no area."""

    chunks: list[MeshChunk]
    bad: NDArray[np.int64]
    flat: NDArray[np.int64]
    rows: NDArray[np.int64]


def mesh(batch: Batch, points_m: Points) -> Meshed:
    """The opaque and the transparent chunk of a batch over ``points_m`` (n, 3), model metres."""
    found = triangulate(points_m, _together(batch.polygons))
    surface_rows = np.concatenate(batch.rows) if batch.rows else np.zeros(0, np.int64)
    colours = _colours(batch.styles, found.normals)
    pieces = [_Soup(points_m, found.triangles, surface_rows[found.surface], colours[found.surface])]
    pieces += [_Soup(p.points_m, p.triangles, np.full(len(p.triangles), row), p.colours) for row, p in batch.parts]
    soup = _joined(pieces)
    clear = soup.colours[:, 3] < 255
    chunks = [_chunk(soup.only(mask), transparent) for mask, transparent in ((~clear, False), (clear, True))]
    return Meshed(
        [chunk for chunk in chunks if chunk is not None],
        surface_rows[found.out_of_range],
        surface_rows[found.degenerate],
        np.unique(soup.rows),
    )


class _Soup(NamedTuple):
    """Triangles with a row and a colour each."""

    points_m: Points
    triangles: NDArray[np.int64]
    rows: NDArray[np.int64]
    colours: NDArray[np.uint8]

    def only(self, mask: NDArray[np.bool_]) -> _Soup:
        return _Soup(self.points_m, self.triangles[mask], self.rows[mask], self.colours[mask])


def flat_polygons(surfaces: list[Any], span: tuple[int, int]) -> Polygons:
    """Surfaces (lists of rings of indices) as flat arrays, ``span`` applied.

    A surface that is malformed becomes a ring that names no vertex, as does an index beyond the span.
    """
    if not set(map(type, surfaces)) <= {list}:
        return flat_polygons([_tamed(surface) for surface in surfaces], span)
    rings = list(chain.from_iterable(surfaces))
    if not set(map(type, rings)) <= {list}:
        return flat_polygons([_tamed(surface) for surface in surfaces], span)
    flat = list(chain.from_iterable(rings))
    if not set(map(type, flat)) <= {int} or not all(surfaces):
        return flat_polygons([_tamed(surface) for surface in surfaces], span)
    try:
        indices = np.array(flat, np.int64)
    except OverflowError:
        return flat_polygons([_tamed(surface) for surface in surfaces], span)
    first, count = span
    indices = np.where((indices >= 0) & (indices < count), indices + first, -1)
    return Polygons(indices, np.array(list(map(len, rings)), np.int64), np.array(list(map(len, surfaces)), np.int64))


def _tamed(surface: Any) -> list[list[int]]:
    """A surface that can be flattened: itself, or a ring that names no vertex."""
    if isinstance(surface, list) and surface and all(map(_is_ring, surface)):
        return surface
    return [[-1]]


def _is_ring(ring: Any) -> bool:
    return isinstance(ring, list) and all(type(index) is int and -1 <= index < _MAX_INDEX for index in ring)


def _together(parts: list[Polygons]) -> Polygons:
    """All polygons of a batch."""
    if not parts:
        none = np.zeros(0, np.int64)
        return Polygons(none, none, none)
    return Polygons(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _colours(styles: list[Style], normals: Points) -> NDArray[np.uint8]:
    """The colour (s, 4) of each surface by its style and where it faces."""
    numbers: dict[Style, int] = {}
    which = np.array([numbers.setdefault(style, len(numbers)) for style in styles], np.int64)
    table = np.array(list(numbers), np.uint8).reshape(-1, 3, 4)
    facing = np.where(normals[:, 2] > _FACING, 0, np.where(normals[:, 2] < -_FACING, 2, 1))
    return np.asarray(table[which, facing])


def _joined(pieces: list[_Soup]) -> _Soup:
    """One soup; the first piece's points may be shared by other batches, so only those used are taken."""
    used, renamed = np.unique(pieces[0].triangles, return_inverse=True)
    points, triangles = [pieces[0].points_m[used]], [renamed.reshape(-1, 3)]
    first = len(used)
    for piece in pieces[1:]:
        points.append(piece.points_m)
        triangles.append(piece.triangles + first)
        first += len(piece.points_m)
    return _Soup(
        np.concatenate(points),
        np.concatenate(triangles),
        np.concatenate([piece.rows for piece in pieces]),
        np.concatenate([piece.colours for piece in pieces]),
    )


def _chunk(soup: _Soup, transparent: bool) -> MeshChunk | None:
    """Vertices shared within an object where they have the same colour; rows ascending."""
    if not len(soup.triangles):
        return None
    order = np.argsort(soup.rows, kind="stable")
    triangles, rows, colours = soup.triangles[order], soup.rows[order], soup.colours[order]
    packed = np.ascontiguousarray(colours).view(np.uint32).reshape(-1).astype(np.int64)
    _, colour_number = np.unique(packed, return_inverse=True)
    distinct, row_number = np.unique(rows, return_inverse=True)
    per_object = np.int64(colour_number.max() + 1) * len(soup.points_m)
    keys = (row_number * per_object + colour_number * len(soup.points_m))[:, None] + triangles
    vertices, corner = np.unique(keys, return_inverse=True)
    corner = corner.reshape(-1, 3)
    vertex_colours = np.empty((len(vertices), 4), np.uint8)
    vertex_colours[corner] = colours[:, None]
    points = soup.points_m[vertices % len(soup.points_m)]
    origin = np.round(extent(points).mean(axis=0), 3)
    return MeshChunk(
        origin_m=origin,
        positions=(points - origin).astype(np.float32),
        triangles=corner.astype(np.uint32),
        rows=distinct[vertices // per_object].astype(np.uint32),
        colours=vertex_colours,
        transparent=transparent,
    )


def part_of(surfaces: list[Any], styles: list[Style], points_m: Points) -> Part:
    """A geometry template as a ready mesh about its own origin."""
    found = triangulate(points_m, flat_polygons(surfaces, (0, len(points_m))))
    used, renamed = np.unique(found.triangles, return_inverse=True)
    colours = _colours(styles, found.normals)
    return Part(points_m[used], renamed.reshape(-1, 3), colours[found.surface])
