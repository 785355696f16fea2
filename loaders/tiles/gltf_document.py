"""A glTF 2.0 document and its buffers: typed, bounds-checked access to accessors and images."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from loaders.tiles import gltf_packed
from loaders.tiles.uris import data_of

# glTF 2.0, section 5.1: component types and element types of accessors.
COMPONENTS: dict[int, type[np.generic]] = {
    5120: np.int8,
    5121: np.uint8,
    5122: np.int16,
    5123: np.uint16,
    5125: np.uint32,
    5126: np.float32,
}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
LARGEST_COUNT = 200_000_000
_MAGIC, _JSON, _BIN = 0x46546C67, 0x4E4F534A, 0x004E4942

Fetch = Callable[[str], bytes]  # what a relative URI of the document means; raises `CityTwinError`


class Document:
    """One document. Raises ValueError, KeyError, IndexError or TypeError for what is not valid glTF.

    ``fetch`` reads what relative URIs mean.
    """

    def __init__(self, data: bytes, fetch: Fetch) -> None:
        text, self._bin = _split(data)
        self.json: dict[str, Any] = msgspec.json.decode(text)
        if not isinstance(self.json, dict) or not str(self.json["asset"]["version"]).startswith("2"):
            raise ValueError("not glTF 2")
        self._fetch = fetch
        self._buffers: dict[int, bytes] = {}
        self._views: dict[int, NDArray[np.uint8]] = {}

    def items(self, name: str) -> list[dict[str, Any]]:
        """A list of the document, empty where it has none."""
        return list(self.json.get(name, ()))

    def extension(self, name: str, of: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """An extension of an object, or of the document; None where there is none."""
        found = (self.json if of is None else of).get("extensions", {}).get(name)
        return found if isinstance(found, dict) else None

    def accessor(self, index: int) -> NDArray[Any]:
        """(count, width) as stored; normalised integers become float32 (glTF 2.0, section 3.6.2.2)."""
        accessor = self.items("accessors")[_whole(index)]
        kind, width = COMPONENTS[accessor["componentType"]], WIDTHS[accessor["type"]]
        count = _whole(accessor["count"], LARGEST_COUNT)
        if "bufferView" in accessor:
            values = self._strided(accessor, kind, width, count)
        else:
            values = np.zeros((count, width), kind)
        if "sparse" in accessor:
            values = self._with_sparse(values.copy(), accessor["sparse"], kind, width)
        return _normalised(values) if accessor.get("normalized") else values

    def _strided(self, accessor: dict[str, Any], kind: type[np.generic], width: int, count: int) -> NDArray[Any]:
        view = self.items("bufferViews")[_whole(accessor["bufferView"])]
        data = self.view(accessor["bufferView"])
        size = np.dtype(kind).itemsize * width
        start, stride = _whole(accessor.get("byteOffset", 0)), _whole(view.get("byteStride", size)) or size
        if count and start + stride * (count - 1) + size > data.size:
            raise ValueError("an accessor reaches beyond its buffer view")
        if not count:
            return np.zeros((0, width), kind)
        whole = np.lib.stride_tricks.as_strided(data[start:], (count, size), (stride, 1))
        return np.ascontiguousarray(whole).view(kind).reshape(count, width)

    def _with_sparse(
        self, values: NDArray[Any], sparse: dict[str, Any], kind: type[np.generic], width: int
    ) -> NDArray[Any]:
        count = _whole(sparse["count"], len(values))
        where = sparse["indices"]
        indices = self._plain(where, COMPONENTS[where["componentType"]], 1, count).ravel().astype(np.int64)
        if indices.size and indices.max() >= len(values):
            raise ValueError("a sparse index is out of range")
        values[indices] = self._plain(sparse["values"], kind, width, count)
        return values

    def _plain(self, part: dict[str, Any], kind: type[np.generic], width: int, count: int) -> NDArray[Any]:
        data = self.view(part["bufferView"])[_whole(part.get("byteOffset", 0)) :]
        size = count * width * np.dtype(kind).itemsize
        if size > data.size:
            raise ValueError("sparse data reaches beyond its buffer view")
        return np.frombuffer(data[:size].tobytes(), kind).reshape(count, width)

    def view(self, index: int) -> NDArray[np.uint8]:
        """The bytes of a buffer view, uncompressed."""
        number = _whole(index)
        if number not in self._views:
            view = self.items("bufferViews")[number]
            packed = self.extension("EXT_meshopt_compression", view) or self.extension("KHR_meshopt_compression", view)
            self._views[number] = (
                self._part(view) if packed is None else gltf_packed.meshopt(packed, self._part(packed))
            )
        return self._views[number]

    def _part(self, view: dict[str, Any]) -> NDArray[np.uint8]:
        buffer = self._buffer(_whole(view["buffer"]))
        start, length = _whole(view.get("byteOffset", 0)), _whole(view["byteLength"])
        if start + length > len(buffer):
            raise ValueError("a buffer view reaches beyond its buffer")
        return np.frombuffer(buffer, np.uint8, length, start)

    def _buffer(self, index: int) -> bytes:
        if index not in self._buffers:
            buffer = self.items("buffers")[index]
            uri = buffer.get("uri")
            if uri is None:
                if self._bin is None or index:
                    raise ValueError("a buffer without data")
                self._buffers[index] = self._bin
            else:
                self._buffers[index] = self.bytes_of(uri)
        return self._buffers[index]

    def bytes_of(self, uri: str) -> bytes:
        """What a URI of the document means."""
        inside = data_of(uri)
        return self._fetch(uri) if inside is None else inside


def _whole(value: Any, most: int = 1 << 40) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError(f"{value!r} is no index or size")
    return value


def _normalised(values: NDArray[Any]) -> NDArray[np.float32]:
    if values.dtype.kind == "f":
        return values.astype(np.float32)
    most = float(np.iinfo(values.dtype).max)
    found: NDArray[np.float32] = np.maximum(values.astype(np.float32) / np.float32(most), np.float32(-1.0))
    return found


def _split(data: bytes) -> tuple[bytes, bytes | None]:
    """JSON and binary chunk of a GLB (glTF 2.0, section 4); other data is the JSON itself."""
    if len(data) < 12 or struct.unpack_from("<I", data)[0] != _MAGIC:
        return data, None
    _, version, length = struct.unpack_from("<3I", data)
    if version != 2:
        raise ValueError(f"glTF {version}")
    data, at = data[: min(length, len(data))], 12
    chunks: dict[int, bytes] = {}
    while at + 8 <= len(data):
        size, kind = struct.unpack_from("<2I", data, at)
        if at + 8 + size > len(data):
            raise ValueError("a GLB chunk is cut short")
        chunks.setdefault(kind, data[at + 8 : at + 8 + size])
        at += 8 + size
    if _JSON not in chunks:
        raise ValueError("no JSON chunk")
    return chunks[_JSON], chunks.get(_BIN)
