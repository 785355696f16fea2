"""Houses: the buildings among the objects, with what sources commonly tell of them under one name each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from loaders.handover.rows import world_bounds
from loaders.model.tables import NO_ROW
from loaders.tileset.objects import BOUNDS
from twin_app.warehouse.parts import Source, numbered

CLASSES = ("Building", "IfcBuilding")
STOREY = "IfcBuildingStorey"
# As sources call them, small letters, without spaces and underscores; the first that is there counts.
NAMES: dict[str, tuple[str, ...]] = {
    "code": ("房屋编码", "房屋代码", "建筑编码", "楼栋编码", "housecode", "buildingcode"),
    "height_m": ("measuredheight", "建筑高度", "房屋高度", "buildingheight", "height", "高度"),
    "storeys": ("storeysaboveground", "地上层数", "地上楼层数", "numberofstoreys", "层数", "楼层数"),
    "area_m2": ("floorarea", "总建筑面积", "建筑面积", "grossfloorarea", "grossplannedarea"),
    "footprint_m2": ("footprintarea", "基底面积", "占地面积"),
    "use": ("function", "使用性质", "房屋用途", "用途", "usage", "occupancytype"),
}
TEXTS = ("code", "use")
METRES, SQUARE_METRES = ("", "m"), ("", "m²", "m2")
UNITS = {"height_m": METRES, "area_m2": SQUARE_METRES, "footprint_m2": SQUARE_METRES}
BUILDINGS = pa.schema(
    [("object", pa.int64()), *((name, pa.float64()) for name in BOUNDS), ("found_storeys", pa.int64())]
)

_TOLD = """SELECT p.object, n.field, arg_min(p.value, n.rank) AS text, arg_min(p.number, n.rank) AS number
    FROM properties p JOIN _house_names n
    ON n.name = replace(replace(lower(p.name), ' ', ''), '_', '')
    AND (n.units IS NULL OR list_contains(n.units, coalesce(p.unit, '')))
    WHERE p.object IN (SELECT object FROM _buildings) AND CASE WHEN n.text THEN p.value <> '' ELSE p.number > 0 END
    GROUP BY p.object, n.field"""
_FIELDS = ", ".join(
    f"max({'text' if field in TEXTS else 'number'}) FILTER (field = '{field}') AS {field}" for field in NAMES
)
VIEW = f"""CREATE VIEW houses AS WITH told AS ({_TOLD}), wide AS (SELECT object, {_FIELDS} FROM told GROUP BY object)
    SELECT o.layer, o.source, o.building, o.object, o.id, o.name, w.code,
    coalesce(w.height_m, b.max_z - b.min_z) AS height_m,
    coalesce(CAST(round(w.storeys) AS BIGINT), b.found_storeys) AS storeys, w.area_m2, w.footprint_m2, w.use,
    b.min_x, b.min_y, b.max_x, b.max_y
    FROM _buildings b JOIN objects o USING (object) LEFT JOIN wide w USING (object)"""


def names_table() -> pa.Table:
    """Which property is which field, and which of several counts."""
    rows = [
        {"name": name, "field": field, "rank": rank, "text": field in TEXTS, "units": UNITS.get(field)}
        for field, names in NAMES.items()
        for rank, name in enumerate(names)
    ]
    schema = [("name", pa.string()), ("field", pa.string()), ("rank", pa.int32()), ("text", pa.bool_())]
    return pa.Table.from_pylist(rows, schema=pa.schema([*schema, ("units", pa.list_(pa.string()))]))


def buildings_of(sources: Sequence[Source]) -> pa.Table:
    """The buildings (`BUILDINGS`), with box and storeys of all that each is made of; null where nothing tells."""
    found = [_buildings(first, one) for first, one in numbered(sources)]
    return pa.concat_tables(found) if found else BUILDINGS.empty_table()


def _buildings(first: int, source: Source) -> pa.Table:
    objects = source.part.tileset.objects()
    classes = np.asarray(objects["class"].to_pylist(), object)
    is_building = np.isin(classes, CLASSES)
    parents = np.asarray(objects["parent"].fill_null(NO_ROW)).astype(np.int64)
    owner = owners(parents, is_building)
    bounds_m = world_bounds(source.part.georeference.world_from_model, source.part.tileset.object_bounds_m())
    has = (owner != NO_ROW) & np.isfinite(bounds_m).all(axis=1)
    low, high = np.full((len(owner), 3), np.inf), np.full((len(owner), 3), -np.inf)
    np.minimum.at(low, owner[has], bounds_m[has, :3])
    np.maximum.at(high, owner[has], bounds_m[has, 3:])
    storeys = np.bincount(owner[(classes == STOREY) & (owner != NO_ROW)], minlength=len(owner))
    rows = np.flatnonzero(is_building)
    box = np.concatenate([low, high], axis=1)[rows]
    box[~np.isfinite(box).all(axis=1)] = np.nan
    columns = [pa.array(first + rows), *(pa.array(side, from_pandas=True) for side in box.T)]
    return pa.table([*columns, pa.array(storeys[rows], mask=storeys[rows] == 0)], schema=BUILDINGS)


def owners(parents: NDArray[np.int64], is_owner: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The nearest owner of each row (n,), itself or above it; `NO_ROW` where there is none, or in a circle."""
    num = len(parents)
    outside = num  # a row that stands for "nowhere"
    up = np.append(np.where((parents >= 0) & (parents < num), parents, outside), outside)
    rows = np.arange(num + 1)
    up[:num] = np.where(is_owner, rows[:num], up[:num])
    for _ in range(max(1, num).bit_length()):  # each step doubles how far is looked
        up = up[up]
    found = up[:num]
    return np.where((found < num) & np.append(is_owner, False)[found], found, NO_ROW)
