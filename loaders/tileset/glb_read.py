"""Chunks from our own tiles, as views of the memory-mapped file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.model.meshes import MeshChunk, Texture
from loaders.model.points import Chunk, PointChunk
from loaders.tileset import glb

_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_TYPES = {
    glb.UNSIGNED_BYTE: np.uint8,
    glb.UNSIGNED_SHORT: np.uint16,
    glb.UNSIGNED_INT: np.uint32,
    glb.FLOAT: np.float32,
}


def read_glb(path: Path, origin_m: NDArray[np.float64] | tuple[float, float, float]) -> tuple[Chunk, ...]:
    """The chunks of one tile whose float64 origin (3,) in the model frame is ``origin_m``.

    Arrays are read-only views of the file's memory map, but for ``rows``, which are cast.
    Raises `CityTwinError` ``tileset.damaged`` when the file is not one that `write_glb` wrote.
    """
    document, buffer = glb.split_glb(path)
    reader = _Reader(path, document, buffer)
    try:
        return reader.chunks(np.asarray(origin_m, np.float64))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise glb.damaged(path, str(error)) from error


class _Reader:
    def __init__(self, path: Path, document: dict[str, Any], buffer: NDArray[np.uint8]) -> None:
        self._path = path
        self._document = document
        self._buffer = buffer

    def chunks(self, origin_m: NDArray[np.float64]) -> tuple[Chunk, ...]:
        nodes = self._document["nodes"]
        return tuple(self._chunk(nodes[index], origin_m) for index in nodes[0]["children"])

    def _chunk(self, node: dict[str, Any], origin_m: NDArray[np.float64]) -> Chunk:
        primitive = self._document["meshes"][node["mesh"]]["primitives"][0]
        origin_m = origin_m + np.asarray(node.get("translation", (0.0, 0.0, 0.0)), np.float64)
        if primitive.get("mode") == glb.POINTS:
            return self._points(primitive, origin_m)
        return self._mesh(primitive, origin_m)

    def _points(self, primitive: dict[str, Any], origin_m: NDArray[np.float64]) -> PointChunk:
        attributes, about = primitive["attributes"], primitive["extras"][glb.EXTRAS]
        chunk = PointChunk(
            origin_m=origin_m,
            positions=self._array(attributes["POSITION"], 3, np.float32),
            rows=self._array(attributes[glb.FEATURE_IDS], 1, np.float32).reshape(-1).astype(np.uint32),
            colours=self._array(attributes[glb.SRGB_COLOURS], 4, np.uint8),
            spacing_m=float(about["spacing_m"]),
            refined=bool(about["refined"]),
        )
        self._check(chunk)
        return chunk

    def _mesh(self, primitive: dict[str, Any], origin_m: NDArray[np.float64]) -> MeshChunk:
        attributes = primitive["attributes"]
        material = self._document["materials"][primitive["material"]]
        chunk = MeshChunk(
            origin_m=origin_m,
            positions=self._array(attributes["POSITION"], 3, np.float32),
            triangles=self._array(primitive["indices"], 1, np.uint32).reshape(-1, 3),
            rows=self._array(attributes[glb.FEATURE_IDS], 1, np.float32).reshape(-1).astype(np.uint32),
            colours=self._array(attributes[glb.SRGB_COLOURS], 4, np.uint8),
            normals=self._optional(attributes, "NORMAL", 3),
            uvs=self._optional(attributes, "TEXCOORD_0", 2),
            texture=self._texture(material),
            transparent=material.get("alphaMode") == "BLEND",
            closed=material.get("doubleSided") is False,
        )
        self._check(chunk)
        return chunk

    def _optional(self, attributes: dict[str, int], name: str, width: int) -> NDArray[np.float32] | None:
        return self._array(attributes[name], width, np.float32) if name in attributes else None

    def _array(self, accessor_index: int, width: int, kind: type[np.generic]) -> NDArray[Any]:
        accessor = self._document["accessors"][accessor_index]
        if _WIDTHS[accessor["type"]] != width or _TYPES[accessor["componentType"]] is not kind:
            raise ValueError("accessor type")
        data = self._bytes(accessor["bufferView"])
        count = accessor["count"]
        if data.size != count * width * np.dtype(kind).itemsize:
            raise ValueError("accessor size")
        return data.view(kind).reshape(count, width)

    def _bytes(self, view_index: int) -> NDArray[np.uint8]:
        view = self._document["bufferViews"][view_index]
        start, length = view["byteOffset"], view["byteLength"]
        if start < 0 or length < 0 or start + length > self._buffer.size:
            raise ValueError("view size")
        return self._buffer[start : start + length]

    def _texture(self, material: dict[str, Any]) -> Texture | None:
        index = material["pbrMetallicRoughness"].get("baseColorTexture", {}).get("index")
        if index is None:
            return None
        image = self._document["images"][self._document["textures"][index]["source"]]
        return Texture(self._bytes(image["bufferView"]).tobytes(), image["mimeType"])

    def _check(self, chunk: Chunk) -> None:
        """A wrong index would make a renderer read foreign memory."""
        count = len(chunk.positions)
        if len(chunk.rows) != count or len(chunk.colours) != count:
            raise ValueError("vertex counts")
        if not isinstance(chunk, MeshChunk):
            return
        if any(len(array) != count for array in (chunk.normals, chunk.uvs) if array is not None):
            raise ValueError("vertex counts")
        if chunk.triangles.size and int(chunk.triangles.max()) >= count:
            raise ValueError("vertex index")
