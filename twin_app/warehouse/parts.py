"""The tables of sources as the warehouse takes them: one numbering of objects, and columns that tell sources apart."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from loaders.handover.part import Part, firsts
from loaders.handover.rows import OBJECT_COLUMNS, object_table
from loaders.model.tables import OBJECTS_SCHEMA, PROPERTIES_SCHEMA
from loaders.tileset import glb

ORIGIN = ("layer", "source", "building")
_MADE = {"object": pa.int64(), "layer": pa.string(), "parent": pa.string(), "storey": pa.string()}
OBJECTS = pa.schema(
    [(name, pa.string()) for name in ORIGIN]
    + [
        (name, _MADE.get(name) or OBJECTS_SCHEMA.field(name).type)
        for name in (*OBJECT_COLUMNS, "engine")
        if name not in ORIGIN
    ]
)
PROPERTIES = pa.schema(
    [*((name, pa.string()) for name in ORIGIN), ("object", pa.int64()), *list(PROPERTIES_SCHEMA)[1:]]
)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A layer's tables: where it came from, which building it belongs to ("" for none), and its tileset as it lies."""

    part: Part
    source: str
    building: str = ""

    @property
    def origin(self) -> dict[str, str]:
        """The values of `ORIGIN`."""
        return {"layer": self.part.name, "source": self.source, "building": self.building}


def numbered(sources: Sequence[Source]) -> list[tuple[int, Source]]:
    """Each source with the number of its first object."""
    return [(first, one) for one, (first, _) in zip(sources, firsts([one.part for one in sources]), strict=True)]


def objects_of(sources: Sequence[Source]) -> pa.Table:
    """All objects (`OBJECTS`), boxes in the CRS of the whole; raises `CityTwinError` where a table is damaged."""
    tables = []
    for first, one in numbered(sources):
        table = object_table(first, one.part)
        for name in ("source", "building"):
            table = table.append_column(name, pa.array([one.origin[name]] * table.num_rows, pa.string()))
        table = table.append_column("engine", one.part.tileset.objects().column("engine"))
        tables.append(table.select(OBJECTS.names).cast(OBJECTS))
    return pa.concat_tables(tables) if tables else OBJECTS.empty_table()


def properties_of(source: Source) -> Any:
    """The property table of a source as a `pyarrow.dataset.Dataset`: read where a query asks for it, never whole.

    Raises `CityTwinError` ``tileset.damaged``.
    """
    path = source.part.tileset.folder / "properties.parquet"
    try:
        return dataset_of([path], PROPERTIES_SCHEMA)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise glb.damaged(path, str(error)) from error


def dataset_of(paths: Sequence[Path], schema: pa.Schema) -> Any:
    """Parquet files as one `pyarrow.dataset.Dataset`; raises ValueError where one has other columns."""
    form, fragments = ds.ParquetFileFormat(), []
    for path in paths:
        mapped = pa.memory_map(os.fsencode(path))
        found = pq.read_schema(mapped)
        if found.names != schema.names or found.types != schema.types:
            raise ValueError(f"{path.name}: schema")
        mapped.seek(0)
        fragments.append(form.make_fragment(mapped))
    return ds.FileSystemDataset(fragments, schema, form)
