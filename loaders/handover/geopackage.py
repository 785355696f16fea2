"""A GeoPackage: outlines of the objects with their attributes, and all properties in a table beside them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import shapely
import shapely.affinity

from loaders.handover.outlines import Outline, outlines
from loaders.handover.part import Part, Telling, Written, firsts
from loaders.handover.rows import (
    BATCH_ROWS,
    OBJECT_COLUMNS,
    Label,
    Row,
    Value,
    labels,
    object_table,
    property_tables,
    wide_rows,
)
from loaders.model.errors import CityTwinError, Finding

MOST_COLUMNS = 500  # SQLite ends at 2,000, and nobody reads that many; the table beside holds all
_GEOMETRY = "geom"
_RESERVED = ("fid", _GEOMETRY, "outline", *OBJECT_COLUMNS)


class _System(NamedTuple):
    """A CRS as GDAL takes it, and metres in its unit."""

    wkt: str | None
    unit_m: float


def write(parts: Sequence[Part], path: Path, telling: Telling) -> Written:
    """Write the objects of all parts into the new file ``path``. Raises `OSError` or `CityTwinError`."""
    named = next((part.georeference.crs for part in parts if part.georeference.crs), None)
    system = _system(named)
    columns, left_out = labels(parts, MOST_COLUMNS)
    shapes: dict[int, Outline] = {}
    for number, (first, part) in enumerate(firsts(parts)):

        def tell(done: int, total: int, number: int = number) -> None:
            telling.share(0.6 * (number + done / max(total, 1)) / len(parts))

        shapes |= {first + row: outline for row, outline in outlines(part, tell).items()}
    count = sum(part.tileset.num_objects for part in parts)
    rows = _told(_objects(parts, columns, shapes, system.unit_m), telling, count)
    _write(path, "objects", rows, system)
    _write(path, "properties", _properties(parts), None)
    notes = []
    if left_out:
        notes.append(Finding.warning("handover.columns_beside", count=left_out))
    if named and system.wkt is None:
        notes.append(Finding.warning("handover.unknown_crs", name=named))
    return Written(count, path.stat().st_size, tuple(notes))


def _system(named: str | None) -> _System:
    from pyproj import CRS
    from pyproj.exceptions import ProjError

    if not named:
        return _System(None, 1.0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecated codes place a model rightly
            crs = CRS.from_user_input(named)
            flat = crs.sub_crs_list[0] if crs.is_compound else crs
            unit_m = 1.0 if flat.is_geographic else float(flat.axis_info[0].unit_conversion_factor)
            return _System(crs.to_2d().to_wkt() if not crs.is_compound else flat.to_wkt(), unit_m)
    except (ProjError, IndexError):
        return _System(None, 1.0)


def _told(batches: Iterator[pa.RecordBatch], telling: Telling, total: int) -> Iterator[pa.RecordBatch]:
    done = 0
    for batch in batches:
        telling.share(0.6 + 0.4 * done / max(total, 1))
        done += batch.num_rows
        yield batch


def _objects(
    parts: Sequence[Part], columns: list[Label], shapes: dict[int, Outline], unit_m: float
) -> Iterator[pa.RecordBatch]:
    base = object_table(0, parts[0]).schema
    kinds = _kinds(parts, columns)
    names = _column_names(columns)
    schema = pa.schema(
        [
            pa.field(_GEOMETRY, pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"}),
            pa.field("outline", pa.string()),
            *base,
            *(pa.field(name, kind) for name, kind in zip(names, kinds, strict=True)),
        ]
    )
    rows = wide_rows(parts)
    while batch := list(islice(rows, BATCH_ROWS)):
        yield _batch(batch, schema, columns, shapes, unit_m)
    yield pa.RecordBatch.from_pylist([], schema)


def _batch(
    rows: list[Row], schema: pa.Schema, columns: list[Label], shapes: dict[int, Outline], unit_m: float
) -> pa.RecordBatch:
    found = [shapes.get(row.values[0]) for row in rows]
    geometry = [None if one is None else _wkb(one.shape, unit_m) for one in found]
    own = list(zip(*(row.values for row in rows), strict=True))
    given = [[row.properties.get(label) for row in rows] for label in columns]
    values: list[Sequence[Any]] = [geometry, [one and one.kind for one in found], *own, *given]
    arrays = [pa.array(_as(column, field.type), field.type) for column, field in zip(values, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _wkb(shape: Any, unit_m: float) -> bytes:
    placed = shape if unit_m == 1.0 else shapely.affinity.scale(shape, 1 / unit_m, 1 / unit_m, origin=(0, 0))
    return bytes(shapely.to_wkb(placed))


def _as(values: Sequence[Any], kind: pa.DataType) -> Sequence[Any]:
    return [None if v is None else str(v) for v in values] if kind == pa.string() else values


def _kinds(parts: Sequence[Part], columns: list[Label]) -> list[pa.DataType]:
    """Numbers where all values of a column are, else text."""
    numeric = dict.fromkeys(columns, True)
    for row in wide_rows(parts):
        for label, value in row.properties.items():
            if not _is_number(value):
                numeric[label] = False
    return [pa.float64() if numeric[label] else pa.string() for label in columns]


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _column_names(columns: list[Label]) -> list[str]:
    """The labels as names of columns: SQLite tells no upper from lower case."""
    taken = {name.casefold() for name in _RESERVED}
    names = []
    for label in columns:
        plain = "".join(letter if letter.isprintable() and letter not in '"`' else "_" for letter in str(label)) or "_"
        unique, number = plain, 1
        while unique.casefold() in taken:
            number += 1
            unique = f"{plain} {number}"
        taken.add(unique.casefold())
        names.append(unique)
    return names


def _properties(parts: Sequence[Part]) -> Iterator[pa.RecordBatch]:
    schema = None
    for first, part in firsts(parts):
        for table in property_tables(part):
            owners = np.asarray(table.column("object")).astype(np.int64) + first
            numbered = table.set_column(0, "object", pa.array(owners))
            schema = schema or numbered.schema
            yield from numbered.to_batches()


def _write(path: Path, layer: str, batches: Iterator[pa.RecordBatch], system: _System | None) -> None:
    from pyogrio import write_arrow
    from pyogrio.errors import DataLayerError, DataSourceError

    first = next(batches, None)
    if first is None:
        return

    def all_of_them() -> Iterator[pa.RecordBatch]:
        yield first
        yield from batches

    stream = pa.RecordBatchReader.from_batches(first.schema, all_of_them())
    about: dict[str, Any] = {} if system is None else {"geometry_name": _GEOMETRY, "geometry_type": "MultiPolygon"}
    if system is not None and system.wkt is not None:
        about["crs"] = system.wkt
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="'crs' was not provided")
            write_arrow(stream, path, layer=layer, driver="GPKG", **about)
    except (DataSourceError, DataLayerError) as error:
        raise CityTwinError("export.cannot_write", str(path), reason=str(error)) from error
