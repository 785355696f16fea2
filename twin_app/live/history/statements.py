"""The SQL of a history in DuckDB and Parquet."""

from __future__ import annotations

from twin_app.live.history.model import DAY_US, ROLLUP_S
from twin_app.live.values import US_PER_S, State

TABLES = """
CREATE TABLE IF NOT EXISTS streams (
    id INTEGER PRIMARY KEY, key VARCHAR NOT NULL, name VARCHAR, indicator VARCHAR, unit VARCHAR);
CREATE TABLE IF NOT EXISTS observations (
    batch BIGINT NOT NULL, stream INTEGER NOT NULL, day INTEGER NOT NULL, time TIMESTAMPTZ NOT NULL,
    received TIMESTAMPTZ NOT NULL, value DOUBLE NOT NULL, quality UTINYINT NOT NULL, reason UTINYINT NOT NULL,
    state UTINYINT NOT NULL);
"""
KEEP_STREAM = "INSERT OR REPLACE INTO streams VALUES (?, ?, ?, ?, ?)"
INSERT = "INSERT INTO observations SELECT * FROM _arrived"
SORTED_DAY = """SELECT s.key, o.time, o.received, o.value, o.quality, o.reason, o.state
    FROM observations o JOIN streams s ON s.id = o.stream WHERE o.day = ? AND o.batch <= ? ORDER BY s.key, o.time"""
ROLLUP_COLUMNS = "key, bucket, quality, minimum, maximum, total, numbers, count, simulated"


def grouped(width_us: int, source: str, where: str) -> str:
    """Observations in buckets, by quality."""
    return f"""SELECT make_timestamptz(epoch_us(time) // {width_us} * {width_us}) AS bucket, quality,
        min(value) FILTER (isfinite(value)) AS minimum, max(value) FILTER (isfinite(value)) AS maximum,
        sum(value) FILTER (isfinite(value)) AS total, count(*) FILTER (isfinite(value)) AS numbers,
        count(*) AS count, bool_or(state = {int(State.SIMULATED)}) AS simulated
        FROM {source} WHERE {where} GROUP BY ALL"""


def rollup_of_day(file: str) -> str:
    """What is kept ready of a finished day's file."""
    width_us = ROLLUP_S * US_PER_S
    inner = grouped(width_us, f"read_parquet({file})", "true").replace("SELECT ", "SELECT key, ", 1)
    return f"SELECT {ROLLUP_COLUMNS} FROM ({inner}) ORDER BY key, bucket"


def joined(inner: str, width_us: int) -> str:
    """Buckets of several sources as one trend, in the order of `Trend`'s fields."""
    return f"""SELECT epoch_us(bucket) // {width_us} * {width_us} AS start, quality, min(minimum), max(maximum),
        sum(total) / nullif(sum(numbers), 0), CAST(sum(count) AS BIGINT), bool_or(simulated)
        FROM ({inner}) GROUP BY ALL ORDER BY start, quality"""


def copy(query: str, file: str, rows_in_group: int) -> str:
    """Write the answer of a query to a file."""
    return f"COPY ({query}) TO {file} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {rows_in_group})"


def rows_in_group(rows: int) -> int:
    """Small enough that one stream of many is found without reading the others, and not too many of them."""
    return max(4096, rows // 400 // 2048 * 2048)


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def pattern(path: str) -> str:
    """A path that `read_parquet` takes for that one file, whatever signs of patterns are in it."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in path)


def day_now(now_us: int) -> int:
    """The day of a time, counted since 1970."""
    return now_us // DAY_US
