"""What the overview of a large tileset notes for the stream of all that stands below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.model.tiles import NO_NODE
from loaders.tiles.expanding import Context, Kind, Place
from loaders.tiles.placing import Frame
from loaders.tiles.tree import Tile
from loaders.tiles.volumes import boxes_m

ROOT_ROW = 0  # the tileset itself
_ANYWHERE_M = 50_000.0  # around the origin, for a tileset that does not say how far it reaches


class Opening(NamedTuple):
    """Where the tree goes on below a tile of the overview; ``row`` is the object that what is there belongs to."""

    given: int
    context: int
    place: Place
    row: int


class Notes(NamedTuple):
    """All of it. ``place`` is longitude and latitude in degrees, None where the tileset is not on the globe."""

    place: tuple[float, float] | None
    contexts: list[Context]
    openings: list[Opening]


def open_boxes_m(tiles: Sequence[Tile], frame: Frame) -> NDArray[np.float64]:
    """(n, 6): of tiles below which the tree goes on what they say of their volume, or their parents'; NaN of others."""
    found = boxes_m([tile.spot.volume for tile in tiles], frame)
    for tile in tiles:
        if np.isnan(found[tile.number]).any():
            anywhere = np.array([-_ANYWHERE_M] * 3 + [_ANYWHERE_M] * 3)
            found[tile.number] = anywhere if tile.parent == NO_NODE else found[tile.parent]
    found[[not tile.more for tile in tiles]] = np.nan
    return found


def notes_of(
    tiles: Sequence[Tile], place: tuple[float, float] | None, row_of_tile: Mapping[int, int]
) -> dict[str, Any]:
    """As plain JSON values; a matrix that changes nothing is left out."""
    contexts: dict[Context, int] = {}
    opened = []
    for tile in tiles:
        if tile.more:
            context = contexts.setdefault(tile.spot.context, len(contexts))
            opened.append([tile.number, context, *map(int, tile.spot.place), _row(tiles, tile, row_of_tile)])
    plain = Context(("",)).root_from_document
    listed = [
        [list(c.chain), None if c.root_from_document == plain else list(c.root_from_document), c.replaces, c.error_m]
        for c in contexts
    ]
    return {"place": None if place is None else list(place), "contexts": listed, "open": opened}


def _row(tiles: Sequence[Tile], tile: Tile, row_of_tile: Mapping[int, int]) -> int:
    """The object that a tile is; where it shows nothing itself, that of the one above it."""
    while not tile.contents and tile.parent != NO_NODE:
        tile = tiles[tile.parent]
    return row_of_tile.get(tile.number, ROOT_ROW)


def notes_from(values: Mapping[str, Any]) -> Notes:
    """The notes of plain values; raises ValueError, KeyError, TypeError or IndexError where they are none."""
    place = values["place"]
    contexts = []
    for chain, matrix, replaces, error_m in values["contexts"]:
        plain = Context(tuple(map(str, chain)), replaces=bool(replaces), error_m=float(error_m))
        contexts.append(plain if matrix is None else plain._replace(root_from_document=tuple(map(float, matrix))))
    openings = []
    for given, context, kind, *numbers, row in values["open"]:
        if not 0 <= context < len(contexts) or row < 0:
            raise ValueError("an opening of the stream")
        openings.append(Opening(int(given), int(context), Place(Kind(kind), *map(int, numbers)), int(row)))
    return Notes(None if place is None else (float(place[0]), float(place[1])), contexts, openings)
