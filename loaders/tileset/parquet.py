"""Parquet files at any path, also one whose bytes are no UTF-8, which Arrow's own opening refuses."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def write_parquet(path: Path, table: pa.Table, **choices: Any) -> None:
    """Write a table; ``choices`` go to `pyarrow.parquet.write_table`."""
    with path.open("wb") as file:
        pq.write_table(table, file, compression="zstd", **choices)


@contextlib.contextmanager
def open_parquet(path: Path, metadata: Any = None) -> Iterator[pq.ParquetFile]:
    """A Parquet file through a memory map; ``metadata`` from an earlier opening saves reading it again."""
    with pa.memory_map(os.fsencode(path)) as source, pq.ParquetFile(source, metadata=metadata) as file:
        yield file
