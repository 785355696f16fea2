"""The object table of a city model, its tree, and which level of detail of each object is shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from loaders.city.documents import CityFile, CityObject
from loaders.city.properties import PropertyRows, Value, flattened, printable, typed
from loaders.city.shapes import UNDRAWN, Shape, best, geometries, lod_number, lod_text, shapes
from loaders.model.errors import Finding
from loaders.model.tables import NO_ROW, OBJECTS_SCHEMA, CimLevel

ENGINE = "earcut"
_NAME_KEYS = ("name", "Name", "名称", "gml:name", "naam", "label")
_GROUND = ("TINRelief", "WaterBody", "Waterway", "LandUse", "PlantCover", "Road", "Railway", "TransportSquare")
_INTERIOR = ("BuildingRoom", "BuildingStorey", "BuildingUnit", "TunnelHollowSpace", "BridgeRoom")
_FURNITURE = ("BuildingFurniture", "BridgeFurniture", "TunnelFurniture")


@dataclass(frozen=True, slots=True)
class Listed:
    """One object with its row, its shown geometries (none when its parts show more), and all its levels of detail."""

    row: int
    source: CityObject
    shown: list[Shape]
    level: CimLevel
    all_lods: tuple[str, ...]
    is_replaced: bool


def list_objects(city: CityFile) -> tuple[list[Listed], list[int]]:
    """All objects in the file's order, and the parent row of each."""
    sources = list(city.objects.values())
    row_of = {one.object_id: row for row, one in enumerate(sources)}
    parents = _parents(sources, row_of, city.findings)
    found = [best(shapes(one.raw, city.templates)) for one in sources]
    tops = [max((shape.lod for shape in shown), default=-1.0) for shown in found]
    below = _best_below(parents, tops)
    listed = []
    for row, one in enumerate(sources):
        replaced = bool(found[row]) and below[row] > tops[row]
        shown = [] if replaced else found[row]
        lods = sorted({lod_text(number) for number in _all_lods(one.raw, city.templates)} - {""})
        listed.append(Listed(row, one, shown, level_of(one.kind, max(tops[row], below[row])), tuple(lods), replaced))
    return listed, parents


def _all_lods(raw: dict[str, Any], templates: list[Any]) -> list[float]:
    return [lod_number(item) for item in geometries(raw)] + [shape.lod for shape in shapes(raw, templates)]


def level_of(kind: str, lod: float) -> CimLevel:
    """The display level of a class at a level of detail."""
    if kind in _GROUND:
        return CimLevel.TERRAIN
    if kind in _INTERIOR:
        return CimLevel.SPACES
    if kind in _FURNITURE:
        return CimLevel.COMPONENTS
    return CimLevel.BLOCK if lod < 2 else CimLevel.SHELL if lod < 3 else CimLevel.ENVELOPE


def _parents(sources: list[CityObject], row_of: dict[str, int], findings: list[Finding]) -> list[int]:
    """The parent row of each object, from ``parents`` or another's ``children``; loops are cut."""
    parents = [NO_ROW] * len(sources)
    for row, one in enumerate(sources):
        for child in _ids(one.raw.get("children")):
            if child in row_of and row_of[child] != row:
                parents[row_of[child]] = row
    lost = 0
    for row, one in enumerate(sources):
        named = _ids(one.raw.get("parents"))
        known = [row_of[name] for name in named if name in row_of]
        lost += len(named) - len(known)
        if known:
            parents[row] = known[0]
    if lost:
        findings.append(Finding.warning("city.lost_parents", "", count=lost))
    cut = _cut_loops(parents)
    if cut:
        findings.append(Finding.error("city.parent_cycle", sources[cut[0]].object_id, count=len(cut)))
    return parents


def _ids(value: Any) -> list[str]:
    return [printable(item) for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _cut_loops(parents: list[int]) -> list[int]:
    """Make every row that hangs on itself a root, in place; gives those rows."""
    state = bytearray(len(parents))  # 0 not seen, 1 on the path, 2 done
    cut = []
    for start in range(len(parents)):
        path, at = [], start
        while at != NO_ROW and state[at] == 0:
            state[at] = 1
            path.append(at)
            at = parents[at]
        if at != NO_ROW and state[at] == 1:
            parents[at] = NO_ROW
            cut.append(at)
        for row in path:
            state[row] = 2
    return cut


def _best_below(parents: list[int], tops: list[float]) -> list[float]:
    """The highest level of detail among the descendants of each row; -1 for none."""
    below = [-1.0] * len(parents)
    for row, top in enumerate(tops):
        at = parents[row]
        while at != NO_ROW and below[at] < top:
            below[at] = top
            at = parents[at]
    return below


def object_table(listed: list[Listed], parents: list[int], shaped: set[int]) -> pa.Table:
    """`OBJECTS_SCHEMA` without what geometry fills; ``shaped`` are the rows that have triangles."""
    count = len(listed)
    columns: dict[str, Any] = {name: [None] * count for name in OBJECTS_SCHEMA.names}
    columns |= {
        "id": [printable(one.source.object_id) for one in listed],
        "class": [printable(one.source.kind) for one in listed],
        "name": [name_of(one.source) for one in listed],
        "parent": parents,
        "storey": [NO_ROW] * count,
        "level": [int(one.level) for one in listed],
        "hidden": [one.source.kind in _INTERIOR for one in listed],
        "engine": [ENGINE if one.row in shaped else None for one in listed],
    }
    return pa.table(columns, schema=OBJECTS_SCHEMA)


def name_of(one: CityObject) -> str:
    """The name that its attributes give, else its id."""
    attributes = one.raw.get("attributes")
    if isinstance(attributes, dict):
        for key in _NAME_KEYS:
            value = attributes.get(key)
            if isinstance(value, str) and value.strip():
                return printable(value.strip())[:200]
    return printable(one.object_id)


def property_table(listed: list[Listed]) -> pa.Table:
    """Attributes, addresses and levels of detail of all objects."""
    rows = PropertyRows()
    for one in listed:
        raw = one.source.raw
        attributes, address = raw.get("attributes"), raw.get("address")
        if isinstance(attributes, dict):
            rows.add(one.row, "attribute", one.source.kind, list(flattened(attributes)))
        if isinstance(address, list | dict):
            entries = address if isinstance(address, list) else [address]
            for number, entry in enumerate(item for item in entries if isinstance(item, dict)):
                shown = {key: value for key, value in entry.items() if key != "location"}
                rows.add(one.row, "property", f"address {number + 1}", list(flattened(shown)))
        rows.add(one.row, "property", "CityJSON", _lod_values(one))
    return rows.table()


def _lod_values(one: Listed) -> list[Value]:
    values = []
    if one.all_lods:
        values.append(typed("lods", ", ".join(one.all_lods)))
    if one.shown:
        values.append(typed("lod shown", lod_text(one.shown[0].lod)))
    undrawn = Counter(str(item.get("type")) for item in geometries(one.source.raw) if item.get("type") in UNDRAWN)
    values += [typed(kind, count) for kind, count in undrawn.items()]
    return values


def lod_counts(listed: list[Listed]) -> dict[str, int]:
    """How many objects have each level of detail."""
    return dict(sorted(Counter(lod for one in listed for lod in one.all_lods).items()))
