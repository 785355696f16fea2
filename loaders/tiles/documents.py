"""Tileset documents and subtrees that were read last, kept for what else is asked of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from loaders.tiles.implicit_tiling import Cell, Subtree, Tiling
from loaders.tiles.tile_json import read_tileset
from loaders.tiles.uris import local_file, read_bytes

_KEPT_BYTES = 64_000_000  # of files; at least the last one is kept
_Made = TypeVar("_Made")


class Document:
    """The explicit tiles of one tileset file, numbered: children stand together, after their parents."""

    def __init__(self, json: dict[str, Any]) -> None:
        self.version = str(json["asset"].get("version", "?"))[:20]
        self.tiles: list[Any] = [json["root"]]
        self.parents: list[int] = [-1]
        self._first: list[int] = []
        for number, tile in enumerate(self.tiles):  # which grows meanwhile
            self._first.append(len(self.tiles))
            children = tile.get("children") if isinstance(tile, dict) else None
            if isinstance(children, list):
                self.tiles += children
                self.parents += [number] * len(children)
        self._first.append(len(self.tiles))

    def children(self, number: int) -> range:
        """The numbers of a tile's children; raises TypeError where they are no list."""
        listed = self.tiles[number].get("children")
        if listed is not None and not isinstance(listed, list):
            raise TypeError("children")
        return range(self._first[number], self._first[number + 1])

    def line(self, number: int) -> list[int]:
        """The numbers from the root down to a tile."""
        line = []
        while number >= 0:
            line.append(number)
            number = self.parents[number]
        return line[::-1]


class Documents:
    """Reads files below one root folder. One thread."""

    def __init__(self, root_folder: Path) -> None:
        self.root_folder = root_folder
        self.num_read = 0
        self._kept: OrderedDict[object, tuple[int, Any]] = OrderedDict()
        self._bytes = 0

    def tileset(self, path: Path) -> Document:
        """The tiles of a file; raises `CityTwinError`."""
        return self._remembered(path, path, lambda: Document(read_tileset(path)))

    def subtree(self, tiling: Tiling, root: Cell, folder: Path) -> Subtree:
        """The subtree that begins with a cell, for a tiling of a tileset in ``folder``.

        Raises `CityTwinError`, ValueError, KeyError or TypeError.
        """

        def fetch(uri: str) -> bytes:
            return read_bytes(local_file(uri, folder, self.root_folder), uri[:200])

        uri = root.uri(tiling.template)
        path = local_file(uri, folder, self.root_folder)
        return self._remembered(path, (path, tiling, root), lambda: Subtree(fetch(uri), fetch, tiling, root))

    def _remembered(self, path: Path, key: object, make: Callable[[], _Made]) -> _Made:
        try:
            status = path.stat()
            size, key = status.st_size, (key, status.st_mtime_ns, status.st_size)
        except OSError:
            return make()  # which says what is wrong
        known = self._kept.get(key)
        if known is not None:
            self._kept.move_to_end(key)
            made: _Made = known[1]
            return made
        made = make()
        self.num_read += 1
        self._kept[key] = (size, made)
        self._bytes += size
        while self._bytes > _KEPT_BYTES and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1][0]
        return made
