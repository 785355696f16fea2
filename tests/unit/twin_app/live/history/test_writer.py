"""The writer between hub and history: all that came, trouble that passes, recordings that are not kept twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from loaders.model.errors import CityTwinError
from tests.support.waiting import until
from tests.unit.twin_app.live.history.test_duck import DAY, STREAMS, made
from twin_app.live.batch import Batch
from twin_app.live.history.duck import DuckHistory
from twin_app.live.history.model import HistoryStore
from twin_app.live.history.writer import HistoryWriter
from twin_app.live.streams import StreamInfo


class Faulty:
    """A history whose disk is full for its first writes."""

    def __init__(self, store: HistoryStore, failures: int) -> None:
        self._store, self.failures = store, failures

    def append(self, infos: Sequence[StreamInfo], batch: Batch) -> None:
        if self.failures:
            self.failures -= 1
            raise CityTwinError("history.unwritable", "here", detail="full")
        self._store.append(infos, batch)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


def test_everything_that_came_is_there_when_it_is_closed(tmp_path: Path) -> None:
    writer = HistoryWriter(lambda: DuckHistory(tmp_path / "h"), lambda row: STREAMS[row], beat_s=0.02)
    batches = [made(DAY, 500, seed) for seed in range(20)]
    for batch in batches:
        writer.listen(batch)
    writer.close()
    store = DuckHistory(tmp_path / "h")
    assert store.count() == 20 * 500
    trend = store.trend("馈/s0", DAY * 86_400_000_000, (DAY + 1) * 86_400_000_000)
    assert trend.count.sum() == sum(int((batch.rows == 0).sum()) for batch in batches)
    store.close()


def test_trouble_is_told_once_and_what_came_meanwhile_waits(tmp_path: Path) -> None:
    faulty = Faulty(DuckHistory(tmp_path / "h"), failures=5)
    told: list[CityTwinError] = []
    writer = HistoryWriter(lambda: faulty, lambda row: STREAMS[row], told.append, beat_s=0.01)  # type: ignore[arg-type,return-value]
    for seed in range(3):
        writer.listen(made(DAY, 100, seed))
    until(lambda: faulty.failures == 0 and faulty.count() == 300)  # type: ignore[operator]
    writer.close()
    assert [error.code for error in told] == ["history.unwritable"]
    assert writer.dropped == 0


def test_a_history_that_cannot_be_opened_is_told_and_nothing_piles_up(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("a file")
    told: list[CityTwinError] = []
    writer = HistoryWriter(lambda: DuckHistory(tmp_path / "f"), lambda row: STREAMS[row], told.append, beat_s=0.01)
    until(lambda: bool(told))
    writer.listen(made(DAY, 100))
    writer.close()
    assert (told[0].code, writer.dropped, writer.store) == ("history.unwritable", 100, None)


def test_a_recording_that_is_played_is_not_kept_again(tmp_path: Path) -> None:
    played = [replace(info, provenance="a recording") if row == 0 else info for row, info in enumerate(STREAMS)]
    writer = HistoryWriter(lambda: DuckHistory(tmp_path / "h"), lambda row: played[row], beat_s=0.02)
    batch = made(DAY, 500)
    writer.listen(batch)
    writer.close()
    store = DuckHistory(tmp_path / "h")
    assert store.count() == int(np.count_nonzero(batch.rows))
    store.close()
