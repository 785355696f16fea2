"""Reads an elevation raster: samples, metric system, mesh tiles, optionally under a picture."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from loaders.model.errors import CityTwinError, Finding
from loaders.model.events import Found, Geometry, LoadEvent, Objects, Opened, Progress, Properties
from loaders.model.formats import LoadContext
from loaders.model.frames import Georeference, translation
from loaders.model.tables import CimLevel
from loaders.terrain.drape import Drape, Ground, open_drape
from loaders.terrain.grid_mesh import GridMesher, all_tiles
from loaders.terrain.opening import opened
from loaders.terrain.picture import texture_px
from loaders.terrain.raster import ElevationGrid, Floats
from loaders.terrain.reading import Elevation, read_elevation, sample_budget
from loaders.terrain.tables import Fact, crs_label, facts_table, one_object
from loaders.terrain.warping import FARTHEST_M, Aim, aim_at, to_metric

DRIVERS = ("GTiff", "AAIGrid", "SRTMHGT")
_SCHEMAS = {"GTiff": "GeoTIFF", "AAIGrid": "ESRI ASCII grid", "SRTMHGT": "SRTM HGT"}
ENGINE = "rasterio"


def load(path: Path, ctx: LoadContext) -> Iterator[LoadEvent]:
    """Yield a terrain; see `loaders.model.formats.Format`.

    Options: ``samples`` a side (budget), ``crs`` to show it in, ``drape`` a picture's path, ``texture_px``.
    Raises `CityTwinError` when the file holds no heights.
    """
    findings: list[Finding] = []
    with opened(path, DRIVERS) as dataset:
        schema = _SCHEMAS.get(dataset.driver, dataset.driver)
        reading = read_elevation(dataset, path, sample_budget(ctx.options), findings)
        elevation = yield from _stage(reading, (0.0, 0.4), "terrain.progress.reading", ctx)
    wanted = ctx.options.get("crs")
    aim = aim_at(elevation.crs, wanted if isinstance(wanted, str) else None, elevation.grid.bounds())
    if aim.is_warped:
        findings.append(Finding.info("terrain.warped", path.name, crs=crs_label(aim.crs)))
    warping = to_metric(elevation.grid, aim, str(path), findings)
    grid = yield from _stage(warping, (0.4, 0.5), "terrain.progress.warping", ctx)
    origin_m = _origin(grid, str(path))
    yield Opened(schema, _georeference(grid, origin_m, elevation))
    drape: Drape | None = None
    picture = ctx.options.get("drape")
    if isinstance(picture, str | Path) and str(picture):
        ground = Ground(grid, elevation.crs, aim.unit_m, aim.is_warped)
        draping = open_drape(Path(picture), ground, texture_px(ctx.options), findings)
        drape = yield from _stage(draping, (0.5, 0.6), "terrain.progress.draping", ctx)
    yield from _meshes(grid, origin_m, drape, ctx)
    yield from (Found(finding) for finding in findings)
    yield Properties(facts_table("Terrain", _facts(path, schema, grid, elevation, aim)))
    yield Objects(
        one_object("Terrain", path.stem, ENGINE),
        {ENGINE: _version()},
        {"samples": list(grid.shape), "decimation": round(elevation.factor, 3)},
    )
    yield Progress(1.0, "terrain.progress.done")


def _stage(
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


def _origin(grid: ElevationGrid, place: str) -> Floats:
    """A whole metre in the middle; heights stay as they are."""
    west, south, east, north = grid.bounds()
    if not max(abs(v) for v in (west, south, east, north)) < FARTHEST_M:
        raise CityTwinError("terrain.outside", place)
    return np.array([np.round((west + east) / 2), np.round((south + north) / 2), 0.0])


def _georeference(grid: ElevationGrid, origin_m: Floats, elevation: Elevation) -> Georeference:
    details: dict[str, str] = {}
    if elevation.crs is not None:
        details["source_crs"] = crs_label(elevation.crs.text)
        if elevation.crs.vertical:
            details["vertical"] = elevation.crs.vertical
    return Georeference(grid.crs, translation(origin_m), "file", details=details)


def _meshes(grid: ElevationGrid, origin_m: Floats, drape: Drape | None, ctx: LoadContext) -> Iterator[LoadEvent]:
    mesher = GridMesher(grid, origin_m)
    listed = list(all_tiles(grid))
    empty = True
    for number, tile in enumerate(listed):
        ctx.checkpoint()
        chunk = mesher.mesh(tile, None if drape is None else drape.dress(tile, mesher))
        if chunk is not None:
            empty = False
            yield Geometry(chunk, CimLevel.TERRAIN)
        yield Progress(0.6 + 0.38 * (number + 1) / len(listed), "terrain.progress.meshing")
    if empty:
        raise CityTwinError("terrain.no_heights")


def _facts(path: Path, schema: str, grid: ElevationGrid, elevation: Elevation, aim: Aim) -> list[Fact]:
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


def _version() -> str:
    import rasterio

    return f"rasterio {rasterio.__version__}, GDAL {rasterio.__gdal_version__}"
