"""Tilesets whose finer tiles are read from the source itself (docs/adr/0011): two sources of tiles as one tree."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from loaders import registry
from loaders.model.errors import CityTwinError, Finding
from loaders.model.formats import Format, Overview
from loaders.model.tiles import TileContent, TileNodes, TileSource
from loaders.tileset import Tileset, origin
from loaders.tileset.proxies import ProxyTable

FormatsProvider = Callable[[], tuple[Format, ...]]
STREAM = "stream"  # in the extras of a tileset: what its format needs to know to go on


class DetailedTiles:
    """A tileset as the overview, and below it the tiles of a stream; without one, the overview and why.

    Nodes are numbered through: those of the folder first.
    """

    def __init__(self, tileset: Tileset, detail: TileSource | None, problems: tuple[Finding, ...] = ()) -> None:
        self.tileset = tileset
        self.problems = problems
        self._detail = detail
        own = tileset.nodes()
        self._num_own = len(own)
        self._nodes = own if detail is None else own.followed_by(detail.nodes())

    @property
    def key(self) -> Hashable:
        """See `loaders.model.tiles.TileSource`."""
        return self.tileset.key if self._detail is None else (self.tileset.key, STREAM)

    @property
    def num_objects(self) -> int:
        """Rows of the object table."""
        return self.tileset.num_objects

    def nodes(self) -> TileNodes:
        """The folder's nodes, then those of the stream, as far as they are known."""
        return self._nodes

    def read(self, node: int, /) -> TileContent:
        """One tile, from the folder or from the source; raises `CityTwinError`."""
        if node < self._num_own or self._detail is None:
            return self.tileset.read(node)
        return self._detail.read(node)

    def object_bounds_m(self) -> NDArray[np.float64]:
        """See `Tileset.object_bounds_m`."""
        return self.tileset.object_bounds_m()

    def nodes_of_objects(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """See `Tileset.nodes_of_objects`; of the nodes of the stream nothing is told."""
        return self.tileset.nodes_of_objects()

    def proxies(self) -> ProxyTable:
        """See `Tileset.proxies`."""
        return self.tileset.proxies()

    def objects(self) -> pa.Table:
        """See `Tileset.objects`."""
        return self.tileset.objects()


_shared: WeakValueDictionary[Tileset, DetailedTiles] = WeakValueDictionary()
_shared_lock = threading.Lock()


def open_for_drawing(folder: Path, formats: FormatsProvider = registry.formats) -> Tileset | DetailedTiles:
    """The tiles of a folder with all the detail there is, shared by all that have it open at once.

    What hinders the detail is in ``problems`` and hinders nothing else. Raises `CityTwinError` as `Tileset.open`.
    """
    tileset = Tileset.shared(folder)
    if STREAM not in tileset.meta.extras:
        return tileset
    with _shared_lock:
        known = _shared.get(tileset)
        if known is None:
            known = _detailed(tileset, formats)
            if not known.problems:
                _shared[tileset] = known
    return known


def _detailed(tileset: Tileset, formats: FormatsProvider) -> DetailedTiles:
    name = tileset.meta.source.name
    try:
        return DetailedTiles(tileset, _stream(tileset, formats))
    except CityTwinError as error:
        return DetailedTiles(tileset, None, (Finding.error(error.code, error.place, **error.arguments),))
    except (OSError, ValueError, TypeError, LookupError) as error:
        problem = Finding.error("tiles.source_unreadable", name, name=name, reason=str(error)[:160])
        return DetailedTiles(tileset, None, (problem,))


def _stream(tileset: Tileset, formats: FormatsProvider) -> TileSource:
    """The format's own stream; raises `CityTwinError` where there is none any more, and whatever the format raises."""
    try:
        stream = registry.format_by_id(tileset.meta.format, formats()).stream
    except KeyError:
        stream = None
    if stream is None:
        raise CityTwinError("tiles.no_stream", tileset.meta.source.name, format=tileset.meta.format)
    folder = tileset.folder
    notes = tileset.meta.extras[STREAM]
    overview = Overview(
        lambda part: origin.find_source(folder, part), dict(notes), tileset.nodes(), tileset.given_numbers
    )
    return stream(overview)
