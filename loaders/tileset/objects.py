"""What the writer adds to the object table: bounds, triangles, points and tiles of each object."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from loaders.model.tables import OBJECTS_SCHEMA, PROPERTIES_SCHEMA
from loaders.tileset.chunks import ObjectRuns

BOUNDS = ("min_x", "min_y", "min_z", "max_x", "max_y", "max_z")


class ObjectFigures:
    """Gathers per-object figures tile by tile; memory grows with objects and tiles, not with triangles."""

    def __init__(self) -> None:
        self._runs: list[ObjectRuns] = []
        self._tiles: list[NDArray[np.int64]] = []

    def add(self, tile_index: int, runs: ObjectRuns) -> None:
        """Note what tile ``tile_index`` holds."""
        self._runs.append(runs)
        self._tiles.append(np.full(len(runs.rows), tile_index, np.int64))

    @property
    def num_rows(self) -> int:
        """One more than the largest row seen."""
        return max((int(runs.rows.max()) + 1 for runs in self._runs if runs.rows.size), default=0)

    def filled(self, objects: pa.Table) -> pa.Table:
        """The object table with counts, bounds and ``tiles``; raises ValueError for rows beyond it."""
        count = objects.num_rows
        if self.num_rows > count:
            raise ValueError(f"geometry names object row {self.num_rows - 1} of {count}")
        columns = {name: objects.column(name) for name in OBJECTS_SCHEMA.names if name in objects.column_names}
        columns |= self._bounds(count)
        columns["triangles"] = pa.array(self._totals("triangles", count).astype(np.int32))
        columns["points"] = pa.array(self._totals("points", count))
        columns["tiles"] = self._tile_lists(count)
        return pa.table({name: columns[name] for name in OBJECTS_SCHEMA.names}).cast(OBJECTS_SCHEMA)

    def _joined(self, field: str, width: int | None = None) -> NDArray[np.float64]:
        shape = (0,) if width is None else (0, width)
        parts = [getattr(runs, field) for runs in self._runs]
        return np.concatenate(parts) if parts else np.zeros(shape)

    def _bounds(self, count: int) -> dict[str, pa.Array]:
        rows = self._joined("rows").astype(np.int64)
        low = np.full((count, 3), np.inf)
        high = np.full((count, 3), -np.inf)
        np.minimum.at(low, rows, self._joined("low_m", 3))
        np.maximum.at(high, rows, self._joined("high_m", 3))
        missing = ~np.isfinite(low[:, 0])
        values = np.concatenate([low, high], axis=1)
        return {name: pa.array(values[:, axis], mask=missing) for axis, name in enumerate(BOUNDS)}

    def _totals(self, field: str, count: int) -> NDArray[np.int64]:
        totals = np.zeros(count, np.int64)
        np.add.at(totals, self._joined("rows").astype(np.int64), self._joined(field).astype(np.int64))
        return totals

    def _tile_lists(self, count: int) -> pa.Array:
        rows = self._joined("rows").astype(np.int64)
        tiles = np.concatenate(self._tiles) if self._tiles else np.zeros(0, np.int64)
        num_tiles = int(tiles.max()) + 1 if tiles.size else 1
        pairs = np.unique(rows * num_tiles + tiles)
        offsets = np.searchsorted(pairs // num_tiles, np.arange(count + 1)).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), pa.array((pairs % num_tiles).astype(np.uint32)))


def have_shapes(objects: pa.Table) -> NDArray[np.bool_]:
    """Which objects of a written table have triangles or points."""
    counts = [np.asarray(objects.column(name).fill_null(0)) for name in ("triangles", "points")]
    return np.asarray((counts[0] > 0) | (counts[1] > 0))


def with_all_columns(objects: pa.Table) -> pa.Table:
    """The object table of the contract's schema, what is filled in later being null; raises ValueError or KeyError."""
    later = {"triangles", "points", "tiles", *BOUNDS}
    columns = {
        name: pa.nulls(objects.num_rows, OBJECTS_SCHEMA.field(name).type) if name in later else objects.column(name)
        for name in OBJECTS_SCHEMA.names
    }
    return pa.table(columns).cast(OBJECTS_SCHEMA)


def sorted_properties(properties: pa.Table) -> pa.Table:
    """The property table of the contract's schema, by object and else in the given order."""
    table = properties.select(PROPERTIES_SCHEMA.names).cast(PROPERTIES_SCHEMA)
    owners = np.asarray(table.column("object"))
    if (owners[1:] >= owners[:-1]).all():
        return table
    return table.take(pa.array(np.argsort(owners, kind="stable")))
