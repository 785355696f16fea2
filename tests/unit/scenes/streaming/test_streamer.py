"""The scheduler against what 3D Tiles asks for: the right detail, no holes, no overlaps, within memory."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.model.frames import identity, translation
from loaders.model.tiles import NO_NODE, NodeList, TileNodes
from scenes.streaming import Eye, Limits, Streamer
from tests.unit.scenes.streaming.trees import Record, Source, eye, quadtree


@pytest.fixture
def streamer():
    made: list[Streamer] = []

    def make(**limits) -> Streamer:
        made.append(Streamer(Limits(**limits)))
        return made[-1]

    yield make
    for each in made:
        each.close()


def run(streamer: Streamer, check: Callable[[], None] = lambda: None) -> None:
    """Beats and pictures until nothing is left to do."""
    end = time.monotonic() + 20.0
    while time.monotonic() < end:
        streamer.beat(1.0)
        streamer.drawn()
        check()
        if not streamer.pending:
            return
        time.sleep(0.0005)
    raise AssertionError(f"{streamer.pending} tiles still wait")


def ideal(nodes: TileNodes, at: Eye, error_px: float) -> set[int]:
    """What is to be shown in the end, by plain recursion: the refinement of 3D Tiles, everything being there."""
    children: dict[int, list[int]] = {}
    for number, parent in enumerate(nodes.parents):
        children.setdefault(int(parent), []).append(number)

    def visit(number: int, together: bool) -> set[int]:
        box = nodes.bounds_m[number][None]
        seen = bool(at.sees(box)[0])
        error = float(at.errors_px(box, nodes.errors_m[number : number + 1])[0])
        below = children.get(number, [])
        own = {number} if nodes.has_content[number] and (seen or together) else set()
        if not below or not seen or error <= error_px:
            return own
        found = set().union(*(visit(child, bool(nodes.replaces[number])) for child in below))
        return found if nodes.replaces[number] else found | own

    return set().union(*(visit(root, False) for root in children[NO_NODE]))


def seen(nodes: TileNodes, numbers: set[int], at: Eye) -> set[int]:
    """Those in the picture: what is outside may stay or not."""
    return {number for number in numbers if at.sees(nodes.bounds_m[number][None])[0]}


def holes(nodes: TileNodes, shown: set[int]) -> list[int]:
    """Leaves of a tree that replaces, of which nothing is on show."""
    inner = set(nodes.parents.tolist())
    found = []
    for leaf in (n for n in range(len(nodes)) if n not in inner):
        at = leaf
        while at != NO_NODE and at not in shown:
            at = int(nodes.parents[at])
        if at == NO_NODE:
            found.append(leaf)
    return found


def overlaps(nodes: TileNodes, shown: set[int]) -> list[int]:
    """Nodes on show below another one on show."""
    found = []
    for number in shown:
        at = int(nodes.parents[number])
        while at != NO_NODE and at not in shown:
            at = int(nodes.parents[at])
        if at != NO_NODE:
            found.append(number)
    return found


@pytest.mark.parametrize("replaces", [True, False])
@pytest.mark.parametrize("z_m", [20.0, 200.0, 3000.0, 60_000.0])
def test_what_is_shown_in_the_end_is_what_the_standard_says(streamer, replaces, z_m) -> None:
    s, record, nodes = streamer(), Record(), quadtree(5, replaces=replaces)
    s.add(Source(nodes), record, identity())
    s.look(eye(z_m=z_m))
    run(s)
    at = eye(z_m=z_m)
    assert seen(nodes, record.shown, at) == seen(nodes, ideal(nodes, at, s.limits.error_px), at)
    assert not overlaps(nodes, record.shown) or not replaces
    quick, again = streamer(), Record()
    quick.add(Source(nodes), again, identity())
    quick.look(eye(z_m=z_m))
    quick.settle()
    assert seen(nodes, again.shown, at) == seen(nodes, record.shown, at)


places = st.tuples(
    st.floats(-600, 600), st.floats(-600, 600), st.sampled_from([5.0, 60.0, 400.0, 3000.0]), st.floats(0.1, 20.0)
)


@settings(max_examples=25, deadline=None)
@given(path=st.lists(places, min_size=2, max_size=6), depth=st.integers(1, 4))
def test_there_is_never_a_hole_nor_two_things_at_one_place(path, depth) -> None:
    nodes, record = quadtree(depth), Record()
    s = Streamer(Limits(num_reading=2, upload_bytes=250))
    try:
        s.add(Source(nodes), record, identity())
        s.look(eye(z_m=50_000.0, down=50.0))
        run(s)
        assert record.shown == {0}

        def check() -> None:
            assert not holes(nodes, record.shown)
            assert not overlaps(nodes, record.shown)

        for place in path:
            s.look(eye(*place))
            for _ in range(3):
                s.beat(1.0)
                s.drawn()
                check()
        run(s, check)
        at = eye(*path[-1])
        assert seen(nodes, record.shown, at) == seen(nodes, ideal(nodes, at, s.limits.error_px), at)
    finally:
        s.close()


@settings(max_examples=15, deadline=None)
@given(path=st.lists(places, min_size=2, max_size=5))
def test_memory_stays_within_its_limit_and_nothing_on_show_is_let_go(path) -> None:
    nodes, record = quadtree(4), Record(tile_bytes=1000)
    s = Streamer(Limits(data_bytes=40_000_000, graphics_bytes=60_000, num_reading=2))
    try:
        s.add(Source(nodes), record, identity())
        for place in path:
            s.look(eye(*place))
            run(s, lambda: None)
            assert s.graphics_bytes == 1000 * len(record.here) <= 60_000 * 1.2
            assert record.shown or not ideal(nodes, eye(*place), 8.0)
            assert not overlaps(nodes, record.shown)
    finally:
        s.close()
    assert not record.here
    assert s.data_bytes == s.graphics_bytes == 0


def test_what_does_not_fit_is_shown_with_less_detail(streamer) -> None:
    nodes = quadtree(4)
    s, record = streamer(graphics_bytes=20_000), Record(tile_bytes=1000)
    s.add(Source(nodes), record, identity())
    s.look(eye(z_m=100.0, down=20.0))
    run(s)
    assert s.pressure > 1.0
    assert 0 < len(record.shown) < len(ideal(nodes, eye(z_m=100.0, down=20.0), 8.0))
    assert not overlaps(nodes, record.shown)
    s.look(eye(z_m=50_000.0))
    for _ in range(40):
        s.look(eye(z_m=50_000.0))
    assert s.pressure == 1.0


def test_the_most_wrong_is_read_first(streamer) -> None:
    s, source = streamer(num_reading=1), Source(quadtree(4))
    s.add(source, Record(), identity())
    s.look(eye(z_m=30.0))
    run(s)
    depth_of = {n: int(np.floor(np.log(3 * n + 1) / np.log(4) + 1e-9)) for n in range(len(source.tree))}
    first = [depth_of[n] for n in source.reads[:2]]
    assert first == [0, 1]


def test_a_moving_camera_asks_for_less_and_a_resting_one_for_all(streamer) -> None:
    s, record, nodes = streamer(error_px=4.0, moving_error_px=32.0), Record(), quadtree(5)
    s.add(Source(nodes), record, identity())
    s.look(eye(z_m=300.0), moving=True)
    run(s)
    few = len(record.here)
    s.look(eye(z_m=300.0), moving=False)
    run(s)
    assert len(record.here) > 1.5 * few
    assert record.shown == ideal(nodes, eye(z_m=300.0), 4.0)


def test_a_broken_tile_is_told_once_and_leaves_no_hole(streamer) -> None:
    nodes = quadtree(1)
    source = Source(nodes, broken={2})
    s, record = streamer(), Record()
    tree = s.add(source, record, identity())
    seen_at: list[set[int]] = []
    s.look(eye(z_m=300.0))
    run(s, lambda: seen_at.append(set(record.shown)))
    s.look(eye(x_m=1.0, z_m=300.0))
    run(s, lambda: seen_at.append(set(record.shown)))
    assert record.failures == [2]
    assert record.shown == {0}, "the parent alone: beside its children it would be seen through them"
    source.broken.clear()
    s.retry(tree)
    run(s, lambda: seen_at.append(set(record.shown)))
    assert record.shown == {1, 2, 3, 4}
    assert [shown for shown in seen_at if shown not in (set(), {0}, {1, 2, 3, 4})] == [], "no flicker on the way"


def test_the_neighbours_of_a_broken_tile_come_where_nothing_coarser_is(streamer) -> None:
    s, record = streamer(), Record()
    s.add(Source(quadtree(1, inner=False), broken={2}), record, identity())
    s.look(eye(z_m=300.0))
    run(s)
    assert record.shown == {1, 3, 4}


def test_the_only_child_being_broken_leaves_its_parent(streamer) -> None:
    nodes = NodeList()
    box = np.array([-5.0, 5.0, 0.0, 5.0, 15.0, 10.0])
    root = nodes.add(NO_NODE, box, error_m=100.0, replaces=True, has_content=True)
    nodes.add(root, box, has_content=True)
    s, record = streamer(), Record()
    s.add(Source(nodes.finish(), broken={1}), record, identity())
    s.look(eye(z_m=20.0))
    run(s)
    assert record.shown == {0}
    assert record.failures == [1]


def grown_below(below: TileNodes) -> TileNodes:
    """A tree as it is told by a node 0 above it."""
    return TileNodes(
        np.where(below.parents == NO_NODE, 0, below.parents + 1).astype(np.int32),
        *(getattr(below, name) for name in TileNodes.__slots__[1:-1]),
        first=1,
    )


def test_a_tree_that_grows(streamer) -> None:
    below = quadtree(2)
    grown = grown_below(below)
    root = NodeList()
    root.add(NO_NODE, below.bounds_m[0], error_m=10.0, expands=True)
    s, record = streamer(), Record()
    s.add(Source(root.finish(), expansions={0: grown}), record, identity())
    s.look(eye(z_m=300.0))
    run(s)
    assert record.shown == {n + 1 for n in ideal(below, eye(z_m=300.0), s.limits.error_px)}


def test_a_tile_that_tells_of_finer_ones_is_shown_until_they_are_wanted(streamer) -> None:
    below = quadtree(2)
    root = NodeList()
    root.add(NO_NODE, below.bounds_m[0], error_m=200.0, replaces=True, has_content=True, expands=True)
    source, record, s = Source(root.finish(), expansions={0: grown_below(below)}), Record(), streamer()
    s.add(source, record, identity())
    s.look(eye(z_m=90_000.0, down=1000.0))
    run(s)
    assert record.shown == {0}
    near = eye(z_m=300.0)
    s.look(near)
    run(s)
    assert record.shown == {n + 1 for n in ideal(below, near, s.limits.error_px)}
    s.look(eye(z_m=90_000.0, down=1000.0))
    run(s)
    assert record.shown == {0}


def test_a_tree_where_another_was_before_begins_afresh(streamer) -> None:
    s, before, after = streamer(), Record(), Record()
    gone = s.add(Source(quadtree(3)), before, identity())
    s.look(eye(z_m=300.0))
    run(s)
    s.remove(gone)
    alone = NodeList()
    alone.add(NO_NODE, quadtree(0).bounds_m[0], error_m=100.0, has_content=True)
    s.add(Source(alone.finish()), after, identity())
    assert not s.forest.num_children[: s.forest.size].any()
    run(s)
    assert after.shown == {0}


def test_the_same_source_twice_is_read_once(streamer) -> None:
    nodes = quadtree(3)
    s, source, first, second = streamer(), Source(nodes), Record(), Record()
    s.add(source, first, identity())
    other = s.add(source, second, translation((2000.0, 0.0, 0.0)))
    s.look(eye(x_m=1000.0, y_m=-800.0, z_m=700.0, down=0.7))
    run(s)
    assert first.shown
    assert second.shown
    assert len(source.reads) == len(set(source.reads))
    both = s.data_bytes
    s.remove(other)
    assert not second.here
    assert s.data_bytes <= both
    run(s)
    assert first.shown


def test_levels_above_the_cap_are_left_out(streamer) -> None:
    nodes = NodeList()
    box = np.array([-5.0, 5.0, 0.0, 5.0, 15.0, 10.0])
    block = nodes.add(NO_NODE, box, error_m=100.0, replaces=True, has_content=True, level=2)
    shell = nodes.add(block, box, error_m=100.0, replaces=False, has_content=True, level=4)
    nodes.add(shell, box, has_content=True, level=6)
    s, record = streamer(), Record()
    tree = s.add(Source(nodes.finish()), record, identity())
    s.look(eye(z_m=20.0))
    for cap, shown in ((7, {1, 2}), (4, {1}), (3, {0}), (1, set()), (6, {1, 2})):
        s.set_cap(tree, cap)
        run(s)
        assert record.shown == shown


def test_a_late_detail_does_not_keep_its_tree_waiting(streamer) -> None:
    nodes = NodeList()
    box = np.array([-5.0, 5.0, 0.0, 5.0, 15.0, 10.0])
    block = nodes.add(NO_NODE, box, error_m=100.0, replaces=True, has_content=True)
    group = nodes.add(block, box, error_m=100.0)
    nodes.add(group, box, has_content=True)
    inside = nodes.add(group, box, error_m=100.0, optional=True)
    nodes.add(inside, box, has_content=True)
    source = Source(nodes.finish(), broken={4})
    s, record = streamer(), Record()
    s.add(source, record, identity())
    s.look(eye(z_m=20.0))
    run(s)
    assert record.shown == {2}


def test_trees_that_are_hidden_or_gone_are_not_read(streamer) -> None:
    s, source, record = streamer(), Source(quadtree(3)), Record()
    tree = s.add(source, record, identity())
    s.set_visible(tree, False)
    s.look(eye(z_m=100.0))
    run(s)
    assert not source.reads
    s.set_visible(tree, True)
    run(s)
    assert record.shown
    s.set_visible(tree, False)
    run(s)
    assert not record.shown
    s.remove(tree)
    assert not record.here


def test_a_tree_may_go_while_its_tiles_are_read(streamer) -> None:
    s, source, record, stays = streamer(num_reading=1), Source(quadtree(3)), Record(), Record()
    source.gate.clear()
    tree = s.add(source, record, identity())
    other = quadtree(2)
    s.add(Source(other), stays, identity())
    s.look(eye(z_m=100.0))
    s.beat(1.0)
    s.remove(tree)
    source.gate.set()
    run(s)
    assert not record.here
    assert stays.shown == ideal(other, eye(z_m=100.0), s.limits.error_px)


def test_nodes_that_are_switched_off_are_left_out(streamer) -> None:
    nodes = quadtree(1, replaces=False, inner=False)
    s, record = streamer(), Record()
    tree = s.add(Source(nodes), record, identity())
    s.set_enabled(tree, np.array([True, True, False, True, False]))
    s.look(eye(y_m=-900.0, z_m=900.0))
    run(s)
    assert record.shown == {1, 3}
