"""Which tree of tiles a source gets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from loaders.levels.building import plan_building
from loaders.levels.city import plan_city
from loaders.levels.ground import plan_ground
from loaders.levels.massing import Block
from loaders.levels.parts import tiles_by_place
from loaders.levels.pieces import Pieces
from loaders.levels.plan import PlannedTile, Proxies, group
from loaders.model.formats import LayerKind
from loaders.model.meshes import MeshChunk
from loaders.model.points import Chunk, PointChunk

_BUILDINGS = ("Building", "BuildingPart", "BuildingInstallation", "BuildingUnit", "BuildingConstructiveElement")

_PLANTS = ("SolitaryVegetationObject",)


class Plan(NamedTuple):
    """The tree (None without geometry), tiles of what is hidden by default, and what stands for several objects."""

    root: PlannedTile | None
    hidden: list[PlannedTile]
    proxies: Proxies


def plan_levels(kind: LayerKind, chunks: Sequence[Chunk], objects: pa.Table, block: Block | None = None) -> Plan:
    """The tiles of all chunks of a source with its object table (`OBJECTS_SCHEMA`), and its block if there is one.

    Points are shown as they come: whoever has many of them brings a tree.
    """
    points = [chunk for chunk in chunks if isinstance(chunk, PointChunk)]
    plan = _plan_meshes(kind, [chunk for chunk in chunks if isinstance(chunk, MeshChunk)], objects, block)
    if not points:
        return plan
    tiles = [] if plan.root is None else [plan.root]
    tiles += [PlannedTile(lambda chunk=chunk: [chunk], _level(chunk, objects)) for chunk in points]  # type: ignore[misc]
    return plan._replace(root=group(tiles, np.inf))


def _plan_meshes(kind: LayerKind, chunks: Sequence[MeshChunk], objects: pa.Table, block: Block | None) -> Plan:
    proxies = Proxies(objects.num_rows)
    if kind is LayerKind.TERRAIN and chunks:
        return Plan(plan_ground(chunks), [], proxies)
    if kind not in (LayerKind.BUILDING, LayerKind.CITY):
        tiles = [PlannedTile(lambda chunk=chunk: [chunk], _level(chunk, objects)) for chunk in chunks]  # type: ignore[misc]
        return Plan(group(tiles, np.inf) if tiles else None, [], proxies)
    levels = np.asarray(objects.column("level").fill_null(0)).astype(np.int64)
    hidden = np.asarray(objects.column("hidden").fill_null(False), bool)
    pieces = Pieces.of(chunks)
    concealed = pieces.take(hidden[pieces.row])
    shown = pieces.take(~hidden[pieces.row])
    tiles = [t for level in np.unique(levels[concealed.row]) for t in _of_level(concealed, levels, int(level))]
    if not len(shown):
        return Plan(None, tiles, proxies)
    if kind is LayerKind.BUILDING:
        root = plan_building(shown, levels, proxies, block=block, representative=_building_row(objects))
    else:
        classes = objects.column("class").to_numpy(zero_copy_only=False).astype(str)
        root = plan_city(shown, levels, np.isin(classes, _BUILDINGS), proxies, np.isin(classes, _PLANTS))
    return Plan(root, tiles, proxies)


def _of_level(pieces: Pieces, levels: np.ndarray, level: int) -> list[PlannedTile]:
    return tiles_by_place(pieces.take(levels[pieces.row] == level), level)


def _level(chunk: Chunk, objects: pa.Table) -> int:
    return int(objects.column("level")[int(chunk.rows[0])].as_py() or 0) if chunk.rows.size else 0


def _building_row(objects: pa.Table) -> int:
    """The one building of a model, by which its block is named; else its project, else none."""
    classes = objects.column("class").to_pylist()
    buildings = [row for row, name in enumerate(classes) if name == "IfcBuilding"]
    if len(buildings) == 1:
        return buildings[0]
    return next((row for row, name in enumerate(classes) if name in ("IfcSite", "IfcProject")), -1)
