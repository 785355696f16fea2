"""A tree of tiles that a source brings with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.levels.plan import PlannedTile, Proxies, group
from loaders.model.events import Tree
from loaders.model.points import Chunk
from loaders.model.tiles import NO_NODE, STANDS_IN


class GivenChunk(NamedTuple):
    """A chunk of a node: ``read`` gives it, ``rows`` (k,) are the object rows in it."""

    node: int
    level: int
    rows: NDArray[np.int64]
    read: Callable[[], Sequence[Chunk]]


def plan_given(tree: Tree, chunks: Sequence[GivenChunk], proxies: Proxies) -> PlannedTile | None:
    """The tiles as the source has them; None when there is nothing in any.

    Rows `STANDS_IN` become a thing that stands for all objects below its node.
    """
    count = len(tree.parents)
    of_node: list[list[GivenChunk]] = [[] for _ in range(count)]
    for chunk in chunks:
        of_node[chunk.node].append(chunk)
    below: list[list[NDArray[np.int64]]] = [[] for _ in range(count)]
    children: list[list[PlannedTile]] = [[] for _ in range(count)]
    roots: list[PlannedTile] = []
    for number in range(count - 1, -1, -1):  # children come after their parents
        own = of_node[number]
        # An error of nothing is no reason to stop at what does not show all.
        error_m = float(tree.errors_m[number]) if own else np.inf
        tile = PlannedTile(
            error_m=error_m,
            replaces=bool(tree.replaces[number]),
            children=children[number][::-1],
            given=number,
            open_m=_open_m(tree, number),
        )
        if own:
            _fill(tile, own, below[number], proxies)
        elif not tile.children and tile.open_m is None:
            continue
        parent = int(tree.parents[number])
        if parent == NO_NODE:
            roots.append(tile)
            continue
        children[parent].append(tile)
        rows = [chunk.rows[chunk.rows != STANDS_IN] for chunk in own]
        below[parent].append(np.unique(np.concatenate([*below[number], *rows, np.zeros(0, np.int64)])))
    return None if not roots else roots[0] if len(roots) == 1 else group(roots[::-1], np.inf)


def _open_m(tree: Tree, number: int) -> NDArray[np.float64] | None:
    """The box of what streams below a node; None where nothing does."""
    if tree.open_m is None or not np.isfinite(tree.open_m[number]).all():
        return None
    return np.asarray(tree.open_m[number], np.float64)


def _fill(tile: PlannedTile, own: list[GivenChunk], below: list[NDArray[np.int64]], proxies: Proxies) -> None:
    tile.level = own[0].level
    tile.stands_in = tile.replaces and bool(tile.children)
    proxy = -1
    if any((chunk.rows == STANDS_IN).any() for chunk in own):
        members = np.unique(np.concatenate([np.zeros(0, np.int64), *below]))
        # Without any of them it is the whole source, the first row, that is meant.
        proxy = proxies.add(members if members.size else np.zeros(1, np.int64), -1 if members.size else 0)
    tile.make = lambda: [_named(chunk, proxy) for given in own for chunk in given.read()]


def _named(chunk: Chunk, proxy: int) -> Chunk:
    if proxy < 0:
        return chunk
    return dataclasses.replace(chunk, rows=np.where(chunk.rows == STANDS_IN, proxy, chunk.rows).astype(np.uint32))
