"""What is known of the objects of one tile, as the columns of a property table (EXT_structural_metadata)."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from loaders.tileset.reader import Tileset

_OBJECT_COLUMNS = ("id", "class", "name")
_MOST_COLUMNS = 400
Rows = NDArray[np.int64]


class Column(NamedTuple):
    """A property: its identifier, the name that people read, a text for each feature."""

    identifier: str
    name: str
    texts: list[str]


class Features(NamedTuple):
    """Object rows (k,) of a tile in ascending order, and their columns."""

    rows: Rows
    columns: list[Column]


class FeatureColumns:
    """Looks up the objects of tiles; the property table is read once."""

    def __init__(self, tileset: Tileset) -> None:
        self._tileset = tileset
        self._num_objects = tileset.num_objects
        objects = tileset.objects()
        self._texts = {name: _texts(objects.column(name)) for name in _OBJECT_COLUMNS}
        names = objects.column("name").to_pylist()
        self._texts["storey"] = [
            str(names[row] or "") if row is not None and row >= 0 else ""
            for row in objects.column("storey").to_pylist()
        ]
        properties = tileset.properties()
        self._owners = np.asarray(properties.column("object")).astype(np.int64)
        self._sets, self._names = (_texts(properties.column(name)) for name in ("set", "name"))
        self._kinds = _texts(properties.column("kind"))
        values, units = (_texts(properties.column(name)) for name in ("value", "unit"))
        self._values = [f"{value} {unit}".rstrip() for value, unit in zip(values, units, strict=True)]

    def of(self, rows: Rows) -> Features:
        """The columns of some rows; what stands for several objects has those of the one that names it."""
        proxies = self._tileset.proxies()
        meant = rows.copy()
        beyond = rows >= self._num_objects
        meant[beyond] = proxies.representatives[rows[beyond] - self._num_objects]
        columns = [
            Column(name, name, [texts[row] if row >= 0 else "" for row in meant.tolist()])
            for name, texts in self._texts.items()
        ]
        return Features(rows, [*columns, *self._properties(meant)])

    def _properties(self, meant: Rows) -> list[Column]:
        found: dict[str, list[str]] = {}
        for place, row in enumerate(meant.tolist()):
            low, high = np.searchsorted(self._owners, [row, row + 1])
            for index in range(int(low), int(high)):
                if self._kinds[index] == "attribute" and self._names[index] in ("Name", "GlobalId"):
                    continue
                label = f"{self._sets[index]}.{self._names[index]}" if self._sets[index] else self._names[index]
                if label in found or len(found) < _MOST_COLUMNS:
                    found.setdefault(label, [""] * len(meant))[place] = self._values[index]
        taken = set(self._texts)
        return [Column(_identifier(label, taken), label, texts) for label, texts in sorted(found.items())]


def _texts(column: pa.ChunkedArray) -> list[str]:
    return ["" if value is None else str(value) for value in column.to_pylist()]


def _identifier(label: str, taken: set[str]) -> str:
    """A name as the standard allows it: letters, digits and underscores (3D Metadata, section 3.2)."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", label).strip("_")
    plain = plain if re.match(r"[A-Za-z]", plain) else f"p_{plain}"
    unique, number = plain, 1
    while unique in taken:
        number += 1
        unique = f"{plain}_{number}"
    taken.add(unique)
    return unique
