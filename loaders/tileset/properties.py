"""Properties of one object out of a table of millions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from loaders.model.tables import PROPERTIES_SCHEMA
from loaders.tileset import glb
from loaders.tileset.parquet import open_parquet, write_parquet

ROWS_PER_GROUP = 8192


def write_properties(path: Path, table: pa.Table) -> None:
    """Write a property table that is sorted by object, in row groups that a lookup reads one of."""
    write_parquet(path, table, row_group_size=ROWS_PER_GROUP, write_statistics=["object"])


class PropertyLookup:
    """Finds the row groups of an object by their statistics, which are read once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with open_parquet(path) as file:
            self._metadata = file.metadata
        groups = [self._metadata.row_group(index) for index in range(self._metadata.num_row_groups)]
        statistics = [group.column(0).statistics for group in groups if group.num_rows]
        if any(item is None or not item.has_min_max for item in statistics):
            raise glb.damaged(path, "statistics")
        self._first = np.array([item.min for item in statistics], np.int64)
        self._last = np.array([item.max for item in statistics], np.int64)

    @property
    def num_rows(self) -> int:
        """Properties of all objects together."""
        return int(self._metadata.num_rows)

    def of(self, row: int) -> pa.Table:
        """The properties of one object row, in the loader's order."""
        start = int(np.searchsorted(self._last, row, side="left"))
        stop = int(np.searchsorted(self._first, row, side="right"))
        if start >= stop:
            return PROPERTIES_SCHEMA.empty_table()
        with open_parquet(self._path, self._metadata) as file:
            table = file.read_row_groups(list(range(start, stop)), use_threads=False)
        owners = np.asarray(table.column("object"))
        low, high = np.searchsorted(owners, [row, row + 1])
        return table.slice(int(low), int(high - low))
