"""Tilesets as photogrammetry makes them, generated: textured quadtrees on the globe, in tilesets within tilesets."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pyproj import Transformer

from tests.unit.loaders.tiles.making import b3dm, glb

LONGITUDE, LATITUDE = 114.3, 30.6
_FLIP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], np.float64)  # z up to the y up of glTF


@dataclass(frozen=True)
class Scene:
    """``blocks`` x ``blocks`` square blocks of ``block_m``, each a quadtree of so many levels.

    Tiles of level ``nested_at`` have tilesets of their own. A tile is a grid of ``cells`` x ``cells`` with a picture.
    """

    blocks: int = 2
    levels: int = 4
    nested_at: int = 2
    cells: int = 6
    picture_px: int = 64
    block_m: float = 200.0

    @property
    def num_tiles(self) -> int:
        """Tiles with content."""
        return self.blocks**2 * sum(4**level for level in range(self.levels))


def height_m(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The ground."""
    return 12.0 * np.sin(x / 45.0) * np.cos(y / 60.0) + 30.0


def write_scene(folder: Path, scene: Scene | None = None) -> Path:
    """The tileset's file."""
    made = _Writing(folder, scene or Scene())
    made.root()
    return folder / "tileset.json"


def root_from_local() -> np.ndarray:
    """4 x 4 from metres east, north, up at the middle to the centre of the Earth."""
    lon, lat = np.radians([LONGITUDE, LATITUDE])
    (sa, ca), (sb, cb) = ((np.sin(v), np.cos(v)) for v in (lon, lat))
    matrix = np.eye(4)
    matrix[:3, :3] = np.array([[-sa, ca, 0], [-sb * ca, -sb * sa, cb], [cb * ca, cb * sa, sb]]).T
    to_ecef = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    matrix[:3, 3] = to_ecef.transform(LONGITUDE, LATITUDE, 0.0)
    return matrix


class _Writing:
    def __init__(self, folder: Path, scene: Scene) -> None:
        self._folder, self._scene = folder, scene
        folder.mkdir(parents=True, exist_ok=True)

    def root(self) -> None:
        scene = self._scene
        half = scene.blocks * scene.block_m / 2.0
        children = []
        for row in range(scene.blocks):
            for column in range(scene.blocks):
                corner = (column * scene.block_m - half, row * scene.block_m - half)
                name = f"Tile_{column:+04d}_{row:+04d}"
                below = self._tile(name, corner, 0)
                self._document(self._folder / name / "tileset.json", below)
                volume = {"box": self._box(corner, scene.block_m)}
                uri = f"{name}/tileset.json"
                children.append({"boundingVolume": volume, "geometricError": 40.0, "content": {"uri": uri}})
        whole = self._box((-half, -half), 2.0 * half)
        root = {
            "boundingVolume": {"box": whole},
            "geometricError": 80.0,
            "refine": "REPLACE",
            "transform": root_from_local().T.reshape(16).tolist(),
            "children": children,
        }
        self._document(self._folder / "tileset.json", root)

    def _document(self, path: Path, root: dict[str, Any]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"asset": {"version": "1.0"}, "geometricError": 80.0, "root": root})
        path.write_text(text, "utf-8")

    def _tile(self, block: str, corner: tuple[float, float], level: int, name: str = "L") -> dict[str, Any]:
        scene = self._scene
        size = scene.block_m / 2**level
        error_m = 20.0 / 2**level if level + 1 < scene.levels else 0.0
        suffix = "b3dm" if level % 2 else "glb"
        (self._folder / block).mkdir(exist_ok=True)
        data = patch(corner, size, scene.cells, picture(corner, size, scene.picture_px, level))
        data = b3dm(data, {"BATCH_LENGTH": 0}) if suffix == "b3dm" else data
        (self._folder / block / f"{name}.{suffix}").write_bytes(data)
        tile: dict[str, Any] = {"boundingVolume": {"box": self._box(corner, size)}, "geometricError": error_m}
        tile["content"] = {"uri": f"{name}.{suffix}"}
        if level + 1 < scene.levels:
            tile["children"] = [
                self._child(block, (corner[0] + dx * size / 2, corner[1] + dy * size / 2), level + 1, f"{name}{dx}{dy}")
                for dy in (0, 1)
                for dx in (0, 1)
            ]
        return tile

    def _child(self, block: str, corner: tuple[float, float], level: int, name: str) -> dict[str, Any]:
        tile = self._tile(block, corner, level, name)
        if level != self._scene.nested_at:
            return tile
        self._document(self._folder / block / f"{name}.json", tile)
        return {k: tile[k] for k in ("boundingVolume", "geometricError")} | {"content": {"uri": f"{name}.json"}}

    def _box(self, corner: tuple[float, float], size: float) -> list[float]:
        x, y = corner
        grid = np.linspace(0.0, size, 33)
        heights = height_m(*np.meshgrid(x + grid, y + grid))
        low, high = float(heights.min()) - 3.0, float(heights.max()) + 3.0
        half = size / 2
        return [x + half, y + half, (low + high) / 2, half, 0, 0, 0, half, 0, 0, 0, (high - low) / 2]


def picture(corner: tuple[float, float], size: float, side_px: int, level: int) -> bytes:
    """A JPEG of the ground from above, north up: hues by place, brightness by level, a red dot in the north-west."""
    at = (np.arange(side_px) + 0.5) / side_px * size
    x, y = np.meshgrid(corner[0] + at, corner[1] + size - at)
    stripes = ((np.floor(x / 12.5) + np.floor(y / 12.5)) % 2) * 60
    pixels = np.stack([110 + stripes, 90 + x / 4 % 100, 90 + y / 4 % 100], axis=2) * (0.7 + 0.1 * level)
    pixels[: side_px // 10, : side_px // 10] = [230, 20, 20]
    file = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=90)
    return file.getvalue()


def patch(corner: tuple[float, float], size: float, cells: int, jpeg: bytes) -> bytes:
    """A GLB of a piece of the ground with its picture."""
    steps = np.linspace(0.0, 1.0, cells + 1)
    u, v = (axis.ravel() for axis in np.meshgrid(steps, steps))
    x, y = corner[0] + u * size, corner[1] + v * size
    positions = (np.stack([x, y, height_m(x, y)], axis=1) @ _FLIP.T).astype(np.float32)
    uvs = np.stack([u, 1.0 - v], axis=1).astype(np.float32)
    at = (np.arange(cells)[:, None] * (cells + 1) + np.arange(cells)).ravel()
    quads = np.stack([at, at + 1, at + cells + 2, at, at + cells + 2, at + cells + 1], axis=1)
    indices = quads.reshape(-1).astype(np.uint32)
    parts = [positions.tobytes(), uvs.tobytes(), indices.tobytes(), jpeg]
    views, start = [], 0
    for part in parts:
        views.append({"buffer": 0, "byteOffset": start, "byteLength": len(part)})
        start += len(part) + -len(part) % 4
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "indices": 2, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        "textures": [{"source": 0}],
        "images": [{"bufferView": 3, "mimeType": "image/jpeg"}],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": len(positions),
                "type": "VEC3",
                "min": positions.min(axis=0).tolist(),
                "max": positions.max(axis=0).tolist(),
            },
            {"bufferView": 1, "componentType": 5126, "count": len(uvs), "type": "VEC2"},
            {"bufferView": 2, "componentType": 5125, "count": len(indices), "type": "SCALAR"},
        ],
        "bufferViews": views,
        "buffers": [{"byteLength": start}],
    }
    return glb(document, b"".join(part + b"\0" * (-len(part) % 4) for part in parts))
