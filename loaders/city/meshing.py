"""City objects to mesh chunks: batches of neighbours, each object's surfaces triangulated together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.city.palette import Style
from loaders.city.triangulate import Points, Polygons, triangulate
from loaders.model.meshes import MeshChunk

_FACING = 0.7  # cosine from which a surface counts as facing up or down


class Part(NamedTuple):
    """A mesh of one object: ``points_m`` (n, 3), ``triangles`` (t, 3) and a colour (t, 4) for each triangle."""

    points_m: Points
    triangles: NDArray[np.int64]
    colours: NDArray[np.uint8]


@dataclass(slots=True)
class Batch:
    """Objects that become chunks together. Surfaces index one shared array of points."""

    rows: list[int] = field(default_factory=list)
    surfaces: list[Any] = field(default_factory=list)
    styles: list[Style] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    parts: list[tuple[int, Part]] = field(default_factory=list)
    num_corners: int = 0

    def add(self, row: int, surfaces: list[Any], styles: list[Style], span: tuple[int, int]) -> None:
        """Surfaces of object ``row``; ``span`` is the first and the number of the points that it may name."""
        first, count = span
        self.rows += [row] * len(surfaces)
        self.firsts += [first] * len(surfaces)
        self.counts += [count] * len(surfaces)
        self.surfaces += surfaces
        self.styles += styles
        self.num_corners += sum(len(s[0]) for s in surfaces if isinstance(s, list) and s and isinstance(s[0], list))

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
    polygons = _polygons(batch)
    found = triangulate(points_m, polygons)
    surface_rows = np.array(batch.rows, np.int64)
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


def _polygons(batch: Batch) -> Polygons:
    """All surfaces as flat arrays; one that is malformed becomes a ring that names no vertex."""
    flat: list[int] = []
    lengths: list[int] = []
    rings: list[int] = []
    for surface, first, count in zip(batch.surfaces, batch.firsts, batch.counts, strict=True):
        good = _is_surface(surface) and all(_in_range(ring, count) for ring in surface)
        if not good:
            flat.append(-1)
            lengths.append(1)
            rings.append(1)
            continue
        for ring in surface:
            flat += ring if first == 0 else [index + first for index in ring]
            lengths.append(len(ring))
        rings.append(len(surface))
    return Polygons(np.array(flat, np.int64), np.array(lengths, np.int64), np.array(rings, np.int64))


def _is_surface(surface: Any) -> bool:
    return isinstance(surface, list) and bool(surface) and all(isinstance(ring, list) for ring in surface)


def _in_range(ring: list[Any], count: int) -> bool:
    try:
        return not ring or (all(type(index) is int for index in ring) and min(ring) >= 0 and max(ring) < count)
    except TypeError:
        return False


def _colours(styles: list[Style], normals: Points) -> NDArray[np.uint8]:
    """The colour (s, 4) of each surface by its style and where it faces."""
    numbers: dict[Style, int] = {}
    which = np.array([numbers.setdefault(style, len(numbers)) for style in styles], np.int64)
    table = np.array(list(numbers) or [((0, 0, 0, 0),) * 3], np.uint8)
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
    origin = np.round((points.min(axis=0) + points.max(axis=0)) / 2, 3)
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
    batch = Batch()
    batch.add(0, surfaces, styles, (0, len(points_m)))
    found = triangulate(points_m, _polygons(batch))
    used, renamed = np.unique(found.triangles, return_inverse=True)
    colours = _colours(styles, found.normals)
    return Part(points_m[used], renamed.reshape(-1, 3), colours[found.surface])
