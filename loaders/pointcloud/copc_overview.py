"""The overview of a large COPC file: the upper cells of its octree; the others stay in the file and stream from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np

from loaders.model.errors import CityTwinError, Finding
from loaders.model.events import Found, Geometry, LoadEvent, Objects, Opened, Progress, Properties, Tree
from loaders.model.formats import LoadContext
from loaders.model.tiles import NO_NODE
from loaders.pointcloud.cells import Cells
from loaders.pointcloud.colours import ColourRule
from loaders.pointcloud.copc import Hierarchy, Key, open_hierarchy, overview_keys, read_cell, read_info
from loaders.pointcloud.georeference import place
from loaders.pointcloud.header import Header
from loaders.pointcloud.records import Records, has_rgb
from loaders.pointcloud.statistics import Statistics
from loaders.pointcloud.tables import LEVEL, Cloud, objects_table, properties_table, rows_of_classes

OVERVIEW_POINTS = 250_000  # a file of fewer is converted whole


def streams(header: Header) -> bool:
    """Whether most of a cloud stays in its file."""
    return header.is_copc and header.count > OVERVIEW_POINTS


def has_octree(path: Path, header: Header) -> bool:
    """Whether its octree can be read, as far as its first page tells."""
    try:
        info = read_info(path, header)
    except CityTwinError:
        return False
    with path.open("rb") as file:
        return Key(0, 0, 0, 0) in open_hierarchy(file, header, info).entries


def load_overview(path: Path, header: Header, ctx: LoadContext) -> Iterator[LoadEvent]:
    """Yield the upper cells; raises `CityTwinError` ``pointcloud.bad_octree`` where there is no octree."""
    info = read_info(path, header)
    findings = list(header.findings)
    box = np.append(info.low, info.low + info.width)
    placing = place(path, header, box, findings)
    cells = Cells.of(header, info, placing)
    with path.open("rb") as file:
        hierarchy = open_hierarchy(file, header, info)
        keys = overview_keys(file, hierarchy, OVERVIEW_POINTS)
        if not keys:
            raise CityTwinError("pointcloud.bad_octree", str(path), name=path.name)
        yield Opened(header.schema, placing.georeference)
        found: dict[Key, Records] = {}
        damaged = 0
        for number, key in enumerate(keys):
            ctx.checkpoint()
            records = read_cell(file, header, hierarchy.entries[key])
            if records is not None:
                found[key] = records
            damaged += records is None
            yield Progress(0.5 * (number + 1) / len(keys), "pointcloud.progress.reading")
    if damaged or hierarchy.num_damaged:
        findings.append(Finding.error("pointcloud.damaged_cells", path.name, count=damaged + hierarchy.num_damaged))
    known = yield from _tiles(cells, keys, found, hierarchy)
    if not known.count:
        raise CityTwinError("pointcloud.empty", str(path), name=path.name)
    yield from (Found(finding) for finding in findings)
    yield Properties(properties_table(header, known, Cloud(placing.georeference.crs, header.count)))
    rule = ColourRule.of(known, has_rgb=has_rgb(header.point_format))
    rows = rows_of_classes(known)
    notes = {"rule": dataclasses.asdict(rule), "rows": rows.tolist(), "most_points": OVERVIEW_POINTS}
    extras = {"stream": notes, "points": header.count, "spacing_m": cells.spacing_m(0)}
    yield Objects(objects_table(path.stem, known, "lazrs"), {}, extras)
    yield Progress(1.0, "pointcloud.progress.done")


def _tiles(
    cells: Cells, keys: list[Key], found: dict[Key, Records], hierarchy: Hierarchy
) -> Generator[LoadEvent, None, Statistics]:
    """The upper cells as tiles with their tree, and what is known of their points."""
    known = Statistics(cells.box_m(Key(0, 0, 0, 0)), cells.header.point_format)
    for records in found.values():
        points_m = cells.points_m(records)
        sound = np.isfinite(points_m).all(axis=1)
        if sound.any():
            known.add(records[sound], points_m[sound])
    if not known.count:
        return known
    rule, rows = ColourRule.of(known, has_rgb=has_rgb(cells.header.point_format)), rows_of_classes(known)
    numbers = {key: number for number, key in enumerate(keys)}
    parents = [numbers.get(Key(k.depth - 1, k.x >> 1, k.y >> 1, k.z >> 1), NO_NODE) for k in keys]
    children = [hierarchy.children(key) for key in keys]
    errors_m = [cells.error_m(key, has_children=bool(below)) for key, below in zip(keys, children, strict=True)]
    yield Tree(np.array(parents, np.int64), np.array(errors_m), np.zeros(len(keys), np.bool_))
    for number, (key, below) in enumerate(zip(keys, children, strict=True)):
        for chunk in cells.chunks(found[key], key, below, rows, rule) if key in found else ():
            yield Geometry(chunk, int(LEVEL), False, number)
        yield Progress(0.5 + 0.45 * (number + 1) / len(keys), "pointcloud.progress.sorting")
    return known
