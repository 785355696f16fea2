"""Observations out of a DuckDB history as batches: what was known at a moment, and all that came between two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from twin_app.live.batch import Batch

_FIELDS = ("received", "value", "quality", "reason", "state")
_TIMES = "time > make_timestamptz(?) AND time <= make_timestamptz(?)"


def _source(files: Sequence[str]) -> str:
    told = ", ".join(f"o.{name}" for name in _FIELDS)
    running = f"SELECT s.key, o.time, {told} FROM observations o JOIN streams s ON s.id = o.stream WHERE {_TIMES}"
    if not files:
        return running
    columns = ", ".join(_FIELDS)
    finished = f"SELECT key, time, {columns} FROM read_parquet([{', '.join(files)}]) WHERE {_TIMES}"
    return f"{running} UNION ALL {finished}"


def _asked(cursor: Any, keys: Sequence[str]) -> None:
    cursor.register("_asked", pa.table({"n": np.arange(len(keys)), "key": pa.array(keys, pa.string())}))


def known_at(cursor: Any, files: Sequence[str], keys: Sequence[str], span_us: tuple[int, int]) -> Batch:
    """The newest observation of each stream in the span (after, up to); ``rows`` count among ``keys``."""
    _asked(cursor, keys)
    newest = ", ".join(f"arg_max({_plain(name)}, time) AS {name}" for name in _FIELDS)
    query = f"""SELECT n, max(epoch_us(time)) AS time, {newest} FROM _asked JOIN ({_source(files)}) USING (key)
        GROUP BY n ORDER BY time"""
    return _batch(cursor.execute(query, list(span_us) * (2 if files else 1)).fetchnumpy())


def between(cursor: Any, files: Sequence[str], keys: Sequence[str], span_us: tuple[int, int], most: int) -> Batch:
    """At most ``most`` observations in the span (after, up to), oldest first; ``rows`` count among ``keys``."""
    _asked(cursor, keys)
    told = ", ".join(f"{_plain(name)} AS {name}" for name in _FIELDS)
    query = f"""SELECT n, epoch_us(time) AS time, {told} FROM _asked JOIN ({_source(files)}) USING (key)
        ORDER BY time LIMIT {most}"""
    return _batch(cursor.execute(query, list(span_us) * (2 if files else 1)).fetchnumpy())


def _plain(name: str) -> str:
    return f"epoch_us({name})" if name == "received" else name


def _batch(found: dict[str, NDArray[Any]]) -> Batch:
    def column(name: str, kind: type) -> NDArray[Any]:
        return np.asarray(np.ma.filled(found[name], np.nan if kind is np.float64 else 0)).astype(kind)

    numbers = (column(name, np.uint8) for name in ("quality", "reason", "state"))
    times = column("time", np.int64), column("received", np.int64)
    return Batch(column("n", np.int64), column("value", np.float64), *times, *numbers)
