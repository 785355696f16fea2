"""What is kept, let go and left out when there is much, little or nothing to keep it in."""

from __future__ import annotations

import sys

import numpy as np

from loaders.model.frames import identity
from loaders.model.tiles import NO_NODE, NodeList
from scenes.streaming import Limits, Streamer
from scenes.streaming.heap import PERIOD_SECS, Heap
from tests.unit.scenes.streaming.test_streamer import ideal, overlaps, run, seen, streamer
from tests.unit.scenes.streaming.trees import Record, Source, eye, quadtree

__all__ = ["streamer"]  # a fixture


def test_what_no_view_needs_for_long_is_let_go_though_there_is_room() -> None:
    now = [0.0]
    nodes, record = quadtree(4), Record(tile_bytes=1000)
    s = Streamer(Limits(idle_secs=60.0), lambda: now[0])
    try:
        s.add(Source(nodes), record, identity())
        there, here = eye(x_m=-400.0, z_m=5.0, down=1.0), eye(x_m=400.0, z_m=5.0, down=1.0)
        s.look(there)
        run(s)
        visited = set(record.here)
        for _ in range(12):
            now[0] += 5.0
            s.look(here)
            run(s)
        assert visited <= record.here, "not yet"
        for _ in range(12):
            now[0] += 5.0
            s.look(here)
            run(s)
        gone = visited - record.here
        assert gone
        assert record.shown - gone == record.shown != set()
        assert s.graphics_bytes == 1000 * len(record.here)
        s.look(there)
        run(s)
        assert seen(nodes, record.shown, there) == seen(nodes, ideal(nodes, there, s.limits.error_px), there)
    finally:
        s.close()


def test_what_lies_beside_the_picture_is_there_coarsely_when_one_turns(streamer) -> None:
    s, record, nodes = streamer(), Record(), quadtree(4)
    s.add(Source(nodes), record, identity())
    away = eye(y_m=5000.0, z_m=50.0, down=0.1)
    assert not away.sees(nodes.bounds_m[:1])[0]
    s.look(away)
    run(s)
    assert record.here == {0}


def test_more_tiles_than_a_picture_takes_are_shown_with_less_detail(streamer) -> None:
    nodes, record = quadtree(5), Record()
    s = streamer(num_tiles=30)
    s.add(Source(nodes), record, identity())
    s.look(eye(z_m=100.0, down=20.0))
    run(s)
    assert 0 < len(record.shown) <= 30 < len(ideal(nodes, eye(z_m=100.0, down=20.0), 8.0))
    assert not overlaps(nodes, record.shown)
    assert not s.is_short_of_memory


def test_tiles_with_nothing_coarser_are_bounded_and_that_is_known(streamer) -> None:
    nodes, record = quadtree(4, inner=False), Record()
    nodes.errors_m[~nodes.has_content] = np.inf
    s = streamer(num_tiles=30)
    s.add(Source(nodes), record, identity())
    s.look(eye(z_m=600.0, down=20.0))
    run(s)
    assert len(ideal(nodes, eye(z_m=600.0, down=20.0), 8.0)) > 60
    assert len(record.shown) == 60
    assert s.crowd.was_cut
    s.look(eye(x_m=5.0, z_m=600.0, down=20.0))
    run(s)
    assert len(record.shown) <= 60
    s.set_limits(Limits())
    run(s)
    assert record.shown == ideal(nodes, eye(x_m=5.0, z_m=600.0, down=20.0), 8.0)
    assert not s.crowd.was_cut


def test_a_tree_that_adds_without_end_is_bounded(streamer) -> None:
    nodes, record = quadtree(5, replaces=False), Record()
    nodes.errors_m[:] = 1e12
    s = streamer(num_tiles=30)
    s.add(Source(nodes), record, identity())
    s.look(eye(z_m=600.0, down=20.0))
    run(s)
    assert 30 < len(record.shown) <= 60
    assert 0 in record.shown


def test_a_tree_that_lies_above_the_cap_shows_its_coarsest_level(streamer) -> None:
    nodes = NodeList()
    box = np.array([-5.0, 5.0, 0.0, 5.0, 15.0, 10.0])
    root = nodes.add(NO_NODE, box, error_m=100.0, replaces=True, level=3)
    shell = nodes.add(root, box, error_m=100.0, replaces=True, has_content=True, level=4)
    nodes.add(shell, box, has_content=True, level=5)
    s, record = streamer(), Record()
    tree = s.add(Source(nodes.finish()), record, identity(), cap=2)
    s.look(eye(z_m=20.0))
    run(s)
    assert record.shown == {shell}
    assert not s.pending
    s.set_cap(tree, 1)  # the bare terrain
    run(s)
    assert record.shown == set()


def test_a_broken_tile_costs_no_detail_beside_its_siblings(streamer) -> None:
    nodes = quadtree(2)
    broken = int(np.flatnonzero(nodes.parents == 1)[0])
    s, record = streamer(), Record()
    s.add(Source(nodes, broken={broken}), record, identity())
    s.look(eye(z_m=100.0, y_m=-900.0, down=0.3))
    run(s)
    assert 1 in record.shown
    assert not record.shown & set(np.flatnonzero(nodes.parents == 1).tolist())
    assert record.shown & set(np.flatnonzero(nodes.parents == 2).tolist())


def test_what_memory_leaves_out_is_known(streamer) -> None:
    s, record = streamer(graphics_bytes=20_000), Record(tile_bytes=1000)
    s.add(Source(quadtree(4)), record, identity())
    s.look(eye(z_m=100.0, down=20.0))
    run(s)
    assert s.is_short_of_memory
    s.set_limits(Limits())
    run(s)
    assert not s.is_short_of_memory


def test_memory_goes_back_to_the_system_now_and_then() -> None:
    now = [0.0]
    heap = Heap(lambda: now[0])
    done = []
    for _ in range(6):
        now[0] += PERIOD_SECS / 2.0
        done.append(heap.give_back())
    assert done == ([False, True] * 3 if sys.platform.startswith("linux") else [False] * 6)
