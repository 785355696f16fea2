"""Rows of the object table for the features of all contents, and their properties."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from loaders.model.tables import NO_ROW, OBJECTS_SCHEMA, PROPERTIES_SCHEMA, CimLevel
from loaders.tiles.property_tables import PropertyTable

LEVEL = CimLevel.SHELL
MOST_OBJECTS = 5_000_000
ENGINE = "3dtiles"
_ID_NAMES = ("id", "gml_id", "gml:id", "gmlid", "globalid", "guid", "uuid", "identifier")
_NAME_NAMES = ("name", "label", "title")
_CLASS_NAMES = ("class", "type", "classname")
Rows = NDArray[np.int64]


class ObjectRows:
    """The first row is the tileset; each feature gets a row, features of equal ids the same."""

    def __init__(self, name: str) -> None:
        self._ids: list[str] = ["tileset"]
        self._names: list[str] = [name]
        self._classes: list[str] = ["Tileset"]
        self._row_of: dict[str, int] = {}
        self._tables: list[tuple[PropertyTable, Rows, Rows]] = []  # table, feature of each new row, the rows
        self._taken = {"tileset"}

    def __len__(self) -> int:
        return len(self._ids)

    def has_ids(self, table: PropertyTable) -> bool:
        """Whether its features can be told apart everywhere."""
        return ids_of(table) is not None

    def of_table(self, table: PropertyTable, content: str) -> Rows:
        """(count,) the row of each feature of a content's table; raises ValueError when there are too many."""
        ids = ids_of(table)
        names, classes = _texts(table, _NAME_NAMES), _texts(table, _CLASS_NAMES)
        rows, new = np.zeros(table.count, np.int64), np.zeros(table.count, np.bool_)
        for feature in range(table.count):
            key = ids[feature] if ids is not None else f"{content}#{feature}"
            known = self._row_of.get(key) if ids is not None else None
            if known is None:
                known = self._add(key, names[feature] or key, classes[feature] or "Feature")
                new[feature] = True
                if ids is not None:
                    self._row_of[key] = known
            rows[feature] = known
        if new.any():
            self._tables.append((table, np.flatnonzero(new), rows[new]))
        return rows

    def of_content(self, content: str, count: int = 1) -> Rows:
        """(count,) rows of features about which nothing is known."""
        return np.array([self._add(content if count == 1 else f"{content}#{i}", "", "Feature") for i in range(count)])

    def _add(self, key: str, name: str, object_class: str) -> int:
        if len(self._ids) >= MOST_OBJECTS:
            raise ValueError("more features than anybody can list")
        unique, number = key, 1
        while unique in self._taken:
            number += 1
            unique = f"{key}~{number}"
        self._taken.add(unique)
        self._ids.append(unique)
        self._names.append(name or unique)
        self._classes.append(object_class)
        return len(self._ids) - 1

    def table(self) -> pa.Table:
        """`OBJECTS_SCHEMA`."""
        count = len(self)
        columns: dict[str, Any] = {name: [None] * count for name in OBJECTS_SCHEMA.names}
        columns |= {
            "id": self._ids,
            "class": self._classes,
            "name": self._names,
            "parent": [NO_ROW] + [0] * (count - 1),
            "storey": [NO_ROW] * count,
            "level": [int(LEVEL)] * count,
            "hidden": [False] * count,
            "engine": [None] + [ENGINE] * (count - 1),
        }
        return pa.table(columns, schema=OBJECTS_SCHEMA)

    def properties(self) -> pa.Table:
        """`PROPERTIES_SCHEMA` of all features."""
        parts = [
            _column(table.name, name, [values[feature] for feature in features.tolist()], rows)
            for table, features, rows in self._tables
            for name, values in table.columns.items()
        ]
        whole = pa.concat_tables([PROPERTIES_SCHEMA.empty_table(), *parts])
        return whole.sort_by("object")


def ids_of(table: PropertyTable) -> list[str] | None:
    """What tells its features apart in all contents; None where nothing does."""
    for name, values in table.columns.items():
        if name.lower() in _ID_NAMES and all(isinstance(value, str | int) for value in values):
            texts = [_printable(str(value)) for value in values]
            if len(set(texts)) == len(texts) and all(texts):
                return texts
    return None


def _texts(table: PropertyTable, wanted: tuple[str, ...]) -> list[str]:
    for name, values in table.columns.items():
        if name.lower() in wanted and all(isinstance(value, str | None) for value in values):
            return [_printable(value or "") for value in values]
    return [""] * table.count


def _column(set_name: str, name: str, values: list[Any], rows: Rows) -> pa.Table:
    known = [(row, value) for row, value in zip(rows.tolist(), values, strict=True) if value is not None]
    count = len(known)
    return pa.table(
        {
            "object": [row for row, _ in known],
            "kind": ["property"] * count,
            "set": [_printable(set_name)] * count,
            "name": [_printable(name)] * count,
            "value": [_text(value) for _, value in known],
            "number": [float(v) if isinstance(v, int | float) and not isinstance(v, bool) else None for _, v in known],
            "value_type": [_type(value) for _, value in known],
            "unit": [None] * count,
            "inherited": [False] * count,
        },
        schema=PROPERTIES_SCHEMA,
    )


def _type(value: Any) -> str:
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "real"), (str, "string")):
        if isinstance(value, kind):
            return name
    return "list"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value)
    return _printable(str(value))


def _printable(text: str) -> str:
    """Without lone surrogates, which no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
