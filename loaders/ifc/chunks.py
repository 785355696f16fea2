"""From shapes to chunks: sorted by storey and place, colours split, at most 60 000 triangles each.

All shapes of a chunk are cleaned and coloured at once: a numpy call for each of a hundred thousand
small elements would take longer than meshing them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.ifc.colours import rgba_bytes
from loaders.ifc.kernel_process import Shape
from loaders.levels.surfaces import OPAQUE, Surface
from loaders.model.meshes import MeshChunk, extent

TRIANGLES_PER_CHUNK = 60_000
LARGEST_COORDINATE_M = 1e8
LARGEST_CHUNK_M = 2048.0  # float32 about the middle of such a chunk is exact to a tenth of a millimetre
SMALLEST_AREA_M2 = 1e-12
_CELL_M = 16.0
_CORNERS = np.arange(3)
_MOST_KEYED = 2_000_000  # more vertices would not fit three to a 64-bit key


class Element(NamedTuple):
    """A shape, the row of its object and its class, which colours what has no colour."""

    shape: Shape
    row: int
    ifc_class: str


def is_sound(shape: Shape) -> bool:
    """Whether all coordinates are numbers of this world and all indices point at vertices."""
    if not len(shape.faces) or not len(shape.vertices_m):
        return False
    if not is_finite(shape):
        return False
    return int(shape.faces.view(np.uint32).max()) < len(shape.vertices_m)  # negative ones are huge then


def is_finite(shape: Shape) -> bool:
    """Whether all coordinates are numbers of this world."""
    return not len(shape.vertices_m) or bool((np.abs(shape.extent_m) < LARGEST_COORDINATE_M).all())  # False for NaN


def bounds_m(shape: Shape) -> NDArray[np.float64]:
    """(6,) of the vertices that faces use."""
    used = np.zeros(len(shape.vertices_m), bool)
    used[shape.faces] = True
    extent_m = shape.extent_m if used.all() else extent(shape.vertices_m[used])
    return extent_m.reshape(6)


def order(elements: Sequence[Element], storey_of_row: NDArray[np.int64]) -> list[Element]:
    """Elements storey by storey, and within one along a grid of 16 m, so that chunks are compact."""
    if not elements:
        return []
    middles = np.array([e.shape.extent_m for e in elements]).mean(axis=1)
    cells = np.floor((middles - middles.min(axis=0)) / _CELL_M).astype(np.int64)
    rows = np.array([e.row for e in elements])
    ranked = np.lexsort((rows, cells[:, 1], cells[:, 0], storey_of_row[rows]))
    return [elements[i] for i in ranked]


def chunks_of(elements: Sequence[Element], *, clean: bool = True) -> Iterator[MeshChunk]:
    """Chunks in the given order, none wider than `LARGEST_CHUNK_M` unless one element is; opaque and see-through
    faces never share one. ``clean`` takes away triangles without area and doubled ones.
    """
    for group in _groups(elements):
        soup = _joined(group)
        if clean:
            soup = soup.only(_worth_drawing(soup))
        see_through = soup.palette[soup.style_of_face, 3] < OPAQUE
        for transparent in (False, True):
            chosen = np.flatnonzero(see_through == transparent)
            if len(chosen):
                yield _chunk(soup.only(chosen), transparent)


def surface_of(elements: Sequence[Element]) -> Surface:
    """All triangles as they are; the owner of each is the position of its element."""
    if not elements:
        return Surface.empty()
    soup = _joined(list(elements))
    origin_m = extent(soup.vertices_m).mean(axis=0)
    corners = (soup.vertices_m - origin_m).astype(np.float32)[soup.faces]
    return Surface(origin_m, corners, soup.shape_of_face, soup.palette[soup.style_of_face])


def _groups(elements: Sequence[Element]) -> Iterator[list[Element]]:
    """What makes one chunk, in the given order."""
    waiting: list[Element] = []
    count = 0
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for element in elements:
        (own_low, own_high), num_faces = element.shape.extent_m, len(element.shape.faces)
        low, high = np.minimum(low, own_low), np.maximum(high, own_high)
        too_wide = (high - low).max() > LARGEST_CHUNK_M
        if waiting and (too_wide or count + num_faces > TRIANGLES_PER_CHUNK):
            yield waiting
            waiting, count, low, high = [], 0, own_low, own_high
        waiting.append(element)
        count += num_faces
    if waiting:
        yield waiting


class _Soup(NamedTuple):
    """Several shapes in one: vertices (n, 3) and the row of each, faces (t, 3) into them with shape and style."""

    vertices_m: NDArray[np.float64]
    rows: NDArray[np.uint32]
    faces: NDArray[np.int64]
    shape_of_face: NDArray[np.int64]
    style_of_face: NDArray[np.int64]
    palette: NDArray[np.uint8]

    def only(self, faces: NDArray[np.intp]) -> _Soup:
        """The same vertices with some of the faces."""
        if len(faces) == len(self.faces):
            return self
        return self._replace(
            faces=self.faces[faces],
            shape_of_face=self.shape_of_face[faces],
            style_of_face=self.style_of_face[faces],
        )


def _joined(elements: list[Element]) -> _Soup:
    shapes = [element.shape for element in elements]
    num_vertices = np.array([len(shape.vertices_m) for shape in shapes])
    num_faces = np.array([len(shape.faces) for shape in shapes])
    palettes = [
        rgba_bytes(shape.style_rgba, element.ifc_class) for shape, element in zip(shapes, elements, strict=True)
    ]
    num_colours = np.array([len(palette) for palette in palettes])
    shape_of_face = np.repeat(np.arange(len(shapes)), num_faces)
    # Faces without a style, or with one that is not there, take the last colour, that of the class.
    last = num_colours[shape_of_face] - 1
    styles = np.concatenate([shape.style_of_face for shape in shapes]).astype(np.int64)
    styles = np.where((styles < 0) | (styles > last), last, styles)
    faces = np.concatenate([shape.faces for shape in shapes]).astype(np.int64)
    return _Soup(
        vertices_m=np.concatenate([shape.vertices_m for shape in shapes]),
        rows=np.repeat(np.array([element.row for element in elements], np.uint32), num_vertices),
        faces=faces + _starts(num_vertices)[shape_of_face, None],
        shape_of_face=shape_of_face,
        style_of_face=styles + _starts(num_colours)[shape_of_face],
        palette=np.concatenate(palettes),
    )


def _starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts)[:-1]])


def _worth_drawing(soup: _Soup) -> NDArray[np.intp]:
    """Indices of the triangles that have an area, the first of each; all of a shape where none has any."""
    x, y, z = soup.vertices_m.T
    a, b, c = soup.faces.T
    ux, uy, uz = x[b] - x[a], y[b] - y[a], z[b] - z[a]
    vx, vy, vz = x[c] - x[a], y[c] - y[a], z[c] - z[a]
    doubled_area_m2 = np.sqrt((uy * vz - uz * vy) ** 2 + (uz * vx - ux * vz) ** 2 + (ux * vy - uy * vx) ** 2)
    keep = doubled_area_m2 > SMALLEST_AREA_M2
    if not keep.all():
        has_area = np.zeros(int(soup.shape_of_face[-1]) + 1, bool)
        has_area[soup.shape_of_face[keep]] = True
        keep |= ~has_area[soup.shape_of_face]
    kept: NDArray[np.intp] = np.flatnonzero(keep)
    return kept if len(x) >= _MOST_KEYED else kept[_first_of_each(soup.faces[kept], len(x))]


def _first_of_each(faces: NDArray[np.int64], num_vertices: int) -> NDArray[np.intp]:
    """Indices of the faces that are not an earlier one turned about; a face seen from behind is another."""
    turned = np.take_along_axis(faces, (faces.argmin(axis=1)[:, None] + _CORNERS) % 3, axis=1)
    keys = (turned[:, 0] * num_vertices + turned[:, 1]) * num_vertices + turned[:, 2]
    ranked = np.sort(keys)
    if (ranked[1:] != ranked[:-1]).all():
        return np.arange(len(faces))
    first: NDArray[np.intp] = np.sort(np.unique(keys, return_index=True)[1])
    return first


def _chunk(soup: _Soup, transparent: bool) -> MeshChunk:
    """One chunk of a soup; a vertex shared by faces of different colours becomes one vertex a colour."""
    style_of_vertex = np.full(len(soup.vertices_m), -1, np.int64)
    style_of_vertex[soup.faces] = soup.style_of_face[:, None]
    if (style_of_vertex[soup.faces] == soup.style_of_face[:, None]).all():
        used = np.flatnonzero(style_of_vertex >= 0)
        styles, new = style_of_vertex[used], np.cumsum(style_of_vertex >= 0) - 1
        faces = new[soup.faces]
    else:
        keys = soup.faces * len(soup.palette) + soup.style_of_face[:, None]
        unique, inverse = np.unique(keys.ravel(), return_inverse=True)
        used, styles = np.divmod(unique, len(soup.palette))
        faces = inverse.reshape(-1, 3)
    vertices_m = soup.vertices_m[used]
    origin_m = np.round(extent(vertices_m).mean(axis=0))
    return MeshChunk(
        origin_m=origin_m,
        positions=(vertices_m - origin_m).astype(np.float32),
        triangles=faces.astype(np.uint32),
        rows=soup.rows[used],
        colours=soup.palette[styles],
        transparent=transparent,
    )
