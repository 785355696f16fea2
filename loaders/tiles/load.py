"""Reads a tileset of any producer: its tree as it is, its contents as chunks, its features as objects."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from loaders.model.errors import CityTwinError, Finding
from loaders.model.events import Found, Geometry, LoadEvent, Objects, Opened, Progress, Properties, Tree
from loaders.model.formats import LoadContext
from loaders.model.pictures import commonly_encoded
from loaders.model.points import Chunk, PointChunk, num_points, num_triangles
from loaders.model.tiles import NO_NODE, STANDS_IN
from loaders.tiles.chunks import RowsOf, chunks_of
from loaders.tiles.contents import ContentReader, Piece, left_out
from loaders.tiles.expanding import Content
from loaders.tiles.faults import BAD
from loaders.tiles.objects import ENGINE, LEVEL, ObjectRows
from loaders.tiles.placing import Frame, frame_at, place_of
from loaders.tiles.property_tables import PropertyTable
from loaders.tiles.rows import Rows, rows_teller
from loaders.tiles.stream_notes import ROOT_ROW, notes_of, open_boxes_m
from loaders.tiles.tree import Tile, Walk


def load(path: Path, ctx: LoadContext) -> Iterator[LoadEvent]:
    """Yield everything a small tileset holds, the coarsest tiles of a large one; see `loaders.model.formats.Format`.

    Raises `CityTwinError` when its JSON is not a tileset, or when there is nothing in it to draw.
    """
    walk = _begun(path, ctx)
    yield Progress(0.0, "tiles.progress.walking")
    place = place_of(walk.document.tiles[0])
    frame = frame_at(place)
    yield Opened(f"3D Tiles {walk.document.version}", frame.georeference)
    tiles = walk.run()
    yield Tree(
        np.array([tile.parent for tile in tiles], np.int64),
        np.array([tile.error_m for tile in tiles], np.float64),
        np.array([tile.replaces for tile in tiles], np.bool_),
        open_boxes_m(tiles, frame) if walk.is_large else None,
    )
    reading = _Reading(path, walk, frame, ctx)
    yield from reading.events(tiles)
    extras = {}
    if walk.is_large:
        extras["stream"] = notes_of(tiles, place, reading.row_of_tile)
    elif not reading.num_drawn:
        raise CityTwinError("tiles.nothing", path.name)
    yield Properties(reading.objects.properties())
    yield Objects(reading.objects.table(), {"geometry": ENGINE}, extras)
    yield Progress(1.0, "tiles.progress.done")


def _begun(path: Path, ctx: LoadContext) -> Walk:
    """The walk at its root; of a root that is damaged nothing else can be shown, and that is what is said."""
    try:
        return Walk(path, ctx.checkpoint, _most_tiles(ctx))
    except CityTwinError as error:
        if error.code != "tiles.damaged":
            raise
        raise CityTwinError("tiles.unreadable", error.place, **error.arguments) from error


def _most_tiles(ctx: LoadContext) -> int | None:
    """The option ``most_tiles``: more than these are not read at once."""
    wanted = ctx.options.get("most_tiles")
    return None if wanted is None else max(0, int(wanted))


class _Reading:
    """``row_of_tile`` has the row of each tile that is one object: what is finer there belongs to it."""

    def __init__(self, path: Path, walk: Walk, frame: Frame, ctx: LoadContext) -> None:
        self._path, self._walk, self._frame, self._ctx = path, walk, frame, ctx
        self._root_folder = path.resolve().parent
        self._reader = ContentReader(self._root_folder)
        self.objects = ObjectRows(path.parent.name or path.stem)
        self.row_of_tile: dict[int, int] = {}
        self.num_drawn = 0

    def events(self, tiles: list[Tile]) -> Iterator[LoadEvent]:
        above_others, is_refined = _above_others(tiles), _are_refined(tiles)
        for number, tile in enumerate(tiles):
            for content in tile.contents:
                self._ctx.checkpoint()
                before = len(self.objects)
                for chunk in self._chunks(content, stands_in=above_others[number]):
                    self.num_drawn += num_triangles(chunk) + num_points(chunk)
                    if isinstance(chunk, PointChunk) and is_refined[number]:
                        chunk = dataclasses.replace(chunk, refined=True)
                    yield Geometry(chunk, int(LEVEL), False, tile.number)
                alone = len(tile.contents) == 1 and len(self.objects) == before + 1
                self.row_of_tile[tile.number] = before if alone else ROOT_ROW
            yield Progress(0.05 + 0.9 * (number + 1) / len(tiles), "tiles.progress.reading")
        yield from self._findings(len(tiles))

    def _chunks(self, content: Content, *, stands_in: bool) -> list[Chunk]:
        found: list[Chunk] = []
        name = content.path.relative_to(self._root_folder).as_posix()
        try:
            for piece in self._reader.read(content.path):
                rows_of = self._rows_of(piece, name, stands_in=stands_in)
                chunks = chunks_of(piece.parts, content.root_from_content, self._frame.to_model, rows_of)
                found += map(commonly_encoded, chunks)
        except (*BAD, CityTwinError, MemoryError, RecursionError) as error:
            self._walk.problems.error(error, name)
        return found

    def _rows_of(self, piece: Piece, name: str, *, stands_in: bool) -> RowsOf:
        """What stands in for finer tiles has no rows of its own, unless ids tell whose they are."""

        def of_table(known: PropertyTable) -> Rows:
            if stands_in and not self.objects.has_ids(known):
                return np.full(known.count, STANDS_IN)
            return self.objects.of_table(known, name)

        def of_nobody(count: int) -> Rows:
            return np.full(count, STANDS_IN) if stands_in else self.objects.of_content(name, count)

        return rows_teller(piece, of_table, of_nobody)

    def _findings(self, num_tiles: int) -> Iterator[LoadEvent]:
        yield from self._walk.problems.told()
        for what, count in self._reader.told.counts.items():
            yield Found(left_out(what, count, self._path.name))
        if self._walk.is_large:
            counts = {"tiles": f"{num_tiles:,}", "objects": f"{len(self.objects) - 1:,}"}
            yield Found(Finding.info("tiles.large", self._path.name, **counts))


def _are_refined(tiles: list[Tile]) -> list[bool]:
    """To which tiles others add; what replaces a tile is never seen with it."""
    parents = {tile.parent for tile in tiles}
    return [(tile.more or tile.number in parents) and not tile.replaces for tile in tiles]


def _above_others(tiles: list[Tile]) -> list[bool]:
    """Which tiles with contents are replaced by contents below them."""
    below = [False] * len(tiles)
    for tile in reversed(tiles):
        if tile.parent != NO_NODE and (below[tile.number] or tile.contents):
            below[tile.parent] = True
    return [tile.replaces and bool(tile.contents) and below[tile.number] for tile in tiles]
