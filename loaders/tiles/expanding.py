"""What stands directly below a tile, read when it is asked for: explicit tiles, other tilesets, implicit cells."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from loaders.model.errors import CityTwinError
from loaders.model.frames import Matrix
from loaders.tiles.documents import Document, Documents
from loaders.tiles.faults import BAD
from loaders.tiles.implicit_tiling import Cell, Subtree, Tiling
from loaders.tiles.tile_json import contents_of, error_of, is_implicit, refine_of, transform_of, uri_of
from loaders.tiles.uris import local_file
from loaders.tiles.volumes import Volume, cell_volume, volume_of

_MOST_EXTERNAL = 32  # tilesets within tilesets
MOST_BELOW = 20_000  # tiles listed directly below one: what reads them can be waited for
Tell = Callable[[Exception, str], None]  # hears of what is left out, and where

FARTHEST_M = 1e8  # from the origin of a tileset: the globe and whatever flies around it are nearer


class Kind(enum.IntEnum):
    """What a place in the tree is. Only tiles and cells are drawn; the others tell where more of the tree is read."""

    TILE = 0
    CELL = 1
    DOCUMENT = 2
    SUBTREE = 3


class Context(NamedTuple):
    """A tileset within its chain of tilesets, paths from the root folder, itself last; and what it inherits.

    The matrix is 16 numbers, row by row.
    """

    chain: tuple[str, ...]
    root_from_document: tuple[float, ...] = tuple(np.eye(4).reshape(16).tolist())
    replaces: bool = True
    error_m: float = 0.0

    @property
    def path(self) -> str:
        """The tileset's file, from the root folder."""
        return self.chain[-1]

    @property
    def matrix(self) -> Matrix:
        """4 x 4, from the document to the root."""
        return np.array(self.root_from_document, np.float64).reshape(4, 4)


class Place(NamedTuple):
    """A place within a context, by numbers alone: the explicit tile, and the cell of its implicit tree."""

    kind: Kind
    tile: int = 0
    level: int = 0
    x: int = 0
    y: int = 0
    z: int = 0


class Content(NamedTuple):
    """A file to read, and its transform to the root's frame; ``num_bytes`` is 0 for a file that is not there."""

    path: Path
    root_from_content: Matrix
    num_bytes: int = 0


@dataclass(slots=True, eq=False)
class Spot:
    """A place and what is known of it. ``error_m`` is wrong by as much when it is shown and not what is below."""

    context: Context
    place: Place
    matrix: Matrix
    error_m: float
    replaces: bool
    volume: Volume | None = None
    contents: list[Content] = field(default_factory=list)
    has_more: bool = True
    others: list[Context] = field(default_factory=list)  # tilesets that stand below a tile

    @property
    def is_drawn(self) -> bool:
        """Whether it is a tile, and not only a place where more of the tree is read."""
        return self.place.kind in (Kind.TILE, Kind.CELL)

    @property
    def num_bytes(self) -> int:
        """Of all its contents."""
        return sum(content.num_bytes for content in self.contents)


class _Tree(NamedTuple):
    """An implicit tree: the tile that is its root, and the subtree that is looked at."""

    base: Spot
    tile: dict[str, Any]
    tiling: Tiling
    here: Subtree

    def goes_on(self, cell: Cell) -> bool:
        """Whether there is anything below a cell."""
        tiling = self.tiling
        if cell.level + 1 >= tiling.available_levels:
            return False
        has = self.here.has_tile if (cell.level + 1) % tiling.subtree_levels else self.here.has_subtree
        return any(has(child) for child in cell.children())


class Expander:
    """Knows a tileset place by place. One thread; ``tell`` hears of all that is left out."""

    def __init__(self, root_folder: Path, tell: Tell) -> None:
        self.documents = Documents(root_folder)
        self._root_folder = root_folder
        self._tell = tell

    def root(self, path: Path) -> Spot:
        """Where it all begins."""
        context = Context((path.relative_to(self._root_folder).as_posix(),))
        return self._other(context, None)

    def find(self, context: Context, place: Place) -> Spot:
        """A place that was told of before; raises `CityTwinError`, ValueError, KeyError, TypeError or IndexError."""
        if place.kind is Kind.DOCUMENT:
            return self._other(context, None)
        document = self._document(context)
        tile = document.tiles[place.tile]
        spot = self._bare(context, document, place.tile)
        if place.kind is Kind.TILE:
            return self._with_contents(spot, tile)
        tiling = Tiling.of(tile)
        cell = Cell(place.level, (place.x, place.y, place.z)[: tiling.dimensions])
        if place.kind is Kind.SUBTREE:
            return self._subtree(spot, cell)
        return self._cell(_Tree(spot, tile, tiling, self._subtree_file(context, tiling, tiling.subtree_of(cell))), cell)

    def below(self, spot: Spot, most: int = MOST_BELOW) -> list[Spot]:
        """What stands directly below, of explicit tiles ``most`` and never more than `MOST_BELOW`; raises as `find`."""
        if spot.place.kind is Kind.DOCUMENT:
            document = self._document(spot.context)
            return [self._implicit_or_tile(document, 0, spot)]
        document = self._document(spot.context)
        if spot.place.kind is Kind.TILE:
            return self._below_tile(spot, document, most)
        tile = document.tiles[spot.place.tile]
        tiling = Tiling.of(tile)
        cell = Cell(spot.place.level, (spot.place.x, spot.place.y, spot.place.z)[: tiling.dimensions])
        base = self._bare(spot.context, document, spot.place.tile)
        if spot.place.kind is Kind.SUBTREE:
            here = self._subtree_file(spot.context, tiling, cell)
            return [self._cell(_Tree(base, tile, tiling, here), cell)] if here.has_tile(cell) else []
        others = [self._other(context, spot) for context in spot.others]
        return others + self._below_cell(base, tile, tiling, cell)

    def num_listed(self, spot: Spot) -> int:
        """How many explicit tiles a document lists directly below one of its tiles; raises as `find`."""
        if spot.place.kind is not Kind.TILE:
            return 0
        return len(self._document(spot.context).children(spot.place.tile))

    def _below_tile(self, spot: Spot, document: Document, most: int) -> list[Spot]:
        found = [self._other(context, spot) for context in spot.others]
        numbers = document.children(spot.place.tile)
        if len(numbers) > MOST_BELOW:
            declared = len(numbers)
            numbers = numbers[:: -(-declared // MOST_BELOW)]  # all over the list, and so over the place
            counts = {"shown": f"{len(numbers):,}", "declared": f"{declared:,}"}
            self._tell(CityTwinError("tiles.crowded", spot.context.path, **counts), spot.context.path)
        for number in numbers[:most]:
            try:
                found.append(self._implicit_or_tile(document, number, spot))
            except (*BAD, CityTwinError) as error:
                self._tell(error, spot.context.path)
        return found

    def _below_cell(self, base: Spot, tile: dict[str, Any], tiling: Tiling, cell: Cell) -> list[Spot]:
        if cell.level + 1 >= tiling.available_levels:
            return []
        here = self._subtree_file(base.context, tiling, tiling.subtree_of(cell))
        children = cell.children()
        if (cell.level + 1) % tiling.subtree_levels:
            inside = _Tree(base, tile, tiling, here)
            return [self._cell(inside, child) for child in children if here.has_tile(child)]
        return [self._subtree(base, child) for child in children if here.has_subtree(child)]

    # -- one place ------------------------------------------------------------------------------

    def _document(self, context: Context) -> Document:
        return self.documents.tileset(self._root_folder / context.path)

    def _subtree_file(self, context: Context, tiling: Tiling, cell: Cell) -> Subtree:
        folder = (self._root_folder / context.path).parent
        return self.documents.subtree(tiling, cell, folder)

    def _other(self, context: Context, above: Spot | None) -> Spot:
        volume = None if above is None else above.volume
        return Spot(context, Place(Kind.DOCUMENT), context.matrix, context.error_m, context.replaces, volume)

    def _implicit_or_tile(self, document: Document, number: int, above: Spot) -> Spot:
        spot, tile = self._next(document, number, above), document.tiles[number]
        if not is_implicit(tile):
            return self._with_contents(spot, tile)
        return self._subtree(spot, Cell(0, (0,) * Tiling.of(tile).dimensions))

    def _bare(self, context: Context, document: Document, number: int) -> Spot:
        """A tile, its contents not looked at."""
        spot = self._other(context, None)
        for each in document.line(number):
            spot = self._next(document, each, spot)
        return spot

    def _next(self, document: Document, number: int, above: Spot) -> Spot:
        tile = document.tiles[number]
        with np.errstate(all="ignore"):
            matrix = above.matrix @ transform_of(tile)
        if not np.isfinite(matrix).all():
            raise ValueError("a tile's transform is not finite")
        if np.abs(matrix[:3, 3]).max() > FARTHEST_M:
            raise ValueError("a tile's transform leads further away than anything on the globe")
        replaces, error_m = refine_of(tile, above.replaces), error_of(tile, matrix, above.error_m)
        return Spot(above.context, Place(Kind.TILE, number), matrix, error_m, replaces, volume_of(tile, matrix))

    def _with_contents(self, spot: Spot, tile: dict[str, Any]) -> Spot:
        self._take_contents(spot, [uri_of(content) for content in contents_of(tile)])
        spot.has_more = bool(tile.get("children") or spot.others)
        return spot

    def _subtree(self, base: Spot, cell: Cell) -> Spot:
        """Where a subtree begins: its file tells whether there is a tile."""
        return self._in_tree(base, Kind.SUBTREE, cell, cell.level - 1)

    def _cell(self, inside: _Tree, cell: Cell) -> Spot:
        spot = self._in_tree(inside.base, Kind.CELL, cell, cell.level)
        templates = [uri_of(content) for content in contents_of(inside.tile)]
        numbers = [number for number in inside.here.contents(cell) if number < len(templates)]
        self._take_contents(spot, [cell.uri(templates[number]) for number in numbers])
        spot.has_more = bool(spot.others) or inside.goes_on(cell)
        return spot

    def _in_tree(self, base: Spot, kind: Kind, cell: Cell, error_level: int) -> Spot:
        """A place of an implicit tree; each level is wrong by half of the one above."""
        place = Place(kind, base.place.tile, cell.level, *(*cell.place, 0)[:3])
        error_m = base.error_m / 2 ** max(error_level, 0)
        volume = cell_volume(base.volume, cell.level, cell.place)
        return Spot(base.context, place, base.matrix, error_m, base.replaces, volume)

    def _take_contents(self, spot: Spot, uris: list[str]) -> None:
        """Files to draw, and tilesets that stand below the tile."""
        folder = (self._root_folder / spot.context.path).parent
        for uri in uris:
            try:
                path = local_file(uri, folder, self._root_folder)
                if path.suffix.lower() == ".json":
                    spot.others.append(self._context_below(spot, path))
                    continue
                size = path.stat().st_size if path.is_file() else 0
                spot.contents.append(Content(path, spot.matrix, size))
            except (*BAD, OSError, CityTwinError) as error:
                self._tell(error, uri[:200])

    def _context_below(self, spot: Spot, path: Path) -> Context:
        chain, name = spot.context.chain, path.relative_to(self._root_folder).as_posix()
        if name in chain or len(chain) >= _MOST_EXTERNAL:
            raise CityTwinError("tiles.cycle", path.name)
        matrix = tuple(float(value) for value in spot.matrix.reshape(16))
        return Context((*chain, name), matrix, spot.replaces, spot.error_m)
