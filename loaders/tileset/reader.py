"""Reading a tileset folder: tiles as views of memory maps, tables when asked for."""

from __future__ import annotations

import os
import threading
from functools import cached_property
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError, Finding
from loaders.model.formats import LayerKind
from loaders.model.frames import Georeference
from loaders.model.points import Chunk
from loaders.model.tables import OBJECTS_SCHEMA, PROPERTIES_SCHEMA
from loaders.model.tiles import TileContent, TileNodes
from loaders.tileset import glb
from loaders.tileset.glb_read import read_glb
from loaders.tileset.glb_write import GENERATOR
from loaders.tileset.index import ObjectIndex
from loaders.tileset.layout import TileRef, TileTree, read_tree
from loaders.tileset.meta import (
    WRITER_VERSION,
    TilesetMeta,
    georeference_of,
    meta_from_json,
)
from loaders.tileset.objects import BOUNDS
from loaders.tileset.parquet import open_parquet
from loaders.tileset.properties import PropertyLookup
from loaders.tileset.proxies import ProxyTable, read_proxies
from loaders.tileset.report import Report, read_report

_OWN_FILES = ("objects.parquet", "properties.parquet", "report.json")
_HEAD_BYTES = 4096
_FILE_NAME = "tileset.json"
_TABLES = ("objects.parquet", "properties.parquet", "proxies.parquet")


def is_tileset_folder(path: Path) -> bool:
    """Whether ``path`` is a folder with a ``tileset.json`` of ours, sound or not; those of others are sources."""
    try:
        if not path.is_dir() or not (path / _FILE_NAME).is_file():
            return False
        if any((path / name).exists() for name in _OWN_FILES):
            return True
        with (path / _FILE_NAME).open("rb") as file:
            return GENERATOR.encode() in file.read(_HEAD_BYTES)
    except OSError:
        return False


def tileset_folder_of(path: Path) -> Path | None:
    """The folder of a tileset that is named by its folder or by its ``tileset.json``; None for anything else."""
    folder = path.parent if path.name == _FILE_NAME else path
    return folder if is_tileset_folder(folder) else None


class Tileset:
    """A tileset folder that this program wrote. Any thread; tables are read once and kept."""

    def __init__(self, folder: Path, meta: TilesetMeta, georeference: Georeference, tree: TileTree) -> None:
        self.folder = folder
        self.meta = meta
        self.georeference = georeference
        self.tiles = tree.tiles
        self._tree = tree

    @staticmethod
    def open(folder: Path) -> Tileset:
        """The tileset of a folder, checked as far as sizes and structure tell.

        Raises `CityTwinError`: ``tileset.missing``, ``tileset.foreign`` (another program's tileset),
        ``tileset.version`` or ``tileset.damaged``.
        """
        document = _document(folder)
        try:
            meta = _meta(folder, document)
            georeference = georeference_of(meta.frame)
            LayerKind(meta.kind)
            tree = read_tree(folder, document)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise glb.damaged(folder / _FILE_NAME, str(error)) from error
        if [tile.index for tile in tree.tiles] != list(range(meta.counts.tiles)):
            raise glb.damaged(folder / _FILE_NAME, "tiles")
        _check_sizes(folder, meta, tree.tiles)
        return Tileset(folder, meta, georeference, tree)

    @staticmethod
    def shared(folder: Path) -> Tileset:
        """As `open`, but the same object for all that have the folder open at once: its tables are read once."""
        stamp = _stamp(folder)
        with _shared_lock:
            known = _shared.get(stamp)
        if known is not None:
            return known
        opened = Tileset.open(folder)
        with _shared_lock:
            return _shared.setdefault(stamp, opened)

    @property
    def kind(self) -> LayerKind:
        """What it is in the scene."""
        return LayerKind(self.meta.kind)

    @property
    def bounds_m(self) -> NDArray[np.float64]:
        """(6,) float64 in the model frame; NaN without geometry."""
        return np.full(6, np.nan) if self.meta.bounds_m is None else np.array(self.meta.bounds_m, np.float64)

    @property
    def num_objects(self) -> int:
        """Rows of the object table, without reading it."""
        return self.meta.counts.objects

    @property
    def num_points(self) -> int:
        """The points of the source; those of a cloud that streams are not all in the folder."""
        told = self.meta.extras.get("points")
        return told if isinstance(told, int) else self.meta.counts.points

    def read_tile(self, index: int) -> tuple[Chunk, ...]:
        """The chunks of one tile; raises `CityTwinError` ``tileset.damaged``."""
        tile = self.tiles[index]
        chunks = read_glb(tile.path, tile.origin_m)
        limit = self.num_objects + self.meta.counts.proxies
        if any(chunk.rows.size and int(chunk.rows.max()) >= limit for chunk in chunks):
            raise glb.damaged(tile.path, "object row")
        return chunks

    @property
    def key(self) -> str:
        """The same for folders of the same content."""
        return str(self.folder)

    def nodes(self) -> TileNodes:
        """The tree of tiles; see `loaders.model.tiles.TileSource`."""
        return self._tree.nodes

    @property
    def given_numbers(self) -> NDArray[np.int64]:
        """(n,) each node's number in the tree that the source brought; `NO_NODE` without one."""
        return self._tree.given

    @property
    def problems(self) -> tuple[Finding, ...]:
        """What is wrong with how it was opened: nothing, or it would not have been."""
        return ()

    def read(self, node: int) -> TileContent:
        """The content of a node; raises `CityTwinError` ``tileset.damaged``."""
        return TileContent(self.read_tile(self._tree.tile_of(node)))

    def nodes_of_objects(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pairs of object row and number of a node that holds it, each (k,)."""
        return self._nodes_of_objects

    def proxies(self) -> ProxyTable:
        """What stands in for several objects; their rows in the tiles come after those of the objects."""
        return self._proxies

    def objects(self) -> pa.Table:
        """The object table (`OBJECTS_SCHEMA`), read once through a memory map."""
        return self._objects

    def object_bounds_m(self) -> NDArray[np.float64]:
        """(n, 6) float64 boxes of all objects in the model frame; NaN for those without geometry."""
        return self._object_bounds_m

    def properties_of(self, row: int) -> pa.Table:
        """The properties of one object (`PROPERTIES_SCHEMA`), a few milliseconds at any size."""
        try:
            return self._properties.of(row)
        except (OSError, pa.ArrowException) as error:
            raise glb.damaged(self.folder / "properties.parquet", str(error)) from error

    def properties(self) -> pa.Table:
        """All properties of all objects (`PROPERTIES_SCHEMA`), sorted by object; read anew each time."""
        path = self.folder / "properties.parquet"
        try:
            with open_parquet(path) as file:
                table = file.read()
        except (OSError, pa.ArrowException) as error:
            raise glb.damaged(path, str(error)) from error
        if not table.schema.equals(PROPERTIES_SCHEMA):
            raise glb.damaged(path, "schema")
        return table

    @property
    def index(self) -> ObjectIndex:
        """Trees and search over the objects, made once."""
        return self._index

    @property
    def report(self) -> Report:
        """What could not be read, engines, timings."""
        return self._report

    @cached_property
    def _objects(self) -> pa.Table:
        path = self.folder / "objects.parquet"
        try:
            with open_parquet(path) as file:
                table = file.read(use_threads=False)
        except (OSError, pa.ArrowException) as error:
            raise glb.damaged(path, str(error)) from error
        if not table.schema.equals(OBJECTS_SCHEMA) or table.num_rows != self.num_objects:
            raise glb.damaged(path, "schema")
        return table

    @cached_property
    def _proxies(self) -> ProxyTable:
        path = self.folder / "proxies.parquet"
        try:
            return read_proxies(path)
        except (OSError, ValueError, pa.ArrowException) as error:
            raise glb.damaged(path, str(error)) from error

    @cached_property
    def _object_bounds_m(self) -> NDArray[np.float64]:
        columns = [self._objects.column(name).to_numpy(zero_copy_only=False) for name in BOUNDS]
        bounds = np.stack(columns, axis=1).astype(np.float64)
        bounds.flags.writeable = False
        return bounds

    @cached_property
    def _nodes_of_objects(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        lists = self._objects.column("tiles").combine_chunks()
        lists = lists.chunk(0) if isinstance(lists, pa.ChunkedArray) else lists
        owners = np.repeat(np.arange(len(lists)), np.diff(np.asarray(lists.offsets)))
        return owners, self._tree.number_of_tile[np.asarray(lists.flatten(), np.int64)]

    @cached_property
    def _properties(self) -> PropertyLookup:
        path = self.folder / "properties.parquet"
        try:
            return PropertyLookup(path)
        except (OSError, pa.ArrowException) as error:
            raise glb.damaged(path, str(error)) from error

    @cached_property
    def _index(self) -> ObjectIndex:
        return ObjectIndex(self._objects)

    @cached_property
    def _report(self) -> Report:
        return read_report(self.folder)


_Stamp = tuple[str, int, int, int]
_shared: WeakValueDictionary[_Stamp, Tileset] = WeakValueDictionary()
_shared_lock = threading.Lock()


def _stamp(folder: Path) -> _Stamp:
    """A folder as it is now: one that is made anew has another ``tileset.json``."""
    path = folder / _FILE_NAME
    try:
        status = path.stat()
    except OSError as error:
        raise CityTwinError("tileset.missing", str(folder)) from error
    return str(path.absolute()), status.st_ino, status.st_mtime_ns, status.st_size


def _document(folder: Path) -> dict[str, Any]:
    path = folder / _FILE_NAME
    if not is_tileset_folder(folder):
        raise CityTwinError("tileset.missing", str(folder))
    try:
        document = msgspec.json.decode(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise glb.damaged(path, str(error)) from error
    if not isinstance(document, dict):
        raise glb.damaged(path, "JSON")
    return document


def _meta(folder: Path, document: dict[str, Any]) -> TilesetMeta:
    extras = document.get("extras")
    ours = extras.get("citytwin") if isinstance(extras, dict) else None
    if not isinstance(ours, dict):
        raise CityTwinError("tileset.foreign", str(folder))
    if ours.get("format_version") != WRITER_VERSION:
        raise CityTwinError("tileset.version", str(folder), version=ours.get("format_version"), known=WRITER_VERSION)
    return meta_from_json(ours)


def _check_sizes(folder: Path, meta: TilesetMeta, tiles: tuple[TileRef, ...]) -> None:
    try:
        with os.scandir(folder / "tiles") as entries:
            sizes = {entry.name: entry.stat().st_size for entry in entries}
        tables = {name: (folder / name).stat().st_size for name in _TABLES}
    except OSError as error:
        raise glb.damaged(folder, str(error)) from error
    for tile in tiles:
        if tile.path.parent != folder / "tiles" or sizes.get(tile.path.name) != tile.num_bytes:
            raise glb.damaged(tile.path, "size")
    if tables != meta.files:
        raise glb.damaged(folder / "objects.parquet", "size")
