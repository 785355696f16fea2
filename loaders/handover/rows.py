"""Objects as rows in the world's frame, with their properties as columns; a few thousand in memory at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from loaders.handover.part import Part, firsts
from loaders.model.frames import Matrix
from loaders.tileset import glb
from loaders.tileset.objects import BOUNDS
from loaders.tileset.parquet import open_parquet

BATCH_ROWS = 4096
OBJECT_COLUMNS = (
    *("object", "layer", "id", "guid", "class", "name", "parent", "storey", "level", "hidden", "triangles", "points"),
    *BOUNDS,
)
_TOLD_ALREADY = ("Name", "GlobalId")
_NUMBERS = ("real", "integer")
_TRUTHS = {"true": True, "false": False, ".t.": True, ".f.": False}
Value = str | float | int | bool


class Label(NamedTuple):
    """What one column of properties is called; values of another unit are another column."""

    set: str
    name: str
    unit: str

    def __str__(self) -> str:
        full = f"{self.set}.{self.name}" if self.set else self.name
        return f"{full} ({self.unit})" if self.unit else full


class Row(NamedTuple):
    """One object: the values of `OBJECT_COLUMNS`, and its properties."""

    values: tuple[Any, ...]
    properties: dict[Label, Value]


def object_table(first: int, part: Part) -> pa.Table:
    """The objects of a part (`OBJECT_COLUMNS`): parents by id, storeys by name, bounds in the world's frame, metres."""
    objects = part.tileset.objects()
    count = objects.num_rows
    bounds = world_bounds(part.georeference.world_from_model, part.tileset.object_bounds_m())
    made = {
        "object": pa.array(np.arange(first, first + count, dtype=np.int64)),
        "layer": pa.array([part.name] * count, pa.string()),
        "parent": _named(objects, "parent", "id"),
        "storey": _named(objects, "storey", "name"),
        **{name: pa.array(bounds[:, place], from_pandas=True) for place, name in enumerate(BOUNDS)},
    }
    return pa.table({name: made[name] if name in made else objects.column(name) for name in OBJECT_COLUMNS})


def _named(objects: pa.Table, column: str, by: str) -> pa.ChunkedArray:
    rows = np.asarray(objects.column(column).fill_null(-1)).astype(np.int64)
    known = (rows >= 0) & (rows < objects.num_rows)
    return objects.column(by).take(pa.array(rows, mask=~known))


def world_bounds(world_from_model: Matrix, bounds_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Boxes (n, 6) around the transformed boxes (n, 6); NaN stays NaN."""
    linear, offset = world_from_model[:3, :3], world_from_model[:3, 3]
    low, high = bounds_m[:, None, :3] * linear, bounds_m[:, None, 3:] * linear
    ends = np.minimum(low, high).sum(axis=2), np.maximum(low, high).sum(axis=2)
    return np.concatenate([end + offset for end in ends], axis=1)


def property_tables(part: Part) -> Iterator[pa.Table]:
    """The property table of a part, some thousand rows at a time, sorted by object."""
    path = part.tileset.folder / "properties.parquet"
    try:
        with open_parquet(path) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group, use_threads=False)
    except (OSError, pa.ArrowException) as error:
        raise glb.damaged(path, str(error)) from error


def labels(parts: Sequence[Part], most: int) -> tuple[list[Label], int]:
    """The columns that the properties of all parts make, by name, and how many of the rarest were one too many."""
    found: Counter[Label] = Counter()
    for tileset in {id(part.tileset): part for part in parts}.values():
        for table in property_tables(tileset):
            kept = table.filter(pc.invert(_told_already(table)))
            counts = kept.group_by(["set", "name", "unit"]).aggregate([("object", "count")]).to_pylist()
            for one in counts:
                found[Label(one["set"] or "", one["name"] or "", one["unit"] or "")] += one["object_count"]
    return sorted(label for label, _ in found.most_common(most)), max(len(found) - most, 0)


def _told_already(table: pa.Table) -> Any:
    names = pc.is_in(table["name"], value_set=pa.array(_TOLD_ALREADY, pa.string()))
    return pc.and_(pc.fill_null(pc.equal(table["kind"], "attribute"), False), names)


def wide_rows(parts: Sequence[Part]) -> Iterator[Row]:
    """Every object of all parts, in order."""
    for first, part in firsts(parts):
        table = object_table(first, part)
        properties = _by_object(part)
        owner, waiting = next(properties, (-1, {}))
        row = 0
        for batch in table.to_batches(max_chunksize=BATCH_ROWS):
            for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                mine: dict[Label, Value] = {}
                if owner == row:
                    mine = waiting
                    owner, waiting = next(properties, (-1, {}))
                yield Row(values, mine)
                row += 1


def _by_object(part: Part) -> Iterator[tuple[int, dict[Label, Value]]]:
    owner, found = -1, dict[Label, Value]()
    columns = ("object", "kind", "set", "name", "unit", "value", "number", "value_type")
    for table in property_tables(part):
        for row, kind, group, name, unit, *value in zip(*(table[c].to_pylist() for c in columns), strict=True):
            if row != owner:
                if found:
                    yield owner, found
                owner, found = row, {}
            if kind != "attribute" or name not in _TOLD_ALREADY:
                _put(found, Label(group or "", name or "", unit or ""), typed(*value))
    if found:
        yield owner, found


def _put(found: dict[Label, Value], label: Label, value: Value | None) -> None:
    """Values of one name, such as several materials, stand in one cell."""
    if value is not None:
        found[label] = f"{found[label]} | {value}" if label in found else value


def typed(text: str | None, number: float | None, value_type: str | None) -> Value | None:
    """A value as what it is: a number, a truth or a text; None where there is none."""
    if value_type in _NUMBERS and number is not None and np.isfinite(number):
        return int(number) if value_type == "integer" else number
    if text is None:
        return None
    return _TRUTHS.get(text.lower(), text) if value_type in ("boolean", "logical") else text
