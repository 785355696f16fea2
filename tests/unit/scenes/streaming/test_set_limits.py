"""Limits that change while tiles are on show."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from loaders.model.frames import identity
from scenes.streaming import Limits, Streamer
from tests.unit.scenes.streaming.trees import Record, Source, eye, quadtree

TILE_BYTES = 1000


@pytest.fixture
def streamed() -> Iterator[tuple[Streamer, Record]]:
    """A tree on show with as much memory as it wants."""
    streamer, record = Streamer(Limits()), Record(tile_bytes=TILE_BYTES)
    streamer.add(Source(quadtree(4)), record, identity())
    streamer.look(eye(z_m=100.0, down=20.0))
    run(streamer)
    yield streamer, record
    streamer.close()


def run(streamer: Streamer) -> None:
    """Beats and pictures until nothing is left to do."""
    end = time.monotonic() + 20.0
    while time.monotonic() < end:
        streamer.beat(1.0)
        streamer.drawn()
        if not streamer.pending:
            return
        time.sleep(0.0005)
    raise AssertionError(f"{streamer.pending} tiles still wait")


def test_less_memory_counts_at_once_and_more_brings_it_all_back(streamed: tuple[Streamer, Record]) -> None:
    streamer, record = streamed
    before = set(record.shown)
    assert streamer.graphics_bytes > 20 * TILE_BYTES
    streamer.set_limits(Limits(graphics_bytes=20 * TILE_BYTES))
    run(streamer)
    assert streamer.graphics_bytes == TILE_BYTES * len(record.here) <= 20 * TILE_BYTES
    assert 0 < len(record.shown) < len(before)
    streamer.set_limits(Limits())
    run(streamer)
    assert record.shown == before


def test_finer_detail_shows_more(streamed: tuple[Streamer, Record]) -> None:
    streamer, record = streamed
    streamer.look(eye(z_m=2000.0, down=20.0))
    streamer.set_limits(Limits(error_px=16.0, moving_error_px=32.0))
    run(streamer)
    quick = len(record.shown)
    streamer.set_limits(Limits(error_px=4.0, moving_error_px=8.0))
    run(streamer)
    assert len(record.shown) > quick
