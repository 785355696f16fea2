"""Both tables of a load, out of its events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from loaders.model.events import LoadEvent, Objects, Properties


class Tables(NamedTuple):
    """The object table and what came with it, and the property table."""

    objects: pa.Table
    properties: pa.Table
    extras: dict[str, Any]


def tables_of(events: Sequence[LoadEvent]) -> Tables:
    """The tables, each of which must come once."""
    (objects,) = [event for event in events if isinstance(event, Objects)]
    (properties,) = [event for event in events if isinstance(event, Properties)]
    return Tables(objects.table, properties.table, objects.extras)
