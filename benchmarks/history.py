"""A year's trend of one stream out of 100 million observations: from what is kept ready, beside reading them all.

Made anew in a temporary folder (some 1 GB, a few minutes), through the same calls that a running program makes.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from benchmarks.open import machine
from twin_app.live.batch import Batch
from twin_app.live.history import statements as sql
from twin_app.live.history.duck import DuckHistory
from twin_app.live.history.model import DAY_US
from twin_app.live.history.parts import DAYS
from twin_app.live.streams import StreamInfo

ROWS, STREAMS, NUM_DAYS, FIRST_DAY = 100_000_000, 1000, 365, 20_089  # 2025-01-01


def run(runs: int = 5, rows: int = ROWS) -> dict[str, Any]:
    """Seconds of one trend, median of ``runs`` over different streams."""
    with tempfile.TemporaryDirectory(prefix="citytwin-history-") as folder:
        store = DuckHistory(Path(folder) / "bench.history")
        appended_s, tidied_s = _fill(store, rows)
        year = FIRST_DAY * DAY_US, (FIRST_DAY + NUM_DAYS) * DAY_US
        ours, theirs, counts = [], [], set()
        for number in range(max(1, runs) + 1):
            key = f"bench/stream-{number * 97 % STREAMS:04d}"
            begin_s = time.perf_counter()
            trend = store.trend(key, *year)
            middle_s = time.perf_counter()
            other = _all_read(store.folder / DAYS, key, trend.width_us)
            theirs.append(time.perf_counter() - middle_s)
            ours.append(middle_s - begin_s)
            counts.add((int(trend.count.sum()), other))
        size = sum(file.stat().st_size for file in store.folder.rglob("*") if file.is_file())
        kept = store.count()
        store.close()
    ours_s, theirs_s = statistics.median(ours[1:]), statistics.median(theirs[1:])
    return {
        "bench": "history",
        "unit": "s",
        "ours": ours_s,
        "theirs": {"day files alone": theirs_s},
        "ratio": theirs_s / ours_s,
        "runs": runs,
        "rows": kept,
        "first_s": ours[0],
        "longest_s": max(ours),
        "same_counts": all(one == other for one, other in counts),
        "rows_appended_per_s": kept / appended_s,
        "rolled_over_s_per_day": tidied_s / NUM_DAYS,
        "bytes_per_row": size / kept,
        "machine": machine(),
    }


def _fill(store: DuckHistory, rows: int) -> tuple[float, float]:
    random = np.random.default_rng(7)
    infos = [StreamInfo(f"bench/stream-{number:04d}") for number in range(STREAMS)]
    per_day = rows // NUM_DAYS
    appended_s = tidied_s = 0.0
    for day in range(FIRST_DAY, FIRST_DAY + NUM_DAYS):
        batch = _day(random, day, per_day)
        begin_s = time.perf_counter()
        store.append(infos, batch)
        appended_s += time.perf_counter() - begin_s
        begin_s = time.perf_counter()
        store.tidy((day + 1) * DAY_US)
        tidied_s += time.perf_counter() - begin_s
    return appended_s, tidied_s


def _day(random: np.random.Generator, day: int, size: int) -> Batch:
    times_us = day * DAY_US + np.arange(size, dtype=np.int64) * (DAY_US // size)
    values = np.round(20.0 + 5.0 * np.sin(times_us / DAY_US) + random.normal(0.0, 0.5, size), 2)
    zeros = np.zeros(size, np.uint8)
    return Batch(np.arange(size) % STREAMS, values, times_us, times_us, zeros, zeros, zeros + 1)


def _all_read(folder: Path, key: str, width_us: int) -> int:
    """The same trend from every observation."""
    base = duckdb.connect(config={"threads": 2})
    inner = sql.grouped(width_us, f"read_parquet({sql.quoted(str(folder / '*.parquet'))})", "key = ?")
    found = base.execute(sql.joined(inner, width_us), [key]).fetchnumpy()
    base.close()
    return int(next(column for name, column in found.items() if "count" in name).sum())
