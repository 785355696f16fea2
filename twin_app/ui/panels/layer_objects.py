"""One layer's objects as the trees need them: order, subtrees, hidden shares, filter. Knows no Qt."""

from __future__ import annotations

import enum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.tileset import Tileset
from loaders.tileset.objects import have_shapes
from scenes.model.layers import Layer, ObjectFlag

Rows = NDArray[np.int64]


class Shown(enum.IntEnum):
    """How much of a subtree is shown."""

    NONE = 0
    PARTLY = 1
    ALL = 2


class LayerObjects:
    """Trees over one layer's object table; everything is made on first use and costs a few passes over the table."""

    def __init__(self, layer: Layer, tileset: Tileset) -> None:
        self.layer = layer
        self.tileset = tileset
        self.index = tileset.index
        self._objects: Any = tileset.objects()
        self._names: Any = self._objects.column("name")
        self._classes: Any = self._objects.column("class")
        self._mask: NDArray[np.bool_] | None = None
        self._hits: Rows | None = None
        self._hidden_before: NDArray[np.int64] | None = None
        self._flags_seen: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return int(self._objects.num_rows)

    def name(self, row: int) -> str:
        """The name of an object, "" when it has none."""
        return self._names[row].as_py() or ""

    def object_class(self, row: int) -> str:
        """The class of an object."""
        return self._classes[row].as_py() or ""

    # -- filter ---------------------------------------------------------------------------------

    def matches(self, text: str) -> Rows | None:
        """Rows that match ``text``, None for no text. Any thread."""
        return self.index.search(text) if text.strip() else None

    def use_filter(self, hits: Rows | None) -> None:
        """Keep only ``hits`` and what is above them; None keeps everything."""
        self._hits = hits
        self._mask = None if hits is None else self._with_ancestors(hits)

    @property
    def hits(self) -> Rows | None:
        """The rows that the filter looks for, None without a filter."""
        return self._hits

    def _with_ancestors(self, rows: Rows) -> NDArray[np.bool_]:
        mask = np.zeros(len(self), bool)
        level = rows
        while level.size:
            mask[level] = True
            level = np.unique(self.index.parents[level])
            level = level[level >= 0]
            level = level[~mask[level]]
        return mask

    def children(self, row: int) -> Rows:
        """Rows below ``row`` (-1: the roots) that pass the filter, ascending."""
        rows = np.sort(self.index.children(row))
        return rows if self._mask is None else rows[self._mask[rows]]

    def of_class(self, name: str) -> Rows:
        """Rows of a class that pass the filter, ascending."""
        rows = self.index.rows_of_class(name)
        return rows if self._hits is None else np.intersect1d(rows, self._hits, assume_unique=True)

    def parent(self, row: int) -> int:
        """The row above, -1 at a root."""
        return int(self.index.parents[row])

    # -- what is shown --------------------------------------------------------------------------

    @cached_property
    def _order(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Place of each row in a walk that visits parents before children, and the size of each subtree."""
        parents = self.index.parents
        levels = self._levels(parents)
        sizes = np.ones(len(self), np.int64)
        for level in reversed(levels[1:]):
            np.add.at(sizes, parents[level], sizes[level])
        places = np.zeros(len(self), np.int64)
        for level in levels:
            # ``level`` is sorted by parent, so that siblings are neighbours.
            before = np.cumsum(sizes[level]) - sizes[level]
            owner = parents[level]
            firsts = np.flatnonzero(np.concatenate([[True], owner[1:] != owner[:-1]]))
            counts = np.diff(np.concatenate([firsts, [level.size]]))
            offset = before - np.repeat(before[firsts], counts)
            places[level] = offset + np.where(owner < 0, 0, places[owner] + 1)
        return places, sizes

    def _levels(self, parents: Rows) -> list[Rows]:
        order = np.argsort(parents, kind="stable")
        starts = np.searchsorted(parents[order], np.arange(-1, len(self) + 1))
        level = order[starts[0] : starts[1]]
        levels = []
        while level.size:
            levels.append(level)
            first, last = starts[level + 1], starts[level + 2]
            counts = last - first
            total = int(counts.sum())
            steps = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
            level = order[np.repeat(first, counts) + steps]
        return levels

    @cached_property
    def _counted(self) -> NDArray[np.bool_]:
        """What an eye speaks about: objects with a shape that are not hidden by default."""
        shaped = have_shapes(self._objects)
        hidden = np.asarray(self._objects.column("hidden"), bool)
        counted: NDArray[np.bool_] = shaped & ~hidden
        return counted

    @cached_property
    def _counted_before(self) -> NDArray[np.int64]:
        return self._running_sum(self._counted)

    def _running_sum(self, values: NDArray[np.bool_]) -> NDArray[np.int64]:
        places, _ = self._order
        in_order = np.zeros(len(self) + 1, np.int64)
        in_order[places + 1] = values
        return np.cumsum(in_order)

    def forget_flags(self) -> None:
        """Flags changed: shares are counted anew when somebody asks."""
        self._hidden_before = None

    def shown(self, row: int) -> Shown:
        """How much of the subtree of ``row`` (-1: of the layer) is shown."""
        if self._hidden_before is None or self._flags_seen is not self.layer.flags:
            hidden = (self.layer.flags & np.uint8(ObjectFlag.HIDDEN)) != 0
            self._flags_seen = self.layer.flags
            self._hidden_before = self._running_sum(hidden & self._counted)
        places, sizes = self._order
        first = 0 if row < 0 else int(places[row])
        last = len(self) if row < 0 else first + int(sizes[row])
        total = int(self._counted_before[last] - self._counted_before[first])
        if total == 0:
            own_hidden = row >= 0 and bool(self.layer.flags[row] & np.uint8(ObjectFlag.HIDDEN))
            return Shown.NONE if own_hidden else Shown.ALL
        hidden_count = int(self._hidden_before[last] - self._hidden_before[first])
        return Shown.ALL if hidden_count == 0 else Shown.NONE if hidden_count == total else Shown.PARTLY

    def shown_of(self, rows: Rows) -> Shown:
        """How much of some objects, without what is below them, is shown."""
        hidden = int(((self.layer.flags[rows] & np.uint8(ObjectFlag.HIDDEN)) != 0).sum())
        return Shown.ALL if hidden == 0 else Shown.NONE if hidden == rows.size else Shown.PARTLY
