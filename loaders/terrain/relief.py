"""How high and rough a terrain is, place by place, as far as its overview tells: boxes and errors of finer tiles."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.terrain.grid_mesh import TILE_CELLS
from loaders.terrain.lattice import num_tiles
from loaders.terrain.raster import Floats

Numbers = NDArray[np.int64]
# Tiles are cut into so many fields a side, unless there are too many of them.
_FIELDS_OF_TILE = 8
_MOST_FIELDS = 128
# What a level misses is what bends between its samples. Halving the distance of samples leaves a quarter of it on
# smooth ground and 0.7 on the roughest (a fractal surface of dimension 2.5): that is what is taken.
_ROUGHEST = 0.7
# Ground that seems flat from afar may hold what no coarse sample shows: a part of a cell is always taken to be wrong.
CELL_SHARE = 0.25
DRAPED_SHARE = 1.0  # under a picture, whose pixels are finer than the cells


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """Lowest and highest heights and the bend between samples, metres, of fields (rows, columns); NaN without ground.

    A field is ``cells`` cells of the level ``level`` a side.
    """

    low_m: Floats
    high_m: Floats
    bend_m: Floats
    cells: int
    level: int

    @staticmethod
    def of(heights_m: NDArray[np.float32], level: int) -> Relief:
        """Of all samples of a level."""
        cells = TILE_CELLS // _FIELDS_OF_TILE
        while max(heights_m.shape) > cells * _MOST_FIELDS:
            cells *= 2
        low, high = (pooled(heights_m, cells, worst) for worst in (np.fmin, np.fmax))
        return Relief(low, high, pooled(_bend(heights_m), cells, np.fmax), cells, level)

    def notes(self) -> dict[str, Any]:
        """As JSON values."""
        stacked = np.stack([self.low_m, self.high_m, self.bend_m]).astype("<f4")
        data = base64.b64encode(stacked.tobytes()).decode("ascii")
        return {"fields": list(self.low_m.shape), "cells": self.cells, "level": self.level, "data": data}

    @staticmethod
    def from_notes(notes: Mapping[str, Any]) -> Relief:
        """Raises ValueError, KeyError or TypeError."""
        rows, columns = (int(v) for v in notes["fields"])
        values = np.frombuffer(base64.b64decode(notes["data"], validate=True), "<f4").astype(np.float64)
        low, high, bend = values.reshape(3, rows, columns)
        cells, level = int(notes["cells"]), int(notes["level"])
        if cells < 1 or not 0 <= level < 32:
            raise ValueError("relief")
        return Relief(low, high, bend, cells, level)

    def of_tiles(self, shape: tuple[int, int], level: int) -> TileRelief:
        """The same for each tile (rows, columns) of a level, of a lattice of ``shape``."""
        i, j = np.indices([num_tiles(count, level) for count in shape])
        return self.at(shape, level, i, j)

    def at(self, shape: tuple[int, int], level: int, i: Numbers, j: Numbers) -> TileRelief:
        """The same for the tiles in rows ``i`` and columns ``j``, of any equal shape."""
        size = TILE_CELLS * 2.0 ** (level - self.level) / self.cells  # fields a tile, a power of two
        if size < 1.0:  # a part of a field has what the field has
            last = self.low_m.shape
            at = [np.minimum((n * size).astype(np.int64), count - 1) for n, count in zip((i, j), last, strict=True)]
            return TileRelief(self.low_m[*at], self.high_m[*at], self.bend_m[*at], self.level)
        counts = num_tiles(shape[0], level), num_tiles(shape[1], level)
        low, high, bend = (
            _joined(values, counts, int(size), worst)[i, j]
            for values, worst in ((self.low_m, np.fmin), (self.high_m, np.fmax), (self.bend_m, np.fmax))
        )
        return TileRelief(low, high, bend, self.level)


class TileRelief(NamedTuple):
    """Lowest, highest and bend of tiles, metres, as far as the samples of the level ``seen_at`` tell."""

    low_m: Floats
    high_m: Floats
    bend_m: Floats
    seen_at: int

    def errors_m(self, level: int, cell_m: float, share: float = CELL_SHARE) -> Floats:
        """What may be wrong where a level is shown and not the finest; ``cell_m`` is a cell of the finest."""
        if level <= 0:
            return np.zeros(self.low_m.shape)
        bent = np.nan_to_num(self.bend_m) * _ROUGHEST ** (self.seen_at - level + 1)
        return np.maximum(bent, share * cell_m * 2.0**level)


def _bend(heights_m: NDArray[np.float32]) -> Floats:
    """How far each sample is from the middle of its neighbours, the worse of both ways."""
    heights = heights_m.astype(np.float64)
    bend = np.full(heights.shape, np.nan)
    for axis in (0, 1):
        lines = np.moveaxis(heights, axis, 0)
        own = np.moveaxis(bend, axis, 0)
        own[1:-1] = np.fmax(own[1:-1], np.abs(lines[1:-1] - (lines[:-2] + lines[2:]) / 2.0))
    return bend


def pooled(values: Any, cells: int, worst: Any) -> Floats:
    """The worst of each field of ``cells`` cells, the samples on its border among them."""
    found = values.astype(np.float64)
    for axis in (0, 1):
        lines = np.moveaxis(found, axis, 0)
        starts = range(0, max(len(lines) - 1, 1), cells)
        found = np.moveaxis(np.stack([worst.reduce(lines[i : i + cells + 1], axis=0) for i in starts]), 0, axis)
    return np.asarray(found, np.float64)


def _joined(values: Floats, counts: tuple[int, int], size: int, worst: Any) -> Floats:
    """The worst of each square of ``size`` fields."""
    found = values
    for axis in (0, 1):
        lines = np.moveaxis(found, axis, 0)
        taken = [worst.reduce(lines[n * size : (n + 1) * size], axis=0) for n in range(counts[axis])]
        found = np.moveaxis(np.stack(taken), 0, axis)
    return np.asarray(found, np.float64)
