"""The view `observations`: finished days as Parquet files, the days since in a database of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

_TIME = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("stream", pa.string()),
        ("name", pa.string()),
        ("indicator", pa.string()),
        ("unit", pa.string()),
        ("time", _TIME),
        ("received", _TIME),
        ("value", pa.float64()),
        ("quality", pa.string()),
        ("reason", pa.string()),
        ("state", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Observed:
    """Where observations are read from; nothing is an empty view."""


def show_observations(base: Any, _observed: Observed) -> None:
    """Make the view in a database that is not locked yet."""
    base.register("_no_observations", SCHEMA.empty_table())
    base.execute("CREATE VIEW observations AS SELECT * FROM _no_observations")
