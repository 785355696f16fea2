"""The property table of a city model: attributes with their types, nested ones flattened with dots."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa

from loaders.model.tables import PROPERTIES_SCHEMA

_MAX_DEPTH = 6
_MAX_TEXT = 10_000
_UNIT_NAMES = {"urn:adv:uom:m": "m", "urn:adv:uom:m2": "m²", "metre": "m", "meter": "m", "m2": "m²", "m3": "m³"}


class Value(NamedTuple):
    """One row of the table without its object."""

    name: str
    value: str
    number: float | None
    value_type: str
    unit: str | None


def flattened(values: dict[str, Any], prefix: str = "", depth: int = 0) -> Iterator[Value]:
    """All values below ``values``; a measure (``{"value": 3, "uom": "m"}``) becomes one number with its unit."""
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and value and depth < _MAX_DEPTH:
            measure = _measure(name, value)
            if measure is not None:
                yield measure
            else:
                yield from flattened(value, f"{name}.", depth + 1)
        elif value is not None:
            yield typed(name, value)


def _measure(name: str, value: dict[str, Any]) -> Value | None:
    if not {"value", "uom"} <= value.keys() or not isinstance(value["value"], int | float):
        return None
    unit = str(value["uom"])
    return typed(name, value["value"])._replace(unit=_UNIT_NAMES.get(unit, unit))


def typed(name: str, value: Any) -> Value:
    """A value with its type by the JSON it was."""
    if isinstance(value, bool):
        return Value(name, "true" if value else "false", float(value), "boolean", None)
    if isinstance(value, int):
        return Value(name, str(value), _float(value), "integer", None)
    if isinstance(value, float):
        return Value(name, repr(value), value if math.isfinite(value) else None, "real", None)
    if isinstance(value, str):
        return Value(name, printable(value)[:_MAX_TEXT], None, "string", None)
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        text = "…"
    return Value(name, printable(text)[:_MAX_TEXT], None, "list", None)


def _float(value: int) -> float | None:
    try:
        return float(value)
    except OverflowError:
        return None


def printable(text: str) -> str:
    """The text without lone surrogates, which no table can hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


class PropertyRows:
    """Gathers rows object by object."""

    def __init__(self) -> None:
        self._owners: list[int] = []
        self._heads: list[tuple[str, str]] = []
        self._values: list[Value] = []

    def add(self, row: int, kind: str, set_name: str, values: list[Value]) -> None:
        """The values of one set of object ``row``."""
        self._owners += [row] * len(values)
        self._heads += [(kind, set_name)] * len(values)
        self._values += values

    def table(self) -> pa.Table:
        """`PROPERTIES_SCHEMA`."""
        kinds, sets = zip(*self._heads, strict=True) if self._heads else ((), ())
        names, texts, numbers, types, units = zip(*self._values, strict=True) if self._values else ((),) * 5
        return pa.table(
            {
                "object": pa.array(self._owners, pa.uint32()),
                "kind": pa.array(kinds, pa.string()),
                "set": pa.array(sets, pa.string()),
                "name": pa.array([printable(name) for name in names], pa.string()),
                "value": pa.array(texts, pa.string()),
                "number": pa.array(numbers, pa.float64()),
                "value_type": pa.array(types, pa.string()),
                "unit": pa.array(units, pa.string()),
                "inherited": pa.array([False] * len(self._values), pa.bool_()),
            },
            schema=PROPERTIES_SCHEMA,
        )
