"""All tile trees of a scene in columns, so that one pass over arrays decides for all of them."""

from __future__ import annotations

import enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.model.frames import Matrix, transform_boxes
from loaders.model.tiles import NO_NODE, TileNodes

Nodes = NDArray[np.int64]


class State(enum.IntEnum):
    """Where a node's content is."""

    ABSENT = 0
    READING = 1
    READ = 2  # in memory, not yet on the graphics card
    READY = 3
    FAILED = 4


_COLUMNS: dict[str, tuple[type, tuple[int, ...]]] = {
    "tree": (np.int32, ()),
    "number": (np.int32, ()),  # in its source
    "parent": (np.int32, ()),
    "first_child": (np.int32, ()),
    "num_children": (np.int32, ()),
    "box_m": (np.float64, (6,)),  # world
    "model_box_m": (np.float64, (6,)),
    "error_m": (np.float64, ()),
    "replaces": (np.bool_, ()),
    "has_content": (np.bool_, ()),
    "expands": (np.bool_, ()),  # more is known after it was read
    "level": (np.int8, ()),
    "optional": (np.bool_, ()),
    "num_bytes": (np.int64, ()),
    "boost": (np.float64, ()),  # how many times more the error counts
    "enabled": (np.bool_, ()),
    "state": (np.uint8, ()),
    "shown": (np.bool_, ()),
    "used_at": (np.int64, ()),  # the beat at which it was last wanted
}


class Forest:
    """Columns over the nodes of all trees; a node is its row. Rows stay in place until `remove`."""

    tree: NDArray[np.int32]
    number: NDArray[np.int32]
    parent: NDArray[np.int32]
    first_child: NDArray[np.int32]
    num_children: NDArray[np.int32]
    box_m: NDArray[np.float64]
    model_box_m: NDArray[np.float64]
    error_m: NDArray[np.float64]
    replaces: NDArray[np.bool_]
    has_content: NDArray[np.bool_]
    expands: NDArray[np.bool_]
    level: NDArray[np.int8]
    optional: NDArray[np.bool_]
    num_bytes: NDArray[np.int64]
    boost: NDArray[np.float64]
    enabled: NDArray[np.bool_]
    state: NDArray[np.uint8]
    shown: NDArray[np.bool_]
    used_at: NDArray[np.int64]

    def __init__(self) -> None:
        self.size = 0
        self._rows: dict[int, NDArray[np.int64]] = {}  # tree -> row of each number
        for name, (kind, shape) in _COLUMNS.items():
            setattr(self, name, np.zeros((0, *shape), kind))

    def roots(self, trees: list[int]) -> Nodes:
        """The root nodes of some trees."""
        rows = [self._rows[tree] for tree in trees if tree in self._rows]
        found = np.concatenate(rows) if rows else np.zeros(0, np.int64)
        found = found[found >= 0]
        roots: Nodes = found[self.parent[found] == NO_NODE]
        return roots

    def rows_of(self, tree: int) -> Nodes:
        """The rows of a tree's nodes, by their numbers; -1 where a number is not known yet."""
        return self._rows.get(tree, np.zeros(0, np.int64))

    def add(self, tree: int, nodes: TileNodes, world_from_model: Matrix, boost: float = 1.0) -> Nodes:
        """Append nodes of a tree, new or growing; gives their rows."""
        count = len(nodes)
        start = self._grow(count)
        rows = np.arange(start, start + count)
        known = self._rows.get(tree, np.zeros(0, np.int64))
        table = known
        if nodes.first + count > len(known):  # with room for more: trees may grow node by node
            table = np.full(nodes.first + count + len(known) // 2, NO_NODE, np.int64)
            table[: len(known)] = known
        table[nodes.first : nodes.first + count] = rows
        self._rows[tree] = table
        self.tree[rows], self.number[rows] = tree, np.arange(nodes.first, nodes.first + count)
        has_parent = nodes.parents != NO_NODE
        self.parent[rows] = np.where(has_parent, table[np.where(has_parent, nodes.parents, 0)], NO_NODE)
        self.model_box_m[rows] = nodes.bounds_m
        self.box_m[rows] = transform_boxes(world_from_model, nodes.bounds_m)
        self.error_m[rows], self.replaces[rows] = nodes.errors_m, nodes.replaces
        self.has_content[rows], self.expands[rows] = nodes.has_content, nodes.expands
        self.level[rows], self.num_bytes[rows] = nodes.levels, nodes.num_bytes
        self.optional[rows], self.boost[rows] = nodes.optional, boost
        self.enabled[rows], self.first_child[rows] = True, NO_NODE
        # Rows that a tree left behind hold what it knew.
        self.num_children[rows] = self.state[rows] = self.shown[rows] = self.used_at[rows] = 0
        self._note_children(rows)
        return rows

    def _note_children(self, rows: Nodes) -> None:
        parents = self.parent[rows]
        starts = np.flatnonzero(np.concatenate([[True], parents[1:] != parents[:-1]])) if len(rows) else rows
        counts = np.diff(np.append(starts, len(rows)))
        owners = parents[starts]
        owned = owners != NO_NODE
        self.first_child[owners[owned]] = rows[starts[owned]]
        self.num_children[owners[owned]] = counts[owned]

    def _grow(self, count: int) -> int:
        start, self.size = self.size, self.size + count
        if self.size > len(self.tree):
            capacity = max(self.size, 2 * len(self.tree), 256)
            for name, (kind, shape) in _COLUMNS.items():
                grown: NDArray[Any] = np.zeros((capacity, *shape), kind)
                grown[:start] = getattr(self, name)[:start]
                setattr(self, name, grown)
        return start

    def place(self, tree: int, world_from_model: Matrix) -> None:
        """Move a tree."""
        rows = self.rows_of(tree)
        rows = rows[rows >= 0]
        self.box_m[rows] = transform_boxes(world_from_model, self.model_box_m[rows])

    def remove(self, tree: int) -> None:
        """Take a tree out; the rows of all others move together, keeping their order."""
        if self._rows.pop(tree, None) is None:
            return
        keep = self.tree[: self.size] != tree
        moved = np.where(keep, np.cumsum(keep) - 1, NO_NODE)
        for name in _COLUMNS:
            column = getattr(self, name)
            column[: keep.sum()] = column[: self.size][keep]
        self.size = int(keep.sum())
        for name in ("parent", "first_child"):
            column = getattr(self, name)[: self.size]
            column[:] = np.where(column == NO_NODE, NO_NODE, moved[np.maximum(column, 0)])
        for other, table in self._rows.items():
            self._rows[other] = np.where(table == NO_NODE, NO_NODE, moved[np.maximum(table, 0)])

    def children(self, nodes: Nodes) -> tuple[Nodes, NDArray[np.int64]]:
        """The children of nodes, in order, and for each the position of its parent in ``nodes``."""
        counts = self.num_children[nodes].astype(np.int64)
        owners = np.repeat(np.arange(len(nodes)), counts)
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return self.first_child[nodes].astype(np.int64)[owners] + offsets, owners
