"""A picture laid over an elevation grid: each tile gets its own piece, in step with its samples."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.model.crs import SourceCrs, point_map, read_crs, same_place
from loaders.model.errors import CityTwinError, Finding, Severity
from loaders.terrain.grid_mesh import TILE_CELLS, Dress
from loaders.terrain.opening import has_place, opened, source_crs
from loaders.terrain.picture import Area, Picture, encoded, read_picture
from loaders.terrain.raster import ElevationGrid, Floats
from loaders.terrain.tint import tint

PointMap = Callable[[Floats, Floats], tuple[Floats, Floats]]
DRIVERS = ("GTiff", "JPEG", "PNG")
_MIN_TILE_PX = 32


@dataclass(frozen=True, slots=True)
class Ground:
    """The grid in metres and the system it came from, which a picture without a system is taken to share."""

    grid: ElevationGrid
    source: SourceCrs | None
    unit_m: float
    is_warped: bool


@dataclass(frozen=True, slots=True)
class Way:
    """From world metres to a picture's own x and y: from one system to another, or a change of unit."""

    world_crs: str | None = None
    crs: str | None = None
    unit_m: float = 1.0

    def map(self) -> PointMap:
        """Raises ValueError when PROJ knows no way."""
        if self.world_crs is None or self.crs is None:
            return lambda x, y: (x / self.unit_m, y / self.unit_m)
        return point_map(self.world_crs, self.crs)


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """Samples to be dressed: world ``x`` and ``y`` and ``heights_m``, all (rows, columns)."""

    x: Floats
    y: Floats
    heights_m: NDArray[np.float32]
    colours_m: tuple[float, float]  # heights at the ends of the palette, for where the picture has a hole


class Drape:
    """A picture and the way from world metres to its pixels; ``px_per_cell`` bounds the texture of a tile."""

    def __init__(self, picture: Picture, way: Way, px_per_cell: float, driver: str = "") -> None:
        self.picture = picture
        self.driver = driver
        self.way = way
        self._to_source = way.map()
        self._px_per_cell = px_per_cell

    def dress(self, spot: Spot) -> Dress | None:
        """A tile's piece of the picture; None where the picture does not reach it."""
        x, y = self._to_source(spot.x, spot.y)
        a, b, c, d, e, f = tuple(~self.picture.affine)[:6]
        with np.errstate(invalid="ignore"):
            column, row = a * x + b * y + c - 0.5, d * x + e * y + f - 0.5
            height, width = self.picture.pixels.shape[:2]
            if not ((column > -1) & (column < width) & (row > -1) & (row < height)).any():
                return None
        shape = self._size(column.shape, row, column)
        pixels, covered = self._sampled(_spread(row, shape), _spread(column, shape))
        if not covered.all():
            heights = _spread(_filled(spot.heights_m), shape)
            base = tint(heights.astype(np.float32), *spot.colours_m)[..., :3]
            pixels = np.where(covered[..., None], pixels, base)
        return Dress(_uvs(column.shape, shape), encoded(pixels))

    def _size(self, samples: tuple[int, ...], row: Floats, column: Floats) -> tuple[int, int]:
        """Pixels for a tile: its share of the budget, and no more than the picture itself has there."""
        native = np.nanmax(np.hypot(np.ptp(row, axis=0), np.ptp(column, axis=0))) + 1
        native_across = np.nanmax(np.hypot(np.ptp(row, axis=1), np.ptp(column, axis=1))) + 1
        limits = [max(_MIN_TILE_PX, math.ceil(self._px_per_cell * (count - 1)) + 1) for count in samples]
        sizes = [
            max(_MIN_TILE_PX, min(limit, math.ceil(size) + 1)) if math.isfinite(size) else limit
            for limit, size in zip(limits, (native, native_across), strict=True)
        ]
        return sizes[0], sizes[1]

    def _sampled(self, row: Floats, column: Floats) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """The picture between its pixels, and where it is."""
        height, width = self.picture.pixels.shape[:2]
        with np.errstate(invalid="ignore"):
            inside = (row >= -0.5) & (row <= height - 0.5) & (column >= -0.5) & (column <= width - 0.5)
        row = np.clip(np.where(inside, row, 0.0), 0, height - 1)
        column = np.clip(np.where(inside, column, 0.0), 0, width - 1)
        top, left = row.astype(np.int64), column.astype(np.int64)
        below, right = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
        down, across = (row - top)[..., None].astype(np.float32), (column - left)[..., None].astype(np.float32)
        pixels = self.picture.pixels
        upper = pixels[top, left] * (1 - across) + pixels[top, right] * across
        lower = pixels[below, left] * (1 - across) + pixels[below, right] * across
        found = np.round(upper * (1 - down) + lower * down).astype(np.uint8)
        if self.picture.mask is not None:
            inside &= self.picture.mask[np.round(row).astype(np.int64), np.round(column).astype(np.int64)] > 0
        return found, inside


def open_drape(
    path: Path, ground: Ground, max_px: int, findings: list[Finding]
) -> Generator[float, None, Drape | None]:
    """Yield the share read; return the drape. Whatever is wrong with the picture is a finding and gives None."""
    try:
        with opened(path, DRIVERS) as dataset:
            if not has_place(dataset):
                findings.append(Finding.warning("terrain.drape_no_place", path.name))
                return None
            way = _way(dataset, path, ground, findings)
            area = _needed(dataset, ground.grid, way.map())
            if area is None:
                findings.append(Finding.warning("terrain.drape_outside", path.name))
                return None
            picture = yield from read_picture(dataset, area, max_px, path, findings)
            return Drape(picture, way, max_px / max(ground.grid.shape), dataset.driver)
    except (CityTwinError, ValueError) as error:
        known = error if isinstance(error, CityTwinError) else CityTwinError("terrain.outside", str(path))
        findings.append(Finding(Severity.ERROR, known.code, path.name, known.arguments))
        return None


def _way(dataset: Any, path: Path, ground: Ground, findings: list[Finding]) -> Way:
    """From world metres to the picture's own x and y."""
    crs = source_crs(dataset, path, findings) or ground.source
    if crs is None or ground.grid.crs is None:
        return Way(unit_m=ground.unit_m)
    aim = read_crs(ground.grid.crs)
    if ground.source is not None and not ground.is_warped and same_place(crs.text, ground.source.text):
        return Way(unit_m=ground.unit_m)
    if aim is not None and same_place(crs.text, aim.text):
        return Way()
    return Way(ground.grid.crs, crs.text)


def _needed(dataset: Any, grid: ElevationGrid, to_source: PointMap) -> Area | None:
    """The pixels that the grid lies on, with a little around; None when there are none."""
    rows, columns = grid.shape
    steps = TILE_CELLS // 4
    i, j = np.meshgrid(np.linspace(0, rows - 1, steps), np.linspace(0, columns - 1, steps), indexing="ij")
    return area_under(dataset, to_source(*grid.xy(i, j)))


def area_under(dataset: Any, place: tuple[Floats, Floats]) -> Area | None:
    """The pixels around points (x, y) of a picture's own system, with a few more; None when there are none."""
    x, y = place
    a, b, c, d, e, f = tuple(~dataset.transform)[:6]
    column, row = a * x + b * y + c, d * x + e * y + f
    known = np.isfinite(column) & np.isfinite(row)
    if not known.any():
        return None
    margin = 8
    top, left = max(0, int(row[known].min()) - margin), max(0, int(column[known].min()) - margin)
    bottom = min(dataset.height, int(row[known].max()) + margin)
    right = min(dataset.width, int(column[known].max()) + margin)
    if bottom <= top or right <= left:
        return None
    return Area((top, left), (bottom - top, right - left))


def _spread(values: NDArray[Any], shape: tuple[int, int]) -> Floats:
    """Values at samples spread bilinearly over ``shape`` pixels; outermost centres and outermost samples agree."""
    rows, columns = values.shape
    down = np.linspace(0, rows - 1, shape[0])
    across = np.linspace(0, columns - 1, shape[1])
    top, left = np.minimum(down.astype(np.int64), rows - 2), np.minimum(across.astype(np.int64), columns - 2)
    v, h = (down - top)[:, None], (across - left)[None, :]
    grown = values[top].astype(np.float64) * (1 - v) + values[top + 1] * v
    return np.asarray(grown[:, left] * (1 - h) + grown[:, left + 1] * h)


def _filled(heights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Heights for tinting alone: holes get the mean, since nothing is drawn there."""
    known = heights[np.isfinite(heights)]
    return np.where(np.isfinite(heights), heights, known.mean() if known.size else 0.0).astype(np.float32)


def _uvs(samples: tuple[int, ...], pixels: tuple[int, int]) -> NDArray[np.float32]:
    """Each sample's place in its picture: on pixel centres, so that neighbours meet in the same colours."""
    down = (np.linspace(0, pixels[0] - 1, samples[0]) + 0.5) / pixels[0]
    across = (np.linspace(0, pixels[1] - 1, samples[1]) + 0.5) / pixels[1]
    v, u = np.meshgrid(down, across, indexing="ij")
    return np.stack([u, v], axis=-1).astype(np.float32)
