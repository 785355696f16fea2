"""Elevation samples of a file: decimated to a budget, holes cut out, heights in metres."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from loaders.model.crs import SourceCrs
from loaders.model.errors import CityTwinError, Finding
from loaders.terrain.heights import HeightRule, height_band, rule_of
from loaders.terrain.opening import gdal_errors, has_place, source_crs
from loaders.terrain.raster import ElevationGrid, composed

DEFAULT_SAMPLES = 1024
_MIN_SAMPLES, _MAX_SAMPLES = 16, 16384
_STRIPE_ROWS = 64


@dataclass(slots=True)
class Elevation:
    """A grid in the source's own system and units, and what is known about it.

    ``factor`` is how many pixels one sample stands for along a side; ``size`` are the pixels (rows, columns).
    """

    grid: ElevationGrid
    crs: SourceCrs | None
    factor: float
    size: tuple[int, int]
    height_unit_m: float
    pixel_is_point: bool


def sample_budget(options: dict[str, Any]) -> int:
    """Samples a side from the option ``samples``; the budget is its square."""
    wanted = options.get("samples", DEFAULT_SAMPLES)
    if isinstance(wanted, bool) or not isinstance(wanted, int | float) or not math.isfinite(wanted):
        return DEFAULT_SAMPLES
    return int(min(max(wanted, _MIN_SAMPLES), _MAX_SAMPLES))


def read_elevation(
    dataset: Any, path: Path, samples: int, findings: list[Finding]
) -> Generator[float, None, Elevation]:
    """Yield the share read (0..1) after each stripe of rows; return the elevation.

    Raises `CityTwinError`: ``terrain.is_picture``, ``terrain.too_small`` or ``terrain.no_heights``.
    """
    band = height_band(dataset, path, findings)
    rows, columns = dataset.height, dataset.width
    if rows < 2 or columns < 2:
        raise CityTwinError("terrain.too_small", str(path), rows=rows, columns=columns)
    factor = max(1.0, math.sqrt(rows * columns / samples**2))
    shape = (max(2, math.ceil(rows / factor)), max(2, math.ceil(columns / factor)))
    if factor > 1.0:
        findings.append(
            Finding.warning("terrain.decimated", path.name, factor=round(factor, 1), rows=shape[0], columns=shape[1])
        )
    heights = np.full(shape, np.nan, np.float32)
    crs = source_crs(dataset, path, findings)
    rule = rule_of(dataset, band, crs, findings, thinned=shape != (rows, columns))
    yield from _read_stripes(dataset, rule, heights, path, findings)
    if not np.isfinite(heights).any():
        raise CityTwinError("terrain.no_heights", str(path))
    grid = ElevationGrid(heights, sample_affine(dataset, shape, path, findings), crs.text if crs else None)
    return Elevation(grid, crs, factor, (rows, columns), rule.unit_m, pixel_is_point(dataset))


def pixel_is_point(dataset: Any) -> bool:
    """Whether the samples stand for points, and not for areas."""
    return str(dataset.tags().get("AREA_OR_POINT", "")).lower() == "point"


def _read_stripes(
    dataset: Any, rule: HeightRule, heights: NDArray[np.float32], path: Path, findings: list[Finding]
) -> Generator[float, None, None]:
    """Fill ``heights``; rows that cannot be read stay holes."""
    from rasterio.enums import Resampling
    from rasterio.windows import Window

    rows, columns = heights.shape
    scale = dataset.height / rows
    failed: list[int] = []
    odd = 0
    for first in range(0, rows, _STRIPE_ROWS):
        last = min(first + _STRIPE_ROWS, rows)
        window = Window(0, first * scale, dataset.width, (last - first) * scale)
        try:
            found = dataset.read(
                rule.band,
                window=window,
                out_shape=(last - first, columns),
                masked=True,
                resampling=Resampling[rule.method],
            )
            heights[first:last] = rule.in_metres(found)
            odd += rule.cut(heights[first:last])
        except gdal_errors():
            failed.append(first)
        yield last / rows
    if failed:
        share = round(100 * len(failed) / math.ceil(rows / _STRIPE_ROWS))
        findings.append(Finding.error("terrain.unreadable_rows", path.name, percent=share))
    if odd:
        findings.append(Finding.warning("terrain.odd_heights", path.name, count=odd))


def sample_affine(dataset: Any, shape: tuple[int, int], path: Path, findings: list[Finding]) -> Affine:
    """(column, row) of the samples to x, y. GDAL gives corners of pixels whether the file means points or areas."""
    matrix = dataset.transform
    if not has_place(dataset):
        findings.append(Finding.warning("terrain.no_place", path.name))
        matrix = Affine(1.0, 0.0, 0.0, 0.0, -1.0, float(dataset.height))
    across, down = dataset.width / shape[1], dataset.height / shape[0]
    return composed(matrix, Affine(across, 0.0, across / 2, 0.0, down, down / 2))
