"""What the properties panel shows for a selection: groups of rows, common to all that is selected. Knows no Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from loaders.model.formats import LayerKind
from loaders.model.frames import transform_bounds
from scenes.model.scene import ObjectRef
from twin_app.ui.panels.class_words import class_text
from twin_app.usecases.workbench import Workbench

COMPARED = 100  # so many selected objects are compared; more would keep the window waiting
# Names in these come from the standard, and are translated; in sets they are the author's own.
_WORDED = ("attribute", "place", "type", "material", "classification", "layer", "group", "system")
KIND_ORDER = ("attribute", "type", "property", "quantity", "material", "classification", "layer", "group", "system")


@dataclass(slots=True)
class PropertyRow:
    """One line: ``values`` holds the different values found, one when all agree."""

    name: str
    value: str
    unit: str = ""
    inherited: bool = False
    several: bool = False

    @property
    def shown(self) -> str:
        """Value and unit."""
        return f"{self.value} {self.unit}".strip()


@dataclass(slots=True)
class PropertyGroup:
    """Rows under one heading; ``kind`` is the properties table's kind, or ``place``."""

    kind: str
    title: str
    rows: list[PropertyRow] = field(default_factory=list)


Key = tuple[str, str, str]


def groups_of(workbench: Workbench, refs: tuple[ObjectRef, ...]) -> list[PropertyGroup]:
    """The groups for the selected objects, in the order a reader expects. Raises `CityTwinError` for damage."""
    compared = refs[-COMPARED:]
    common: dict[Key, PropertyRow] | None = None
    for ref in compared:
        rows = dict(_rows_of(workbench, ref))
        common = rows if common is None else _common(common, rows)
    return _grouped(workbench, common or {})


def _common(first: dict[Key, PropertyRow], second: dict[Key, PropertyRow]) -> dict[Key, PropertyRow]:
    """What both have; where they differ it says so."""
    kept = {}
    for key, row in first.items():
        other = second.get(key)
        if other is None:
            continue
        if (row.value, row.unit) != (other.value, other.unit):
            row.several = True
        kept[key] = row
    return kept


def _rows_of(workbench: Workbench, ref: ObjectRef) -> list[tuple[Key, PropertyRow]]:
    layer = workbench.scene.layers.get(ref.layer_id)
    tileset = workbench.sources.tileset(layer) if layer is not None else None
    if layer is None or tileset is None:
        return []
    rows = _identity(workbench, ref) + _place(workbench, ref)
    seen = {(kind, name) for (kind, _, name), _row in rows}
    own = layer.kind in (LayerKind.TERRAIN, LayerKind.IMAGERY, LayerKind.POINTS)  # their properties are named by us
    for entry in tileset.properties_of(ref.row).to_pylist():
        kind = entry["kind"]
        if own:
            entry = _worded(workbench, entry)
        if (kind, entry["name"]) in seen and kind == "attribute":
            continue
        row = PropertyRow(entry["name"], _value(workbench, entry), entry["unit"] or "", bool(entry["inherited"]))
        rows.append(((kind, entry["set"] or "", entry["name"]), row))
    return rows


def _worded(workbench: Workbench, entry: dict[str, Any]) -> dict[str, Any]:
    """A fact about a raster in the current language."""
    tr, words = workbench.tr, dict(entry)
    words["set"] = class_text(tr, entry["set"] or "")
    for column, key in (
        ("name", f"ui.fact.{entry['name'].replace(' ', '_')}"),
        ("value", f"ui.value.{entry['value']}"),
    ):
        if tr.has(key):
            words[column] = tr(key)
    return words


def _value(workbench: Workbench, entry: dict[str, object]) -> str:
    number, text = entry["number"], str(entry["value"] or "")
    if entry["value_type"] in ("boolean", "logical"):
        key = f"ui.value.{text.lower()}"
        return workbench.tr(key) if workbench.tr.has(key) else text
    if entry["value_type"] == "real" and isinstance(number, float):
        return tidy_number(number)
    return text


def tidy_number(value: float) -> str:
    """Up to six significant figures after what measuring can mean, thousands separated."""
    if not np.isfinite(value):
        return str(value)
    if value == 0 or 1e-3 <= abs(value) < 1e9:
        return f"{value:,.3f}".rstrip("0").rstrip(".")
    return f"{value:.6g}"


def _identity(workbench: Workbench, ref: ObjectRef) -> list[tuple[Key, PropertyRow]]:
    layer = workbench.scene.layers[ref.layer_id]
    tileset = workbench.sources.tileset(layer)
    if tileset is None:
        return []
    objects, tr = tileset.objects(), workbench.tr
    values = {name: objects.column(name)[ref.row].as_py() for name in ("name", "class", "guid", "id", "storey")}
    found = [
        ("Name", values["name"]),
        ("class", class_text(tr, values["class"] or "")),
        ("GlobalId" if values["guid"] else "id", values["guid"] or values["id"]),
    ]
    if values["storey"] is not None and values["storey"] >= 0:
        found.append(("storey", tileset.index.name(values["storey"])))
    found.append(("layer", layer.name))
    return [(("attribute", "", name), PropertyRow(name, str(value))) for name, value in found if value]


def _place(workbench: Workbench, ref: ObjectRef) -> list[tuple[Key, PropertyRow]]:
    layer = workbench.scene.layers[ref.layer_id]
    tileset = workbench.sources.tileset(layer)
    bounds_m = tileset.object_bounds_m()[ref.row] if tileset is not None else np.full(6, np.nan)
    if not np.isfinite(bounds_m).all():
        return []
    world_m = transform_bounds(layer.world_from_model, bounds_m)
    size_m = bounds_m[3:] - bounds_m[:3]
    middle_m = (world_m[:3] + world_m[3:]) / 2
    rows = {
        "east": f"{middle_m[0]:,.2f}",
        "north": f"{middle_m[1]:,.2f}",
        "bottom": f"{world_m[2]:,.2f}",
        "top": f"{world_m[5]:,.2f}",
        "size_x": tidy_number(round(float(size_m[0]), 2)),
        "size_y": tidy_number(round(float(size_m[1]), 2)),
        "size_z": tidy_number(round(float(size_m[2]), 2)),
    }
    return [(("place", "", name), PropertyRow(name, value, "m")) for name, value in rows.items()]


def _grouped(workbench: Workbench, rows: dict[Key, PropertyRow]) -> list[PropertyGroup]:
    tr = workbench.tr
    groups: dict[tuple[str, str], PropertyGroup] = {}
    for (kind, set_name, _), row in rows.items():
        by_set = kind in ("property", "quantity") and set_name
        title = set_name if by_set else tr(f"ui.properties.{kind}")
        group = groups.setdefault((kind, title), PropertyGroup(kind, title))
        row.name = _named(workbench, row.name, kind)
        if row.several:
            row.value, row.unit = tr("ui.properties.several"), ""
        group.rows.append(row)
    order = {kind: place for place, kind in enumerate((*KIND_ORDER[:1], "place", *KIND_ORDER[1:]))}
    return sorted(groups.values(), key=lambda group: order.get(group.kind, len(order)))


def _named(workbench: Workbench, name: str, kind: str) -> str:
    key = f"ui.attribute.{name.lower()}"
    return workbench.tr(key) if kind in _WORDED and workbench.tr.has(key) else name
