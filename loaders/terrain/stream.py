"""The finer tiles of an elevation raster, read from the file when they are looked at."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

import numpy as np

from loaders.model.errors import CityTwinError, Finding
from loaders.model.formats import Overview
from loaders.model.tiles import NO_NODE, TileContent, TileNodes
from loaders.terrain.blocks import Blocks, Heights, Layout, read_blocks
from loaders.terrain.grid_mesh import Dress
from loaders.terrain.handles import Handles
from loaders.terrain.heights import HeightRule
from loaders.terrain.lattice import lattice_from, num_tiles
from loaders.terrain.opening import gdal_errors, reading
from loaders.terrain.patches import Patch, Style, mesh, patch_of
from loaders.terrain.quadtree import Ground, fine_tree, overview_keys
from loaders.terrain.relief import CELL_SHARE, DRAPED_SHARE, Relief
from loaders.terrain.stream_drape import StreamedDrape

_KEPT_TILES = 4  # for those who ask for heights again and again
_DRIVERS = ("GTiff", "SRTMHGT")


class RasterStream:
    """See `loaders.model.tiles.TileSource`. Each thread that reads has a dataset of its own."""

    def __init__(self, overview: Overview) -> None:
        """Raises ValueError, KeyError or TypeError for notes that make no sense."""
        notes = overview.notes
        self._overview = overview
        driver = str(notes["driver"])
        if driver not in _DRIVERS:
            raise ValueError(driver)
        self._lattice = lattice_from(notes["lattice"])
        self._style = Style.from_notes(notes["style"])
        self._rule = HeightRule(**notes["rule"])
        relief = Relief.from_notes(notes["relief"])
        self._drape = StreamedDrape(notes["drape"], overview.file) if "drape" in notes else None
        share = CELL_SHARE if self._drape is None else DRAPED_SHARE
        ground = Ground(self._lattice, relief, self._style.origin_m, self._style.cell_m, share)
        self._first = len(overview.nodes)
        self._nodes, self._keys, _ = fine_tree(
            ground, _leaves(overview, self._lattice.shape, relief.level), self._first
        )
        rows, columns = (int(v) for v in notes["lattice"]["size"])
        self._blocks = Blocks(Layout((rows, columns), bool(notes["in_strips"])), self._read_page)
        self._handles = Handles(lambda: overview.file(""), driver)
        self._own = threading.local()  # what a thread met on its way
        self._kept: OrderedDict[int, TileContent] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def key(self) -> Hashable:
        """Not asked for: the tree that this one is part of has one."""
        return id(self)

    def nodes(self) -> TileNodes:
        """All tiles below the overview."""
        return self._nodes

    def read(self, node: int, /) -> TileContent:
        """One tile; raises `CityTwinError` ``tiles.source_…`` when the file is not what it was."""
        self._overview.file("")
        with self._lock:
            known = self._kept.get(node)
            if known is not None:
                self._kept.move_to_end(node)
                return known
        made = self._made(node)
        if made.problems:
            return made
        with self._lock:
            self._kept[node] = made
            if len(self._kept) > _KEPT_TILES:
                self._kept.popitem(last=False)
        return made

    def _made(self, node: int) -> TileContent:
        self._own.is_damaged = False
        level, i, j = self._keys[node - self._first].tolist()
        patch = patch_of(self._lattice, (level, i, j), lambda at: self._blocks.heights_m(level, at.row, at.column))
        # As deep as what the tile or the one above it may be wrong by.
        error_m = max(float(self._nodes.errors_m[node - self._first]), self._parent_error_m(node))
        dress, problems = self._dressed(patch, is_finest=self._nodes.errors_m[node - self._first] == 0.0)
        chunk = mesh(patch, self._style, 2.0 * error_m, dress)
        if self._own.is_damaged:
            problems.append(self._damage())
        return TileContent((chunk,) if chunk is not None else (), problems=tuple(problems))

    def _dressed(self, patch: Patch, *, is_finest: bool) -> tuple[Dress | None, list[Finding]]:
        """The tile's piece of the picture, or why there is none."""
        if self._drape is None or not np.isfinite(patch.heights_m).any():
            return None, []
        try:
            return self._drape.dress(patch.spot(self._style.colours_m), is_finest=is_finest), []
        except CityTwinError as error:
            return None, [Finding.error(error.code, error.place, **error.arguments)]

    def _parent_error_m(self, node: int) -> float:
        parent = int(self._nodes.parents[node - self._first])
        nodes = self._nodes if parent >= self._first else self._overview.nodes
        error_m = float(nodes.errors_m[parent - nodes.first])
        return error_m if np.isfinite(error_m) else 0.0

    def _damage(self) -> Finding:
        name = self._overview.file("").name
        return Finding.error("terrain.unreadable_part", name, name=name)

    def _read_page(self, level: int, rows: tuple[int, int], columns: tuple[int, int]) -> Heights | None:
        dataset = self._dataset()
        try:
            with reading():
                return read_blocks(dataset, self._rule, level, rows, columns)[0]
        except gdal_errors():
            self._overview.file("")  # gone, rather than damaged?
            self._own.is_damaged = True
            return None

    def _dataset(self) -> Any:
        path, dataset = self._handles.get()
        if (dataset.height, dataset.width) != self._blocks.size or dataset.count < self._rule.band:
            raise CityTwinError("tiles.source_changed", str(path), name=path.name)
        return dataset


def _leaves(overview: Overview, shape: tuple[int, int], level: int) -> Any:
    """The numbers of the overview's finest tiles (rows, columns), `NO_NODE` where it has none."""
    keys = overview_keys(shape, level)
    found = np.full([num_tiles(count, level) for count in shape], NO_NODE, np.int64)
    has_number = np.flatnonzero((overview.given >= 0) & (overview.given < len(keys)))
    given = keys[overview.given[has_number]]
    finest = given[:, 0] == level
    found[given[finest, 1], given[finest, 2]] = has_number[finest]
    return found


def stream(overview: Overview) -> RasterStream:
    """The detail of a raster of which a folder holds the overview; raises `CityTwinError` when its file is gone."""
    overview.file("")
    return RasterStream(overview)
