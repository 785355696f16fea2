"""Which nodes a picture needs: one pass down the trees, one up, one down again, each level of depth at once.

The selection follows the refinement rules of OGC 3D Tiles 1.1, sections 6.9 to 6.11: a node is refined while its
geometric error covers more than the allowed pixels. Children that replace their parent are shown only once
all of them are there, so that there is never a hole; where one failed, their parent stays until it is retried.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loaders.model.tables import CimLevel
from loaders.model.tiles import NO_NODE
from scenes.streaming.eye import Eye
from scenes.streaming.forest import Forest, Nodes, State

_MAX_DEPTH = 512
_SPARE = 2  # read after all that changes the picture
_BESIDE = 4  # after everything: beside the picture, so that there is something when one turns there


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """``show`` are nodes to draw, of those that are ready; ``used`` all that must not be let go.

    ``wanted`` are nodes to read, the most urgent first, of which the first ``num_urgent`` change the picture now.
    ``complete`` tells for each root node asked for whether all that it needs is ready, or will never be.
    """

    show: Nodes
    used: Nodes
    wanted: Nodes
    num_urgent: int
    complete: dict[int, bool]
    num_coming: int = 0  # tiles of the picture that are read or handed over just now

    @property
    def num_tiles(self) -> int:
        """Tiles of the picture: on show, or to be."""
        return len(self.show) + self.num_urgent

    def at_most(self, num_tiles: int) -> Cut:
        """The same with no more tiles on show or to be than these, as far as they are not on show already."""
        num_urgent = max(0, min(self.num_urgent, num_tiles - len(self.show) - self.num_coming))
        if num_urgent == self.num_urgent:
            return self
        # What waits for what is left out is done with.
        is_all = not num_urgent and not self.num_coming
        complete = dict.fromkeys(self.complete, True) if is_all else self.complete
        return dataclasses.replace(self, wanted=self.wanted[:num_urgent], num_urgent=num_urgent, complete=complete)

    @staticmethod
    def empty() -> Cut:
        """Nothing."""
        none = np.zeros(0, np.int64)
        return Cut(none, none, none, 0, {})


@dataclass(slots=True, eq=False)
class _Level:
    """The nodes of one depth that were visited; ``owners`` are positions in the level above."""

    nodes: Nodes
    owners: NDArray[np.int64]
    seen: NDArray[np.bool_]
    needed: NDArray[np.bool_]  # seen, or one of those that replace their parent together
    urgency: NDArray[np.float64]
    refined: NDArray[np.bool_]
    covered: NDArray[np.bool_]
    below: NDArray[np.bool_]  # the children can stand in for the node
    coarsest: NDArray[np.bool_]  # nothing coarser is there, and something finer


def cap_of(cap: int, coarsest: int) -> int:
    """Up to which level a tree is shown: at least its coarsest, but where the user wants the bare terrain."""
    return cap if cap <= CimLevel.TERRAIN else max(cap, coarsest)


def choose(
    forest: Forest, roots: Nodes, eye: Eye, error_px: float | NDArray[np.float64], caps: NDArray[np.int8]
) -> Cut:
    """The cut through the trees of ``roots`` for what ``eye`` sees.

    ``error_px`` is the error allowed, for all or for each root; ``caps`` (r,) the highest level of each root.
    """
    allowed = forest.enabled[roots] & (forest.level[roots] <= caps)
    complete = dict.fromkeys(roots[~allowed].tolist(), True)
    roots, caps = roots[allowed], caps[allowed]
    error_px = np.asarray(error_px)[allowed] if np.ndim(error_px) else error_px
    levels = _descend(forest, roots, eye, np.broadcast_to(np.asarray(error_px, np.float64), roots.shape), caps)
    _cover(forest, levels)
    show = _pick(forest, levels)
    nodes = np.concatenate([level.nodes for level in levels]) if levels else roots
    wanted, num_urgent = _wanted(forest, levels)
    complete |= dict(zip(roots.tolist(), _complete(forest, levels, len(roots)), strict=True))
    return Cut(show, nodes, wanted, num_urgent, complete, _num_coming(forest, levels))


def _descend(
    forest: Forest, roots: Nodes, eye: Eye, error_px: NDArray[np.float64], caps: NDArray[np.int8]
) -> list[_Level]:
    levels: list[_Level] = []
    nodes, owners = roots, np.zeros(len(roots), np.int64)
    urgency = np.full(len(roots), np.inf)
    together, bare = np.zeros(len(roots), np.bool_), np.ones(len(roots), np.bool_)
    for _ in range(_MAX_DEPTH):
        if not len(nodes):
            break
        boxes = forest.box_m[nodes]
        seen = eye.sees(boxes)
        pixels = eye.errors_px(boxes, forest.error_m[nodes] * forest.boost[nodes])
        refined = seen & (forest.num_children[nodes] > 0) & (pixels > error_px)
        children, parents, refined = _open(forest, nodes, refined, caps)
        empty = np.zeros(len(nodes), np.bool_)
        holds = forest.has_content[nodes]
        coarsest = bare & holds & (forest.num_children[nodes] > 0)
        levels.append(_Level(nodes, owners, seen, seen | together, urgency, refined, empty, empty, coarsest))
        # What a node shows in place of its children is wrong by so much: that is how urgent they are.
        urgency = np.where(np.isfinite(pixels), pixels, urgency)[parents]
        together, bare = forest.replaces[nodes][parents], (bare & ~holds)[parents]
        nodes, owners, error_px, caps = children, parents, error_px[parents], caps[parents]
    return levels


def _open(
    forest: Forest, nodes: Nodes, refined: NDArray[np.bool_], caps: NDArray[np.int8]
) -> tuple[Nodes, NDArray[np.int64], NDArray[np.bool_]]:
    """The children of refined nodes that the caps let through; a node with none of them is not refined."""
    at = np.flatnonzero(refined)
    children, parents = forest.children(nodes[at])
    parents = at[parents]
    allowed = forest.enabled[children] & (forest.level[children] <= caps[parents])
    children, parents = children[allowed], parents[allowed]
    has_any = np.zeros(len(nodes), np.bool_)
    has_any[parents] = True
    return children, parents, has_any


def _ready(forest: Forest, nodes: Nodes) -> NDArray[np.bool_]:
    ready: NDArray[np.bool_] = forest.state[nodes] == State.READY
    return ready


def _cover(forest: Forest, levels: list[_Level]) -> None:
    """From the leaves up: where what is wanted can be drawn."""
    for depth in range(len(levels) - 1, -1, -1):
        level = levels[depth]
        nodes = level.nodes
        ready = _ready(forest, nodes) & forest.has_content[nodes]
        nothing = ~forest.has_content[nodes] & ~forest.expands[nodes]
        below = np.zeros(len(nodes), np.bool_)
        if depth + 1 < len(levels):
            below = level.refined & _all_covered(forest, levels[depth + 1], len(nodes))
        level.below = below
        level.covered = np.where(level.refined, ready | below, ready | nothing) | ~level.needed


def _all_covered(forest: Forest, level: _Level, count: int) -> NDArray[np.bool_]:
    """Of the nodes above: which have no child that is still to come or failed, and one at least that is there.

    Where a child failed the node above stays alone: with the other children it would be seen through them.
    """
    late = forest.optional[level.nodes]
    missing = np.bincount(level.owners, ~level.covered & ~late, count) > 0
    there = np.bincount(level.owners, level.covered, count) > 0
    return ~missing & there


def _pick(forest: Forest, levels: list[_Level]) -> Nodes:
    """From the roots down: what to draw now."""
    shown: list[Nodes] = []
    waiting: list[Nodes] = []
    active = np.ones(len(levels[0].nodes), np.bool_) if levels else np.zeros(0, np.bool_)
    for depth, level in enumerate(levels):
        nodes = level.nodes
        if depth:
            active = active[level.owners]
        ready = _ready(forest, nodes) & forest.has_content[nodes]
        instead = level.refined & forest.replaces[nodes] & (level.below | ~ready)
        shown.append(nodes[active & ready & ~instead])
        # Not there yet, and nothing below is wanted: what was shown of it before stays.
        waiting.append(nodes[active & ~ready & ~level.refined & forest.has_content[nodes]])
        keeps = level.refined & forest.replaces[nodes] & ready & ~level.below
        active = active & level.refined & ~keeps
    picked = np.concatenate(shown) if shown else np.zeros(0, np.int64)
    return np.concatenate([picked, _left_over(forest, waiting)])


def _left_over(forest: Forest, waiting: list[Nodes]) -> Nodes:
    """Nodes on show whose ancestor is waited for."""
    missing = np.concatenate(waiting) if waiting else np.zeros(0, np.int64)
    on_show = np.flatnonzero(forest.shown[: forest.size])
    if not len(missing) or not len(on_show):
        return np.zeros(0, np.int64)
    is_missing = np.zeros(forest.size, np.bool_)
    is_missing[missing] = True
    found = np.zeros(len(on_show), np.bool_)
    above = forest.parent[on_show].astype(np.int64)
    while (above != NO_NODE).any():
        inside = above != NO_NODE
        found |= inside & is_missing[np.where(inside, above, 0)]
        above = np.where(inside, forest.parent[np.where(inside, above, 0)], NO_NODE)
    left: Nodes = on_show[found & (forest.state[on_show] == State.READY)]
    return left


def _wanted(forest: Forest, levels: list[_Level]) -> tuple[Nodes, int]:
    nodes, urgency, later = [], [], []
    for level in levels:
        to_read = forest.has_content[level.nodes] | forest.expands[level.nodes]
        absent = to_read & (level.needed | level.coarsest) & (forest.state[level.nodes] == State.ABSENT)
        # A node whose children are all there is only of use after a step back.
        spare = level.refined & forest.replaces[level.nodes] & level.below
        nodes.append(level.nodes[absent])
        urgency.append(level.urgency[absent])
        later.append(np.where(level.needed, spare * _SPARE + ~level.seen, _BESIDE)[absent])
    if not nodes:
        return np.zeros(0, np.int64), 0
    all_later = np.concatenate(later)
    order = np.lexsort((-np.concatenate(urgency), all_later))
    return np.concatenate(nodes)[order], int((all_later < _SPARE).sum())


def _num_coming(forest: Forest, levels: list[_Level]) -> int:
    coming = (State.READING, State.READ)
    return sum(int(np.isin(forest.state[level.nodes[level.needed]], coming).sum()) for level in levels)


def _complete(forest: Forest, levels: list[_Level], num_roots: int) -> list[bool]:
    """For each root: whether everything that it needs in the picture is there, or failed."""
    missing = np.zeros(num_roots, np.bool_)
    roots = np.arange(num_roots)
    for depth, level in enumerate(levels):
        roots = np.arange(num_roots) if depth == 0 else roots[level.owners]
        nodes = level.nodes
        to_read = (forest.has_content[nodes] | forest.expands[nodes]) & (forest.state[nodes] < State.READY)
        needed = to_read & level.seen & ~(level.refined & forest.replaces[nodes])
        missing[roots[needed]] = True
    return (~missing).tolist()
