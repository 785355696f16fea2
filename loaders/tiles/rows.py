"""Which object row each vertex of a content has, from what is known of its features."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from loaders.tiles.chunks import RowsOf
from loaders.tiles.contents import Piece
from loaders.tiles.gltf_features import NONE, Features
from loaders.tiles.property_tables import PropertyTable

Rows = NDArray[np.int64]


def rows_teller(piece: Piece, of_table: Callable[[PropertyTable], Rows], of_nobody: Callable[[int], Rows]) -> RowsOf:
    """The object rows of features. ``of_table`` gives those of a table, ``of_nobody`` of so many without one."""
    tables: dict[int, Rows] = {}

    def table(number: int) -> Rows:
        if number not in tables:
            tables[number] = of_table(piece.tables[number])
        return tables[number]

    def anonymous(count: int) -> Rows:
        key = -1 - count
        if key not in tables:
            tables[key] = of_nobody(count)
        return tables[key]

    def rows_of(features: Features) -> Rows:
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


def _count(ids: NDArray[np.int64]) -> int:
    count = int(ids.max()) + 1
    if count > len(ids) + 1_000_000:
        raise ValueError("absurd feature ids")
    return count
