"""Points of 3D Tiles 1.0: ``pnts`` contents (section 12) and their Draco form (3DTILES_draco_point_compression)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.tiles.gltf_document import LARGEST_COUNT
from loaders.tiles.gltf_features import NONE, Features
from loaders.tiles.gltf_packed import draco
from loaders.tiles.gltf_scene import PointPart
from loaders.tiles.packed_contents import Packed

_DRACO = "3DTILES_draco_point_compression"
_UNTOLD = (169, 169, 169, 255)  # of points without a colour: CesiumJS draws them so too
_ID_TYPES: dict[str, type[np.generic]] = {
    "UNSIGNED_BYTE": np.uint8,
    "UNSIGNED_SHORT": np.uint16,
    "UNSIGNED_INT": np.uint32,
}


class PointTable(NamedTuple):
    """The points of a content, and how many batches its batch table tells of; 0 where it tells of none."""

    part: PointPart
    num_batches: int


def points_of(packed: Packed) -> PointTable:
    """What a ``pnts`` content holds; raises ValueError and its like, or `CityTwinError`."""
    table = _Table(packed)
    positions = table.positions()
    ids, num_batches = table.batch_ids()
    features = Features(ids, 0 if num_batches else NONE)
    return PointTable(PointPart(positions, table.colours(), np.eye(4)[None], features), num_batches)


class _Table:
    """The feature table of points: global values and one for each point."""

    def __init__(self, packed: Packed) -> None:
        self._json, self._binary = packed.feature_json, packed.feature_binary
        self.count = int(self._global("POINTS_LENGTH", np.uint32, 1)[0])
        if not 0 <= self.count <= LARGEST_COUNT:
            raise ValueError("absurd number of points")
        self._unpacked = self._draco()

    def _global(self, name: str, kind: type[np.generic], width: int) -> NDArray[np.float64]:
        value: Any = self._json[name]
        if isinstance(value, dict):
            stored: NDArray[np.float64] = self._read(int(value["byteOffset"]), kind, width, 1)[0].astype(np.float64)
            return stored
        found = np.array(value, np.float64).reshape(width)
        if not np.isfinite(found).all():
            raise ValueError(f"{name} is not finite")
        return found

    def _read(self, start: int, kind: type[np.generic], width: int, count: int) -> NDArray[Any]:
        if start < 0 or start + count * width * np.dtype(kind).itemsize > len(self._binary):
            raise ValueError("points reach beyond their table")
        return np.frombuffer(self._binary, kind, count * width, start).reshape(count, width)

    def _of_points(self, name: str, kind: type[np.generic], width: int) -> NDArray[Any] | None:
        """(count, width); None where the table does not have it."""
        if name in self._unpacked:
            values = self._unpacked[name].reshape(-1, width)
            if len(values) != self.count:
                raise ValueError("compressed points of another number")
            return values
        value = self._json.get(name)
        return None if value is None else self._read(int(value["byteOffset"]), kind, width, self.count)

    def _draco(self) -> dict[str, NDArray[Any]]:
        packed = self._json.get("extensions", {}).get(_DRACO)
        if packed is None:
            return {}
        start, length = int(packed["byteOffset"]), int(packed["byteLength"])
        if start < 0 or length < 0 or start + length > len(self._binary):
            raise ValueError("compressed points reach beyond their table")
        wanted = {str(name): int(number) for name, number in packed["properties"].items()}
        return draco(self._binary[start : start + length], wanted)

    def positions(self) -> NDArray[np.float64]:
        """(count, 3) in the frame of the tile."""
        found = self._of_points("POSITION", np.float32, 3)
        if found is not None:
            points = found.astype(np.float64)
        else:
            steps = self._of_points("POSITION_QUANTIZED", np.uint16, 3)
            if steps is None:
                raise ValueError("points without positions")
            scale = self._global("QUANTIZED_VOLUME_SCALE", np.float32, 3)
            points = steps / 65535.0 * scale + self._global("QUANTIZED_VOLUME_OFFSET", np.float32, 3)
        return points + self._global("RTC_CENTER", np.float32, 3) if "RTC_CENTER" in self._json else points

    def colours(self) -> NDArray[np.uint8]:
        """(count, 4); where several are given, in the order of the standard."""
        rgba = self._of_points("RGBA", np.uint8, 4)
        if rgba is not None:
            return rgba.astype(np.uint8)
        rgb = self._of_points("RGB", np.uint8, 3)
        if rgb is None:
            packed = self._of_points("RGB565", np.uint16, 1)
            rgb = None if packed is None else _from_565(packed[:, 0])
        if rgb is not None:
            return np.column_stack([rgb, np.full(self.count, 255)]).astype(np.uint8)
        constant = self._global("CONSTANT_RGBA", np.uint8, 4) if "CONSTANT_RGBA" in self._json else np.array(_UNTOLD)
        return np.tile(np.clip(constant, 0, 255).astype(np.uint8), (self.count, 1))

    def batch_ids(self) -> tuple[NDArray[np.int64], int]:
        """The batch of each point, `NONE` where the content has none, and their number."""
        value = self._json.get("BATCH_ID")
        kind = _ID_TYPES[value.get("componentType", "UNSIGNED_SHORT")] if isinstance(value, dict) else np.uint16
        found = self._of_points("BATCH_ID", kind, 1)
        if found is None:
            return np.full(self.count, NONE, np.int64), 0
        length = int(self._global("BATCH_LENGTH", np.uint32, 1)[0]) if "BATCH_LENGTH" in self._json else 0
        return found[:, 0].astype(np.int64), max(length, 0)


def _from_565(packed: NDArray[np.uint16]) -> NDArray[np.uint16]:
    red, green, blue = packed >> 11, (packed >> 5) & 63, packed & 31
    return np.column_stack([red * 255 // 31, green * 255 // 63, blue * 255 // 31])
