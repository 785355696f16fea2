"""Reads a tileset of any producer: its tree as it is, its contents as chunks, its features as objects."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError, Finding
from loaders.model.events import Found, Geometry, LoadEvent, Objects, Opened, Progress, Properties, Tree
from loaders.model.formats import LoadContext
from loaders.model.points import Chunk, PointChunk, num_points, num_triangles
from loaders.model.tiles import NO_NODE, STANDS_IN
from loaders.tiles.chunks import RowsOf, chunks_of
from loaders.tiles.contents import ContentReader, Piece
from loaders.tiles.gltf_features import NONE, Features
from loaders.tiles.objects import ENGINE, LEVEL, ObjectRows
from loaders.tiles.placing import Frame, frame_of
from loaders.tiles.tree import BAD, Content, Tile, Walk


def load(path: Path, ctx: LoadContext) -> Iterator[LoadEvent]:
    """Yield everything a tileset holds; see `loaders.model.formats.Format`.

    Raises `CityTwinError` when its JSON is not a tileset, or when there is nothing in it to draw.
    """
    walk = Walk(path, ctx.checkpoint)
    yield Progress(0.0, "tiles.progress.walking")
    frame = frame_of(walk.json["root"])
    yield Opened(f"3D Tiles {walk.json['asset'].get('version', '?')}", frame.georeference)
    tiles = walk.run()
    yield Tree(
        np.array([tile.parent for tile in tiles], np.int64),
        np.array([tile.error_m for tile in tiles], np.float64),
        np.array([tile.replaces for tile in tiles], np.bool_),
    )
    reading = _Reading(path, walk, frame, ctx)
    yield from reading.events(tiles)


class _Reading:
    def __init__(self, path: Path, walk: Walk, frame: Frame, ctx: LoadContext) -> None:
        self._path, self._walk, self._frame, self._ctx = path, walk, frame, ctx
        self._root_folder = path.resolve().parent
        self._reader = ContentReader(self._root_folder)
        self._objects = ObjectRows(path.parent.name or path.stem)
        self._num_drawn = 0

    def events(self, tiles: list[Tile]) -> Iterator[LoadEvent]:
        above_others, is_refined = _above_others(tiles), _are_refined(tiles)
        for number, tile in enumerate(tiles):
            for content in tile.contents:
                self._ctx.checkpoint()
                for chunk in self._chunks(content, stands_in=above_others[number]):
                    self._num_drawn += num_triangles(chunk) + num_points(chunk)
                    if isinstance(chunk, PointChunk) and is_refined[number]:
                        chunk = dataclasses.replace(chunk, refined=True)
                    yield Geometry(chunk, int(LEVEL), False, tile.number)
            yield Progress(0.05 + 0.9 * (number + 1) / len(tiles), "tiles.progress.reading")
        yield from self._findings()
        if not self._num_drawn:
            raise CityTwinError("tiles.nothing", self._path.name)
        yield Properties(self._objects.properties())
        yield Objects(self._objects.table(), {"geometry": ENGINE})
        yield Progress(1.0, "tiles.progress.done")

    def _chunks(self, content: Content, *, stands_in: bool) -> list[Chunk]:
        found: list[Chunk] = []
        name = content.path.relative_to(self._root_folder).as_posix()
        try:
            for piece in self._reader.read(content.path):
                rows_of = self._rows_of(piece, name, stands_in=stands_in)
                found += chunks_of(piece.parts, content.root_from_content, self._frame.to_model, rows_of)
        except (*BAD, CityTwinError, MemoryError, RecursionError) as error:
            self._walk.problems.error(error, name)
        return found

    def _rows_of(self, piece: Piece, name: str, *, stands_in: bool) -> RowsOf:
        """The object rows of features. What stands in for finer tiles has none of its own, unless ids tell."""
        tables: dict[int, NDArray[np.int64]] = {}

        def table(number: int) -> NDArray[np.int64]:
            if number not in tables:
                known = piece.tables[number]
                if stands_in and not self._objects.has_ids(known):
                    tables[number] = np.full(known.count, STANDS_IN)
                else:
                    tables[number] = self._objects.of_table(known, name)
            return tables[number]

        def anonymous(count: int) -> NDArray[np.int64]:
            key = -1 - count
            if key not in tables:
                tables[key] = np.full(count, STANDS_IN) if stands_in else self._objects.of_content(name, count)
            return tables[key]

        def rows_of(features: Features) -> NDArray[np.int64]:
            ids = features.ids
            known = ids != NONE
            if not known.any():
                return np.full(len(ids), anonymous(1)[0])
            rows = table(features.table) if 0 <= features.table < len(piece.tables) else anonymous(_count(ids))
            known &= (ids >= 0) & (ids < len(rows))
            if known.all():
                return rows[ids]
            return np.where(known, rows[np.where(known, ids, 0)] if len(rows) else 0, anonymous(1)[0])

        return rows_of

    def _findings(self) -> Iterator[LoadEvent]:
        for count, first in self._walk.problems.found.values():
            yield Found(first)
            if count > 1:
                yield Found(Finding.warning("tiles.more", first.place, count=count - 1))
        for what, count in self._reader.told.counts.items():
            code = "tiles.lines" if what == "lines" else "tiles.left_out"
            yield Found(Finding.warning(code, self._path.name, count=count, what=what))


def _count(ids: NDArray[np.int64]) -> int:
    count = int(ids.max()) + 1
    if count > len(ids) + 1_000_000:
        raise ValueError("absurd feature ids")
    return count


def _are_refined(tiles: list[Tile]) -> list[bool]:
    """To which tiles others add; what replaces a tile is never seen with it."""
    parents = {tile.parent for tile in tiles}
    return [tile.number in parents and not tile.replaces for tile in tiles]


def _above_others(tiles: list[Tile]) -> list[bool]:
    """Which tiles with contents are replaced by contents below them."""
    below = [False] * len(tiles)
    for tile in reversed(tiles):
        if tile.parent != NO_NODE and (below[tile.number] or tile.contents):
            below[tile.parent] = True
    return [tile.replaces and bool(tile.contents) and below[tile.number] for tile in tiles]
