"""The levels of one building model: block (CIM2), shell (CIM3), envelope (CIM4), what is inside (CIM5 to CIM7)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from loaders.levels.massing import Block, block_of
from loaders.levels.parts import tree_by_place, tree_by_size
from loaders.levels.pieces import Pieces
from loaders.levels.plan import PlannedTile, Proxies, group
from loaders.levels.shell import ERROR_M, shell_of
from loaders.levels.surfaces import surface_of
from loaders.model.meshes import MeshChunk
from loaders.model.tables import CimLevel

# Half of the building's width: from where it is narrower than twice the error allowed, its block stands in.
_BLOCK_SHARE = 0.5
INSIDE_ERROR_M = 1.0
WORTH_SIMPLIFYING = 5_000  # triangles of an envelope


def plan_building(
    pieces: Pieces,
    levels: NDArray[np.integer],
    proxies: Proxies,
    *,
    block: Block | None = None,
    representative: int = -1,
) -> PlannedTile:
    """The tree over the pieces of what is not hidden; ``levels`` (n,) by object row.

    The block stands for the whole building, and ``representative`` is the row that it is named by.
    """
    level_of = np.asarray(levels)[pieces.row]
    ground = pieces.take(level_of <= CimLevel.TERRAIN)
    outside = pieces.take((level_of > CimLevel.TERRAIN) & (level_of <= CimLevel.ENVELOPE))
    inside = pieces.take(level_of > CimLevel.ENVELOPE)
    within = _by_level(inside, levels)
    if not len(outside):
        # Nothing is known of an envelope: everything is shown from afar too.
        return group([*_by_level(ground, levels), *within], np.inf)
    building = [_envelope(outside, levels)]
    if within:
        building.append(PlannedTile(error_m=INSIDE_ERROR_M, optional=True, children=within))
    whole = pieces.take(level_of > CimLevel.TERRAIN)
    detail = group(building, np.inf)
    if block is None:
        block = block_of(surface_of(outside))
    if block is not None:
        detail = _with_block(block, detail, proxies.add(whole.row, representative))
    parts = [*_by_level(ground, levels), detail]
    return parts[0] if len(parts) == 1 else group(parts, np.inf)


def _by_level(pieces: Pieces, levels: NDArray[np.integer]) -> list[PlannedTile]:
    level_of = np.asarray(levels)[pieces.row]
    return [tree_by_size(pieces.take(level_of == level), int(level)) for level in np.unique(level_of)]


def _envelope(outside: Pieces, levels: NDArray[np.integer]) -> PlannedTile:
    """All of the envelope, and a simplified one before it where that pays."""
    level_of = np.asarray(levels)[outside.row]
    parts = [tree_by_place(outside.take(level_of == level), int(level)) for level in np.unique(level_of)]
    full = parts[0] if len(parts) == 1 else group(parts, np.inf)
    if int(outside.num_triangles.sum()) < WORTH_SIMPLIFYING:
        return full
    shell = shell_of(outside)
    if shell is None:
        return full
    return PlannedTile(lambda: shell, int(CimLevel.SHELL), ERROR_M, replaces=True, stands_in=True, children=[full])


def _with_block(block: Block, detail: PlannedTile, row: int) -> PlannedTile:
    return PlannedTile(
        lambda: [_chunk(block, row)],
        int(CimLevel.BLOCK),
        _BLOCK_SHARE * block.width_m,
        replaces=True,
        stands_in=True,
        children=[detail],
    )


def _chunk(block: Block, row: int) -> MeshChunk:
    solid = block.solid
    return MeshChunk(
        block.origin_m,
        solid.points_m.astype(np.float32),
        solid.triangles.astype(np.uint32),
        np.full(len(solid.points_m), row, np.uint32),
        solid.colours,
        closed=True,
    )
