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
from loaders.terrain.kinds import names_heights, unit_m
from loaders.terrain.opening import gdal_errors, has_place, source_crs
from loaders.terrain.raster import ElevationGrid, composed

DEFAULT_SAMPLES = 1024
_MIN_SAMPLES, _MAX_SAMPLES = 16, 16384
_STRIPE_ROWS = 64
_LOOK_SAMPLES = 256
# Averaging reads every pixel; above this, without overviews, single pixels are taken instead.
_MAX_AVERAGED_PIXELS = 400_000_000
# What programs write for "no height" and forget to declare.
_MARKS = (-9999.0, -32768.0, -32767.0, -99999.0)
_HIGHEST_M = 20_000.0


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
    band = _height_band(dataset, path, findings)
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
    yield from _read_stripes(dataset, band, heights, path, findings)
    crs = source_crs(dataset, path, findings)
    unit = _to_metres(dataset, band, heights, crs, findings)
    _cut_marks(dataset, band, heights, path, findings)
    if not np.isfinite(heights).any():
        raise CityTwinError("terrain.no_heights", str(path))
    grid = ElevationGrid(heights, _sample_affine(dataset, shape, path, findings), crs.text if crs else None)
    point = str(dataset.tags().get("AREA_OR_POINT", "")).lower() == "point"
    return Elevation(grid, crs, factor, (rows, columns), unit, point)


def _height_band(dataset: Any, path: Path, findings: list[Finding]) -> int:
    from rasterio.enums import ColorInterp

    colours = {ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.palette}
    if colours & set(dataset.colorinterp) or dataset.dtypes[0].startswith("complex"):
        raise CityTwinError("terrain.is_picture", str(path))
    named = [band for band, text in enumerate(dataset.descriptions, 1) if names_heights(text)]
    band = named[0] if named else 1
    if dataset.count > 1:
        findings.append(Finding.info("terrain.several_bands", path.name, count=dataset.count, band=band))
    return band


def _read_stripes(
    dataset: Any, band: int, heights: NDArray[np.float32], path: Path, findings: list[Finding]
) -> Generator[float, None, None]:
    """Fill ``heights``; rows that cannot be read stay holes."""
    from rasterio.enums import Resampling
    from rasterio.windows import Window

    rows, columns = heights.shape
    scale = dataset.height / rows
    method = _resampling(dataset, band, heights.shape)
    failed: list[int] = []
    for first in range(0, rows, _STRIPE_ROWS):
        last = min(first + _STRIPE_ROWS, rows)
        window = Window(0, first * scale, dataset.width, (last - first) * scale)
        try:
            found = dataset.read(
                band, window=window, out_shape=(last - first, columns), masked=True, resampling=Resampling[method]
            )
            heights[first:last] = found.astype(np.float32).filled(np.nan)
        except gdal_errors():
            failed.append(first)
        yield last / rows
    if failed:
        share = round(100 * len(failed) / math.ceil(rows / _STRIPE_ROWS))
        findings.append(Finding.error("terrain.unreadable_rows", path.name, percent=share))


def _resampling(dataset: Any, band: int, shape: tuple[int, int]) -> str:
    """How to decimate: the average where it is cheap and no undeclared mark would be averaged in."""
    if shape == (dataset.height, dataset.width):
        return "nearest"
    cheap = bool(dataset.overviews(band)) or dataset.height * dataset.width <= _MAX_AVERAGED_PIXELS
    return "average" if cheap and (dataset.nodata is not None or not _has_marks(dataset, band)) else "nearest"


def _has_marks(dataset: Any, band: int) -> bool:
    """Whether a coarse look finds heights that no ground has."""

    shape = (min(dataset.height, _LOOK_SAMPLES), min(dataset.width, _LOOK_SAMPLES))
    try:
        look = dataset.read(band, out_shape=shape).astype(np.float64)
    except gdal_errors():
        return True
    return bool((~np.isfinite(look) | np.isin(look, _MARKS) | (np.abs(look) > 1e6)).any())


def _to_metres(
    dataset: Any, band: int, heights: NDArray[np.float32], crs: SourceCrs | None, findings: list[Finding]
) -> float:
    """Apply scale, offset and unit in place; gives the unit in metres.

    The band's own unit counts first, then the vertical system's; a raster in feet that says neither
    is taken to have its heights in feet too.
    """
    scale, offset = dataset.scales[band - 1], dataset.offsets[band - 1]
    if (scale, offset) != (1.0, 0.0) and math.isfinite(scale) and math.isfinite(offset) and scale:
        heights *= np.float32(scale)
        heights += np.float32(offset)
    unit = unit_m(dataset.units[band - 1])
    if unit is None and crs is not None:
        unit = crs.height_unit_m
        if unit is None and abs(crs.unit_m - 1.0) > 1e-9:
            unit = crs.unit_m
            findings.append(Finding.warning("terrain.unit_assumed", dataset.name.rsplit("/", 1)[-1], metres=unit))
    unit = unit or 1.0
    if unit != 1.0:
        heights *= np.float32(unit)
    return unit


def _cut_marks(dataset: Any, band: int, heights: NDArray[np.float32], path: Path, findings: list[Finding]) -> None:
    """Make holes, in place, of heights that no ground has; undeclared marks for missing heights among them."""
    odd = np.abs(heights) > _HIGHEST_M
    if dataset.nodata is None and dataset.scales[band - 1] == 1.0:
        odd |= np.isin(heights, np.array(_MARKS, np.float32))
    count = int(odd.sum())
    if count:
        heights[odd] = np.nan
        findings.append(Finding.warning("terrain.odd_heights", path.name, count=count))


def _sample_affine(dataset: Any, shape: tuple[int, int], path: Path, findings: list[Finding]) -> Affine:
    """(column, row) of the samples to x, y. GDAL gives corners of pixels whether the file means points or areas."""
    matrix = dataset.transform
    if not has_place(dataset):
        findings.append(Finding.warning("terrain.no_place", path.name))
        matrix = Affine(1.0, 0.0, 0.0, 0.0, -1.0, float(dataset.height))
    across, down = dataset.width / shape[1], dataset.height / shape[0]
    return composed(matrix, Affine(across, 0.0, across / 2, 0.0, down, down / 2))
