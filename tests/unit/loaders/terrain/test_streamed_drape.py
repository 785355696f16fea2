"""A picture on a streamed raster: the overview wears all of it, each tile its piece at its own detail."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from rasterio.io import MemoryFile

from loaders.model.meshes import MeshChunk
from tests.unit.loaders.terrain.rasters import EAST, NORTH, centres, write
from tests.unit.loaders.terrain.streamed import SHAPE, Streamed, waves

PIXEL_M = 2.5  # four to a cell, over the north-western part of the terrain
PICTURE = (1000, 1300)


def _shade(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(…, 3) smooth colours of a place."""
    east, south = (x - EAST) / 3250.0, (NORTH - y) / 2500.0
    return np.stack([40 + 160 * east, 60 + 140 * south, 0 * east + 90], axis=-1)


def _picture(path: Path, dtype: str = "uint8", factor: float = 1.0) -> Path:
    matrix = Affine(PIXEL_M, 0.0, EAST, 0.0, -PIXEL_M, NORTH)
    colours = (_shade(*centres(PICTURE, matrix)) * factor).astype(dtype)
    return write(path, np.moveaxis(colours, -1, 0), transform=matrix, photometric="RGB")


def _texture(chunk: MeshChunk) -> np.ndarray:
    assert chunk.texture is not None
    with MemoryFile(chunk.texture.data) as memory, memory.open() as source:
        return np.moveaxis(source.read(), 0, -1).astype(float)


@pytest.fixture
def terrain(tmp_path: Path) -> Path:
    return write(tmp_path / "a.tif", waves(*centres(SHAPE)).astype(np.float32))


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize(("dtype", "factor"), [("uint8", 1.0), ("uint16", 40.0)])
def test_each_tile_wears_its_piece(terrain: Path, tmp_path: Path, dtype: str, factor: float) -> None:
    s = Streamed(terrain, tmp_path, drape=str(_picture(tmp_path / "b.tif", dtype, factor)))
    seen: list[tuple[np.ndarray, np.ndarray]] = []
    sizes = set()
    for node in s.of_level(0):
        chunk = s.chunk(node)
        if chunk.texture is None:
            continue
        texture = _texture(chunk)
        sizes.add(texture.shape[:2])
        points = chunk.positions.astype(float) + chunk.origin_m + s.world_m
        inside = (points[:, 0] < EAST + 3000) & (points[:, 1] > NORTH - 2300)
        column = (chunk.uvs[inside, 0] * texture.shape[1]).astype(int).clip(0, texture.shape[1] - 1)
        row = (chunk.uvs[inside, 1] * texture.shape[0]).astype(int).clip(0, texture.shape[0] - 1)
        seen.append((texture[row, column], _shade(points[inside, 0], points[inside, 1])))
    found, expected = (np.concatenate(part) for part in zip(*seen, strict=True))
    assert len(found) > 50_000
    if dtype == "uint8":
        assert np.abs(found - expected).max() < 16
        assert np.abs(found - expected).mean() < 3
    else:  # stretched, alike in all tiles
        for channel in (0, 1):
            line = np.polyfit(expected[:, channel], found[:, channel], 1)
            middle = np.abs(expected[:, channel] - 120) < 40
            wrong = np.polyval(line, expected[middle, channel]) - found[middle, channel]
            assert np.abs(wrong).mean() < 8
    # A cell of ten metres holds four pixels of the picture.
    assert max(max(size) for size in sizes) >= 4 * 128


def test_tiles_beyond_the_picture_show_the_ground(terrain: Path, tmp_path: Path) -> None:
    s = Streamed(terrain, tmp_path, drape=str(_picture(tmp_path / "b.tif")))
    chunks = {s.key(node)[1:]: s.chunk(node) for node in s.of_level(0)}
    assert chunks[(0, 0)].texture is not None
    assert (chunks[(0, 0)].colours == 255).all()
    assert chunks[(3, 4)].texture is None
    assert np.ptp(chunks[(3, 4)].colours[:, 0]) > 0
    overview = [s.chunk(node) for node in range(s.num_own) if s.nodes.has_content[node]]
    assert any(chunk.texture is not None for chunk in overview)


def test_under_a_picture_the_errors_count_its_pixels(terrain: Path, tmp_path: Path) -> None:
    bare = Streamed(terrain, tmp_path)
    draped = Streamed(terrain, tmp_path, drape=str(_picture(tmp_path / "b.tif")))
    assert len(bare.nodes) == len(draped.nodes)
    assert (draped.nodes.errors_m >= bare.nodes.errors_m).all()
    fine = [n for n in range(len(draped.nodes)) if draped.nodes.has_content[n] and draped.key(n)[0] == 1]
    assert (draped.nodes.errors_m[fine] >= 2 * 10.0).all()
    assert (bare.nodes.errors_m[fine] < 2 * 10.0).all()


def test_a_picture_that_goes_away_leaves_the_ground(terrain: Path, tmp_path: Path) -> None:
    picture = _picture(tmp_path / "b.tif")
    s = Streamed(terrain, tmp_path, drape=str(picture))
    picture.unlink()
    content = s.tiles.read(s.of_level(0)[0])
    assert [problem.code for problem in content.problems] == ["tiles.source_missing"]
    assert content.chunks[0].texture is None
    assert len(content.chunks[0].positions) > 129 * 129
