"""A history in PostgreSQL (14 or later; TimescaleDB is one), by URL. Several programs may write to the same one.

The password is best left to libpq (``PGPASSWORD``, ``.pgpass``): a project file never keeps it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError
from twin_app.live.batch import Batch
from twin_app.live.history.model import DAY_US, MOST_POINTS, Trend, dated, times_of, trend_of, whole_buckets, width_us
from twin_app.live.streams import StreamInfo
from twin_app.live.values import EARLIEST_US, LATEST_US, US_PER_S, Observation, State

CONNECT_S = 5
_TABLES = """
CREATE TABLE IF NOT EXISTS citytwin_streams (
    id SERIAL PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, indicator TEXT NOT NULL, unit TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS citytwin_observations (
    stream INTEGER NOT NULL REFERENCES citytwin_streams, time TIMESTAMPTZ NOT NULL, received TIMESTAMPTZ NOT NULL,
    value DOUBLE PRECISION NOT NULL, quality SMALLINT NOT NULL, reason SMALLINT NOT NULL, state SMALLINT NOT NULL);
CREATE INDEX IF NOT EXISTS citytwin_observations_of_stream
    ON citytwin_observations (stream, time) INCLUDE (value, quality, state);
"""
_STREAM = """INSERT INTO citytwin_streams (key, name, indicator, unit) VALUES (%s, %s, %s, %s)
    ON CONFLICT (key) DO UPDATE SET name = EXCLUDED.name, indicator = EXCLUDED.indicator, unit = EXCLUDED.unit
    RETURNING id"""
_COPY = "COPY citytwin_arrived FROM STDIN (FORMAT BINARY)"
_TYPES = ("int4", "int8", "int8", "float8", "int2", "int2", "int2")
_ARRIVED = """CREATE TEMP TABLE IF NOT EXISTS citytwin_arrived (stream INTEGER, time_us BIGINT, received_us BIGINT,
    value DOUBLE PRECISION, quality SMALLINT, reason SMALLINT, state SMALLINT) ON COMMIT DELETE ROWS"""
_MOMENT = "(TIMESTAMPTZ 'epoch' + {0} * INTERVAL '1 microsecond')"
_TAKE_IN = f"""INSERT INTO citytwin_observations SELECT stream, {_MOMENT.format("time_us")},
    {_MOMENT.format("received_us")}, value, quality, reason, state FROM citytwin_arrived"""
_US = "CAST(extract(epoch FROM {0}) * 1000000 AS BIGINT)"
_NUMBER = "FILTER (WHERE value NOT IN ('NaN', 'Infinity', '-Infinity'))"
_TREND = f"""SELECT {_US.format("start")}, quality, minimum, maximum, mean, count, simulated FROM (
    SELECT date_bin(%(width)s * INTERVAL '1 second', time, TIMESTAMPTZ 'epoch') AS start, quality,
    min(value) {_NUMBER} AS minimum, max(value) {_NUMBER} AS maximum, avg(value) {_NUMBER} AS mean,
    count(*) AS count, bool_or(state = {int(State.SIMULATED)}) AS simulated
    FROM citytwin_observations WHERE stream = (SELECT id FROM citytwin_streams WHERE key = %(key)s)
    AND time >= {_MOMENT.format("%(low)s")} AND time < {_MOMENT.format("%(high)s")}
    GROUP BY 1, 2) buckets ORDER BY start, quality"""
_LATEST = f"""SELECT value, {_US.format("time")}, quality, reason, state FROM citytwin_observations
    WHERE stream = (SELECT id FROM citytwin_streams WHERE key = %s) ORDER BY time DESC LIMIT 1"""
_BEGINS = f"""SELECT {_US.format("min(time)")} FROM citytwin_observations
    WHERE stream = (SELECT id FROM citytwin_streams WHERE key = %s)"""
_FIELDS = f"o.value, {_US.format('o.time')}, {_US.format('o.received')}, o.quality, o.reason, o.state"
_SPAN = f"o.stream = s.id AND o.time > {_MOMENT.format('%(low)s')} AND o.time <= {_MOMENT.format('%(high)s')}"
_ASKED = "unnest(%(keys)s::TEXT[]) WITH ORDINALITY AS a (key, n) JOIN citytwin_streams s ON s.key = a.key"
_KNOWN_AT = f"""SELECT a.n - 1, x.* FROM {_ASKED} CROSS JOIN LATERAL (
    SELECT {_FIELDS} FROM citytwin_observations o WHERE {_SPAN} ORDER BY o.time DESC LIMIT 1) x ORDER BY 3"""
_BETWEEN = f"""SELECT a.n - 1, {_FIELDS} FROM {_ASKED} JOIN citytwin_observations o ON {_SPAN}
    ORDER BY o.time LIMIT %(most)s"""
_HELD = f"""SELECT a.n - 1 FROM unnest(%s::TEXT[], %s::BIGINT[]) WITH ORDINALITY AS a (key, time_us, n)
    JOIN citytwin_streams s ON s.key = a.key
    WHERE EXISTS (SELECT 1 FROM citytwin_observations o
    WHERE o.stream = s.id AND o.time = {_MOMENT.format("a.time_us")})"""
_OLDER = f"DELETE FROM citytwin_observations WHERE time < {_MOMENT.format('%s')}"


class PostgresHistory:
    """See `HistoryStore`. Any thread; one connection, made again after it was lost.

    Raises `CityTwinError`: ``history.no_driver``, ``history.unreachable``, ``history.unwritable``.
    """

    def __init__(self, url: str, *, retention_days: int = 0) -> None:
        try:
            import psycopg
        except ImportError as error:
            raise CityTwinError("history.no_driver", without_password(url)) from error
        self._driver = psycopg
        self._url, self._place = url, without_password(url)
        self.retention_days = retention_days
        self._lock = threading.RLock()
        self._base: Any = None
        self._known: dict[str, tuple[int, tuple[str, str, str]]] = {}
        with self._transaction() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(4283615)")  # two programs may come at once
            cursor.execute(_TABLES)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Any]:
        with self._lock:
            try:
                if self._base is None or self._base.closed or self._base.broken:
                    self._known = {}
                    self._base = self._driver.connect(self._url, connect_timeout=CONNECT_S)
                with self._base.transaction(), self._base.cursor() as cursor:
                    yield cursor
            except self._driver.OperationalError as error:
                raise self._failed("history.unreachable", error) from error
            except self._driver.Error as error:
                raise self._failed("history.unwritable", error) from error

    def _failed(self, code: str, error: Exception) -> CityTwinError:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        return CityTwinError(code, self._place, detail=(lines or [type(error).__name__])[0][:200])

    def append(self, infos: Sequence[StreamInfo], batch: Batch) -> None:
        """Keep a batch; see `HistoryStore`. Times that no calendar has are left out."""
        batch, times_us = dated(batch)
        if not len(batch):
            return
        with self._transaction() as cursor:
            known = self._ids(cursor, infos)
            ids = [known[infos[row].key][0] for row in batch.rows.tolist()]
            names = ("receive_us", "values", "quality", "reason", "state")
            columns = (ids, times_us.tolist(), *(getattr(batch, name).tolist() for name in names))
            cursor.execute(_ARRIVED)
            with cursor.copy(_COPY) as copying:
                copying.set_types(_TYPES)
                for row in zip(*columns, strict=True):
                    copying.write_row(row)
            cursor.execute(_TAKE_IN)
        self._known = known

    def _ids(self, cursor: Any, infos: Sequence[StreamInfo]) -> dict[str, tuple[int, tuple[str, str, str]]]:
        known = dict(self._known)
        for info in infos:
            told = tuple(text.replace("\0", "") for text in (info.name, info.indicator, info.unit))
            if info.key not in known or known[info.key][1] != told:
                (number,) = cursor.execute(_STREAM, (info.key, *told)).fetchone()
                known[info.key] = number, (told[0], told[1], told[2])
        return known

    def holds(self, infos: Sequence[StreamInfo], batch: Batch) -> NDArray[np.bool_]:
        """Which observations are kept already; see `HistoryStore`."""
        times_us = np.clip(times_of(batch), EARLIEST_US, LATEST_US).tolist()
        keys = [infos[row].key for row in batch.rows.tolist()]
        held = np.zeros(len(batch), bool)
        with self._transaction() as cursor:
            held[[number for (number,) in cursor.execute(_HELD, (keys, times_us)).fetchall()]] = True
        return held

    def trend(self, key: str, from_us: int, to_us: int, max_points: int = MOST_POINTS) -> Trend:
        """A stream between two times; see `HistoryStore`."""
        width = width_us(from_us, to_us, max_points)
        low_us, high_us = whole_buckets(from_us, to_us, width)
        values = {"width": width // US_PER_S, "key": key, "low": low_us, "high": high_us}
        with self._transaction() as cursor:
            rows = cursor.execute(_TREND, values).fetchall()
        columns = zip(*rows, strict=True) if rows else [()] * 7
        return trend_of(width, [np.array([np.nan if v is None else v for v in column]) for column in columns])

    def latest(self, key: str) -> Observation | None:
        """The newest observation of a stream; None where there is none."""
        with self._transaction() as cursor:
            row = cursor.execute(_LATEST, (key,)).fetchone()
        return None if row is None else Observation(key, *row)

    def begins_us(self, key: str) -> int | None:
        """When a stream begins; see `HistoryStore`."""
        with self._transaction() as cursor:
            (found,) = cursor.execute(_BEGINS, (key,)).fetchone()
        return None if found is None else int(found)

    def known_at(self, keys: Sequence[str], time_us: int, since_us: int) -> Batch:
        """What was known at a moment; see `HistoryStore`."""
        with self._transaction() as cursor:
            values = {"keys": list(keys), "low": since_us, "high": time_us}
            return _batch(cursor.execute(_KNOWN_AT, values).fetchall())

    def between(self, keys: Sequence[str], from_us: int, to_us: int, most: int) -> Batch:
        """All between two times; see `HistoryStore`."""
        with self._transaction() as cursor:
            values = {"keys": list(keys), "low": from_us, "high": to_us, "most": most}
            return _batch(cursor.execute(_BETWEEN, values).fetchall())

    def count(self) -> int:
        """How many observations are kept."""
        with self._transaction() as cursor:
            return int(cursor.execute("SELECT count(*) FROM citytwin_observations").fetchone()[0])

    def tidy(self, now_us: int) -> None:
        """Delete what is older than the retention."""
        if self.retention_days > 0:
            first_us = (now_us // DAY_US - self.retention_days) * DAY_US
            with self._transaction() as cursor:
                cursor.execute(_OLDER, (first_us,))

    def close(self) -> None:
        """End the connection."""
        with self._lock:
            if self._base is not None:
                self._base.close()


def _batch(rows: Sequence[Sequence[float]]) -> Batch:
    columns = list(zip(*rows, strict=True)) if rows else [()] * 7
    kinds = (np.int64, np.float64, np.int64, np.int64, np.uint8, np.uint8, np.uint8)
    return Batch(*(np.array(column, kind) for column, kind in zip(columns, kinds, strict=True)))


def without_password(url: str) -> str:
    """A URL without the password in it."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0]}@{host}" if user else host).geturl()
