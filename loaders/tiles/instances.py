"""Where the instances of an i3dm stand (3D Tiles 1.0, section 11)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.tiles.packed_contents import Packed

_MOST = 5_000_000
# WGS 84 (NIMA TR8350.2, table 3.1): the square of the first eccentricity.
_E2 = 6.69437999014e-3
Floats = NDArray[np.float64]


def instance_matrices(packed: Packed) -> tuple[Floats, NDArray[np.int64]]:
    """(n, 4, 4) from the model's frame to the tile's, and the batch id of each instance; raises ValueError."""
    table = _Table(packed)
    positions = table.positions()
    matrices = np.tile(np.eye(4), (table.count, 1, 1))
    matrices[:, :3, :3] = table.directions(positions)
    scale = np.ones((table.count, 3))
    if (uniform := table.floats("SCALE", 1)) is not None:
        scale *= uniform
    if (each := table.floats("SCALE_NON_UNIFORM", 3)) is not None:
        scale *= each
    matrices[:, :3, :3] *= scale[:, None, :]
    matrices[:, :3, 3] = positions
    if not np.isfinite(matrices).all():
        raise ValueError("an instance's place is not finite")
    return matrices, table.ids()


class _Table:
    def __init__(self, packed: Packed) -> None:
        self._json, self._binary = packed.feature_json, packed.feature_binary
        self.count = int(self._json["INSTANCES_LENGTH"])
        if not 0 <= self.count <= _MOST:
            raise ValueError("absurd number of instances")

    def _column(self, name: str, kind: type[np.generic], width: int) -> NDArray[Any] | None:
        if name not in self._json:
            return None
        start = int(self._json[name]["byteOffset"])
        found = np.frombuffer(self._binary, kind, self.count * width, start)
        return found.reshape(self.count, width)

    def floats(self, name: str, width: int) -> Floats | None:
        """A column of float32; None where there is none."""
        found = self._column(name, np.float32, width)
        return None if found is None else found.astype(np.float64)

    def positions(self) -> Floats:
        found = self.floats("POSITION", 3)
        if found is None:
            packed = self._column("POSITION_QUANTIZED", np.uint16, 3)
            if packed is None:
                raise ValueError("instances without positions")
            offset, scale = (
                np.array(self._json[f"QUANTIZED_VOLUME_{name}"], np.float64) for name in ("OFFSET", "SCALE")
            )
            found = offset + packed / 65535.0 * scale
        centre = self._json.get("RTC_CENTER")
        return found if centre is None else found + np.array(centre, np.float64)

    def directions(self, positions: Floats) -> Floats:
        """(n, 3, 3) whose columns are right, up and forward's opposite, as the models' axes."""
        up, right = self.floats("NORMAL_UP", 3), self.floats("NORMAL_RIGHT", 3)
        if up is None or right is None:
            packed_up = self._column("NORMAL_UP_OCT32P", np.uint16, 2)
            packed_right = self._column("NORMAL_RIGHT_OCT32P", np.uint16, 2)
            if packed_up is not None and packed_right is not None:
                up, right = _from_oct(packed_up), _from_oct(packed_right)
        if up is not None and right is not None:
            # The model's axes after the turn to z up: x right, y forward, z up.
            return np.stack([right, np.cross(up, right), up], axis=2)
        if self._json.get("EAST_NORTH_UP"):
            return _east_north_up(positions)
        return np.tile(np.eye(3), (self.count, 1, 1))

    def ids(self) -> NDArray[np.int64]:
        about = self._json.get("BATCH_ID")
        if about is None:
            return np.arange(self.count)
        kinds: dict[str, type[np.generic]] = {"UNSIGNED_BYTE": np.uint8, "UNSIGNED_INT": np.uint32}
        kind = kinds.get(about.get("componentType", ""), np.uint16)
        found = self._column("BATCH_ID", kind, 1)
        assert found is not None
        return found.ravel().astype(np.int64)


def _from_oct(packed: NDArray[Any]) -> Floats:
    """Unit vectors of octahedral pairs (Cigolle et al. 2014)."""
    x, y = (packed.astype(np.float64) / 65535.0 * 2.0 - 1.0).T
    z = 1.0 - np.abs(x) - np.abs(y)
    fold = np.maximum(-z, 0.0)
    x, y = x - np.where(x >= 0.0, fold, -fold), y - np.where(y >= 0.0, fold, -fold)
    found = np.stack([x, y, z], axis=1)
    unit: Floats = found / np.linalg.norm(found, axis=1, keepdims=True)
    return unit


def _east_north_up(positions: Floats) -> Floats:
    """(n, 3, 3) whose columns are east, north and up on the ellipsoid at places on the globe."""
    x, y, z = positions.T
    longitude = np.arctan2(y, x)
    # Good to some metres of height anywhere near the ground, which is far below a second of arc.
    latitude = np.arctan2(z, (1.0 - _E2) * np.hypot(x, y))
    (sin_a, cos_a), (sin_b, cos_b) = ((np.sin(v), np.cos(v)) for v in (longitude, latitude))
    zero = np.zeros_like(x)
    east = np.stack([-sin_a, cos_a, zero], axis=1)
    north = np.stack([-sin_b * cos_a, -sin_b * sin_a, cos_b], axis=1)
    up = np.stack([cos_b * cos_a, cos_b * sin_a, sin_b], axis=1)
    return np.stack([east, north, up], axis=2)
