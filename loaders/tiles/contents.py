"""Reading one content of a tile into parts with their properties, whatever its kind."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import Finding
from loaders.tiles.gltf_document import Document
from loaders.tiles.gltf_features import Features
from loaders.tiles.gltf_scene import AnyPart, Told, parts_of
from loaders.tiles.instances import instance_matrices
from loaders.tiles.packed_contents import MAGICS, Packed, unpack
from loaders.tiles.point_contents import points_of
from loaders.tiles.property_tables import PropertyTable, batch_table, property_tables
from loaders.tiles.uris import local_file, read_bytes


@dataclass(slots=True, eq=False)
class Piece:
    """Parts that share property tables. Where features of instances are told, they count before those of vertices."""

    parts: list[AnyPart] = field(default_factory=list)
    tables: list[PropertyTable] = field(default_factory=list)


class ContentReader:
    """Reads contents below one root folder; raises ValueError and its like, or `CityTwinError`."""

    def __init__(self, root_folder: Path) -> None:
        self._root_folder = root_folder
        self.told = Told()

    def read(self, path: Path) -> Iterator[Piece]:
        """What a content holds, in the tile's frame."""
        data = read_bytes(path, path.name)
        if data[:4] not in MAGICS:
            yield self._gltf(data, path.parent)
            return
        for packed in unpack(data):
            if packed.magic == b"pnts":
                yield self._points(packed)
            elif packed.magic == b"b3dm":
                yield self._batched(packed, path.parent)
            else:
                yield self._instanced(packed, path.parent)

    def _points(self, packed: Packed) -> Piece:
        part, num_batches = points_of(packed)
        tables = [batch_table(packed.batch_json, packed.batch_binary, num_batches)] if num_batches else []
        return Piece([part], tables)

    def _gltf(self, data: bytes, folder: Path) -> Piece:
        document = Document(data, lambda uri: read_bytes(local_file(uri, folder, self._root_folder), uri[:200]))
        parts = list(parts_of(document, self.told))
        centre = document.extension("CESIUM_RTC")
        if centre is not None:
            parts = [_shifted(part, centre["center"]) for part in parts]
        return Piece(parts, property_tables(document))

    def _batched(self, packed: Packed, folder: Path) -> Piece:
        piece = self._gltf(packed.gltf, folder)
        count = _whole(packed.feature_json.get("BATCH_LENGTH", 0), packed.feature_binary)
        if count:
            piece.tables = [batch_table(packed.batch_json, packed.batch_binary, count)]
            piece.parts = [replace(part, features=Features(part.features.ids, 0)) for part in piece.parts]
        centre = packed.feature_json.get("RTC_CENTER")
        if centre is not None:
            piece.parts = [_shifted(part, _vector(centre, packed.feature_binary)) for part in piece.parts]
        return piece

    def _instanced(self, packed: Packed, folder: Path) -> Piece:
        data = packed.gltf
        if packed.gltf_uri:
            path = local_file(packed.gltf_uri, folder, self._root_folder)
            data, folder = read_bytes(path, packed.gltf_uri[:200]), path.parent
        piece = self._gltf(data, folder)
        matrices, ids = instance_matrices(packed)
        piece.tables = [batch_table(packed.batch_json, packed.batch_binary, int(ids.max()) + 1 if ids.size else 0)]
        piece.parts = [_instanced_part(part, matrices, ids) for part in piece.parts]
        return piece


def left_out(what: str, count: int, place: str) -> Finding:
    """What contents hold that is not shown."""
    code = "tiles.lines" if what == "lines" else "tiles.left_out"
    return Finding.warning(code, place, count=count, what=what)


def _instanced_part(part: AnyPart, matrices: NDArray[np.float64], ids: NDArray[np.int64]) -> AnyPart:
    own = len(part.content_from_part)
    all_of_them = (matrices[:, None] @ part.content_from_part[None]).reshape(-1, 4, 4)
    return replace(part, content_from_part=all_of_them, instance_features=Features(np.repeat(ids, own), 0))


def _shifted(part: AnyPart, centre: Any) -> AnyPart:
    shift = np.eye(4)
    shift[:3, 3] = np.array(centre, np.float64).reshape(3)
    return replace(part, content_from_part=shift @ part.content_from_part)


def _whole(value: Any, binary: bytes) -> int:
    if isinstance(value, dict):
        value = int(np.frombuffer(binary, np.uint32, 1, int(value["byteOffset"]))[0])
    if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError("a table's length")
    return int(value)


def _vector(value: Any, binary: bytes) -> NDArray[np.float64]:
    if isinstance(value, dict):
        return np.frombuffer(binary, np.float32, 3, int(value["byteOffset"])).astype(np.float64)
    return np.array(value, np.float64).reshape(3)
