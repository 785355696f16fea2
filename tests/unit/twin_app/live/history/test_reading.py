"""What a history knew at a moment, and what came between two, against plain loops; in files and while it runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loaders.model.errors import CityTwinError
from tests.unit.twin_app.live.history.test_duck import DAY, STREAMS, made
from twin_app.live.batch import Batch
from twin_app.live.history.duck import DuckHistory
from twin_app.live.history.model import DAY_US, HistoryStore

KEYS = [STREAMS[number].key for number in (2, 0, 5)]


def plain_known_at(batch: Batch, row: int, time_us: int, since_us: int) -> tuple[int, float] | None:
    """Time and value of the newest observation, by a loop."""
    mine = [at for at in np.flatnonzero(batch.rows == row) if since_us < batch.source_us[at] <= time_us]
    last = max(mine, key=lambda at: int(batch.source_us[at]), default=None)
    return None if last is None else (int(batch.source_us[last]), float(batch.values[last]))


def check_reading(store: HistoryStore, batch: Batch) -> None:
    """`known_at` and `between` of any store that holds ``batch`` and nothing else."""
    for time_us, since_us in ((DAY * DAY_US + 5, DAY * DAY_US - 9), (int(DAY * DAY_US + 1.5 * DAY_US), DAY * DAY_US)):
        found = store.known_at(KEYS, time_us, since_us)
        rows = [STREAMS.index(next(one for one in STREAMS if one.key == KEYS[row])) for row in found.rows]
        told = {row: (int(t), float(v)) for row, t, v in zip(rows, found.source_us, found.values, strict=True)}
        wanted = {row: plain_known_at(batch, row, time_us, since_us) for row in (2, 0, 5)}
        wanted = {row: one for row, one in wanted.items() if one is not None}
        assert told.keys() == wanted.keys()
        for row, (when, value) in told.items():
            assert when == wanted[row][0]
            assert np.isclose(value, wanted[row][1], equal_nan=True)
    low, high = int(DAY * DAY_US + 0.3 * DAY_US), int(DAY * DAY_US + 1.7 * DAY_US)
    found = store.between(KEYS, low, high, 10**6)
    mine = np.isin(batch.rows, (0, 2, 5)) & (batch.source_us > low) & (batch.source_us <= high)
    assert found.source_us.tolist() == sorted(batch.source_us[mine].tolist())
    assert np.bincount(found.quality, minlength=3).tolist() == np.bincount(batch.quality[mine], minlength=3).tolist()
    assert (found.receive_us - found.source_us == 5).all()
    few = store.between(KEYS, low, high, 7)
    assert few.source_us.tolist() == found.source_us[:7].tolist()


@pytest.mark.parametrize("rolled", [False, True])
def test_moments_are_what_a_plain_loop_finds(tmp_path: Path, rolled: bool) -> None:
    store, batch = DuckHistory(tmp_path / "历史"), made(DAY, 3000, days=3.0)
    store.append(STREAMS, batch)
    if rolled:
        store.tidy((DAY + 2) * DAY_US)
    check_reading(store, batch)
    first_us = int(batch.source_us[batch.rows == 2].min())
    begins_us = store.begins_us(KEYS[0])
    assert begins_us is not None
    assert 0 <= first_us - begins_us < 900_000_000
    assert store.begins_us("nobody") is None
    assert len(store.known_at(["nobody"], (DAY + 9) * DAY_US, DAY * DAY_US)) == 0
    store.close()


def test_a_history_that_was_closed_meanwhile_says_so(tmp_path: Path) -> None:
    store = DuckHistory(tmp_path / "h")
    store.close()
    with pytest.raises(CityTwinError) as caught:
        store.begins_us("x")
    assert caught.value.code == "history.unreadable"
