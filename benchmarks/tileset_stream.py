"""A tileset of another program that streams from its folder, beside converting it whole: seconds until it is seen."""

from __future__ import annotations

import io
import json
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.open import machine
from loaders.convert import ConvertOptions, convert
from loaders.detail import DetailedTiles, open_for_drawing
from loaders.model.errors import CityTwinError
from loaders.model.meshes import MeshChunk, Texture
from loaders.model.points import num_triangles as triangles_in
from loaders.registry import source_of
from loaders.tileset import write_glb

LEVELS, CELLS, PICTURE_PX, WIDTH_M = 6, 40, 512, 1600.0
LARGE = 200  # tiles; so that the generated one is large, too
MOST_SECS = 20.0


def run(files: list[Path] | None = None, runs: int = 3) -> dict[str, Any]:
    """Median seconds until a tileset can be drawn; and how many tiles and triangles a second are read from it then."""
    with tempfile.TemporaryDirectory(prefix="citytwin-bench-") as folder:
        source = source_of(files[0]) if files else write_mesh(Path(folder) / "source")
        ours = [_opened(source, Path(folder) / f"ours{number}", LARGE) for number in range(runs)]
        whole = [_opened(source, Path(folder) / f"whole{number}", 10_000_000) for number in range(runs)]
        rates = _rates(open_for_drawing(ours[0][1]))
    first, theirs = statistics.median(secs for secs, _ in ours), statistics.median(secs for secs, _ in whole)
    return {
        "bench": "tileset",
        "ours": first,
        "theirs": {"converted_whole": theirs},
        "ratio": first / theirs,
        "unit": "s",
        "runs": runs,
        **rates,
        "machine": machine(),
    }


def _opened(source: Path, cache: Path, most_tiles: int) -> tuple[float, Path]:
    start = time.perf_counter()
    options = ConvertOptions(cache_folder=cache, loader_options={"most_tiles": most_tiles})
    folder = Path(convert(source, options).tileset)
    open_for_drawing(folder)
    return time.perf_counter() - start, folder


def _rates(tiles: Any) -> dict[str, float]:
    """How fast finer tiles are read from the source, four asked for at a time."""
    if not isinstance(tiles, DetailedTiles):
        raise CityTwinError("bench.not_large", tiles.meta.source.name, name=tiles.meta.source.name)
    waiting = list(range(len(tiles.tileset.nodes()), len(tiles.nodes())))
    num_tiles = num_triangles = 0
    start = time.perf_counter()
    with ThreadPoolExecutor(4) as pool:
        while waiting and time.perf_counter() - start < MOST_SECS:
            now, waiting = waiting[:200], waiting[200:]
            for content in pool.map(tiles.read, now):
                num_tiles += bool(content.chunks)
                num_triangles += sum(map(triangles_in, content.chunks))
                if content.nodes is not None:
                    waiting += range(content.nodes.first, content.nodes.first + len(content.nodes))
    secs = time.perf_counter() - start
    return {"tiles_per_second": num_tiles / secs, "triangles_per_second": num_triangles / secs}


def write_mesh(folder: Path, levels: int = LEVELS) -> Path:
    """A textured quadtree such as photogrammetry makes; gives its file."""
    folder.mkdir(parents=True)
    picture = _picture()
    root = _tile(folder, (np.zeros(2), WIDTH_M), "t", levels - 1, picture)
    document = {"asset": {"version": "1.1"}, "geometricError": WIDTH_M, "root": root | {"refine": "REPLACE"}}
    path = folder / "tileset.json"
    path.write_text(json.dumps(document), "utf-8")
    return path


def _tile(folder: Path, square: tuple[Any, float], name: str, below: int, picture: Texture) -> dict[str, Any]:
    corner, width_m = square
    write_glb(folder / f"{name}.glb", [_patch(corner, width_m, picture)], np.zeros(3))
    half = width_m / 2.0
    centre = corner + half
    children = [
        _tile(folder, (corner + half * np.array([i, j]), half), f"{name}{i}{j}", below - 1, picture)
        for i in (0, 1)
        for j in (0, 1)
        if below
    ]
    return {
        "boundingVolume": {"box": [*centre.tolist(), 0.0, half, 0, 0, 0, half, 0, 0, 0, 20.0]},
        "geometricError": width_m / 20.0 if below else 0.0,
        "content": {"uri": f"{name}.glb"},
        **({"children": children} if children else {}),
    }


def _patch(corner: Any, width_m: float, picture: Texture) -> MeshChunk:
    steps = np.linspace(0.0, 1.0, CELLS + 1)
    u, v = (axis.ravel() for axis in np.meshgrid(steps, steps))
    x, y = corner[0] + u * width_m, corner[1] + v * width_m
    positions = np.stack([x, y, 15.0 * np.sin(x / 50.0) * np.cos(y / 70.0)], axis=1).astype(np.float32)
    at = (np.arange(CELLS)[:, None] * (CELLS + 1) + np.arange(CELLS)).ravel()
    quads = np.stack([at, at + 1, at + CELLS + 2, at, at + CELLS + 2, at + CELLS + 1], axis=1)
    count = len(positions)
    white, nobody = np.full((count, 4), 255, np.uint8), np.zeros(count, np.uint32)
    uvs = np.stack([u, 1.0 - v], axis=1).astype(np.float32)
    triangles = quads.reshape(-1, 3).astype(np.uint32)
    return MeshChunk(np.zeros(3), positions, triangles, nobody, white, uvs=uvs, texture=picture)


def _picture() -> Texture:
    from PIL import Image

    pixels = np.random.default_rng(1).integers(60, 200, (PICTURE_PX // 8, PICTURE_PX // 8, 3)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).resize((PICTURE_PX, PICTURE_PX)).save(file, "JPEG", quality=85)
    return Texture(file.getvalue(), "image/jpeg")
