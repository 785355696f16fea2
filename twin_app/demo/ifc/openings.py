"""Walls with windows and doors in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twin_app.demo.ifc.kit import Kind, Kit, Storey
from twin_app.demo.ifc.shapes import Entity, Ring

Plan = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Filling:
    """A window or door type with its clear size."""

    kind: Kind
    width_m: float
    height_m: float
    door: bool


@dataclass(frozen=True, slots=True)
class Hole:
    """Where a filling sits in a wall: distance of its left edge from the wall's start, and sill height."""

    filling: Filling
    along_m: float
    sill_m: float = 0.0


@dataclass(frozen=True, slots=True)
class WallKind:
    """A wall type with what its occurrences share."""

    kind: Kind
    thickness_m: float
    colour: str
    external: bool


def wall_kind(kit: Kit, name: str, thickness_m: float, colour: str, *, external: bool) -> WallKind:
    """A layered wall type."""
    kind = kit.kind("IfcWallType", name, "SOLIDWALL" if external else "PARTITIONING")
    core = round(thickness_m - 0.05, 3) if external else round(thickness_m - 0.03, 3)
    layers = [("外饰面", "finish", 0.03 if external else 0.015), ("加气混凝土砌块", "block", core)]
    kit.layers(kind, name, [*layers, ("内饰面抹灰", "plaster", 0.02 if external else 0.015)])
    return WallKind(kind, thickness_m, colour, external)


def _rectangle(x0: float, z0: float, x1: float, z1: float) -> Ring:
    return [(x0, z0), (x1, z0), (x1, z1), (x0, z1)]


def window_kind(kit: Kit, name: str, width_m: float, height_m: float, panes: int, *, frame: str = "dark") -> Filling:
    """A window type: one frame around ``panes`` lights, and a glass pane in each."""
    shapes, bar = kit.shapes, 0.06
    light = (width_m - bar * (panes + 1)) / panes
    holes = [
        _rectangle(bar + i * (light + bar), bar, bar + i * (light + bar) + light, height_m - bar) for i in range(panes)
    ]
    items = [shapes.upright(_rectangle(0, 0, width_m, height_m), 0.08, 0.04, frame, holes)]
    for hole in holes:
        (x0, z0), (x1, z1) = hole[0], hole[2]
        items.append(shapes.box((x1 - x0, 0.024, z1 - z0), (x0, -0.012, z0), "glass"))
    kind = kit.kind(
        "IfcWindowType",
        name,
        "WINDOW",
        items,
        PartitioningType="SINGLE_PANEL" if panes == 1 else "DOUBLE_PANEL_VERTICAL",
    )
    if panes > 2:
        kind.entity.PartitioningType = "TRIPLE_PANEL_VERTICAL"
    kit.constituents([kind.entity], name, {"框": ("断桥铝合金", "aluminium"), "玻璃": ("中空Low-E玻璃", "glass")})
    return Filling(kind, width_m, height_m, door=False)


def door_kind(
    kit: Kit, name: str, width_m: float, height_m: float, *, leaf: str = "timber", glazed: bool = False
) -> Filling:
    """A door type: frame, one or two leaves, handles."""
    shapes, bar = kit.shapes, 0.05
    leaves = 2 if width_m > 1.3 else 1
    frame = [(0, 0), (bar, 0), (bar, height_m - bar), (width_m - bar, height_m - bar), (width_m - bar, 0), (width_m, 0),
             (width_m, height_m), (0, height_m)]  # fmt: skip
    items = [shapes.upright(frame, 0.12, 0.06, "dark" if glazed else "white")]
    each = (width_m - 2 * bar - 0.006 * (leaves - 1)) / leaves
    for i in range(leaves):
        x = bar + i * (each + 0.006)
        size = (each, 0.03 if glazed else 0.045, height_m - bar - 0.008)
        items.append(shapes.box(size, (x, -size[1] / 2, 0.006), "glass" if glazed else leaf))
        handle = x + (0.08 if (i == 1 or leaves == 1) else each - 0.10)
        items.append(shapes.box((0.02, 0.16, 0.3 if glazed else 0.03), (handle, -0.08, 0.95), "steel"))
    operation = "DOUBLE_DOOR_SINGLE_SWING" if leaves == 2 else "SINGLE_SWING_LEFT"
    kind = kit.kind("IfcDoorType", name, "DOOR", items, OperationType=operation)
    core = ("钢化玻璃", "glass") if glazed else ("实木复合", "wood")
    kit.constituents([kind.entity], name, {"框": ("铝合金", "aluminium"), "门扇": core})
    return Filling(kind, width_m, height_m, door=True)


def add_wall(
    storey: Storey, kind: WallKind, ends: tuple[Plan, Plan], height_m: float, holes: Sequence[Hole] = ()
) -> Entity:
    """A straight wall on its centre line, standing on the storey's level. Openings are cut and filled."""
    kit = storey.kit
    (x0, y0), (x1, y1) = ends
    length, angle = float(np.hypot(x1 - x0, y1 - y0)), float(np.arctan2(y1 - y0, x1 - x0))
    thick = kind.thickness_m
    body = kit.shapes.box((length, thick, height_m), (0.0, -thick / 2, 0.0), kind.colour)
    path = kit.file.create_entity("IfcPolyline", [kit.shapes.point(0, 0), kit.shapes.point(length, 0)])
    axis = kit.file.create_entity("IfcShapeRepresentation", kit.axis, "Axis", "Curve2D", [path])
    wall = kit.element(
        "IfcWall",
        kind.kind.entity.Name,
        at=(x0, y0, 0.0),
        angle_rad=angle,
        storey=storey,
        kind=kind.kind,
        items=[body],
        extra_shapes=[axis],
        PredefinedType="SOLIDWALL" if kind.external else "PARTITIONING",
    )
    for hole in holes:
        _fill(storey, wall, hole, thick)
    _describe_wall(kit, wall, kind, (length, height_m), holes)
    return wall


def _describe_wall(kit: Kit, wall: Entity, kind: WallKind, size_m: Plan, holes: Sequence[Hole]) -> None:
    length, height = size_m
    common = {
        "Reference": kind.kind.entity.Name,
        "IsExternal": kind.external,
        "LoadBearing": False,
        "FireRating": "2.00h" if kind.external else "1.00h",
    }
    if kind.external:
        common["ThermalTransmittance"] = 0.45
    kit.properties(wall, "Pset_WallCommon", common)
    gross, net = length * height, length * height - sum(h.filling.width_m * h.filling.height_m for h in holes)
    sizes = {"Length": length, "Width": kind.thickness_m, "Height": height}
    areas = {"GrossSideArea": gross, "NetSideArea": net, "NetVolume": net * kind.thickness_m}
    kit.quantities(wall, "Qto_WallBaseQuantities", sizes | areas)
    code = ("B2010", "Exterior Walls") if kind.external else ("C1010", "Partitions")
    kit.classify(wall, *code)


def _fill(storey: Storey, wall: Entity, hole: Hole, thick_m: float) -> None:
    kit, filling = storey.kit, hole.filling
    width, height = filling.width_m, filling.height_m
    body = kit.shapes.box((width, thick_m + 0.2, height), (0.0, -thick_m / 2 - 0.1, 0.0), "space")
    opening = kit.element(
        "IfcOpeningElement",
        "洞口",
        at=(hole.along_m, 0.0, hole.sill_m),
        parent=wall.ObjectPlacement,
        items=[body],
        PredefinedType="OPENING",
    )
    kit.relate("IfcRelVoidsElement", RelatingBuildingElement=wall, RelatedOpeningElement=opening)
    sizes: dict[str, Any] = {"OverallHeight": height, "OverallWidth": width}
    ifc_class, predefined = ("IfcDoor", "DOOR") if filling.door else ("IfcWindow", "WINDOW")
    name = filling.kind.entity.Name
    entity = kit.element(
        ifc_class, name, parent=opening.ObjectPlacement, kind=filling.kind, PredefinedType=predefined, **sizes
    )
    storey.contained.append(entity)
    kit.relate("IfcRelFillsElement", RelatingOpeningElement=opening, RelatedBuildingElement=entity)
    _describe_filling(kit, entity, filling, outside=thick_m > 0.21)


def _describe_filling(kit: Kit, entity: Entity, filling: Filling, *, outside: bool) -> None:
    name, width, height = filling.kind.entity.Name, filling.width_m, filling.height_m
    size = {"Width": width, "Height": height, "Area": width * height}
    if filling.door:
        kit.properties(entity, "Pset_DoorCommon", {"Reference": name, "FireExit": False, "IsExternal": outside})
        kit.quantities(entity, "Qto_DoorBaseQuantities", size)
        kit.classify(entity, *(("B2030", "Exterior Doors") if outside else ("C1020", "Interior Doors")))
        return
    common = {"Reference": name, "IsExternal": True, "ThermalTransmittance": 2.0}
    kit.properties(entity, "Pset_WindowCommon", common)
    kit.quantities(entity, "Qto_WindowBaseQuantities", size)
    kit.classify(entity, "B2020", "Exterior Windows")


def spread(filling: Filling, length_m: float, pitch_m: float, sill_m: float, margin_m: float = 0.6) -> list[Hole]:
    """Fillings evenly along a wall of a length, about ``pitch_m`` apart."""
    count = max(0, int((length_m - 2 * margin_m + 1e-6) // pitch_m))
    if count == 0:
        return []
    step = (length_m - 2 * margin_m) / count
    return [Hole(filling, margin_m + (i + 0.5) * step - filling.width_m / 2, sill_m) for i in range(count)]
