"""The tree of tiles over a lattice: each tile of a level stands for up to four of the next finer one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.model.tables import CimLevel
from loaders.model.tiles import NO_NODE, TileNodes
from loaders.terrain.blocks import Heights
from loaders.terrain.grid_mesh import TILE_CELLS
from loaders.terrain.lattice import Lattice, lines_of, num_tiles
from loaders.terrain.raster import Floats
from loaders.terrain.relief import Relief, pooled

MOST_NODES = 400_000
_TILE_BYTES = 1_000_000  # of a whole tile in memory, about

Keys = NDArray[np.int64]  # (n, 3): level, row, column of tiles


class OverviewTree(NamedTuple):
    """The tiles from the level ``level`` up to a single one, coarsest first; ``parents`` and ``errors_m`` are (n,)."""

    level: int
    keys: Keys
    parents: NDArray[np.int64]
    errors_m: Floats


def coarsest_level(shape: tuple[int, int]) -> int:
    """The level at which a lattice is one tile."""
    return next(level for level in range(64) if max(num_tiles(count, level) for count in shape) == 1)


def overview_keys(shape: tuple[int, int], level: int) -> Keys:
    """All tiles from ``level`` up, coarsest first, row after row: a tile's number in the tree of the overview."""
    return np.concatenate([_keys(shape, above) for above in range(max(coarsest_level(shape), level), level - 1, -1)])


def _keys(shape: tuple[int, int], level: int) -> Keys:
    i, j = np.indices([num_tiles(count, level) for count in shape]).reshape(2, -1)
    return np.stack([np.full(len(i), level), i, j], axis=1).astype(np.int64)


def overview_tree(
    shape: tuple[int, int], levels: Sequence[Heights], relief: Relief, cell_m: float, share: float
) -> OverviewTree:
    """The tree over ``levels``, the samples from the overview's level up; its own errors are as `Relief` tells."""
    keys = overview_keys(shape, relief.level)
    number = {(level, i, j): n for n, (level, i, j) in enumerate(keys.tolist())}
    parents = [number.get((level + 1, i // 2, j // 2), NO_NODE) for level, i, j in keys.tolist()]
    errors: list[Floats] = []
    for above, samples in enumerate(levels):
        level = relief.level + above
        missed_m = _missed_m(shape, relief.level, levels[0], level, samples) if above else 0.0
        unseen_m = relief.of_tiles(shape, level).errors_m(relief.level, cell_m)
        own = np.maximum(np.nan_to_num(missed_m) + unseen_m, share * cell_m * 2.0**level)
        errors.append(np.maximum(own, _of_parents(errors[-1], own.shape)) if errors else own)
    stacked = np.concatenate([error.ravel() for error in reversed(errors)])
    return OverviewTree(relief.level, keys, np.array(parents, np.int64), stacked)


def _of_parents(values: Floats, shape: tuple[int, ...]) -> Floats:
    """The largest value of the children of each tile."""
    padded = np.full((2 * shape[0], 2 * shape[1]), -np.inf)
    padded[: values.shape[0], : values.shape[1]] = values
    found: Floats = padded.reshape(shape[0], 2, shape[1], 2).max(axis=(1, 3))
    return found


def _missed_m(shape: tuple[int, int], level: int, samples: Heights, above: int, coarse: Heights) -> Floats:
    """How far the samples of a level are from the surface of a coarser one, at worst, in each tile of that."""
    at = [np.interp(lines_of(n, level), lines_of(n, above), np.arange(len(lines_of(n, above)))) for n in shape]
    along = _between(coarse.astype(np.float64), at[0], 0)
    gap = np.abs(samples - _between(along, at[1], 1))
    return pooled(gap, TILE_CELLS << (above - level), np.fmax)


def _between(values: Floats, at: Floats, axis: int) -> Floats:
    lines = np.moveaxis(values, axis, 0)
    before = np.minimum(at.astype(np.int64), max(len(lines) - 2, 0))
    share = (at - before)[:, None]
    found = lines[before] * (1.0 - share) + lines[np.minimum(before + 1, len(lines) - 1)] * share
    return np.moveaxis(found, 0, axis)


class FineTree(NamedTuple):
    """The tiles below the overview: their nodes, the ``keys`` of each, and the ``finest`` level that there is."""

    nodes: TileNodes
    keys: Keys
    finest: int


class Ground(NamedTuple):
    """What the boxes and errors of tiles follow from; ``share`` of a cell is always taken to be wrong."""

    lattice: Lattice
    relief: Relief
    origin_m: tuple[float, float]
    cell_m: float
    share: float


def fine_tree(ground: Ground, leaves: NDArray[np.int64], first: int) -> FineTree:
    """The tiles below the overview's, numbered from ``first``; the finest level is 0 unless there are too many tiles.

    ``leaves`` (rows, columns) are the numbers of the overview's nodes, `NO_NODE` where it has none.
    """
    i, j = np.nonzero(leaves != NO_NODE)
    numbers, start, finest = leaves[i, j], first, ground.relief.level
    levels: list[_Level] = []
    while finest > 0:
        level = _below(ground, finest - 1, (i, j, numbers))
        if start - first + len(level.parents) > MOST_NODES:
            break
        levels.append(level)
        finest, i, j = finest - 1, level.i, level.j
        numbers = start + np.arange(len(i))
        start += len(i)
    columns = [_columns(ground, level, is_finest=level.level == finest) for level in levels]
    nodes = [np.concatenate([np.zeros((0, *shape)), *part]) for shape, part in _by_column(columns)]
    return FineTree(_nodes(nodes[0], nodes[1], nodes[2], first), nodes[3].astype(np.int64), finest)


class _Level(NamedTuple):
    """Tiles of a level in rows ``i`` and columns ``j``, and the numbers of their parents, all (n,)."""

    level: int
    i: NDArray[np.int64]
    j: NDArray[np.int64]
    parents: NDArray[np.int64]


def _below(ground: Ground, level: int, above: tuple[NDArray[np.int64], ...]) -> _Level:
    """The tiles below those in rows, columns and of numbers ``above``, siblings together; those without ground not."""
    i, j = (2 * n[:, None] + np.array(step) for n, step in zip(above[:2], ((0, 0, 1, 1), (0, 1, 0, 1)), strict=True))
    shape = ground.lattice.shape
    inside = (i < num_tiles(shape[0], level)) & (j < num_tiles(shape[1], level))
    i, j, parents = i[inside], j[inside], np.repeat(above[2], 4).reshape(-1, 4)[inside]
    has_ground = np.isfinite(ground.relief.at(shape, level, i, j).low_m)
    return _Level(level, i[has_ground], j[has_ground], parents[has_ground])


_SHAPES = ((), (6,), (), (3,))  # of a node's parent, box, error and key


def _by_column(levels: list[tuple[Floats, ...]]) -> Iterator[tuple[tuple[int, ...], list[Floats]]]:
    for column, shape in enumerate(_SHAPES):
        yield shape, [level[column] for level in levels]


def _columns(ground: Ground, level: _Level, *, is_finest: bool) -> tuple[Floats, ...]:
    """Parents, boxes, errors and keys of the tiles of a level."""
    tiles = ground.relief.at(ground.lattice.shape, level.level, level.i, level.j)
    # What the overview does not show may stand out of it by as much as it may be wrong.
    slack_m = tiles.errors_m(ground.relief.level, ground.cell_m)
    plan = _plan(ground, level.level, level.i, level.j)
    box = np.column_stack([plan[:, :2], tiles.low_m - slack_m, plan[:, 2:], tiles.high_m + slack_m])
    error_m = np.zeros(len(box)) if is_finest else tiles.errors_m(level.level, ground.cell_m, ground.share)
    key = np.column_stack([np.full(len(box), level.level), level.i, level.j])
    return level.parents.astype(np.float64), box, error_m, key.astype(np.float64)


def _nodes(parents: Floats, bounds_m: Floats, errors_m: Floats, first: int) -> TileNodes:
    count = len(parents)
    yes, no = np.ones(count, np.bool_), np.zeros(count, np.bool_)
    return TileNodes(
        parents=parents.astype(np.int32),
        bounds_m=bounds_m,
        errors_m=errors_m,
        replaces=yes,
        has_content=yes,
        expands=no,
        levels=np.full(count, int(CimLevel.TERRAIN), np.int8),
        optional=no,
        num_bytes=np.full(count, _TILE_BYTES, np.int64),
        first=first,
    )


def _plan(ground: Ground, level: int, i: NDArray[np.int64], j: NDArray[np.int64]) -> Floats:
    """(n, 4) least x, least y, largest x, largest y of tiles, model metres."""
    size, (rows, columns) = TILE_CELLS * 2.0**level, ground.lattice.shape
    down = [np.minimum(n * size, rows - 1.0) for n in (i, i + 1)]
    across = [np.minimum(n * size, columns - 1.0) for n in (j, j + 1)]
    a, b, c, d, e, f = tuple(ground.lattice.affine)[:6]
    corners = [(a * x + b * y + c, d * x + e * y + f) for x in across for y in down]
    east, north = (np.array([corner[axis] for corner in corners]) - ground.origin_m[axis] for axis in (0, 1))
    return np.column_stack([east.min(axis=0), north.min(axis=0), east.max(axis=0), north.max(axis=0)])
