"""A folder of two Parquet tables: ``objects.parquet`` with boxes as GeoParquet writes them, ``properties.parquet``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from loaders.handover.part import Part, Telling, Written, firsts
from loaders.handover.rows import OBJECT_COLUMNS, object_table, property_tables
from loaders.model.tables import PROPERTIES_SCHEMA
from loaders.tileset.objects import BOUNDS

# The covering of GeoParquet 1.1, section "bbox covering encoding", for boxes with heights.
_BOX = ("xmin", "ymin", "zmin", "xmax", "ymax", "zmax")


def write(parts: Sequence[Part], path: Path, telling: Telling) -> Written:
    """Write both tables into the new folder ``path``; ``object`` joins them. Raises `OSError` or `CityTwinError`."""
    path.mkdir()
    crs = next((part.georeference.crs for part in parts if part.georeference.crs), None)
    about = {"citytwin:crs": crs or "", "citytwin:unit": "m"}
    count = _write(path / "objects.parquet", _objects(parts, telling), about)
    _write(path / "properties.parquet", _properties(parts, telling), about)
    return Written(count, sum(file.stat().st_size for file in path.iterdir()))


def _objects(parts: Sequence[Part], telling: Telling) -> Iterator[pa.Table]:
    for number, (first, part) in enumerate(firsts(parts)):
        telling.share(0.5 * number / len(parts))
        table = object_table(first, part)
        corners = [table[name].combine_chunks() for name in BOUNDS]
        boxes = pa.StructArray.from_arrays([pa.concat_arrays(_chunks(one)) for one in corners], _BOX)
        yield table.select([name for name in OBJECT_COLUMNS if name not in BOUNDS]).append_column("bbox", boxes)


def _chunks(column: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    return list(column.chunks) if isinstance(column, pa.ChunkedArray) else [column]


def _properties(parts: Sequence[Part], telling: Telling) -> Iterator[pa.Table]:
    empty = PROPERTIES_SCHEMA.empty_table()
    yield _numbered(empty, 0)
    for number, (first, part) in enumerate(firsts(parts)):
        telling.share(0.5 + 0.5 * number / len(parts))
        yield from (_numbered(table, first) for table in property_tables(part))


def _numbered(table: pa.Table, first: int) -> pa.Table:
    owners = np.asarray(table.column("object")).astype(np.int64) + first
    return table.set_column(0, "object", pa.array(owners, pa.int64()))


def _write(path: Path, tables: Iterable[pa.Table], about: dict[str, str]) -> int:
    """Write tables of one schema after each other; gives their rows."""
    writer, count = None, 0
    try:
        with path.open("wb") as file:
            for table in tables:
                table = table.replace_schema_metadata(about)
                writer = writer or pq.ParquetWriter(file, table.schema, compression="zstd")
                if table.num_rows:
                    writer.write_table(table)
                count += table.num_rows
            if writer is not None:
                writer.close()
    finally:
        if writer is not None and writer.is_open:
            writer.close()
    return count
