"""What reading an elevation raster gives beside the meshes: place, properties, progress."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np

from loaders.model.crs import crs_label
from loaders.model.errors import CityTwinError
from loaders.model.events import LoadEvent, Progress
from loaders.model.formats import LoadContext
from loaders.model.frames import Georeference, translation
from loaders.terrain.raster import ElevationGrid, Floats
from loaders.terrain.reading import Elevation
from loaders.terrain.tables import Fact
from loaders.terrain.warping import FARTHEST_M, Aim

ENGINE = "rasterio"


def stage_of(
    work: Generator[float, None, Any], span: tuple[float, float], stage: str, ctx: LoadContext
) -> Generator[LoadEvent, None, Any]:
    """Progress of one part of the work, and what it gives."""
    low, high = span
    yield Progress(low, stage)
    while True:
        ctx.checkpoint()
        try:
            share = next(work)
        except StopIteration as done:
            return done.value
        yield Progress(low + (high - low) * share, stage)


def origin_of(grid: ElevationGrid, place: str) -> Floats:
    """A whole metre in the middle; heights stay as they are."""
    west, south, east, north = grid.bounds()
    if not max(abs(v) for v in (west, south, east, north)) < FARTHEST_M:
        raise CityTwinError("terrain.outside", place)
    return np.array([np.round((west + east) / 2), np.round((south + north) / 2), 0.0])


def georeference_of(grid: ElevationGrid, origin_m: Floats, elevation: Elevation) -> Georeference:
    details: dict[str, str] = {}
    if elevation.crs is not None:
        details["source_crs"] = crs_label(elevation.crs.text)
        if elevation.crs.vertical:
            details["vertical"] = elevation.crs.vertical
    return Georeference(grid.crs, translation(origin_m), "file", details=details)


def facts_of(path: Path, schema: str, grid: ElevationGrid, elevation: Elevation, aim: Aim) -> list[Fact]:
    heights = grid.heights_m[np.isfinite(grid.heights_m)].astype(np.float64)
    matrix = grid.affine
    facts = [
        Fact("source", path.name),
        Fact("format", schema),
        Fact("rows", elevation.size[0]),
        Fact("columns", elevation.size[1]),
        Fact("sample rows", grid.shape[0]),
        Fact("sample columns", grid.shape[1]),
        Fact("cell size x", float(np.hypot(matrix.a, matrix.d)), "m"),
        Fact("cell size y", float(np.hypot(matrix.b, matrix.e)), "m"),
        Fact("minimum height", float(heights.min()), "m"),
        Fact("maximum height", float(heights.max()), "m"),
        Fact("mean height", float(heights.mean()), "m"),
        Fact("share without height", 1.0 - heights.size / grid.heights_m.size),
        Fact("samples stand for", "points" if elevation.pixel_is_point else "areas"),
    ]
    if elevation.crs is not None:
        facts += [Fact("source crs", crs_label(elevation.crs.text)), Fact("crs", crs_label(aim.crs))]
        if elevation.crs.vertical:
            facts.append(Fact("vertical datum", elevation.crs.vertical))
    if elevation.height_unit_m != 1.0:
        facts.append(Fact("source height unit", elevation.height_unit_m, "m"))
    return facts


def version() -> str:
    import rasterio

    return f"rasterio {rasterio.__version__}, GDAL {rasterio.__gdal_version__}"
