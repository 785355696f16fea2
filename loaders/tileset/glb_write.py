"""Chunks as a binary glTF 2.0 file with ``EXT_mesh_features`` ids."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError
from loaders.model.meshes import MeshChunk, Texture, extent
from loaders.model.points import Chunk, PointChunk
from loaders.tileset import glb

GENERATOR = "CityTwin"
# A float32 id is exact up to here; glTF allows no 32-bit integers in vertex attributes.
MAX_ROWS = 1 << 24

_CLAMP, _REPEAT = 33071, 10497
_UNLIT, _METADATA = "KHR_materials_unlit", "EXT_structural_metadata"
_LINEAR, _LINEAR_MIPMAP_LINEAR = 9729, 9987


def _linear_from_srgb() -> NDArray[np.uint8]:
    """IEC 61966-2-1 for all 256 values, rounded."""
    srgb = np.arange(256) / 255.0
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return np.rint(linear * 255.0).astype(np.uint8)


LINEAR_FROM_SRGB = _linear_from_srgb()


class TextColumn(Protocol):
    """A property of all features of a tile: identifier, the name that people read, a text for each."""

    @property
    def identifier(self) -> str:
        """Letters, digits and underscores."""

    @property
    def name(self) -> str:
        """What people read."""

    @property
    def texts(self) -> list[str]:
        """One for each feature."""


def write_glb(
    path: Path, chunks: Sequence[Chunk], origin_m: NDArray[np.float64], columns: Sequence[TextColumn] = ()
) -> int:
    """Write ``chunks`` relative to the tile origin ``origin_m`` (3,) float64; gives the bytes written.

    With ``columns`` the rows of the chunks are places in a property table of them.
    """
    builder = _Builder(origin_m, has_table=bool(columns))
    for chunk in chunks:
        builder.add(chunk)
    if columns:
        builder.add_table(columns)
    document, parts, buffer_size = builder.finish()
    text = msgspec.json.encode(document)
    # Property tables begin at multiples of eight bytes, so the buffer does too.
    text += b" " * (-(len(text) + glb.HEADER.size + 2 * glb.CHUNK_HEADER.size) % 8)
    total = glb.HEADER.size + 2 * glb.CHUNK_HEADER.size + len(text) + buffer_size
    with path.open("wb") as file:
        file.write(glb.HEADER.pack(glb.MAGIC, glb.VERSION, total))
        file.write(glb.CHUNK_HEADER.pack(len(text), glb.JSON_CHUNK) + text)
        file.write(glb.CHUNK_HEADER.pack(buffer_size, glb.BIN_CHUNK))
        file.writelines(parts)
    return total


class _Builder:
    """Collects the parts of one glTF document and its buffer."""

    def __init__(self, origin_m: NDArray[np.float64], *, has_table: bool = False) -> None:
        self._has_table = has_table
        self._origin_m = np.asarray(origin_m, np.float64)
        self._parts: list[bytes | memoryview] = []
        self._size = 0
        self._document: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": GENERATOR},
            "extensionsUsed": ["EXT_mesh_features"],
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"rotation": glb.Y_UP_FROM_Z_UP, "children": []}],
            "meshes": [],
            "materials": [],
            "accessors": [],
            "bufferViews": [],
        }
        self._plain_materials: dict[tuple[bool, bool, bool], int] = {}

    def add(self, chunk: Chunk) -> None:
        """Put a chunk in as a node of its own."""
        primitive = self._points(chunk) if isinstance(chunk, PointChunk) else self._mesh(chunk)
        primitive["extensions"] = {"EXT_mesh_features": {"featureIds": [self._feature_set(chunk.rows)]}}
        self._add("meshes", {"primitives": [primitive]})
        self._add_node(chunk.origin_m)

    def _vertices(self, chunk: Chunk) -> dict[str, int]:
        return {
            "POSITION": self._floats(chunk.positions, "VEC3", bounds=True),
            "COLOR_0": self._colours(LINEAR_FROM_SRGB[chunk.colours[:, :3]], chunk.colours[:, 3:]),
            glb.FEATURE_IDS: self._floats(_feature_ids(chunk.rows), "SCALAR"),
            glb.SRGB_COLOURS: self._bytes(chunk.colours),
        }

    def _points(self, chunk: PointChunk) -> dict[str, Any]:
        about = {"spacing_m": float(chunk.spacing_m), "refined": bool(chunk.refined)}
        return {
            "mode": glb.POINTS,
            "attributes": self._vertices(chunk),
            "material": self._plain_material(unlit=True),
            "extras": {glb.EXTRAS: about},
        }

    def _mesh(self, chunk: MeshChunk) -> dict[str, Any]:
        attributes = self._vertices(chunk)
        if chunk.normals is not None:
            attributes["NORMAL"] = self._floats(unit_normals(chunk.normals), "VEC3")
        if chunk.uvs is not None:
            attributes["TEXCOORD_0"] = self._floats(chunk.uvs, "VEC2")
        indices = self._indices(chunk.triangles)
        return {"attributes": attributes, "indices": indices, "material": self._material(chunk)}

    def _feature_set(self, rows: NDArray[np.uint32]) -> dict[str, Any]:
        found = {"featureCount": int(np.unique(rows).size), "attribute": 0}
        return found | ({"propertyTable": 0} if self._has_table else {})

    def add_table(self, columns: Sequence[TextColumn]) -> None:
        """The property table of the features (EXT_structural_metadata)."""
        properties, stored = {}, {}
        for column in columns:
            texts = [text.encode("utf-8", "replace") for text in column.texts]
            ends = np.concatenate([[0], np.cumsum([len(text) for text in texts])]).astype(np.uint32)
            # A buffer view of nothing is not valid.
            views = {"values": b"".join(texts) or b"\0", "stringOffsets": ends.tobytes()}
            properties[column.identifier] = {"name": column.name, "type": "STRING", "required": False, "noData": ""}
            stored[column.identifier] = {key: self._view(data) for key, data in views.items()}
        self._document["extensionsUsed"].append(_METADATA)
        self._document["extensions"] = {
            _METADATA: {
                "schema": {"id": "citytwin", "classes": {"object": {"properties": properties}}},
                "propertyTables": [{"class": "object", "count": len(columns[0].texts), "properties": stored}],
            }
        }

    def _add_node(self, chunk_origin_m: NDArray[np.float64]) -> None:
        node: dict[str, Any] = {"mesh": len(self._document["meshes"]) - 1}
        offset_m = np.asarray(chunk_origin_m, np.float64) - self._origin_m
        if offset_m.any():
            node["translation"] = offset_m.tolist()
        self._document["nodes"][0]["children"].append(self._add("nodes", node))

    def _add(self, key: str, item: dict[str, Any]) -> int:
        items: list[dict[str, Any]] = self._document.setdefault(key, [])
        items.append(item)
        return len(items) - 1

    def _view(self, data: bytes | memoryview, target: int | None = None) -> int:
        view: dict[str, Any] = {"buffer": 0, "byteOffset": self._size, "byteLength": len(data)}
        if target is not None:
            view["target"] = target
        padding = -len(data) % 8
        self._parts += [data, bytes(padding)]
        self._size += len(data) + padding
        return self._add("bufferViews", view)

    def _floats(self, values: NDArray[np.float32], kind: str, *, bounds: bool = False) -> int:
        accessor: dict[str, Any] = {
            "bufferView": self._view(_raw(values, np.float32), glb.ARRAY_BUFFER),
            "componentType": glb.FLOAT,
            "count": len(values),
            "type": kind,
        }
        if bounds:
            low, high = extent(values)
            accessor |= {"min": low.tolist(), "max": high.tolist()}
        return self._add("accessors", accessor)

    def _colours(self, colours: NDArray[np.uint8], alphas: NDArray[np.uint8]) -> int:
        index = self._bytes(np.concatenate([colours, alphas], axis=1))
        self._document["accessors"][index]["normalized"] = True
        return index

    def _bytes(self, values: NDArray[np.uint8]) -> int:
        view = self._view(_raw(values, np.uint8), glb.ARRAY_BUFFER)
        accessor = {"bufferView": view, "componentType": glb.UNSIGNED_BYTE, "count": len(values), "type": "VEC4"}
        return self._add("accessors", accessor)

    def _indices(self, triangles: NDArray[np.uint32]) -> int:
        view = self._view(_raw(triangles, np.uint32), glb.ELEMENT_ARRAY_BUFFER)
        accessor = {"bufferView": view, "componentType": glb.UNSIGNED_INT, "count": triangles.size, "type": "SCALAR"}
        return self._add("accessors", accessor)

    def _material(self, chunk: MeshChunk) -> int:
        if chunk.texture is not None and chunk.uvs is not None:
            texture = self._texture(chunk.texture, chunk.uvs)
            unlit = chunk.normals is None  # a picture, not a surface under the sun
            self._note_unlit(unlit)
            return self._add("materials", _material(chunk.transparent, texture, unlit=unlit, closed=chunk.closed))
        return self._plain_material(transparent=chunk.transparent, closed=chunk.closed)

    def _plain_material(self, *, transparent: bool = False, unlit: bool = False, closed: bool = False) -> int:
        key = (transparent, unlit, closed)
        known = self._plain_materials.get(key)
        if known is None:
            self._note_unlit(unlit)
            material = _material(transparent, unlit=unlit, closed=closed)
            known = self._plain_materials[key] = self._add("materials", material)
        return known

    def _note_unlit(self, unlit: bool) -> None:
        if unlit and _UNLIT not in self._document["extensionsUsed"]:
            self._document["extensionsUsed"].append(_UNLIT)

    def _texture(self, texture: Texture, uvs: NDArray[np.float32]) -> int:
        inside = bool((uvs >= 0).all() and (uvs <= 1).all())
        wrap = _CLAMP if inside else _REPEAT
        sampler = {"magFilter": _LINEAR, "minFilter": _LINEAR_MIPMAP_LINEAR, "wrapS": wrap, "wrapT": wrap}
        image = self._add("images", {"bufferView": self._view(texture.data), "mimeType": texture.media_type})
        return self._add("textures", {"source": image, "sampler": self._add("samplers", sampler)})

    def finish(self) -> tuple[dict[str, Any], list[bytes | memoryview], int]:
        self._document["buffers"] = [{"byteLength": self._size}]
        return self._document, self._parts, self._size


def _raw(values: NDArray[Any], kind: type[np.generic]) -> memoryview:
    return np.ascontiguousarray(values, kind).data.cast("B")


def _material(
    transparent: bool, texture: int | None = None, *, unlit: bool = False, closed: bool = False
) -> dict[str, Any]:
    surface: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": 0.9}
    if texture is not None:
        surface["baseColorTexture"] = {"index": texture}
    material: dict[str, Any] = {"pbrMetallicRoughness": surface, "doubleSided": not closed}
    if transparent:
        material["alphaMode"] = "BLEND"
    if unlit:
        material["extensions"] = {_UNLIT: {}}
    return material


def _feature_ids(rows: NDArray[np.uint32]) -> NDArray[np.float32]:
    if rows.size and int(rows.max()) >= MAX_ROWS:
        raise CityTwinError("tileset.too_many_objects", "", limit=MAX_ROWS)
    return rows.astype(np.float32)


def unit_normals(normals: NDArray[np.float32]) -> NDArray[np.float32]:
    """Normals (n, 3) of length one; what has no direction points up. The same array where nothing was off."""
    lengths = np.linalg.norm(normals.astype(np.float64), axis=1)
    if (np.abs(lengths - 1.0) < 1e-4).all():
        return normals
    usable = np.isfinite(lengths) & (lengths > 1e-12)
    fixed = np.where(usable[:, None], normals / np.where(usable, lengths, 1.0)[:, None], (0.0, 0.0, 1.0))
    return fixed.astype(np.float32)
