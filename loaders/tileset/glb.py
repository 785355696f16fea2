"""The binary glTF container: header, JSON and one buffer, as numpy views of a memory map."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError

MAGIC = 0x46546C67  # "glTF"
VERSION = 2
JSON_CHUNK = 0x4E4F534A  # "JSON"
BIN_CHUNK = 0x004E4942  # "BIN\0"
HEADER = struct.Struct("<III")
CHUNK_HEADER = struct.Struct("<II")

UNSIGNED_BYTE, UNSIGNED_SHORT, UNSIGNED_INT, FLOAT = 5121, 5123, 5125, 5126
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963

# Our attributes beside glTF's own. COLOR_0 is linear by the standard; _SRGB holds the colours as they were given.
FEATURE_IDS = "_FEATURE_ID_0"
SRGB_COLOURS = "_SRGB"
EXTRAS = "citytwin"  # what we say of a primitive of points
POINTS = 0  # the mode of a primitive: glTF 2.0, section 5.24

# Turns the z-up buffers to glTF's y-up: -90 degrees about +x, as a quaternion x y z w.
Y_UP_FROM_Z_UP = (-0.7071067811865476, 0.0, 0.0, 0.7071067811865476)


def damaged(path: Path, reason: str) -> CityTwinError:
    """The error for a tile that is not what its writer wrote."""
    return CityTwinError("tileset.damaged", str(path), part=path.name, reason=reason)


def map_file(path: Path) -> NDArray[np.uint8]:
    """The bytes of a file as a read-only memory map; an empty or missing file is damage."""
    try:
        return np.memmap(path, dtype=np.uint8, mode="r").view(np.ndarray)
    except (OSError, ValueError) as error:
        raise damaged(path, str(error)) from error


def split_glb(path: Path) -> tuple[dict[str, Any], NDArray[np.uint8]]:
    """The JSON part and the buffer of a GLB file; the buffer is a view of the memory map."""
    data = map_file(path)
    if data.size < HEADER.size + CHUNK_HEADER.size:
        raise damaged(path, "too short")
    magic, version, length = HEADER.unpack_from(data.data, 0)
    if magic != MAGIC or version != VERSION or length != data.size:
        raise damaged(path, "header")
    json_bytes, offset = _chunk(path, data, HEADER.size, JSON_CHUNK)
    try:
        document = msgspec.json.decode(json_bytes.tobytes())
    except (ValueError, RecursionError) as error:
        raise damaged(path, str(error)) from error
    if not isinstance(document, dict):
        raise damaged(path, "JSON")
    buffer, _ = _chunk(path, data, offset, BIN_CHUNK)
    return document, buffer


def _chunk(path: Path, data: NDArray[np.uint8], offset: int, kind: int) -> tuple[NDArray[np.uint8], int]:
    start = offset + CHUNK_HEADER.size
    if start > data.size:
        raise damaged(path, "too short")
    length, found = CHUNK_HEADER.unpack_from(data.data, offset)
    if found != kind or start + length > data.size:
        raise damaged(path, "chunk")
    return data[start : start + length], start + length
