"""From the numbers that a raster stores to heights in metres: band, scale, unit, holes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.model.crs import SourceCrs
from loaders.model.errors import CityTwinError, Finding
from loaders.terrain.kinds import names_heights, unit_m
from loaders.terrain.opening import gdal_errors

_LOOK_SAMPLES = 256
# Averaging reads every pixel; above this, without overviews, single pixels are taken instead.
_MAX_AVERAGED_PIXELS = 400_000_000
# What programs write for "no height" and forget to declare.
_MARKS = (-9999.0, -32768.0, -32767.0, -99999.0)
_HIGHEST_M = 20_000.0


@dataclass(frozen=True, slots=True)
class HeightRule:
    """How a band is read. ``method`` of thinning out is ``average`` or ``nearest``; ``cuts_marks``: see `cut`."""

    band: int
    method: str = "average"
    scale: float = 1.0
    offset: float = 0.0
    unit_m: float = 1.0
    cuts_marks: bool = False

    def in_metres(self, stored: np.ma.MaskedArray[Any, Any]) -> NDArray[np.float32]:
        """Heights in metres, NaN where the raster holds none."""
        heights: NDArray[np.float32] = np.ma.filled(stored.astype(np.float32), np.nan)
        if (self.scale, self.offset) != (1.0, 0.0):
            heights *= np.float32(self.scale)
            heights += np.float32(self.offset)
        if self.unit_m != 1.0:
            heights *= np.float32(self.unit_m)
        return heights

    def cut(self, heights: NDArray[np.float32]) -> int:
        """Make holes, in place, of heights that no ground has, undeclared marks among them; gives how many."""
        odd = np.abs(heights) > _HIGHEST_M
        if self.cuts_marks:
            odd |= np.isin(heights, np.array(_MARKS, np.float32))
        # A damaged file may hold signalling NaN, of which numpy complains at every use.
        heights[odd | np.isnan(heights)] = np.nan
        return int(odd.sum())


def height_band(dataset: Any, path: Path, findings: list[Finding]) -> int:
    """The band that holds heights; raises `CityTwinError` ``terrain.is_picture``."""
    from rasterio.enums import ColorInterp

    colours = {ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.palette}
    if colours & set(dataset.colorinterp) or dataset.dtypes[0].startswith("complex"):
        raise CityTwinError("terrain.is_picture", str(path))
    named = [band for band, text in enumerate(dataset.descriptions, 1) if names_heights(text)]
    band = named[0] if named else 1
    if dataset.count > 1:
        findings.append(Finding.info("terrain.several_bands", path.name, count=dataset.count, band=band))
    return band


def rule_of(dataset: Any, band: int, crs: SourceCrs | None, findings: list[Finding], *, thinned: bool) -> HeightRule:
    """How the heights of a band are read; ``thinned`` when not every pixel becomes a sample."""
    scale, offset = dataset.scales[band - 1], dataset.offsets[band - 1]
    if not (math.isfinite(scale) and math.isfinite(offset) and scale):
        scale, offset = 1.0, 0.0
    return HeightRule(
        band,
        _method(dataset, band) if thinned else "nearest",
        float(scale),
        float(offset),
        _unit_m(dataset, band, crs, findings),
        dataset.nodata is None and dataset.scales[band - 1] == 1.0,
    )


def _method(dataset: Any, band: int) -> str:
    """How to decimate: the average where it is cheap and no undeclared mark would be averaged in."""
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


def _unit_m(dataset: Any, band: int, crs: SourceCrs | None, findings: list[Finding]) -> float:
    """The unit of the heights in metres.

    The band's own unit counts first, then the vertical system's; a raster in feet that says neither
    is taken to have its heights in feet too.
    """
    unit = unit_m(dataset.units[band - 1])
    if unit is None and crs is not None:
        unit = crs.height_unit_m
        if unit is None and abs(crs.unit_m - 1.0) > 1e-9:
            unit = crs.unit_m
            findings.append(Finding.warning("terrain.unit_assumed", dataset.name.rsplit("/", 1)[-1], metres=unit))
    return unit or 1.0
