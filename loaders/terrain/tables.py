"""The tables of a raster: one object, and what is known about it as properties."""

from __future__ import annotations

from typing import Any, NamedTuple

import pyarrow as pa

from loaders.model.facts import properties_of
from loaders.model.tables import NO_ROW, OBJECTS_SCHEMA, CimLevel


class Fact(NamedTuple):
    """One property; ``value`` is text, a whole number or a number with ``unit``."""

    name: str
    value: str | int | float
    unit: str | None = None


def one_object(object_class: str, name: str, engine: str) -> pa.Table:
    """`OBJECTS_SCHEMA` with a single row of that class."""
    columns: dict[str, list[Any]] = {column: [None] for column in OBJECTS_SCHEMA.names}
    columns |= {
        "id": [object_class.lower()],
        "class": [object_class],
        "name": [name.encode("utf-8", "replace").decode("utf-8")],
        "parent": [NO_ROW],
        "storey": [NO_ROW],
        "level": [int(CimLevel.TERRAIN)],
        "hidden": [False],
        "engine": [engine],
    }
    return pa.table(columns, schema=OBJECTS_SCHEMA)


def facts_table(set_name: str, facts: list[Fact]) -> pa.Table:
    """`PROPERTIES_SCHEMA` of that single object."""
    return properties_of(set_name, [0] * len(facts), facts)
