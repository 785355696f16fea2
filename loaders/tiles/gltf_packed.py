"""Compressed geometry in glTF: Draco (KHR_draco_mesh_compression) and meshopt (EXT_meshopt_compression)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError

_LARGEST_BYTES = 1 << 30


def meshopt(packed: dict[str, Any], data: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A buffer view's bytes; ``packed`` is the extension object. Raises ValueError or `CityTwinError`."""
    try:
        import meshoptimizer
    except ImportError as error:
        raise CityTwinError("tiles.no_decoder", "EXT_meshopt_compression", package="meshoptimizer") from error
    count, stride, mode = int(packed["count"]), int(packed["byteStride"]), packed["mode"]
    if count < 0 or not 1 <= stride <= 256 or count * stride > _LARGEST_BYTES:
        raise ValueError("absurd size of compressed data")
    try:
        found = _decoded(meshoptimizer, mode, (count, stride), np.ascontiguousarray(data))
    except RuntimeError as error:
        raise ValueError(str(error)) from error
    flat = np.frombuffer(np.ascontiguousarray(found).tobytes(), np.uint8).copy()
    if flat.size < count * stride:
        raise ValueError("meshopt gave too little")
    return _filtered(flat[: count * stride].reshape(count, stride), str(packed.get("filter", "NONE"))).reshape(-1)


def _decoded(library: Any, mode: str, shape: tuple[int, int], raw: NDArray[np.uint8]) -> NDArray[Any]:
    count, stride = shape
    if mode == "ATTRIBUTES":
        found: NDArray[Any] = library.decode_vertex_buffer(count, stride, raw)
    elif mode == "TRIANGLES":
        found = library.decode_index_buffer(count, stride, raw)
    elif mode == "INDICES":
        found = library.decode_index_sequence(count, stride, raw)
    else:
        raise ValueError(f"meshopt mode {mode!r}")
    return found


def _filtered(rows: NDArray[np.uint8], name: str) -> NDArray[np.uint8]:
    """Undo a filter (EXT_meshopt_compression, appendix B)."""
    if name == "NONE":
        return rows
    if name == "EXPONENTIAL":
        words = rows.view(np.int32)
        exponent, mantissa = words >> 24, (words << 8) >> 8
        numbers: NDArray[np.float32] = np.ldexp(mantissa.astype(np.float32), exponent).astype(np.float32)
        return numbers.view(np.uint8)
    kind = np.int8 if rows.shape[1] == 4 else np.int16
    most = float(np.iinfo(kind).max)
    values = rows.view(kind).astype(np.float32)
    if name == "OCTAHEDRAL":
        return _octahedral(values, most, kind)
    if name == "QUATERNION":
        return _quaternion(rows.view(np.int16))
    raise ValueError(f"meshopt filter {name!r}")


def _octahedral(values: NDArray[np.float32], most: float, kind: type[np.signedinteger[Any]]) -> NDArray[np.uint8]:
    one = np.maximum(values[:, 2], 1.0)
    x, y = values[:, 0] / one, values[:, 1] / one
    z = 1.0 - np.abs(x) - np.abs(y)
    fold = np.minimum(z, 0.0)
    x = x + np.where(x >= 0.0, fold, -fold)
    y = y + np.where(y >= 0.0, fold, -fold)
    length = np.sqrt(x * x + y * y + z * z)
    found = np.rint(np.stack([x, y, z], axis=1) / np.maximum(length, 1e-12)[:, None] * most)
    whole = np.concatenate([found, values[:, 3:4]], axis=1).astype(kind)
    return np.ascontiguousarray(whole).view(np.uint8)


def _quaternion(values: NDArray[np.int16]) -> NDArray[np.uint8]:
    scale = np.float32(np.sqrt(0.5)) / (values[:, 3] | 3).astype(np.float32)
    three = values[:, :3].astype(np.float32) * scale[:, None]
    last = np.sqrt(np.maximum(0.0, 1.0 - (three**2).sum(axis=1)))
    found = np.rint(np.column_stack([three, last]) * 32767.0).astype(np.int16)
    order = (values[:, 3] & 3).astype(np.int64)
    result = np.empty_like(found)
    rows = np.arange(len(found))
    for position in range(4):
        result[rows, (order + 1 + position) % 4] = found[:, position]
    return result.view(np.uint8)


def draco(data: bytes, attributes: dict[str, int]) -> dict[str, NDArray[Any]]:
    """Attributes by glTF name, and ``indices`` (3 t,); raises ValueError or `CityTwinError`."""
    try:
        import DracoPy
    except ImportError as error:
        raise CityTwinError("tiles.no_decoder", "KHR_draco_mesh_compression", package="DracoPy") from error
    try:
        mesh = DracoPy.decode(data)
    except Exception as error:
        raise ValueError(f"Draco: {error}") from error
    by_id = {attribute["unique_id"]: np.asarray(attribute["data"]) for attribute in mesh.attributes}
    found = {name: by_id[number] for name, number in attributes.items() if number in by_id}
    faces = getattr(mesh, "faces", None)
    if faces is not None:
        found["indices"] = np.asarray(faces).reshape(-1).astype(np.uint32)
    return found
