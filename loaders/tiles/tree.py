"""The tree of a tileset: explicit, implicit and external tiles, walked once, within bounds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from loaders.model.errors import CityTwinError, Finding
from loaders.model.frames import Matrix
from loaders.model.tiles import NO_NODE
from loaders.tiles.implicit_tiling import Tiling, cells_of
from loaders.tiles.uris import local_file, read_bytes

MOST_TILES = 200_000
_MOST_DEPTH = 512
_MOST_EXTERNAL = 32  # tilesets within tilesets

BAD = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError)


class Content(NamedTuple):
    """A file to read, and its transform to the root's frame."""

    path: Path
    root_from_content: Matrix


@dataclass(slots=True, eq=False)
class Tile:
    """One tile; ``error_m`` is wrong by as much when it is shown and not its children."""

    number: int
    parent: int
    error_m: float
    replaces: bool
    contents: list[Content] = field(default_factory=list)


@dataclass(slots=True)
class Problems:
    """What was wrong, by code: how often, and the first."""

    found: dict[str, tuple[int, Finding]] = field(default_factory=dict)

    def add(self, first: Finding) -> None:
        """Note one."""
        count, known = self.found.get(first.code, (0, first))
        self.found[first.code] = (count + 1, known)

    def error(self, error: Exception, place: str) -> None:
        """Note an exception."""
        if isinstance(error, CityTwinError):
            self.add(Finding.error(error.code, error.place or place, **error.arguments))
        else:
            self.add(Finding.error("tiles.damaged", place, reason=str(error)[:200] or type(error).__name__))


class _Document(NamedTuple):
    folder: Path
    chain: tuple[Path, ...]  # the tilesets that it is within, itself included


class _Visit(NamedTuple):
    tile: dict[str, Any]
    parent: int
    root_from_parent: Matrix
    replaces: bool
    depth: int
    document: _Document


class Walk:
    """Walks a tileset; ``tiles`` has parents before children, and only tiles with contents or with children."""

    def __init__(self, path: Path, checkpoint: Callable[[], None]) -> None:
        self._root_folder = path.resolve().parent
        self._checkpoint = checkpoint
        self.problems = Problems()
        self.tiles: list[Tile] = []
        self.json = read_tileset(path)
        self._queue: deque[_Visit] = deque()
        document = _Document(self._root_folder, (path.resolve(),))
        self._queue.append(_Visit(self.json["root"], NO_NODE, np.eye(4), True, 0, document))

    def run(self) -> list[Tile]:
        """All tiles."""
        while self._queue:
            self._checkpoint()
            visit = self._queue.popleft()
            if visit.depth > _MOST_DEPTH or self._is_full():
                self._is_full(always=True)
                break
            try:
                self._tile(visit)
            except (*BAD, CityTwinError) as error:
                self.problems.error(error, visit.document.chain[-1].name)
        return self.tiles

    def _is_full(self, *, always: bool = False) -> bool:
        full = always or len(self.tiles) >= MOST_TILES
        if full and "tiles.too_many" not in self.problems.found:
            self.problems.add(Finding.warning("tiles.too_many", self._root_folder.name, count=f"{len(self.tiles):,}"))
        return full

    def _tile(self, visit: _Visit) -> None:
        tile = visit.tile
        matrix = visit.root_from_parent @ transform_of(tile)
        if not np.isfinite(matrix).all():
            raise ValueError("a tile's transform is not finite")
        replaces = str(tile["refine"]).upper() == "REPLACE" if "refine" in tile else visit.replaces
        if "implicitTiling" in tile or "3DTILES_implicit_tiling" in tile.get("extensions", {}):
            self._implicit(visit, matrix, replaces)
            return
        number = self._add(visit.parent, _error_m(tile, matrix), replaces)
        for content in contents_of(tile):
            self._content(number, _uri(content), matrix, visit)
        for child in tile.get("children") or ():
            self._queue.append(_Visit(child, number, matrix, replaces, visit.depth + 1, visit.document))

    def _add(self, parent: int, error_m: float, replaces: bool) -> int:
        self.tiles.append(Tile(len(self.tiles), parent, error_m, replaces))
        return len(self.tiles) - 1

    def _content(self, number: int, uri: str, matrix: Matrix, visit: _Visit) -> None:
        """A file to draw, or a tileset that stands below the tile."""
        try:
            path = local_file(uri, visit.document.folder, self._root_folder)
            if not path.is_file():
                raise CityTwinError("tiles.missing", uri[:200])
            if not _is_tileset(path):
                self.tiles[number].contents.append(Content(path, matrix))
                return
            self._external(number, path, matrix, visit)
        except (*BAD, OSError, CityTwinError) as error:
            self.problems.error(error, uri[:200])

    def _external(self, number: int, path: Path, matrix: Matrix, visit: _Visit) -> None:
        chain = visit.document.chain
        if path in chain or len(chain) >= _MOST_EXTERNAL:
            raise CityTwinError("tiles.cycle", path.name)
        root = read_tileset(path)["root"]
        document = _Document(path.parent, (*chain, path))
        self._queue.append(_Visit(root, number, matrix, self.tiles[number].replaces, visit.depth + 1, document))

    def _implicit(self, visit: _Visit, matrix: Matrix, replaces: bool) -> None:
        tiling = Tiling.of(visit.tile)
        folder = visit.document.folder
        templates = [_uri(content) for content in contents_of(visit.tile)]
        error_m = _error_m(visit.tile, matrix)
        numbers: dict[tuple[int, int, int, int], int] = {}

        def fetch(uri: str) -> bytes:
            return read_bytes(local_file(uri, folder, self._root_folder), uri)

        for cell in cells_of(tiling, fetch, lambda name, error: self.problems.error(error, name)):
            self._checkpoint()
            if self._is_full():
                return
            above = (cell.level - 1, cell.x >> 1, cell.y >> 1, cell.z >> 1)
            parent = visit.parent if cell.level == 0 else numbers.get(above, visit.parent)
            number = numbers[cell[:4]] = self._add(parent, error_m / 2**cell.level, replaces)
            for content in cell.contents:
                if content < len(templates):
                    self._content(number, cell.uri(templates[content]), matrix, visit)


def read_tileset(path: Path) -> dict[str, Any]:
    """A tileset's JSON; raises `CityTwinError` ``tiles.damaged``."""
    try:
        document: dict[str, Any] = msgspec.json.decode(read_bytes(path, path.name).removeprefix(b"\xef\xbb\xbf"))
        if not isinstance(document["root"], dict) or not isinstance(document["asset"], dict):
            raise TypeError("no root tile")
    except BAD as error:
        raise CityTwinError("tiles.damaged", path.name, reason=str(error)[:200]) from error
    except RecursionError as error:
        raise CityTwinError("tiles.damaged", path.name, reason="too deep") from error
    return document


def transform_of(tile: dict[str, Any]) -> Matrix:
    """A tile's transform to its parent's frame, column-major in the file (3D Tiles 1.1, section 6.7.2)."""
    values = tile.get("transform")
    return np.eye(4) if values is None else np.array(values, np.float64).reshape(4, 4).T


def contents_of(tile: dict[str, Any]) -> list[dict[str, Any]]:
    """The contents of a tile, however they are listed."""
    listed = tile.get("contents") or tile.get("extensions", {}).get("3DTILES_multiple_contents", {}).get("contents")
    if listed is None:
        listed = [tile["content"]] if tile.get("content") else []
    return list(listed)


def _uri(content: dict[str, Any]) -> str:
    return str(content.get("uri", content.get("url", "")))  # "url" before 1.0 was out


def _error_m(tile: dict[str, Any], matrix: Matrix) -> float:
    """The geometric error, which grows with the largest scale of the transform (3D Tiles 1.1, section 6.7.2)."""
    error = float(tile.get("geometricError", 0.0)) * float(np.linalg.norm(matrix[:3, :3], axis=0).max())
    if not np.isfinite(error) or error < 0.0:
        raise ValueError("geometric error")
    return error


def _is_tileset(path: Path) -> bool:
    if path.suffix.lower() != ".json":
        return False
    with path.open("rb") as file:
        head = file.read(65536)
    return b'"root"' in head or b'"asset"' not in head


def centre_of(tile: dict[str, Any]) -> tuple[str, list[float]]:
    """Where a tile says it lies: ``region`` with longitude and latitude (rad), or ``point`` in its parent's frame."""
    volume = tile["boundingVolume"]
    if "region" in volume:
        west, south, east, north = (float(v) for v in volume["region"][:4])
        return "region", [(west + east) / 2.0, (south + north) / 2.0]
    centre = np.array([*(volume.get("box") or volume["sphere"])[:3], 1.0], np.float64)
    return "point", (transform_of(tile) @ centre)[:3].tolist()
