"""The view `observations`: finished days as Parquet files, the running days in the history's own database."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from loaders.model.errors import CityTwinError
from twin_app.live.history.duck import HOT
from twin_app.live.history.parts import DAYS, day_of, parts_in
from twin_app.live.values import Quality, Reason, State
from twin_app.warehouse.parts import dataset_of

_TIME = pa.timestamp("us", tz="UTC")
_CODES = [("quality", pa.uint8()), ("reason", pa.uint8()), ("state", pa.uint8())]
DAY_FILE = pa.schema([("key", pa.string()), ("time", _TIME), ("received", _TIME), ("value", pa.float64()), *_CODES])


def _words(column: str, kind: type[enum.IntEnum]) -> str:
    named = ", ".join(f"'{one.name.lower()}'" for one in kind)
    return f"nullif([{named}][CAST({column} AS INTEGER) + 1], 'none') AS {column}"


_SHOWN = f"""SELECT o.key AS stream, s.name, s.indicator, s.unit, o.time, o.received,
    CASE WHEN isfinite(o.value) THEN o.value END AS value,
    {_words("quality", Quality)}, {_words("reason", Reason)}, {_words("state", State)}
    FROM ({{rows}}) o LEFT JOIN {{streams}} s ON s.key = o.key"""
_RUNNING = """SELECT t.key, r.time, r.received, r.value, r.quality, r.reason, r.state
    FROM {base}.observations r JOIN {base}.streams t ON t.id = r.stream
    WHERE NOT EXISTS (FROM {settled} f WHERE f.day = r.day AND r.batch <= f.batch)"""


def show_observations(base: Any, histories: Sequence[Path]) -> list[CityTwinError]:
    """Make the view over histories (folders) in a database that is not locked yet; tells what cannot be read.

    The running days of a history that another program writes to cannot: ``history.in_use``. Then the finished ones
    are shown alone.
    """
    base.register("_no_days", DAY_FILE.empty_table())
    base.execute("CREATE VIEW _no_streams AS SELECT '' AS key, '' AS name, '' AS indicator, '' AS unit WHERE false")
    shown = [_SHOWN.format(rows="FROM _no_days", streams="_no_streams")]
    problems: list[CityTwinError] = []
    for number, folder in enumerate(histories):
        rows, streams = [], "_no_streams"
        try:
            base.register(f"_days_{number}", _finished(folder))
            rows.append(f"FROM _days_{number}")
        except CityTwinError as error:
            problems.append(error)
        try:
            streams = _attach(base, folder, number)
            rows.append(_RUNNING.format(base=f"_history_{number}", settled=f"_settled_{number}"))
        except CityTwinError as error:
            problems.append(error)
        if rows:
            shown.append(_SHOWN.format(rows=" UNION ALL ".join(rows), streams=streams))
    base.execute(f"CREATE VIEW observations AS {' UNION ALL '.join(shown)}")
    return problems


def _finished(folder: Path) -> Any:
    try:
        return dataset_of([folder / DAYS / part.file_name for part in parts_in(folder / DAYS)], DAY_FILE)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise CityTwinError("history.unreadable", str(folder), detail=str(error)[:200]) from error


def _attach(base: Any, folder: Path, number: int) -> str:
    file = folder / HOT
    settled = [{"day": day_of(part.name), "batch": part.batch} for part in parts_in(folder / DAYS)]
    schema = pa.schema([("day", pa.int32()), ("batch", pa.int64())])
    base.register(f"_settled_{number}", pa.Table.from_pylist(settled, schema=schema))
    try:
        path = str(file).replace("'", "''")
        base.execute(f"ATTACH '{path}' AS _history_{number} (READ_ONLY)")
        base.execute(f"SELECT key, name, indicator, unit FROM _history_{number}.streams LIMIT 0")
        base.execute(f"SELECT stream, day, batch FROM _history_{number}.observations LIMIT 0")
    except duckdb.Error as error:
        text = str(error)
        code = "history.in_use" if "lock" in text.lower() else "history.unreadable"
        raise CityTwinError(code, str(file), detail=text.partition("\n")[0][:200]) from error
    return f"_history_{number}.streams"
