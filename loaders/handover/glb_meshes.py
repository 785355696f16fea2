"""Chunks as meshes of a glTF document, one for each object: materials of plain colours where it has them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.handover.glb_document import GlbDocument
from loaders.handover.shapes import rows_of_items, runs
from loaders.model.meshes import MeshChunk, Texture, extent
from loaders.model.points import Chunk, PointChunk
from loaders.tileset import glb
from loaders.tileset.facets import with_normals
from loaders.tileset.glb_write import LINEAR_FROM_SRGB, unit_normals

MOST_MATERIALS = 1000  # beyond, colours stand at the vertices
_UNLIT = "KHR_materials_unlit"
_WHITE = 0xFFFFFFFF


class Placed(NamedTuple):
    """A mesh of the document: the row of its object, and where its origin is in the model frame (3,)."""

    row: int
    mesh: int
    origin_m: NDArray[np.float64]


class _Views(NamedTuple):
    """Buffer views of a chunk."""

    positions: int
    normals: int | None
    uvs: int | None
    colours: int | None
    indices: int | None


class Meshes:
    """Puts chunks into ``document``; ``name_of`` names the mesh of an object row, rows of which it does not are not."""

    def __init__(self, document: GlbDocument, name_of: Callable[[int], str | None]) -> None:
        self._document = document
        self._name_of = name_of
        self._materials: dict[tuple[Any, ...], int] = {}

    def add(self, chunk: Chunk) -> Iterator[Placed]:
        """The meshes of a chunk's objects."""
        dressed = _dressed(chunk) if isinstance(chunk, MeshChunk) else chunk
        codes = _codes(dressed)
        plain = isinstance(dressed, MeshChunk) and self._may_be_plain(dressed, codes)
        if isinstance(dressed, MeshChunk):
            dressed, codes = _sorted_by_colour(dressed, codes, plain=plain)
        items = rows_of_items(dressed)
        stretches = [(low, high, name) for low, high in runs(items) if (name := self._name_of(int(items[low])))]
        if not stretches:
            return
        offsets = _first_vertices(dressed, items)
        views = self._views(dressed, offsets, plain=plain)
        texture = self._texture(dressed)
        for low, high, name in stretches:
            pieces = [(low + a, low + b) for a, b in runs(codes[low:high])] if plain else [(low, high)]
            vertices = _vertex_range(dressed, low, high)
            shared = self._attributes(dressed, views, vertices)
            primitives = [
                self._primitive(dressed, views, shared, piece, self._material(dressed, codes[piece[0]], plain, texture))
                for piece in pieces
            ]
            mesh = self._document.add("meshes", {"name": name, "primitives": primitives})
            yield Placed(int(items[low]), mesh, np.asarray(dressed.origin_m, np.float64))

    def _may_be_plain(self, chunk: MeshChunk, codes: NDArray[np.uint32]) -> bool:
        if chunk.texture is not None:
            return bool((_vertex_codes(chunk) == _WHITE).all())
        even = bool((_vertex_codes(chunk)[chunk.triangles] == codes[:, None]).all())
        return even and len(self._materials) + np.unique(codes).size <= MOST_MATERIALS

    def _views(self, chunk: Chunk, offsets: NDArray[np.uint32], *, plain: bool) -> _Views:
        put = self._document.view
        mesh = chunk if isinstance(chunk, MeshChunk) else None
        linear = np.concatenate([LINEAR_FROM_SRGB[chunk.colours[:, :3]], chunk.colours[:, 3:]], axis=1)
        normals = None if mesh is None or mesh.normals is None else unit_normals(mesh.normals)
        uvs = None if mesh is None else mesh.uvs
        return _Views(
            put(np.asarray(chunk.positions, np.float32), glb.ARRAY_BUFFER, 12),
            None if normals is None else put(np.asarray(normals, np.float32), glb.ARRAY_BUFFER, 12),
            None if uvs is None else put(np.asarray(uvs, np.float32), glb.ARRAY_BUFFER, 8),
            None if plain else put(linear.astype(np.uint8), glb.ARRAY_BUFFER, 4),
            None if mesh is None else put(mesh.triangles - offsets[:, None], glb.ELEMENT_ARRAY_BUFFER),
        )

    def _attributes(self, chunk: Chunk, views: _Views, vertices: tuple[int, int]) -> dict[str, int]:
        first, count = vertices[0], vertices[1] - vertices[0]
        low, high = extent(chunk.positions[vertices[0] : vertices[1]])
        about = {"min": low.tolist(), "max": high.tolist()}
        found = {"POSITION": self._accessor(views.positions, first * 12, count, "VEC3", **about)}
        if views.normals is not None:
            found["NORMAL"] = self._accessor(views.normals, first * 12, count, "VEC3")
        if views.uvs is not None:
            found["TEXCOORD_0"] = self._accessor(views.uvs, first * 8, count, "VEC2")
        if views.colours is not None:
            kind = {"componentType": glb.UNSIGNED_BYTE, "normalized": True}
            found["COLOR_0"] = self._accessor(views.colours, first * 4, count, "VEC4", **kind)
        return found

    def _accessor(self, view: int, offset: int, count: int, kind: str, **more: Any) -> int:
        about = {"bufferView": view, "byteOffset": offset, "componentType": glb.FLOAT, "count": count, "type": kind}
        return self._document.add("accessors", about | more)

    def _primitive(
        self, chunk: Chunk, views: _Views, shared: dict[str, int], piece: tuple[int, int], material: int
    ) -> dict[str, Any]:
        if views.indices is None:
            return {"mode": glb.POINTS, "attributes": shared, "material": material}
        kind = {"componentType": glb.UNSIGNED_INT}
        indices = self._accessor(views.indices, piece[0] * 12, (piece[1] - piece[0]) * 3, "SCALAR", **kind)
        return {"attributes": shared, "indices": indices, "material": material}

    def _texture(self, chunk: Chunk) -> int | None:
        if isinstance(chunk, PointChunk) or chunk.texture is None or chunk.uvs is None:
            return None
        return self._picture(chunk.texture)

    def _picture(self, texture: Texture) -> int:
        image = {"bufferView": self._document.view(texture.data), "mimeType": texture.media_type}
        return self._document.add("textures", {"source": self._document.add("images", image)})

    def _material(self, chunk: Chunk, code: np.uint32, plain: bool, texture: int | None) -> int:
        unlit = isinstance(chunk, PointChunk) or (texture is not None and chunk.normals is None)
        mesh = chunk if isinstance(chunk, MeshChunk) else None
        blended, closed = mesh is not None and mesh.transparent, mesh is not None and mesh.closed
        key = (int(code) if plain and texture is None else None, texture, unlit, blended, closed)
        if key not in self._materials:
            self._materials[key] = self._document.add("materials", self._made(*key))
        return self._materials[key]

    def _made(self, code: int | None, texture: int | None, unlit: bool, blended: bool, closed: bool) -> dict[str, Any]:
        surface: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": 0.9}
        made: dict[str, Any] = {"pbrMetallicRoughness": surface, "doubleSided": not closed}
        if code is not None:
            srgb = np.array([code], "<u4").view(np.uint8)
            surface["baseColorFactor"] = [*(LINEAR_FROM_SRGB[srgb[:3]] / 255.0).tolist(), float(srgb[3]) / 255.0]
            made["name"] = "#" + bytes(srgb if blended else srgb[:3]).hex()
        if texture is not None:
            surface["baseColorTexture"] = {"index": texture}
        if blended:
            made["alphaMode"] = "BLEND"
        if unlit:
            self._document.use(_UNLIT)
            made["extensions"] = {_UNLIT: {}}
        return made


def _dressed(chunk: MeshChunk) -> MeshChunk:
    return with_normals(chunk) if chunk.texture is None else chunk


def _vertex_codes(chunk: Chunk) -> NDArray[np.uint32]:
    return np.ascontiguousarray(chunk.colours, np.uint8).view("<u4")[:, 0]


def _codes(chunk: Chunk) -> NDArray[np.uint32]:
    """The colour of each triangle or point as one number."""
    codes = _vertex_codes(chunk)
    return codes if isinstance(chunk, PointChunk) else codes[chunk.triangles[:, 0]]


def _sorted_by_colour(
    chunk: MeshChunk, codes: NDArray[np.uint32], *, plain: bool
) -> tuple[MeshChunk, NDArray[np.uint32]]:
    """Triangles of one object together, and of one colour in it where ``plain``."""
    keys = (codes if plain else np.zeros_like(codes), chunk.rows[chunk.triangles[:, 0]])
    order = np.lexsort(keys)
    return dataclasses.replace(chunk, triangles=chunk.triangles[order]), codes[order]


def _vertex_range(chunk: Chunk, low: int, high: int) -> tuple[int, int]:
    if isinstance(chunk, PointChunk):
        return low, high
    used = chunk.triangles[low:high]
    return int(used.min()), int(used.max()) + 1


def _first_vertices(chunk: Chunk, items: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """For each triangle the first vertex of its object: indices of a mesh begin there."""
    if isinstance(chunk, PointChunk) or not len(items):
        return np.zeros(0, np.uint32)
    starts = np.array([low for low, _ in runs(items)])
    lowest = np.minimum.reduceat(chunk.triangles.min(axis=1), starts)
    return np.repeat(lowest, np.diff([*starts.tolist(), len(items)])).astype(np.uint32)
