"""Reads the overview of an elevation raster that is too large to convert whole; the rest streams from the file."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from affine import Affine

from loaders.model.crs import SourceCrs, crs_label
from loaders.model.errors import CityTwinError, Finding
from loaders.model.events import Found, Geometry, LoadEvent, Objects, Opened, Progress, Properties, Tree
from loaders.model.formats import LoadContext
from loaders.model.tables import CimLevel
from loaders.model.tiles import NO_NODE
from loaders.terrain import quadtree
from loaders.terrain.blocks import Blocks, Heights, Layout, halved, num_blocks, read_blocks
from loaders.terrain.drape import Drape, Ground, open_drape
from loaders.terrain.grid_mesh import TILE_CELLS
from loaders.terrain.heights import HeightRule, height_band, rule_of
from loaders.terrain.lattice import Lattice, blank, lattice_notes, lattice_of, lines_of, num_lines
from loaders.terrain.opening import gdal_errors, source_crs
from loaders.terrain.patches import Style, mesh, patch_of
from loaders.terrain.picture import texture_px
from loaders.terrain.quadtree import OverviewTree, coarsest_level, overview_tree
from loaders.terrain.raster import ElevationGrid, Floats, composed
from loaders.terrain.reading import Elevation, pixel_is_point, sample_affine, sample_budget
from loaders.terrain.relief import CELL_SHARE, DRAPED_SHARE, Relief
from loaders.terrain.results import ENGINE, facts_of, georeference_of, origin_of, stage_of, version
from loaders.terrain.stream_drape import drape_notes
from loaders.terrain.tables import facts_table, one_object
from loaders.terrain.warping import Aim, aim_at

_DRIVERS = ("GTiff", "SRTMHGT")
_STRIPE_ROWS, _STRIPE_BYTES = 32, 32_000_000  # of blocks, of their pixels
_STRIPE_SAMPLES = 1_000_000
_MOST_BLOCK_BYTES = 512_000_000


def streams(dataset: Any, options: dict[str, Any]) -> bool:
    """Whether a raster holds more than the budget and can be read in parts."""
    return dataset.driver in _DRIVERS and dataset.height * dataset.width > sample_budget(options) ** 2


class _Source(NamedTuple):
    """A raster as it is: in its own system, nothing read yet."""

    grid: ElevationGrid
    crs: SourceCrs | None
    rule: HeightRule
    layout: Layout
    level: int  # of the overview


def load_overview(
    dataset: Any, path: Path, schema: str, ctx: LoadContext, findings: list[Finding]
) -> Iterator[LoadEvent]:
    """Yield the overview of a raster for which `streams` holds; see `loaders.terrain.terrain_load.load`."""
    source = _source(dataset, path, ctx, findings)
    reading = _read(dataset, source, path, findings)
    blocks = yield from stage_of(reading, (0.0, 0.6), "terrain.progress.reading", ctx)
    wanted = ctx.options.get("crs")
    aim = aim_at(source.crs, wanted if isinstance(wanted, str) else None, source.grid.bounds())
    if aim.is_warped:
        findings.append(Finding.info("terrain.warped", path.name, crs=crs_label(aim.crs)))
    lattice = lattice_of(source.grid, aim, str(path), findings)
    sampling = _levels(lattice, source, blocks)
    levels = yield from stage_of(sampling, (0.6, 0.7), "terrain.progress.warping", ctx)
    if not np.isfinite(levels[0]).any():
        raise CityTwinError("terrain.outside", str(path))
    overview = ElevationGrid(levels[0], _thinned(lattice, source.level), aim.crs)
    known = Elevation(
        overview, source.crs, 2.0**source.level, source.grid.shape, source.rule.unit_m, pixel_is_point(dataset)
    )
    origin_m = origin_of(overview, str(path))
    yield Opened(schema, georeference_of(overview, origin_m, known))
    style = _style(lattice, levels[0], origin_m)
    relief = Relief.of(levels[0], source.level)
    ground = Ground(overview, source.crs, aim.unit_m, aim.is_warped)
    drape = yield from _draped(ground, ctx, findings)
    share = CELL_SHARE if drape is None else DRAPED_SHARE
    tree = overview_tree(lattice.shape, levels, relief, style.cell_m, share)
    yield from _tiles(lattice, levels, tree, _Look(style, drape), ctx)
    _tell(source, _finest(lattice, relief, style), path, findings)
    yield from (Found(finding) for finding in findings)
    yield Properties(facts_table("Terrain", facts_of(path, schema, overview, known, aim)))
    notes = _notes(source, dataset.driver, lattice, aim, style) | {"relief": relief.notes()}
    if drape is not None:
        notes["drape"] = drape_notes(drape)
    extras = {"samples": list(overview.shape), "decimation": 2**source.level, "stream": notes}
    yield Objects(one_object("Terrain", path.stem, ENGINE), {ENGINE: version()}, extras)
    yield Progress(1.0, "terrain.progress.done")


def _source(dataset: Any, path: Path, ctx: LoadContext, findings: list[Finding]) -> _Source:
    band = height_band(dataset, path, findings)
    size = (dataset.height, dataset.width)
    if min(size) < 2:
        raise CityTwinError("terrain.too_small", str(path), rows=size[0], columns=size[1])
    high, wide = dataset.block_shapes[band - 1]
    num_bytes = high * wide * np.dtype(dataset.dtypes[band - 1]).itemsize
    if num_bytes > _MOST_BLOCK_BYTES:
        raise CityTwinError("terrain.huge_blocks", str(path), megabytes=round(num_bytes / 1e6))
    crs = source_crs(dataset, path, findings)
    rule = rule_of(dataset, band, crs, findings, thinned=True)
    grid = blank(size, sample_affine(dataset, size, path, findings), crs.text if crs else None)
    excess = math.sqrt(size[0] * size[1]) / sample_budget(ctx.options)
    level = max(1, math.ceil(math.log2(excess)))
    return _Source(grid, crs, rule, Layout(size, in_strips=wide >= size[1]), level)


def _read(dataset: Any, source: _Source, path: Path, findings: list[Finding]) -> Generator[float, None, Heights]:
    """Yield the share read; return the blocks of the overview's level. Rows that cannot be read stay holes."""
    rows, columns = (num_blocks(pixels, source.level) for pixels in source.grid.shape)
    blocks = np.full((rows, columns), np.nan, np.float32)
    failed = odd = 0
    item_bytes = np.dtype(dataset.dtypes[source.rule.band - 1]).itemsize
    stripe = min(max(_STRIPE_BYTES // (dataset.width * item_bytes << source.level), 1), _STRIPE_ROWS)
    for first in range(0, rows, stripe):
        last = min(first + stripe, rows)
        try:
            blocks[first:last], wrong = read_blocks(dataset, source.rule, source.level, (first, last), (0, columns))
            odd += wrong
        except gdal_errors():
            failed += 1
        yield last / rows
    if failed:
        share = round(100 * failed / math.ceil(rows / stripe))
        findings.append(Finding.error("terrain.unreadable_rows", path.name, percent=share))
    if odd:
        findings.append(Finding.warning("terrain.odd_heights", path.name, count=odd))
    if not np.isfinite(blocks).any():
        raise CityTwinError("terrain.no_heights", str(path))
    return blocks


def _levels(lattice: Lattice, source: _Source, blocks: Heights) -> Generator[float, None, list[Heights]]:
    """Yield shares; return the samples of the overview's level and of all above it, up to one tile."""
    held = {source.level: blocks}
    given = Blocks(
        Layout(source.layout.size, in_strips=True),
        lambda level, rows, columns: held[level][slice(*rows), slice(*columns)],
    )
    found: list[Heights] = []
    for level in range(source.level, max(coarsest_level(lattice.shape), source.level) + 1):
        if level not in held:
            held[level] = halved(held[level - 1], source.layout.size, level - 1)
        samples = np.full([num_lines(count, level) for count in lattice.shape], np.nan, np.float32)
        stripe = max(1, _STRIPE_SAMPLES // samples.shape[1])
        for first in range(0, len(samples), stripe):
            rows, columns = (lines_of(count, level) for count in lattice.shape)
            at = lattice.at(rows[first : first + stripe], columns)
            samples[first : first + stripe] = given.heights_m(level, at.row, at.column)
            if level == source.level:
                yield min(1.0, (first + stripe) / len(samples))
        found.append(samples)
    return found


def _thinned(lattice: Lattice, level: int) -> Affine:
    """(column, row) of the samples of a level to world metres."""
    return composed(lattice.affine, Affine(2.0**level, 0.0, 0.0, 0.0, 2.0**level, 0.0))


def _style(lattice: Lattice, heights: Heights, origin_m: Any) -> Style:
    known = heights[np.isfinite(heights)]
    # The colours leave out the outermost thousandths: one bad sample must not grey the rest.
    low, high = (float(v) for v in np.percentile(known, [0.1, 99.9]))
    return Style(
        (float(origin_m[0]), float(origin_m[1])),
        (low, high),
        (float(known.min()), float(known.max())),
        lattice.cell_m,
        bool(lattice.affine.determinant > 0),
    )


class _Look(NamedTuple):
    """How tiles look."""

    style: Style
    drape: Drape | None


def _draped(ground: Ground, ctx: LoadContext, findings: list[Finding]) -> Generator[LoadEvent, None, Drape | None]:
    """The picture that the option ``drape`` names, as coarse as the overview."""
    picture = ctx.options.get("drape")
    if not isinstance(picture, str | Path) or not str(picture):
        return None
    draping = open_drape(Path(picture), ground, texture_px(ctx.options), findings)
    drape: Drape | None = yield from stage_of(draping, (0.65, 0.7), "terrain.progress.draping", ctx)
    return drape


def _tiles(
    lattice: Lattice, levels: list[Heights], tree: OverviewTree, look: _Look, ctx: LoadContext
) -> Iterator[LoadEvent]:
    yield Tree(tree.parents, tree.errors_m, np.ones(len(tree.parents), np.bool_))
    empty = True
    for number, (level, i, j) in enumerate(tree.keys.tolist()):
        ctx.checkpoint()
        samples = levels[level - tree.level]
        patch = patch_of(lattice, (level, i, j), lambda _: _with_margin(samples, i, j))  # noqa: B023 - asked at once
        dress = None if look.drape is None else look.drape.dress(patch.spot(look.style.colours_m))
        chunk = mesh(patch, look.style, 2.0 * float(tree.errors_m[number]), dress)
        if chunk is not None:
            empty = False
            yield Geometry(chunk, CimLevel.TERRAIN, node=number)
        yield Progress(0.7 + 0.28 * (number + 1) / len(tree.keys), "terrain.progress.meshing")
    if empty:
        raise CityTwinError("terrain.no_heights")


def _with_margin(samples: Heights, i: int, j: int) -> Floats:
    """The samples of a tile and one more on each side, NaN beyond the terrain."""
    padded = np.pad(samples, 1, constant_values=np.nan)
    top, left = i * TILE_CELLS, j * TILE_CELLS
    return padded[top : top + TILE_CELLS + 3, left : left + TILE_CELLS + 3].astype(np.float64)


def _finest(lattice: Lattice, relief: Relief, style: Style) -> int:
    """The finest level that will be shown: that of the pixels, unless there are too many tiles."""
    has_ground = np.isfinite(relief.of_tiles(lattice.shape, relief.level).low_m)
    ground = quadtree.Ground(lattice, relief, style.origin_m, style.cell_m, CELL_SHARE)
    return quadtree.fine_tree(ground, np.where(has_ground, 0, NO_NODE), 1).finest


def _tell(source: _Source, finest: int, path: Path, findings: list[Finding]) -> None:
    findings.append(Finding.info("terrain.streams", path.name, cells=2**source.level))
    if finest > 0:
        findings.append(Finding.warning("terrain.finest_left_out", path.name, cells=2**finest))


def _notes(source: _Source, driver: str, lattice: Lattice, aim: Aim, style: Style) -> dict[str, Any]:
    """What `loaders.terrain.stream` needs to read on."""
    return {
        "driver": driver,
        "level": source.level,
        "in_strips": source.layout.in_strips,
        "rule": asdict(source.rule),
        "lattice": lattice_notes(lattice, source.grid, aim.crs),
        "style": style.notes(),
    }
