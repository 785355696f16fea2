"""Finished days leave the running file: one Parquet file each, and beside it its buckets of 15 minutes."""

from __future__ import annotations

import threading
from collections import defaultdict
from pathlib import Path
from typing import Any

from twin_app.live.history import statements as sql
from twin_app.live.history.parts import (
    DAYS,
    ROLLUPS,
    UNFINISHED,
    Part,
    day_name,
    finish,
    parts_in,
    rollups_that_count,
)


def roll_day(cursor: Any, folder: Path, day: int, last: int, lock: threading.RLock) -> None:
    """Move the rows of a day up to batch ``last`` into a file; readers see them here or there, never twice."""
    part = Part(day_name(day), last)
    files = [folder / kind / part.file_name for kind in (ROLLUPS, DAYS)]
    rollup, whole = (file.with_name(file.name + UNFINISHED) for file in files)
    chosen = "day = ? AND batch <= ?"
    ((rows,),) = cursor.execute(f"SELECT count(*) FROM observations WHERE {chosen}", [day, last]).fetchall()
    if not rows:
        return
    cursor.execute(sql.copy(sql.SORTED_DAY, sql.quoted(str(whole)), sql.rows_in_group(rows)), [day, last])
    reading = sql.rollup_of_day(sql.quoted(sql.pattern(str(whole))))
    cursor.execute(sql.copy(reading, sql.quoted(str(rollup)), sql.rows_in_group(rows // 4)))
    with lock:
        finish(rollup, files[0])  # counts for nothing before the day itself is there
        finish(whole, files[1])
        cursor.execute(f"DELETE FROM observations WHERE {chosen}", [day, last])


def roll_months(cursor: Any, folder: Path, today: int, lock: threading.RLock) -> None:
    """Join the buckets of each month that is over into one file: a year is twelve files to open, not 365."""
    with lock:
        rollups = parts_in(folder / ROLLUPS)
        valid = rollups_that_count(rollups, parts_in(folder / DAYS))
    by_month: defaultdict[str, list[Part]] = defaultdict(list)
    for part in valid:
        by_month[part.month].append(part)
    for month, parts in by_month.items():
        if month < day_name(today)[:7] and any(not part.is_month for part in parts):
            _join(cursor, folder / ROLLUPS, month, parts)
    with lock:
        counting = set(rollups_that_count(parts_in(folder / ROLLUPS), parts_in(folder / DAYS)))
        for part in set(rollups) - counting:
            (folder / ROLLUPS / part.file_name).unlink(missing_ok=True)


def _join(cursor: Any, folder: Path, month: str, parts: list[Part]) -> None:
    joined = Part(month, max(part.batch for part in parts))
    names = ", ".join(sql.quoted(sql.pattern(str(folder / part.file_name))) for part in parts)
    unfinished = folder / (joined.file_name + UNFINISHED)
    source = f"read_parquet([{names}])"
    ((rows,),) = cursor.execute(f"SELECT count(*) FROM {source}").fetchall()
    query = f"SELECT {sql.ROLLUP_COLUMNS} FROM {source} ORDER BY key, bucket"
    cursor.execute(sql.copy(query, sql.quoted(str(unfinished)), sql.rows_in_group(rows)))
    finish(unfinished, folder / joined.file_name)


def let_go(folder: Path, first_day: int) -> None:
    """Delete the files of all days before ``first_day``, and of all months that ended before it."""
    first = day_name(first_day)
    for kind in (ROLLUPS, DAYS):
        for part in parts_in(folder / kind):
            if part.name < first[: len(part.name)]:
                (folder / kind / part.file_name).unlink(missing_ok=True)
