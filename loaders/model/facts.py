"""What is known of objects, a name and a value each, as a property table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pyarrow as pa

from loaders.model.tables import PROPERTIES_SCHEMA

_KINDS = {str: "string", int: "integer", float: "real"}


class NamedValue(Protocol):
    """One property; ``value`` is text, a whole number or a number with ``unit``."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def value(self) -> str | int | float:
        """What it is."""

    @property
    def unit(self) -> str | None:
        """None where it has none."""


def properties_of(set_name: str, rows: Sequence[int], facts: Sequence[NamedValue]) -> pa.Table:
    """`PROPERTIES_SCHEMA` of facts about the objects in ``rows``, one each."""
    count = len(facts)
    columns = {
        "object": list(rows),
        "kind": ["property"] * count,
        "set": [set_name] * count,
        "name": [fact.name for fact in facts],
        "value": [str(fact.value).encode("utf-8", "replace").decode("utf-8") for fact in facts],
        "number": [None if isinstance(fact.value, str) else float(fact.value) for fact in facts],
        "value_type": [_KINDS[type(fact.value)] for fact in facts],
        "unit": [fact.unit for fact in facts],
        "inherited": [False] * count,
    }
    return pa.table(columns, schema=PROPERTIES_SCHEMA)
