"""The object table of an IFC model: a row per project, spatial element, product and unused type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from loaders.ifc.attributes import attribute, shape_of, text_of
from loaders.ifc.relations import Relations
from loaders.ifc.values import printable
from loaders.model.tables import NO_ROW, OBJECTS_SCHEMA, CimLevel

HIDDEN_CLASSES = ("IfcSpace", "IfcOpeningElement", "IfcSpatialZone", "IfcVirtualElement", "IfcAnnotation", "IfcGrid")
_SPATIAL = ("IfcSpace", "IfcZone", "IfcSpatialZone", "IfcBuildingStorey", "IfcBuilding", "IfcProject")
_PARTS = (
    "IfcElementComponent",
    "IfcBuildingElementPart",
    "IfcFastener",
    "IfcReinforcingElement",
    "IfcDistributionPort",
    "IfcSurfaceFeature",
)
_TERRAIN = ("IfcSite", "IfcGeographicElement")
_ENVELOPE = ("IfcRoof", "IfcCurtainWall")


@dataclass(frozen=True, slots=True)
class Rows:
    """Row numbers of STEP ids, the instances in row order, and which of them should have a shape."""

    row_of: dict[int, int]
    instances: tuple[Any, ...]
    shaped: frozenset[int]
    num_types: int


def collect(model: Any, relations: Relations) -> Rows:
    """The rows by ascending STEP id: all objects, and the types that no object uses."""
    used = set(relations.type_of.values())
    products = {one.id(): one for one in model.by_type("IfcProduct")}
    # IfcTypeProduct-s without occurrences are all that a library of types holds: the user has to see them.
    types = {one.id(): one for one in model.by_type("IfcTypeProduct") if one.id() not in used}
    found = {one.id(): one for one in model.by_type("IfcProject")} | products | types
    ids = sorted(found)
    shaped = frozenset(i for i, one in products.items() if shape_of(one) is not None)
    return Rows({i: row for row, i in enumerate(ids)}, tuple(found[i] for i in ids), shaped, len(types))


def _is_a(one: Any, names: tuple[str, ...]) -> bool:
    for name in names:
        try:
            if one.is_a(name):
                return True
        except RuntimeError:  # the schema has no such entity
            continue
    return False


def table(rows: Rows, relations: Relations, external: set[int]) -> pa.Table:
    """The columns of `OBJECTS_SCHEMA` that do not come from geometry. ``external`` are ids of exterior elements."""
    count = len(rows.instances)
    parents = np.array(
        [rows.row_of.get(relations.parent.get(one.id(), -1), NO_ROW) for one in rows.instances], np.int32
    )
    kinds: dict[str, tuple[int, bool]] = {}
    columns: dict[str, list[Any]] = {name: [None] * count for name in OBJECTS_SCHEMA.names}
    seen: set[str] = set()
    for row, one in enumerate(rows.instances):
        name = one.is_a()
        if name not in kinds:
            kinds[name] = (_level(one), _is_a(one, HIDDEN_CLASSES))
        level, hidden = kinds[name]
        guid = text_of(attribute(one, "GlobalId"))
        unique = guid if guid and guid not in seen else f"{guid or ''}#{one.id()}"
        seen.add(unique)
        columns["id"][row], columns["guid"][row], columns["step_id"][row] = unique, guid, one.id()
        columns["class"][row], columns["name"][row] = name, text_of(attribute(one, "Name"))
        exterior = level == CimLevel.COMPONENTS and one.id() in external
        columns["level"][row] = int(CimLevel.ENVELOPE if exterior else level)
        columns["hidden"][row] = hidden
    for key in ("id", "guid", "name"):
        columns[key] = printable(columns[key])
    columns["parent"] = without_cycles(parents).tolist()
    columns["storey"] = storeys(parents, [one.is_a() for one in rows.instances]).tolist()
    return pa.table(columns, schema=OBJECTS_SCHEMA)


def _level(one: Any) -> CimLevel:
    if _is_a(one, _TERRAIN):
        return CimLevel.TERRAIN
    if _is_a(one, _SPATIAL):
        return CimLevel.SPACES
    if _is_a(one, _PARTS):
        return CimLevel.PARTS
    return CimLevel.ENVELOPE if _is_a(one, _ENVELOPE) else CimLevel.COMPONENTS


def without_cycles(parents: np.ndarray) -> np.ndarray:
    """The same tree, with every row that hangs on itself made a root."""
    result = parents.copy()
    checked = np.zeros(len(parents), bool)
    for row in range(len(parents)):
        path: list[int] = []
        on_path: set[int] = set()
        at = row
        while at != NO_ROW and not checked[at]:
            if at in on_path:
                result[at] = NO_ROW
                break
            path.append(at)
            on_path.add(at)
            at = int(result[at])
        checked[path] = True
    return result


def storeys(parents: np.ndarray, classes: list[str]) -> np.ndarray:
    """For each row the row of the storey above it, or its own; `NO_ROW` where there is none."""
    tree = without_cycles(parents)
    own = np.array([row if name == "IfcBuildingStorey" else NO_ROW for row, name in enumerate(classes)], np.int32)
    found, at = own.copy(), tree.copy()
    while (at != NO_ROW).any():
        open_rows = (found == NO_ROW) & (at != NO_ROW)
        found[open_rows] = own[at[open_rows]]
        known = at != NO_ROW
        at[known] = tree[at[known]]
    return found
