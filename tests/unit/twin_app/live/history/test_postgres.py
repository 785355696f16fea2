"""The history in a real PostgreSQL server: the same answers, and trouble that passes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from loaders.model.errors import CityTwinError
from tests.support.postgres import INITDB, Cluster
from tests.support.waiting import until
from tests.unit.twin_app.live.history.test_duck import DAY, STREAMS, as_dict, made, plain_trend, same
from tests.unit.twin_app.live.history.test_reading import check_reading
from twin_app.live.history.model import DAY_US, US_PER_S
from twin_app.live.history.opening import open_history
from twin_app.live.history.postgres import PostgresHistory, without_password
from twin_app.live.history.writer import HistoryWriter

pytest.importorskip("psycopg")
pytestmark = pytest.mark.skipif(INITDB is None, reason="PostgreSQL is not installed")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    one = Cluster()
    try:
        one.start()
        _until_it_answers(one)
        yield one
    finally:
        one.remove()


def _until_it_answers(cluster: Cluster) -> None:
    def answers() -> bool:
        try:
            PostgresHistory(cluster.url).close()
        except CityTwinError:
            return False
        return True

    until(answers)


@pytest.fixture
def store(cluster: Cluster) -> Iterator[PostgresHistory]:
    one = open_history(cluster.url, retention_days=10)
    assert isinstance(one, PostgresHistory)
    with one._transaction() as cursor:
        cursor.execute("TRUNCATE citytwin_observations, citytwin_streams")
    one._known = {}
    yield one
    one.close()


@pytest.mark.parametrize("span_days", [0.5, 3.0, 45.0])
def test_trends_are_what_a_plain_loop_finds(store: PostgresHistory, span_days: float) -> None:
    batches = [made(DAY, 4000, seed, days=45.0) for seed in (1, 2)]
    for batch in batches:
        store.append(STREAMS, batch)
    trend = store.trend("馈/s3", DAY * DAY_US, int((DAY + span_days) * DAY_US), 100)
    end_us = -(-int((DAY + span_days) * DAY_US) // trend.width_us) * trend.width_us
    wanted = {key: row for key, row in plain_trend(batches, 3, trend.width_us).items() if key[0] < end_us}
    assert same(as_dict(trend), wanted)
    assert trend.width_us % US_PER_S == 0
    assert store.count() == 8000
    assert len(store.trend("none", 0, DAY_US)) == 0
    assert store.latest("none") is None


def test_the_latest_and_what_is_held(store: PostgresHistory) -> None:
    batch, other = made(DAY, 500, 1), made(DAY, 500, 2)
    store.append(STREAMS, batch)
    latest = store.latest("馈/s2")
    assert latest is not None
    assert latest.time_us == int(batch.source_us[batch.rows == 2].max())
    assert store.holds(STREAMS, batch).all()
    assert store.holds(STREAMS, other).sum() <= 2


def test_old_days_go_and_a_renamed_stream_stays_one(store: PostgresHistory) -> None:
    store.append(STREAMS, made(DAY, 4000, days=40.0))
    store.append([replace(info, name="new") for info in STREAMS], made(DAY + 39, 100, 2))
    store.tidy((DAY + 40) * DAY_US)
    kept = made(DAY, 4000, days=40.0).source_us >= (DAY + 30) * DAY_US
    assert store.count() == 100 + int(np.count_nonzero(kept))
    with store._transaction() as cursor:
        assert cursor.execute("SELECT count(*), min(name) FROM citytwin_streams").fetchone() == (7, "new")


def test_a_batch_that_fails_is_not_half_kept(store: PostgresHistory) -> None:
    bad = made(DAY, 100)
    bad.quality[50] = 77
    with store._transaction() as cursor:
        cursor.execute("ALTER TABLE citytwin_observations ADD CONSTRAINT few CHECK (quality < 3)")
    with pytest.raises(CityTwinError, match=r"history\.unwritable"):
        store.append(STREAMS, bad)
    assert store.count() == 0
    with store._transaction() as cursor:
        cursor.execute("ALTER TABLE citytwin_observations DROP CONSTRAINT few")
    store.append(STREAMS, made(DAY, 100))
    assert store.count() == 100


def test_a_server_that_goes_and_comes_loses_nothing() -> None:
    own = Cluster()
    told: list[CityTwinError] = []
    try:
        own.start()
        _until_it_answers(own)
        writer = HistoryWriter(lambda: PostgresHistory(own.url), lambda row: STREAMS[row], told.append, beat_s=0.02)
        try:
            writer.listen(made(DAY, 200, 1))
            until(lambda: _count(own) == 200)
            own.stop()
            for seed in (2, 3):
                writer.listen(made(DAY, 200, seed))
            until(lambda: bool(told))
            own.start()
            _until_it_answers(own)
            until(lambda: _count(own) == 600)
        finally:
            writer.close()
    finally:
        own.remove()
    assert [error.code for error in told] == ["history.unreachable"]
    assert "secret" not in str(told[0])


def _count(cluster: Cluster) -> int:
    store = PostgresHistory(cluster.url)
    try:
        return store.count()
    finally:
        store.close()


def test_a_server_that_is_not_there_is_one_sentence_without_the_password() -> None:
    with pytest.raises(CityTwinError) as caught:
        PostgresHistory("postgresql://city:secret@127.0.0.1:1/none")
    assert caught.value.code == "history.unreachable"
    assert "secret" not in str(caught.value)
    assert without_password("postgresql://a:b@h:1/d") == "postgresql://a@h:1/d"
    assert without_password("postgresql://h/d") == "postgresql://h/d"


def test_moments_are_what_a_plain_loop_finds(store: PostgresHistory) -> None:
    batch = made(DAY, 3000, days=3.0)
    store.append(STREAMS, batch)
    check_reading(store, batch)
    assert store.begins_us(STREAMS[2].key) == int(batch.source_us[batch.rows == 2].min())
    assert store.begins_us("nobody") is None
