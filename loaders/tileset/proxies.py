"""``proxies.parquet``: what stands in for several objects, seen from afar."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from loaders.levels.plan import Proxies
from loaders.tileset.parquet import open_parquet, write_parquet

Rows = NDArray[np.int64]

# Row i has the feature id num_objects + i in the tiles.
PROXIES_SCHEMA = pa.schema(
    [
        ("representative", pa.int32()),  # the row that names it; -1: none does
        ("members", pa.list_(pa.uint32())),  # the objects that it stands for
    ]
)


class ProxyTable:
    """Members of each proxy, in columns: ``members`` (m,) and where each proxy's begin, ``first`` (p + 1,)."""

    def __init__(self, representatives: Rows, first: Rows, members: Rows) -> None:
        self.representatives = representatives
        self.first = first
        self.members = members

    def __len__(self) -> int:
        return len(self.representatives)

    def of(self, proxy: int) -> NDArray[np.int64]:
        """The objects that a proxy stands for."""
        return self.members[self.first[proxy] : self.first[proxy + 1]]


def write_proxies(path: Path, proxies: Proxies) -> None:
    """Write the table."""
    counts = [len(members) for members in proxies.members]
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))
    flat = np.concatenate(proxies.members) if proxies.members else np.zeros(0)
    lists = pa.ListArray.from_arrays(offsets, pa.array(flat.astype(np.uint32)))
    representatives = pa.array(np.array(proxies.representatives, np.int32))
    write_parquet(path, pa.table([representatives, lists], schema=PROXIES_SCHEMA))


def read_proxies(path: Path) -> ProxyTable:
    """Read the table; raises OSError, ValueError or `pyarrow.ArrowException`."""
    with open_parquet(path) as file:
        table = file.read(use_threads=False)
    if not table.schema.equals(PROXIES_SCHEMA):
        raise ValueError("schema")
    lists = table.column("members").combine_chunks()
    lists = lists.chunk(0) if isinstance(lists, pa.ChunkedArray) else lists
    first = np.asarray(lists.offsets).astype(np.int64)
    return ProxyTable(
        np.asarray(table.column("representative")).astype(np.int64),
        first - (first[0] if len(first) else 0),
        np.asarray(lists.flatten()).astype(np.int64),
    )
