"""Rasters beyond the budget, opened as the program opens them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from loaders.convert import ConvertOptions, convert
from loaders.detail import DetailedTiles, open_for_drawing
from loaders.model.meshes import MeshChunk
from loaders.terrain import quadtree
from loaders.terrain.stream import RasterStream
from tests.unit.loaders.terrain.rasters import EAST, NORTH

SHAPE = (470, 601)
SAMPLES = 280  # level 1 is the overview's


def waves(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A surface that bends at several scales."""
    east, south = x - EAST, NORTH - y
    return 200.0 + 60.0 * np.sin(east / 900.0) * np.cos(south / 700.0) + 4.0 * np.sin(east / 55.0 + south / 80.0)


class Streamed:
    """A raster opened as the program opens it."""

    def __init__(self, path: Path, tmp_path: Path, **options: object) -> None:
        wanted = ConvertOptions(cache_folder=tmp_path / "cache", loader_options={"samples": SAMPLES, **options})
        self.report = convert(path, wanted)
        found = open_for_drawing(Path(self.report.tileset))
        assert isinstance(found, DetailedTiles)
        assert not found.problems
        self.tiles = found
        self.nodes = found.nodes()
        self.num_own = len(found.tileset.nodes())
        self.world_m = found.tileset.georeference.world_from_model[:3, 3]

    @property
    def codes(self) -> set[str]:
        return {finding.code for finding in self.report.findings}

    def stream(self) -> RasterStream:
        stream = self.tiles._detail
        assert isinstance(stream, RasterStream)
        return stream

    def key(self, node: int) -> tuple[int, int, int]:
        """Level, row and column."""
        if node >= self.num_own:
            level, i, j = self.stream()._keys[node - self.num_own].tolist()
        else:
            shape, given = self.stream()._lattice.shape, int(self.tiles.tileset.given_numbers[node])
            level, i, j = quadtree.overview_keys(shape, 1)[given].tolist()
        return level, i, j

    def of_level(self, level: int) -> list[int]:
        return [n for n in range(len(self.nodes)) if self.nodes.has_content[n] and self.key(n)[0] == level]

    def chunk(self, node: int) -> MeshChunk:
        (chunk,) = self.tiles.read(node).chunks
        return chunk

    def surface(self, node: int) -> np.ndarray:
        """(n, 3) world points of a tile, without the feet of its skirts."""
        points = self.chunk(node).positions.astype(np.float64) + self.chunk(node).origin_m + self.world_m
        order = np.lexsort((-points[:, 2], points[:, 1], points[:, 0]))
        points = points[order]
        first = np.concatenate([[True], (np.diff(points[:, :2], axis=0) != 0).any(axis=1)])
        return points[first]
