"""A history in a folder: the days that run in a DuckDB file, finished days as Parquet sorted by stream and time."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError
from twin_app.live.batch import Batch
from twin_app.live.history import statements as sql
from twin_app.live.history.model import (
    DAY_US,
    MOST_POINTS,
    ROLLUP_S,
    Trend,
    dated,
    times_of,
    trend_of,
    whole_buckets,
    width_us,
)
from twin_app.live.history.parts import DAYS, ROLLUPS, Part, day_of, parts_in, rollups_that_count, sweep, touching
from twin_app.live.history.reading import between, known_at
from twin_app.live.history.rolling import let_go, roll_day, roll_months
from twin_app.live.streams import StreamInfo
from twin_app.live.values import EARLIEST_US, LATEST_US, US_PER_S, Observation

HOT = "running.duckdb"
MEMORY_MB = 1024
CLOSE_S = 20.0
_TIME = pa.timestamp("us", tz="UTC")
T = TypeVar("T")


class DuckHistory:
    """One process at a time. One thread writes at a time, any number read beside it.

    Raises `CityTwinError`: ``history.in_use`` (another process has it), ``history.damaged``, ``history.unwritable``.
    """

    def __init__(self, folder: Path, *, retention_days: int = 0) -> None:
        self.folder = folder = folder.absolute()
        self.retention_days = retention_days  # 0: everything is kept
        self._lock = threading.RLock()  # what counts as running and what as finished changes under it
        self._writing = threading.RLock()
        self._tidying = threading.Lock()
        self._known: dict[str, tuple[int, StreamInfo]] = {}
        self._counts: dict[str, int] = {}
        try:
            for one in (folder, folder / DAYS, folder / ROLLUPS):
                one.mkdir(parents=True, exist_ok=True)
                sweep(one)
        except OSError as error:
            raise CityTwinError("history.unwritable", str(folder), detail=error.strerror or str(error)) from error
        self._base = self._opened()
        self._batch = self._settled()

    def _opened(self) -> Any:
        file = self.folder / HOT
        config = {"memory_limit": f"{MEMORY_MB}MB", "threads": 2, "temp_directory": str(self.folder / "tmp")}
        try:
            base = duckdb.connect(str(file), config=config)
            base.execute("SET TimeZone='UTC'")
            base.execute("SET parquet_metadata_cache=true")
            # The file may come from anywhere; what it holds reaches nothing but its own folder.
            own = str(self.folder) + os.sep
            base.execute(f"SET allowed_directories=[{sql.quoted(own)}, {sql.quoted(sql.pattern(own))}]")
            base.execute("SET enable_external_access=false")
            base.execute("SET lock_configuration=true")
            base.execute(sql.TABLES)
        except duckdb.Error as error:
            text = str(error)
            code = "history.in_use" if "lock" in text.lower() else "history.damaged"
            raise CityTwinError(code, str(file), detail=text.partition("\n")[0][:200]) from error
        return base

    def _settled(self) -> int:
        """Take out of the running days what a finished file holds already; gives the last batch there is."""
        parts = parts_in(self.folder / DAYS)
        days = {day for (day,) in self._base.execute("SELECT DISTINCT day FROM observations").fetchall()}
        for part in parts:
            if day_of(part.name) in days:
                self._base.execute(
                    "DELETE FROM observations WHERE day = ? AND batch <= ?", [day_of(part.name), part.batch]
                )
        ((last,),) = self._base.execute("SELECT coalesce(max(batch), 0) FROM observations").fetchall()
        for number, key, name, indicator, unit in self._base.execute("SELECT * FROM streams").fetchall():
            self._known[key] = number, StreamInfo(key, name, unit, indicator)
        return max([int(last), *(part.batch for part in parts)])

    def append(self, infos: Sequence[StreamInfo], batch: Batch) -> None:
        """Keep a batch; see `HistoryStore`. Times that no calendar has are left out."""
        batch, times_us = dated(batch)
        if not len(batch):
            return
        with self._writing:
            try:
                self._base.execute("BEGIN")
                known = self._ids(infos)
                ids = np.array([known[info.key][0] for info in infos], np.int32)
                self._base.register("_arrived", _rows(self._batch + 1, ids, times_us, batch))
                self._base.execute(sql.INSERT)
                self._base.execute("COMMIT")
            except duckdb.Error as error:
                self._undo()
                raise CityTwinError("history.unwritable", str(self.folder), detail=_first_line(error)) from error
            self._known = known
            self._batch += 1

    def holds(self, infos: Sequence[StreamInfo], batch: Batch) -> NDArray[np.bool_]:
        """Which observations are kept already; see `HistoryStore`."""
        times_us = np.clip(times_of(batch), EARLIEST_US, LATEST_US)
        keys = [infos[row].key for row in batch.rows.tolist()]
        asked = {"n": np.arange(len(batch)), "key": pa.array(keys, pa.string()), "time": _times(times_us)}
        days = times_us // DAY_US
        cursor, files = self._snapshot(int(days.min()), int(days.max()), ready=False)
        try:
            cursor.register("_asked", pa.table(asked))
            kept = "SELECT s.key, o.time FROM observations o JOIN streams s ON s.id = o.stream"
            if files:
                kept += f" UNION ALL SELECT key, time FROM read_parquet([{', '.join(files)}])"
            found = cursor.execute(f"SELECT n FROM _asked a SEMI JOIN ({kept}) k USING (key, time)").fetchnumpy()
        except duckdb.Error as error:
            raise CityTwinError("history.unreadable", str(self.folder), detail=_first_line(error)) from error
        finally:
            cursor.close()
        held = np.zeros(len(batch), bool)
        held[found["n"]] = True
        return held

    def _ids(self, infos: Sequence[StreamInfo]) -> dict[str, tuple[int, StreamInfo]]:
        known = dict(self._known)
        for info in infos:
            number, before = known.get(info.key, (len(known), None))
            told = (info.name, info.indicator, info.unit)
            if before is None or told != (before.name, before.indicator, before.unit):
                self._base.execute(sql.KEEP_STREAM, [number, info.key, *told])
                known[info.key] = number, info
        return known

    def _undo(self) -> None:
        try:
            self._base.execute("ROLLBACK")
        except duckdb.Error:
            return  # there was nothing begun

    def trend(self, key: str, from_us: int, to_us: int, max_points: int = MOST_POINTS) -> Trend:
        """A stream between two times; see `HistoryStore`. Long ones are made of what is kept ready of finished days."""
        width = width_us(from_us, to_us, max_points)
        low_us, high_us = whole_buckets(from_us, to_us, width)
        ready = width % (ROLLUP_S * US_PER_S) == 0
        cursor, files = self._snapshot(low_us // DAY_US, (high_us - 1) // DAY_US, ready=ready)
        span = "make_timestamptz(?) AND {0} < make_timestamptz(?)"
        inner = [sql.grouped(width, "observations", f"stream = ? AND time >= {span.format('time')}")]
        number = self._known.get(key, (-1, None))[0]
        values: list[Any] = [number, low_us, high_us]
        if files:
            source = f"read_parquet([{', '.join(files)}])"
            if ready:
                chosen = f"key = ? AND bucket >= {span.format('bucket')}"
                inner.append(f"SELECT {sql.ROLLUP_COLUMNS.removeprefix('key, ')} FROM {source} WHERE {chosen}")
            else:
                inner.append(sql.grouped(width, source, f"key = ? AND time >= {span.format('time')}"))
            values += [key, low_us, high_us]
        try:
            found = cursor.execute(sql.joined(" UNION ALL ".join(inner), width), values).fetchnumpy()
        except duckdb.Error as error:
            raise CityTwinError("history.unreadable", str(self.folder), detail=_first_line(error)) from error
        finally:
            cursor.close()
        return trend_of(width, [np.ma.filled(column, np.nan) for column in found.values()])

    def known_at(self, keys: Sequence[str], time_us: int, since_us: int) -> Batch:
        """What was known at a moment; see `HistoryStore`."""
        return self._read((since_us, time_us), lambda cursor, files: known_at(cursor, files, keys, (since_us, time_us)))

    def between(self, keys: Sequence[str], from_us: int, to_us: int, most: int) -> Batch:
        """All between two times; see `HistoryStore`."""
        return self._read((from_us, to_us), lambda cursor, files: between(cursor, files, keys, (from_us, to_us), most))

    def begins_us(self, key: str) -> int | None:
        """When a stream begins; see `HistoryStore`. Of finished days only what is kept ready of them is read."""
        number = self._known.get(key, (-1, None))[0]

        def read(cursor: Any, files: list[str]) -> int | None:
            query = "SELECT min(time) AS begin FROM observations WHERE stream = ?"
            values: list[Any] = [number]
            if files:
                source = f"read_parquet([{', '.join(files)}])"
                query += f" UNION ALL SELECT min(bucket) AS begin FROM {source} WHERE key = ?"
                values.append(key)
            ((found,),) = cursor.execute(f"SELECT epoch_us(min(begin)) FROM ({query})", values).fetchall()
            return None if found is None else int(found)

        return self._read((EARLIEST_US, LATEST_US), read, ready=True)

    def _read(self, span_us: tuple[int, int], read: Callable[[Any, list[str]], T], *, ready: bool = False) -> T:
        cursor, files = self._snapshot(span_us[0] // DAY_US, span_us[1] // DAY_US, ready=ready)
        try:
            return read(cursor, files)
        except duckdb.Error as error:
            raise CityTwinError("history.unreadable", str(self.folder), detail=_first_line(error)) from error
        finally:
            cursor.close()

    def _snapshot(self, first_day: int, last_day: int, *, ready: bool) -> tuple[Any, list[str]]:
        """A reader of the running days, and the files of the finished ones that go with it."""
        with self._lock:
            days = parts_in(self.folder / DAYS)
            parts = rollups_that_count(parts_in(self.folder / ROLLUPS), days) if ready else days
            try:
                cursor = self._base.cursor()
                cursor.execute("BEGIN")
                cursor.execute("SELECT 1 FROM observations LIMIT 1").fetchall()  # from here on it sees no change
            except duckdb.Error as error:  # it was closed meanwhile
                raise CityTwinError("history.unreadable", str(self.folder), detail=_first_line(error)) from error
        folder = self.folder / (ROLLUPS if ready else DAYS)
        wanted = touching(parts, first_day, last_day)
        return cursor, [sql.quoted(sql.pattern(str(folder / part.file_name))) for part in wanted]

    def latest(self, key: str) -> Observation | None:
        """The newest observation of a stream; None where there is none."""
        columns = "value, epoch_us(time), quality, reason, state"
        cursor, _ = self._snapshot(0, 0, ready=False)
        try:
            number = self._known.get(key, (-1, None))[0]
            places: list[tuple[str, Any]] = [("observations WHERE stream = ?", number)]
            for part in reversed(parts_in(self.folder / DAYS)):
                file = sql.quoted(sql.pattern(str(self.folder / DAYS / part.file_name)))
                places.append((f"read_parquet({file}) WHERE key = ?", key))
            for place, value in places:
                row = cursor.execute(f"SELECT {columns} FROM {place} ORDER BY time DESC LIMIT 1", [value]).fetchone()
                if row is not None:
                    return Observation(key, *row)
        except duckdb.Error as error:
            raise CityTwinError("history.unreadable", str(self.folder), detail=_first_line(error)) from error
        finally:
            cursor.close()
        return None

    def count(self) -> int:
        """How many observations are kept."""
        with self._lock:
            ((running,),) = self._base.cursor().execute("SELECT count(*) FROM observations").fetchall()
            parts = parts_in(self.folder / DAYS)
        return int(running) + sum(self._rows_of(part) for part in parts)

    def _rows_of(self, part: Part) -> int:
        if part.file_name not in self._counts:
            try:
                self._counts[part.file_name] = pq.read_metadata(self.folder / DAYS / part.file_name).num_rows
            except (OSError, pa.ArrowException) as error:
                raise CityTwinError("history.unreadable", part.file_name, detail=str(error)[:200]) from error
        return self._counts[part.file_name]

    def tidy(self, now_us: int) -> None:
        """Roll finished days over into files, days into months, and delete what is older than the retention."""
        try:
            with self._tidying:
                self._roll(sql.day_now(now_us))
        except (duckdb.Error, OSError) as error:
            raise CityTwinError("history.unwritable", str(self.folder), detail=_first_line(error)) from error

    def _roll(self, today: int) -> None:
        with self._writing:
            last = self._batch
        days = self._base.cursor().execute("SELECT DISTINCT day FROM observations WHERE day < ?", [today])
        for (day,) in sorted(days.fetchall()):
            roll_day(self._base.cursor(), self.folder, day, last, self._lock)
        with self._lock:
            if self.retention_days > 0:
                let_go(self.folder, today - self.retention_days)
        roll_months(self._base.cursor(), self.folder, today, self._lock)
        with self._writing, contextlib.suppress(duckdb.TransactionException):  # somebody reads: the next time then
            self._base.cursor().execute("CHECKPOINT")

    def close(self) -> None:
        """Let go of the files, once those who read now are through: nobody new begins."""
        end_s = time.monotonic() + CLOSE_S
        with self._tidying, self._writing, self._lock:
            while True:
                try:
                    self._base.close()
                    return
                except duckdb.Error:  # a reader is in the middle of a statement
                    if time.monotonic() > end_s:
                        raise
                    time.sleep(0.01)


def _rows(number: int, ids: Any, times_us: Any, batch: Batch) -> pa.Table:
    size = len(batch)
    columns = {
        "batch": pa.array(np.full(size, number, np.int64)),
        "stream": pa.array(ids[batch.rows]),
        "day": pa.array((times_us // DAY_US).astype(np.int32)),
        "time": _times(times_us),
        "received": _times(batch.receive_us),
        **{name: pa.array(getattr(batch, field)) for name, field in (("value", "values"), ("quality", "quality"))},
        "reason": pa.array(batch.reason),
        "state": pa.array(batch.state),
    }
    return pa.table(columns)


def _times(times_us: NDArray[np.int64]) -> pa.Array:
    return pa.array(times_us, pa.int64()).cast(_TIME)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]
