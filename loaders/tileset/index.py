"""Trees and search over the object table, fast at a million rows."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

SEARCHED = ("name", "class", "id", "guid")


class ObjectIndex:
    """Children of each object, classes and names, substring search. Any thread; parts are made on first use."""

    def __init__(self, objects: pa.Table) -> None:
        self._objects = objects
        self._lock = threading.Lock()

    @property
    def num_objects(self) -> int:
        """Rows of the object table."""
        return int(self._objects.num_rows)

    @cached_property
    def parents(self) -> NDArray[np.int64]:
        """(n,) parent row of each object, -1 at roots; what names itself or no row counts as a root."""
        parents = np.asarray(self._objects.column("parent").fill_null(-1), np.int64)
        wrong = (parents < 0) | (parents >= len(parents)) | (parents == np.arange(len(parents)))
        return np.where(wrong, -1, parents)

    @cached_property
    def _children(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Compressed rows: children sorted by parent (roots first), and where each parent's begin."""
        order = np.argsort(self.parents, kind="stable")
        starts = np.searchsorted(self.parents[order], np.arange(-1, self.num_objects + 1))
        return order, starts

    def children(self, row: int) -> NDArray[np.int64]:
        """Rows of the children of ``row``, ascending; of the roots for -1."""
        order, starts = self._children
        return order[starts[row + 1] : starts[row + 2]]

    def num_children(self, row: int) -> int:
        """How many children ``row`` has; roots for -1."""
        _, starts = self._children
        return int(starts[row + 2] - starts[row + 1])

    @property
    def roots(self) -> NDArray[np.int64]:
        """Rows without a parent."""
        return self.children(-1)

    def ancestors(self, row: int) -> list[int]:
        """Rows from the parent of ``row`` up to its root; stops where a cycle would begin."""
        found: list[int] = []
        seen = {row}
        parent = int(self.parents[row])
        while parent >= 0 and parent not in seen:
            found.append(parent)
            seen.add(parent)
            parent = int(self.parents[parent])
        return found

    def descendants(self, row: int) -> NDArray[np.int64]:
        """Rows below ``row`` at any depth, level by level."""
        order, starts = self._children
        seen = np.zeros(self.num_objects, bool)
        level = np.array([row], np.int64)
        levels = []
        while level.size:
            seen[level] = True
            firsts, counts = starts[level + 1], starts[level + 2] - starts[level + 1]
            before = np.cumsum(counts) - counts
            level = order[np.repeat(firsts - before, counts) + np.arange(counts.sum())]
            level = level[~seen[level]]
            levels.append(level)
        return np.concatenate(levels) if levels else np.zeros(0, np.int64)

    def name(self, row: int) -> str | None:
        """The name of one object."""
        value: str | None = self._objects.column("name")[row].as_py()
        return value

    def object_class(self, row: int) -> str | None:
        """The class of one object."""
        value: str | None = self._objects.column("class")[row].as_py()
        return value

    @cached_property
    def _classes(self) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
        encoded = self._objects.column("class").fill_null("").combine_chunks().dictionary_encode()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.unify_dictionaries().combine_chunks()
        codes = np.asarray(encoded.indices, np.int64)
        order = np.argsort(codes, kind="stable")
        names: list[str] = encoded.dictionary.to_pylist()
        return names, order, np.searchsorted(codes[order], np.arange(len(names) + 1))

    @property
    def classes(self) -> dict[str, int]:
        """Class name -> number of objects, by name."""
        names, _, starts = self._classes
        return dict(sorted(zip(names, np.diff(starts).tolist(), strict=True)))

    def rows_of_class(self, object_class: str) -> NDArray[np.int64]:
        """Rows of one class, ascending."""
        names, order, starts = self._classes
        if object_class not in names:
            return np.zeros(0, np.int64)
        code = names.index(object_class)
        return order[starts[code] : starts[code + 1]]

    def rows_of_classes(self, classes: Iterable[str]) -> NDArray[np.int64]:
        """Rows of any of some classes, ascending; "" for those without one."""
        found = [self.rows_of_class(one) for one in set(classes)]
        return np.sort(np.concatenate(found)) if found else np.zeros(0, np.int64)

    @cached_property
    def _lowered(self) -> tuple[pa.ChunkedArray, ...]:
        return tuple(pc.utf8_lower(self._objects.column(name).fill_null("")) for name in SEARCHED)

    def search(self, text: str, limit: int | None = None) -> NDArray[np.int64]:
        """Rows whose name, class, id or GUID holds ``text``, upper and lower case alike, ascending."""
        wanted = text.strip().lower()
        if not wanted:
            return np.zeros(0, np.int64)
        with self._lock:
            columns = self._lowered
        hit = np.zeros(self.num_objects, bool)
        for column in columns:
            hit |= np.asarray(pc.match_substring(column, wanted), bool)
        rows = np.flatnonzero(hit)
        return rows if limit is None else rows[:limit]
