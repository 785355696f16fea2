"""Events as an Arrow table: what the SQL view `events` shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from twin_app.operation.clock import clock_of
from twin_app.operation.model import CityEvent

_TIME = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("class", pa.string()),
        ("level", pa.int8()),
        ("status", pa.string()),
        ("clock", pa.string()),
        ("lon_deg", pa.float64()),
        ("lat_deg", pa.float64()),
        ("easting_m", pa.float64()),
        ("northing_m", pa.float64()),
        ("source", pa.string()),
        ("title", pa.string()),
        ("picture", pa.string()),
        ("accept_s", pa.float64()),
        ("handle_s", pa.float64()),
        ("used_s", pa.float64()),
        ("reported", _TIME),
        ("accepted", _TIME),
        ("dispatched", _TIME),
        ("handled", _TIME),
        ("closed", _TIME),
        ("changed", _TIME),
        ("resources", pa.list_(pa.string())),
        ("times_reopened", pa.int32()),
        ("simulated", pa.bool_()),
    ]
)


def events_table(events: Iterable[CityEvent], now_us: int) -> pa.Table:
    """One row for each event, with `SCHEMA`; clocks as they stand at ``now_us``."""
    return pa.Table.from_pylist([_row(event, now_us) for event in events], schema=SCHEMA)


def _row(event: CityEvent, now_us: int) -> dict[str, Any]:
    report, clock = event.report, clock_of(event, now_us)
    easting_m, northing_m = report.project_m or (None, None)
    row = {name: getattr(report, name) for name in ("lon_deg", "lat_deg", "source", "title", "picture", "simulated")}
    row |= {"accept_s": report.accept_s, "handle_s": report.handle_s, "used_s": clock.used_s}
    row |= {name: getattr(event, f"{name}_us") for name in ("reported", "accepted", "dispatched", "handled", "closed")}
    row |= {"id": event.id, "class": report.class_id, "level": int(report.level), "status": event.status.value}
    row |= {"clock": clock.state.value, "easting_m": easting_m, "northing_m": northing_m, "changed": event.changed_us}
    return row | {"resources": list(event.resources), "times_reopened": event.times_reopened}
