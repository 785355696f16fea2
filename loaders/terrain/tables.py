"""The tables of a raster: one object, and what is known about it as properties."""

from __future__ import annotations

from typing import Any, NamedTuple

import pyarrow as pa

from loaders.model.tables import NO_ROW, OBJECTS_SCHEMA, PROPERTIES_SCHEMA, CimLevel


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
    count = len(facts)
    kinds = {str: "string", int: "integer", float: "real"}
    columns = {
        "object": [0] * count,
        "kind": ["property"] * count,
        "set": [set_name] * count,
        "name": [fact.name for fact in facts],
        "value": [str(fact.value).encode("utf-8", "replace").decode("utf-8") for fact in facts],
        "number": [None if isinstance(fact.value, str) else float(fact.value) for fact in facts],
        "value_type": [kinds[type(fact.value)] for fact in facts],
        "unit": [fact.unit for fact in facts],
        "inherited": [False] * count,
    }
    return pa.table(columns, schema=PROPERTIES_SCHEMA)


def crs_label(crs: str | None) -> str:
    """An authority code, or the name inside a WKT text."""
    if crs is None:
        return ""
    if not crs.endswith("]"):
        return crs
    return crs.partition('"')[2].partition('"')[0]
