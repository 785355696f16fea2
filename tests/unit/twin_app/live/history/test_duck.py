"""The history in a folder: trends against plain sums, days rolled over, retention, crashes at any moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loaders.model.errors import CityTwinError
from tests.support.commands import ROOT
from twin_app.live.batch import Batch
from twin_app.live.history.duck import DuckHistory
from twin_app.live.history.model import DAY_US, Trend
from twin_app.live.history.parts import DAYS, ROLLUPS, Part, parts_in, rollups_that_count
from twin_app.live.streams import StreamInfo
from twin_app.live.values import US_PER_S, Quality, State

DAY = 20_000  # 2024-10-04
STREAMS = [StreamInfo(f"馈/s{number}", name=f"测点{number}", unit="Cel") for number in range(7)]


def made(day: float, size: int, seed: int = 1, *, days: float = 1.0) -> Batch:
    """``size`` observations of all streams over some days: a tenth uncertain, a tenth bad without a number."""
    random = np.random.default_rng(seed)
    times_us = (day * DAY_US + random.integers(0, int(days * DAY_US), size)).astype(np.int64)
    quality = random.choice([0, 0, 0, 0, 0, 0, 0, 0, 1, 2], size).astype(np.uint8)
    values = np.where(quality == Quality.BAD, np.nan, random.normal(20.0, 5.0, size))
    state = np.where(random.random(size) < 0.001, State.SIMULATED, State.MEASURED).astype(np.uint8)
    rows = random.integers(0, len(STREAMS), size)
    return Batch(rows, values, times_us, times_us + 5, quality, np.zeros(size, np.uint8), state)


def plain_trend(batches: list[Batch], row: int, width_us: int) -> dict[tuple[int, int], tuple[float, ...]]:
    """Minimum, maximum, mean, count and stamp of each bucket and quality, by a loop."""
    found: dict[tuple[int, int], list[tuple[float, bool]]] = {}
    for batch in batches:
        for at in np.flatnonzero(batch.rows == row):
            key = int(batch.source_us[at]) // width_us * width_us, int(batch.quality[at])
            found.setdefault(key, []).append((float(batch.values[at]), bool(batch.state[at] == State.SIMULATED)))
    told = {}
    for key, pairs in found.items():
        numbers = [value for value, _ in pairs if np.isfinite(value)] or [np.nan]
        stamp = any(simulated for _, simulated in pairs)
        told[key] = (min(numbers), max(numbers), sum(numbers) / len(numbers), len(pairs), stamp)
    return told


def as_dict(trend: Trend) -> dict[tuple[int, int], tuple[float, ...]]:
    columns = (trend.minimum, trend.maximum, trend.mean, trend.count, trend.simulated)
    keys = zip(trend.start_us.tolist(), trend.quality.tolist(), strict=True)
    return dict(zip(keys, zip(*(column.tolist() for column in columns), strict=True), strict=True))


def same(one: dict[tuple[int, int], tuple[float, ...]], other: dict[tuple[int, int], tuple[float, ...]]) -> bool:
    return sorted(one) == sorted(other) and all(
        np.allclose(one[key], other[key], rtol=1e-12, equal_nan=True) for key in one
    )


@pytest.mark.parametrize("span_days", [0.5, 3.0, 45.0])
@pytest.mark.parametrize("rolled", [False, True])
def test_trends_are_what_a_plain_loop_finds(tmp_path: Path, span_days: float, rolled: bool) -> None:
    batches = [made(DAY, 6000, seed, days=45.0) for seed in (1, 2)]
    store = DuckHistory(tmp_path / "历史 [1]*")
    for batch in batches:
        store.append(STREAMS, batch)
    if rolled:
        store.tidy((DAY + 40) * DAY_US)  # into the second month: one is joined, one is days, some still run
        assert any(part.is_month for part in parts_in(store.folder / ROLLUPS))
        late = made(DAY + 2, 500, 3)
        store.append(STREAMS, late)  # of a day that is a file already
        batches.append(late)
        store.append(STREAMS, made(DAY + 100, 10, 4))
        batches.append(made(DAY + 100, 10, 4))
    to_us = int((DAY + span_days) * DAY_US)
    trend = store.trend("馈/s3", DAY * DAY_US, to_us, 100)
    assert len(np.unique(trend.start_us)) <= 101
    end_us = -(-to_us // trend.width_us) * trend.width_us
    wanted = {key: row for key, row in plain_trend(batches, 3, trend.width_us).items() if key[0] < end_us}
    assert same(as_dict(trend), wanted)
    assert store.count() == sum(map(len, batches))
    store.tidy((DAY + 41) * DAY_US)
    assert same(as_dict(store.trend("馈/s3", DAY * DAY_US, to_us, 100)), wanted)
    assert store.count() == sum(map(len, batches))
    store.close()


def test_what_is_not_known_is_empty_not_zero(tmp_path: Path) -> None:
    store = DuckHistory(tmp_path / "h")
    store.append(STREAMS, made(DAY, 10))
    assert len(store.trend("none", 0, DAY_US)) == 0
    assert store.latest("none") is None
    store.close()


def test_the_latest_is_found_in_files_too(tmp_path: Path) -> None:
    store = DuckHistory(tmp_path / "h")
    batch = made(DAY, 2000, days=3.0)
    store.append(STREAMS, batch)
    newest = int(batch.source_us[batch.rows == 2].max())
    for now in (DAY, DAY + 9):
        store.tidy(now * DAY_US)
        found = store.latest("馈/s2")
        assert found is not None
        assert found.time_us == newest
    store.close()


def test_days_beyond_the_retention_are_deleted_files(tmp_path: Path) -> None:
    store = DuckHistory(tmp_path / "h", retention_days=10)
    store.append(STREAMS, made(DAY, 4000, days=40.0))
    store.tidy((DAY + 40) * DAY_US)
    names = [part.name for part in parts_in(store.folder / DAYS)]
    assert (len(names), names[0]) == (10, "2024-11-03")
    assert {part.month for part in parts_in(store.folder / ROLLUPS)} == {"2024-11"}
    store.close()


def test_finished_days_open_in_any_program_sorted(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    store = DuckHistory(tmp_path / "h")
    store.append(STREAMS, made(DAY, 3000))
    store.tidy((DAY + 1) * DAY_US)
    store.close()
    (file,) = (tmp_path / "h" / DAYS).iterdir()
    table = pq.read_table(file)
    keys = list(zip(table["key"].to_pylist(), table["time"].to_pylist(), strict=True))
    assert keys == sorted(keys)
    assert pq.read_metadata(file).row_group(0).column(0).compression == "ZSTD"


_APPENDING = """
import sys
from pathlib import Path
from tests.unit.twin_app.live.history.test_duck import DAY, STREAMS, made
from twin_app.live.history.duck import DuckHistory
store = DuckHistory(Path(sys.argv[1]))
for number in range(100_000):
    store.append(STREAMS, made(DAY, 1000, number))
    print(number + 1, flush=True)
"""


def _child(code: str, *arguments: str | Path) -> subprocess.Popen[str]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, env=environ, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
@pytest.mark.parametrize("after_s", [0.0, 0.05, 0.11])
def test_kill_9_leaves_whole_batches_and_all_that_was_told(tmp_path: Path, after_s: float) -> None:
    with _child(_APPENDING, tmp_path / "h") as child:
        assert child.stdout is not None
        for _ in range(5):
            child.stdout.readline()
        time.sleep(after_s)
        os.kill(child.pid, signal.SIGKILL)
        told = 5 + len([line for line in child.stdout.read().splitlines() if line])
    store = DuckHistory(tmp_path / "h")
    count = store.count()
    assert count % 1000 == 0
    assert count in {1000 * told, 1000 * (told + 1)}
    store.append(STREAMS, made(DAY, 1000))
    assert store.count() == count + 1000
    store.close()


_ROLLING = """
import os, sys
from pathlib import Path
from tests.unit.twin_app.live.history.test_duck import DAY, STREAMS, made
from twin_app.live.history import rolling
from twin_app.live.history.duck import DuckHistory
from twin_app.live.history.model import DAY_US
store = DuckHistory(Path(sys.argv[1]))
store.append(STREAMS, made(DAY, 9000, days=40.0))
left, finish = [int(sys.argv[2])], rolling.finish
def crashing(unfinished, file):
    if sys.argv[3] == "before" and not left[0]:
        os.kill(os.getpid(), 9)
    finish(unfinished, file)
    if sys.argv[3] == "after" and not left[0]:
        os.kill(os.getpid(), 9)
    left[0] -= 1
rolling.finish = crashing
store.tidy((DAY + 39) * DAY_US)
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("finished", [0, 1, 4, 5, 77, 78])
def test_a_crash_while_rolling_over_loses_nothing_and_doubles_nothing(
    tmp_path: Path, moment: str, finished: int
) -> None:
    with _child(_ROLLING, tmp_path / "h", str(finished), moment) as child:
        pass
    assert child.returncode == -signal.SIGKILL
    batch = made(DAY, 9000, days=40.0)
    wanted = plain_trend([batch], 1, 7200 * US_PER_S)
    store = DuckHistory(tmp_path / "h")
    for _ in range(2):
        assert store.count() == 9000
        trend = store.trend("馈/s1", DAY * DAY_US, (DAY + 40) * DAY_US, 500)
        assert trend.width_us == 7200 * US_PER_S
        assert same(as_dict(trend), wanted)
        store.tidy((DAY + 39) * DAY_US)
    assert not list((tmp_path / "h").rglob("*.unfinished"))
    store.close()


def test_a_second_process_is_told_that_it_is_in_use(tmp_path: Path) -> None:
    store = DuckHistory(tmp_path / "h")
    code = f"""
from pathlib import Path
from loaders.model.errors import CityTwinError
from twin_app.live.history.duck import DuckHistory
try:
    DuckHistory(Path({str(tmp_path / "h")!r}))
except CityTwinError as error:
    print(error.code)
"""
    with _child(code) as child:
        assert child.stdout is not None
        assert child.stdout.read().strip() == "history.in_use"
    store.append(STREAMS, made(DAY, 10))  # and is not harmed
    store.close()


def test_a_damaged_file_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "h").mkdir()
    (tmp_path / "h" / "running.duckdb").write_bytes(b"no database" * 1000)
    with pytest.raises(CityTwinError, match=r"history\.damaged"):
        DuckHistory(tmp_path / "h")
    (tmp_path / "f").write_text("a file")
    with pytest.raises(CityTwinError, match=r"history\.unwritable"):
        DuckHistory(tmp_path / "f")


def test_of_each_month_the_newest_file_counts_and_days_that_came_later() -> None:
    days = [Part("2026-10-01", 5), Part("2026-10-02", 5), Part("2026-10-02", 9), Part("2026-11-01", 9)]
    rollups = [Part("2026-10", 4), Part("2026-10", 5), *days, Part("2026-11-02", 9)]
    assert rollups_that_count(rollups, days) == [Part("2026-10", 5), Part("2026-10-02", 9), Part("2026-11-01", 9)]


def test_whoever_reads_is_through_before_the_history_closes(tmp_path: Path) -> None:
    store = DuckHistory(tmp_path / "h")
    store.append(STREAMS, made(DAY, 1000))
    begun, answers = threading.Event(), list[int]()

    def slow(cursor: Any, _files: list[str]) -> int:
        begun.set()
        ((count,),) = cursor.execute(
            "SELECT count(*) FROM range(200_000) a, range(2_000) b WHERE a.range > b.range"
        ).fetchall()
        return int(count)

    reader = threading.Thread(target=lambda: answers.append(store._read((DAY * DAY_US, DAY * DAY_US), slow)))
    reader.start()
    assert begun.wait(10.0)
    store.close()
    reader.join(20.0)
    assert answers == [sum(200_000 - 1 - b for b in range(2_000))]
    with pytest.raises(CityTwinError, match="history"):
        store.latest(STREAMS[0].key)
