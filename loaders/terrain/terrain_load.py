"""Reads an elevation raster: samples, metric system, mesh tiles, optionally under a picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from loaders.model.crs import crs_label
from loaders.model.errors import CityTwinError, Finding
from loaders.model.events import Found, Geometry, LoadEvent, Objects, Opened, Progress, Properties
from loaders.model.formats import LoadContext
from loaders.model.tables import CimLevel
from loaders.terrain.drape import Drape, Ground, Spot, open_drape
from loaders.terrain.grid_mesh import GridMesher, all_tiles
from loaders.terrain.opening import opened
from loaders.terrain.overview_load import load_overview, streams
from loaders.terrain.picture import texture_px
from loaders.terrain.raster import ElevationGrid, Floats
from loaders.terrain.reading import read_elevation, sample_budget
from loaders.terrain.results import ENGINE, facts_of, georeference_of, origin_of, stage_of, version
from loaders.terrain.tables import facts_table, one_object
from loaders.terrain.warping import aim_at, to_metric

DRIVERS = ("GTiff", "AAIGrid", "SRTMHGT")
_SCHEMAS = {"GTiff": "GeoTIFF", "AAIGrid": "ESRI ASCII grid", "SRTMHGT": "SRTM HGT"}


def load(path: Path, ctx: LoadContext) -> Iterator[LoadEvent]:
    """Yield a terrain; see `loaders.model.formats.Format`.

    Options: ``samples`` a side (budget), ``crs`` to show it in, ``drape`` a picture's path, ``texture_px``.
    Raises `CityTwinError` when the file holds no heights.
    """
    findings: list[Finding] = []
    with opened(path, DRIVERS) as dataset:
        schema = _SCHEMAS.get(dataset.driver, dataset.driver)
        if streams(dataset, ctx.options):
            yield from load_overview(dataset, path, schema, ctx, findings)
            return
        reading = read_elevation(dataset, path, sample_budget(ctx.options), findings)
        elevation = yield from stage_of(reading, (0.0, 0.4), "terrain.progress.reading", ctx)
    wanted = ctx.options.get("crs")
    aim = aim_at(elevation.crs, wanted if isinstance(wanted, str) else None, elevation.grid.bounds())
    if aim.is_warped:
        findings.append(Finding.info("terrain.warped", path.name, crs=crs_label(aim.crs)))
    warping = to_metric(elevation.grid, aim, str(path), findings)
    grid = yield from stage_of(warping, (0.4, 0.5), "terrain.progress.warping", ctx)
    origin_m = origin_of(grid, str(path))
    yield Opened(schema, georeference_of(grid, origin_m, elevation))
    drape: Drape | None = None
    picture = ctx.options.get("drape")
    if isinstance(picture, str | Path) and str(picture):
        ground = Ground(grid, elevation.crs, aim.unit_m, aim.is_warped)
        draping = open_drape(Path(picture), ground, texture_px(ctx.options), findings)
        drape = yield from stage_of(draping, (0.5, 0.6), "terrain.progress.draping", ctx)
    yield from _meshes(grid, origin_m, drape, ctx)
    yield from (Found(finding) for finding in findings)
    yield Properties(facts_table("Terrain", facts_of(path, schema, grid, elevation, aim)))
    yield Objects(
        one_object("Terrain", path.stem, ENGINE),
        {ENGINE: version()},
        {"samples": list(grid.shape), "decimation": round(elevation.factor, 3)},
    )
    yield Progress(1.0, "terrain.progress.done")


def _meshes(grid: ElevationGrid, origin_m: Floats, drape: Drape | None, ctx: LoadContext) -> Iterator[LoadEvent]:
    mesher = GridMesher(grid, origin_m)
    listed = list(all_tiles(grid))
    empty = True
    for number, tile in enumerate(listed):
        ctx.checkpoint()
        dress = None
        if drape is not None:
            heights = grid.heights_m[tile.rows, tile.columns]
            dress = drape.dress(Spot(*mesher.xy(tile), heights, mesher.colour_range_m))
        chunk = mesher.mesh(tile, dress)
        if chunk is not None:
            empty = False
            yield Geometry(chunk, CimLevel.TERRAIN)
        yield Progress(0.6 + 0.38 * (number + 1) / len(listed), "terrain.progress.meshing")
    if empty:
        raise CityTwinError("terrain.no_heights")
