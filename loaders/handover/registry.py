"""The formats that can be written, by the names that ``citytwin export --to`` takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from loaders.handover import csv_file, geopackage, glb_file, parquet_tables, tiles_folder, workbook
from loaders.handover.part import Part, Telling, Written


@dataclass(frozen=True, slots=True)
class HandoverFormat:
    """A name, the ending of its files ("" for a folder), and what writes a new file or folder of it."""

    name: str
    suffix: str
    write: Callable[[Sequence[Part], Path, Telling], Written]


_ALL = (
    HandoverFormat("3dtiles", "", tiles_folder.write),
    HandoverFormat("glb", ".glb", glb_file.write),
    HandoverFormat("gpkg", ".gpkg", geopackage.write),
    HandoverFormat("parquet", "", parquet_tables.write),
    HandoverFormat("csv", ".csv", csv_file.write),
    HandoverFormat("xlsx", ".xlsx", workbook.write),
)
FORMATS = {known.name: known for known in _ALL}
