"""A time that lies back: read from memory and history together, within limits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from twin_app.live.batch import batch_of
from twin_app.live.history.duck import DuckHistory
from twin_app.live.recent import Recent
from twin_app.live.streams import StreamInfo
from twin_app.live.values import US_PER_S, Observation, now_us
from twin_app.usecases import moments
from twin_app.usecases.moments import stretch_of

INFOS = [StreamInfo("f/a"), StreamInfo("f/b")]
KEYS = ["f/b", "f/a"]  # the table's order differs from that of the history


def observed(row: int, second: float, value: float, base_us: int) -> tuple[int, Observation]:
    return row, Observation("", value, base_us + round(second * US_PER_S))


def put(store: DuckHistory | Recent, base_us: int, *told: tuple[int, float, float]) -> None:
    rows, values = zip(*(observed(*one, base_us) for one in told), strict=True)
    batch = batch_of(rows, values, base_us)
    store.append(INFOS, batch) if isinstance(store, DuckHistory) else store.take(batch)


def test_memory_and_history_tell_of_one_time_together(tmp_path: Path) -> None:
    base_us = now_us() - 3600 * US_PER_S
    history, recent = DuckHistory(tmp_path / "h"), Recent()
    put(history, base_us, (0, 0.0, 1.0), (1, 5.0, 2.0), (0, 50.0, 3.0), (1, 3500.0, 9.0))
    put(recent, base_us, (0, 55.0, 4.0), (1, 60.0, 5.0))  # rows of the table: a is 1, b is 0
    stretch = stretch_of(KEYS, (base_us + 20 * US_PER_S, base_us + 100 * US_PER_S), (history, recent))
    for second, a, b in ((20, 1.0, 2.0), (51, 3.0, 2.0), (57, 3.0, 4.0), (60, 5.0, 4.0), (99, 5.0, 4.0)):
        assert stretch.covers(base_us + second * US_PER_S)
        found = stretch.at(base_us + second * US_PER_S, np.zeros(2))
        assert found.value.tolist() == [b, a], second
    history.close()


def test_without_a_history_memory_tells_what_it_has() -> None:
    base_us = now_us() - 60 * US_PER_S
    recent = Recent()
    put(recent, base_us, (0, 1.0, 1.0))
    stretch = stretch_of(KEYS, (base_us, base_us + 900 * US_PER_S), (None, recent))
    assert not stretch.covers(base_us + 300 * US_PER_S)  # that time is still to come
    assert np.isnan(stretch.at(base_us, np.zeros(2)).value).all()
    assert stretch.at(base_us + 2 * US_PER_S, np.zeros(2)).value.tolist()[0] == 1.0


def test_too_much_ends_the_stretch_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moments, "MOST", 10)
    base_us = now_us() - 600 * US_PER_S
    recent = Recent()
    put(recent, base_us, *((0, float(second), float(second)) for second in range(100)))
    stretch = stretch_of(KEYS, (base_us + 20 * US_PER_S, base_us + 99 * US_PER_S), (None, recent))
    assert stretch.covers(base_us + 29 * US_PER_S)
    assert not stretch.covers(base_us + 30 * US_PER_S)
    assert stretch.at(base_us + 20 * US_PER_S, np.zeros(2)).value.tolist()[0] == 20.0
