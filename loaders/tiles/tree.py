"""The tree of a tileset, walked from the coarsest tiles on as far as it is to be read at once."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from loaders.model.errors import CityTwinError, Finding
from loaders.model.tiles import NO_NODE
from loaders.tiles.expanding import Content, Expander, Spot
from loaders.tiles.faults import BAD, Problems
from loaders.tileset.tree import CHILDREN


class Budget(NamedTuple):
    """How much of a tree is looked at. ``levels`` are those that its tiles take in a folder of ours."""

    tiles: int
    num_bytes: int
    files: int
    levels: int


# What is read within a minute or so, and makes no more objects than a list of them can be of use for.
SMALL = Budget(tiles=10_000, num_bytes=300_000_000, files=2_000, levels=40)
# What is read in a few seconds. All else of a tileset that is no small one streams from its folder.
OVERVIEW = Budget(tiles=1_500, num_bytes=30_000_000, files=400, levels=32)


@dataclass(slots=True, eq=False)
class Tile:
    """One tile at a spot of the tree; ``more`` tells that the tree goes on below it, and not in the list."""

    number: int
    parent: int
    spot: Spot
    contents: list[Content] = field(default_factory=list)
    more: bool = False

    @property
    def error_m(self) -> float:
        """Wrong by as much when it is shown and not its children."""
        return self.spot.error_m

    @property
    def replaces(self) -> bool:
        """Whether the children stand in for it."""
        return self.spot.replaces


@dataclass(slots=True, eq=False)
class _Step:
    """A place to go on from: the number of the tile that it is, or is below; when it was found, and gone on from."""

    spot: Spot
    number: int
    level: int
    found: int
    done: int | None = None


class Walk:
    """Walks a tileset. After `run`, ``is_large`` tells that ``tiles`` are only the coarsest of them.

    Parents come before children; children are there together, or none of them. From more than ``most_tiles`` on
    a tileset is large, whatever else it is.
    """

    def __init__(self, path: Path, checkpoint: Callable[[], None], most_tiles: int | None = None) -> None:
        path = path.resolve()
        self._small, self._overview = SMALL, OVERVIEW
        if most_tiles is not None:
            self._small = SMALL._replace(tiles=most_tiles)
            self._overview = OVERVIEW._replace(tiles=min(OVERVIEW.tiles, most_tiles))
        self.problems = Problems()
        self.is_large = False
        self.tiles: list[Tile] = []
        self._checkpoint = checkpoint
        self._expander = Expander(path.parent, self.problems.error)
        self.document = self._expander.documents.tileset(path)
        self._heap: list[tuple[float, int, _Step]] = []
        self._steps: list[_Step] = []
        self._counter = itertools.count()
        self._bytes = 0
        self._now = 0  # steps done
        self._cut: tuple[int, int] | None = None  # steps done and tiles found when the overview was full
        self._push(_Step(self._expander.root(path), NO_NODE, 0, -1))

    def run(self) -> list[Tile]:
        """All tiles of a small tileset, the coarsest of a large one."""
        while self._heap:
            self._checkpoint()
            step = heapq.heappop(self._heap)[2]
            before = len(self.tiles)
            is_all = self._go_on(step)
            if self._cut is None and (not is_all or self._is_beyond(self._overview, step)):
                self._cut = (self._now, before)
            self._now += 1
            if not is_all or self._is_beyond(self._small, step):
                self.is_large = True
                self._leave_out_the_rest()
                break
        return self.tiles

    def _push(self, step: _Step) -> None:
        self._steps.append(step)
        heapq.heappush(self._heap, (-step.spot.error_m, next(self._counter), step))

    def _is_beyond(self, budget: Budget, step: _Step) -> bool:
        files = self._expander.documents.num_read
        return (
            len(self.tiles) > budget.tiles
            or self._bytes > budget.num_bytes
            or files > budget.files
            or step.level > budget.levels
        )

    def _go_on(self, step: _Step) -> bool:
        """Take what is below a place; False when there is more of it than a small tileset has."""
        step.done = self._now
        most = self._small.tiles + 1
        try:
            below = self._expander.below(step.spot, most)
            is_all = self._expander.num_listed(step.spot) <= most
        except (*BAD, CityTwinError) as error:
            self.problems.error(error, step.spot.context.path)
            step.done = None  # it may be there when it is looked at
            return True
        # A folder of ours puts many children into groups.
        level = step.level + max(1, math.ceil(math.log(max(len(below), 1), CHILDREN)))
        for spot in below:
            number = self._add(spot, step.number) if spot.is_drawn else step.number
            if spot.has_more:
                self._push(_Step(spot, number, level, self._now))
        return is_all

    def _add(self, spot: Spot, parent: int) -> int:
        number = len(self.tiles)
        contents = []
        for content in spot.contents:
            if content.num_bytes or content.path.is_file():
                contents.append(content)
            else:
                self.problems.add(Finding.error("tiles.missing", content.path.name))
        self.tiles.append(Tile(number, parent, spot, contents))
        self._bytes += spot.num_bytes
        return number

    def _leave_out_the_rest(self) -> None:
        """Back to when the overview was full; what is below it then is where the tree goes on."""
        steps, count = self._cut or (self._now, len(self.tiles))
        del self.tiles[count:]
        for step in self._steps:
            if step.found >= steps or (step.done is not None and step.done < steps):
                continue
            if step.spot.is_drawn:
                self.tiles[step.number].more = True
            else:
                self.tiles.append(Tile(len(self.tiles), step.number, step.spot, more=True))
        self.tiles = without_holes(self.tiles)


def without_holes(tiles: list[Tile]) -> list[Tile]:
    """The tiles without those that would replace a coarser one, and of which some are not in the list."""
    lacks = [False] * len(tiles)  # nothing is shown in some part of it
    open_below = [False] * len(tiles)
    for tile in reversed(tiles):
        gap = tile.more or open_below[tile.number]
        lacks[tile.number] = gap and not tile.contents
        if lacks[tile.number] and tile.parent != NO_NODE:
            open_below[tile.parent] = True
    kept: list[Tile] = []
    moved: dict[int, int] = {NO_NODE: NO_NODE}
    for tile in tiles:
        parent = moved.get(tile.parent)
        if parent is None or (parent != NO_NODE and kept[parent].more):
            continue
        moved[tile.number] = len(kept)
        stops = tile.more or (open_below[tile.number] and bool(tile.contents) and tile.replaces)
        kept.append(Tile(len(kept), parent, tile.spot, tile.contents, stops))
    return kept
