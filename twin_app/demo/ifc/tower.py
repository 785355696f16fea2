"""An office tower: core, columns, slabs, a curtain wall with fins, a lobby, a setback and a crown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from twin_app.demo.ifc.kit import Kind, Storey
from twin_app.demo.ifc.openings import Hole, add_wall, wall_kind
from twin_app.demo.ifc.parts import Parts
from twin_app.demo.ifc.project import Spec
from twin_app.demo.ifc.shapes import Entity
from twin_app.demo.ifc.stairs import StairMaker
from twin_app.demo.ifc.structure import Rect, ring_of

_PANE_M = 3.0
_LOBBY_M, _STOREY_M = 5.4, 4.0


@dataclass(frozen=True, slots=True)
class TowerLook:
    """Size in panes of 3 m, storeys, the setback's storey, and colours."""

    panes: tuple[int, int] = (14, 10)
    storeys: int = 25
    setback: float = 0.72
    fin: str = "bronze"
    spandrel: str = "spandrel"


def write_tower(spec: Spec, path: Path, look: TowerLook | None = None) -> int:
    """Write the tower; gives its number of elements."""
    return _Tower(spec, look or TowerLook()).write(path)


class _Tower:
    def __init__(self, spec: Spec, look: TowerLook) -> None:
        self.look = look
        self.parts = Parts(spec, glass_rail=True)
        self.kit = self.parts.kit
        self.core_wall = wall_kind(self.kit, "核心筒墙 300", 0.3, "concrete", external=False)
        self.partition = wall_kind(self.kit, "内隔墙 120", 0.12, "white", external=False)
        self.parapet = wall_kind(self.kit, "女儿墙 250", 0.25, "stone", external=True)
        self.panes: dict[tuple[float, bool], tuple[Kind, Kind]] = {}
        self.curtain = self.kit.kind("IfcCurtainWallType", "单元式玻璃幕墙", "NOTDEFINED")
        lift = [self.kit.shapes.box((2.0, 1.8, 2.4), (0.0, 0.0, 0.05), "steel")]
        self.lift = self.kit.kind("IfcTransportElementType", "客梯 1350kg", "ELEVATOR", lift)
        count = spec.storeys(look.storeys, 5)
        self.setback_from = max(3, round(count * look.setback))
        self.storeys = self.parts.storeys([_LOBBY_M] + [_STOREY_M] * (count - 1))

    def rect(self, number: int) -> Rect:
        """The plan of a storey's façade."""
        across, deep = self.look.panes
        if number >= self.setback_from:
            across, deep = across - 2, deep - 2
        x, y = across * _PANE_M / 2, deep * _PANE_M / 2
        return (-x, -y, x, y)

    @property
    def core(self) -> Rect:
        """The core's outer faces: two stair wells with the lifts between them."""
        depth = StairMaker.well_y_m(_LOBBY_M) + 2.4
        return (-8.6, -depth / 2, 8.6, depth / 2)

    def write(self, path: Path) -> int:
        for storey in self.storeys[:-1]:
            self._storey(storey)
        self._lobby(self.storeys[0])
        self._roof(self.storeys[-1])
        return self.kit.finish(path)

    def _storey(self, storey: Storey) -> None:
        self._slab(storey)
        self._columns(storey)
        self._core(storey)
        self._facade(storey, self.rect(storey.number))
        self._spaces(storey)
        self._services(storey)
        if storey.number == self.setback_from:
            outer, step = self.rect(0), 0.35
            self.parts.structure.slab(
                storey, ring_of(outer), role="ROOF", holes=[ring_of(self.rect(storey.number))], thick_m=0.3
            )
            self.parts.fence(storey, (outer[0] + step, outer[1] + step, outer[2] - step, outer[3] - step))

    def _wells(self) -> list[Rect]:
        x0, y0, x1, _ = self.core
        depth = StairMaker.well_y_m(_LOBBY_M)
        wide = StairMaker.WELL_X_M
        low = y0 + 0.3 + 1.5
        return [(x0 + 0.3, low, x0 + 0.3 + wide, low + depth), (x1 - 0.3 - wide, low, x1 - 0.3, low + depth)]

    def _slab(self, storey: Storey) -> None:
        x0, y0, x1, y1 = self.rect(storey.number)
        inset = 0.12
        ring = ring_of((x0 + inset, y0 + inset, x1 - inset, y1 - inset))
        structure = self.parts.structure
        if storey.number == 0:
            wide = (x0 - 1.5, y0 - 3.0, x1 + 1.5, y1 + 1.5)
            structure.slab(storey, ring_of(wide), thick_m=0.6, role="BASESLAB", colour="stone")
            return
        lifts = [(-4.7, -2.4, 4.7, -0.3)]
        structure.slab(storey, ring, thick_m=0.22, holes=[ring_of(r) for r in (*self._wells(), *lifts)])

    def _columns(self, storey: Storey) -> None:
        x0, y0, x1, y1 = self.rect(storey.number)
        x0, y0, x1, y1 = x0 + 1.4, y0 + 1.4, x1 - 1.4, y1 - 1.4
        height = storey.height_m - 0.22
        spots = {(round(float(x), 3), y) for x in np.linspace(x0, x1, 5) for y in (y0, y1)}
        spots |= {(x, round(float(y), 3)) for y in np.linspace(y0, y1, 4) for x in (x0, x1)}
        for x, y in sorted(spots):
            self.parts.structure.column(storey, x, y, height, size_m=0.9 if storey.number < 8 else 0.75)
        top = storey.height_m - 0.22
        for a, b in (((x0, y0), (x1, y0)), ((x0, y1), (x1, y1)), ((x0, y0), (x0, y1)), ((x1, y0), (x1, y1))):
            self.parts.structure.beam(storey, a, b, top, depth_m=0.55)

    def _core(self, storey: Storey) -> None:
        _kit, parts, height = self.kit, self.parts, storey.height_m - 0.22
        x0, y0, x1, y1 = self.core
        doors = [Hole(parts.fire_door, 0.5), Hole(parts.fire_door, x1 - x0 - 1.7)]
        parts.shell(storey, self.core_wall, self.core, height, {"n": doors, "s": [Hole(parts.fire_door, 1.1)]})
        wide = StairMaker.WELL_X_M + 0.45
        for x in (x0 + wide, x1 - wide):
            add_wall(storey, self.core_wall, ((x, y0 + 0.3), (x, y1 - 0.3)), height, [Hole(parts.fire_door, 0.2)])
        if storey.number < len(self.storeys) - 1:
            for well in self._wells():
                parts.stairs.add(storey, well[0], well[1], storey.height_m)

    def _facade(self, storey: Storey, rect: Rect) -> None:
        x0, y0, x1, y1 = rect
        wall = self.kit.element("IfcCurtainWall", f"玻璃幕墙 {storey.entity.Name}", storey=storey, kind=self.curtain)
        self.kit.properties(
            wall,
            "Pset_CurtainWallCommon",
            {"Reference": "单元式玻璃幕墙", "IsExternal": True, "ThermalTransmittance": 1.8},
        )
        self.kit.classify(wall, "B2020", "Exterior Windows")
        lobby = storey.number == 0
        panel, fin = self._pane(storey.height_m, lobby)
        sides = ((x0, y0, 0.0, x1 - x0), (x1, y0, 0.5, y1 - y0), (x1, y1, 1.0, x1 - x0), (x0, y1, 1.5, y1 - y0))
        made = []
        for x, y, turn, length in sides:
            angle, count = turn * np.pi, round(length / _PANE_M)
            dx, dy = np.cos(angle), np.sin(angle)
            for i in range(count):
                at = (x + dx * i * _PANE_M, y + dy * i * _PANE_M, 0.0)
                place = {"at": at, "angle_rad": angle, "parent": wall.ObjectPlacement}
                if not (lobby and turn == 0.0 and abs(i - (count - 1) / 2) < 1):
                    made.append(
                        self.kit.element("IfcPlate", "幕墙板块", kind=panel, PredefinedType="CURTAIN_PANEL", **place)
                    )
                made.append(self.kit.element("IfcMember", "竖梃", kind=fin, PredefinedType="MULLION", **place))
        if lobby:
            made += self._entrance(wall, y0)
        self.kit.assemble(wall, made)

    def _entrance(self, wall: Entity, y_m: float) -> list[Entity]:
        door = self.parts.glass_door
        place = {"parent": wall.ObjectPlacement, "kind": door.kind, "PredefinedType": "DOOR"}
        sizes: dict[str, Any] = {"OverallHeight": door.height_m, "OverallWidth": door.width_m}
        doors = [
            self.kit.element("IfcDoor", "大堂入口门", at=(x, y_m - 0.02, 0.0), **place, **sizes) for x in (-2.4, 0.6)
        ]
        light = self.kit.shapes.box((6.0, 0.05, _LOBBY_M - 2.75), (-3.0, -0.03, 2.55), "glass")
        posts = [
            self.kit.shapes.box((w, 0.1, 2.55), (x, -0.05, 0.0), "dark")
            for x, w in ((-3.0, 0.6), (-0.6, 1.2), (2.4, 0.6))
        ]
        over = self.kit.element(
            "IfcPlate",
            "门上亮窗",
            at=(0.0, y_m, 0.0),
            parent=wall.ObjectPlacement,
            items=[light, *posts],
            PredefinedType="CURTAIN_PANEL",
        )
        return [*doors, over]

    def _pane(self, height: float, lobby: bool) -> tuple[Kind, Kind]:
        key = (height, lobby)
        if key not in self.panes:
            box, foot = self.kit.shapes.box, (0.0 if lobby else 0.75)
            items = [box((_PANE_M - 0.08, 0.03, height - foot - 0.33), (0.04, -0.02, foot + 0.03), "glass")]
            items.append(box((_PANE_M, 0.12, 0.3), (0.0, -0.06, height - 0.3), self.look.spandrel))
            if not lobby:
                items.append(box((_PANE_M, 0.12, foot), (0.0, -0.06, 0.0), self.look.spandrel))
                items.append(box((_PANE_M - 0.08, 0.08, 0.05), (0.04, -0.04, foot), "steel"))
            panel = self.kit.kind(
                "IfcPlateType", f"幕墙板块 {height:g}m{'（大堂）' if lobby else ''}", "CURTAIN_PANEL", items
            )
            self.kit.constituents(
                [panel.entity], "幕墙板块", {"玻璃": ("中空夹胶玻璃", "glass"), "层间板": ("铝单板", "aluminium")}
            )
            fin = self.kit.kind(
                "IfcMemberType",
                f"竖梃 {height:g}m",
                "MULLION",
                [box((0.1, 0.42, height), (-0.05, -0.38, 0.0), self.look.fin)],
            )
            self.kit.material("阳极氧化铝", "aluminium", fin.entity)
            self.panes[key] = (panel, fin)
        return self.panes[key]

    def _spaces(self, storey: Storey) -> None:
        x0, y0, x1, y1 = self.rect(storey.number)
        cx0, cy0, cx1, cy1 = self.core
        rooms, name, inset = self.parts.rooms, storey.entity.Name, 0.3
        use = "大堂" if storey.number == 0 else "办公区"
        outer, z = (x0 + inset, y0 + inset, x1 - inset, y1 - inset), storey.height_m - 0.6
        rooms.space(storey, f"{name}-南", use, (outer[0], outer[1], outer[2], cy0), z)
        rooms.space(storey, f"{name}-北", "办公区", (outer[0], cy1, outer[2], outer[3]), z)
        rooms.space(storey, f"{name}-西", "办公区", (outer[0], cy0, cx0, cy1), z)
        rooms.space(storey, f"{name}-东", "办公区", (cx1, cy0, outer[2], cy1), z)
        rooms.space(storey, f"{name}-筒", "核心筒", (cx0 + 0.3, cy0 + 0.3, cx1 - 0.3, cy1 - 0.3), z)
        if storey.number > 0 and storey.number % 3 == 1:
            rooms.workplaces(storey, (outer[0] + 3, outer[1] + 3, outer[2] - 3, cy0 - 1), most=12)

    def _services(self, storey: Storey) -> None:
        x0, y0, x1, _ = self.rect(storey.number)
        _, cy0, _, cy1 = self.core
        services, z = self.parts.services, storey.height_m - 0.9
        services.duct(storey, (x0 + 4.0, (y0 + cy0) / 2), x1 - x0 - 8.0, z, pieces=4)
        services.riser(storey, 5.1 - 0.4, cy1 - 0.8, storey.height_m)
        services.sense(storey, [(-6.0, cy0 - 0.12), (6.0, cy0 - 0.12), (0.0, (y0 + cy0) / 2)], storey.height_m - 0.5)
        if storey.number % 4 == 0:
            services.ceiling(storey, (x0 + 3, y0 + 2.2, x1 - 3, cy0), storey.height_m - 0.35)

    def _lobby(self, storey: Storey) -> None:
        kit, (_, y0, _, _) = self.kit, self.rect(0)
        canopy = [
            kit.shapes.box((9.0, 3.2, 0.18), (-4.5, y0 - 3.2, 3.6), "steel"),
            kit.shapes.box((0.18, 0.18, 3.6), (-4.3, y0 - 3.0, 0.0), "dark"),
            kit.shapes.box((0.18, 0.18, 3.6), (4.1, y0 - 3.0, 0.0), "dark"),
        ]
        roof = kit.element("IfcRoof", "入口雨篷", storey=storey, items=canopy, PredefinedType="FLAT_ROOF")
        kit.material("铝单板", "aluminium", roof)
        desk = [
            kit.shapes.box((5.0, 0.8, 1.1), (-2.5, -0.4, 0.0), "timber"),
            kit.shapes.box((5.2, 1.0, 0.06), (-2.6, -0.5, 1.1), "white"),
        ]
        kit.element(
            "IfcFurniture",
            "接待台",
            at=(0.0, self.core[1] - 2.2, 0.0),
            storey=storey,
            items=desk,
            PredefinedType="TABLE",
        )
        for index in range(4):
            lift = kit.element(
                "IfcTransportElement",
                f"客梯{index + 1}",
                at=(-4.6 + index * 2.35, -2.3, 0.0),
                storey=storey,
                kind=self.lift,
                PredefinedType="ELEVATOR",
            )
            kit.classify(lift, "D1010", "Elevators & Lifts")

    def _roof(self, storey: Storey) -> None:
        rect = self.rect(storey.number)
        parts = self.parts
        parts.structure.slab(storey, ring_of(rect), thick_m=0.3, role="ROOF", colour="stone")
        parts.parapet(storey, self.parapet, rect, 1.3)
        parts.shell(storey, self.core_wall, self.core, 4.2, {"n": [Hole(parts.fire_door, 1.0)]})
        x0, y0, x1, y1 = self.core
        parts.structure.slab(
            storey, ring_of((x0 - 0.4, y0 - 0.4, x1 + 0.4, y1 + 0.4)), role="ROOF", top_m=4.4, colour="stone"
        )
        self._crown(storey, rect)
        parts.services.sense(storey, [(x0 + 1.0, y0 - 0.2)], 2.5)

    def _crown(self, storey: Storey, rect: Rect) -> None:
        """A screen of fins round the roof, higher towards one corner."""
        x0, y0, x1, y1 = rect
        box = self.kit.shapes.box
        items = []
        for x, y, dx, dy, length in (
            (x0, y0, 1, 0, x1 - x0),
            (x1, y0, 0, 1, y1 - y0),
            (x0, y1, 1, 0, x1 - x0),
            (x0, y0, 0, 1, y1 - y0),
        ):
            for i in range(int(length / 1.5) + 1):
                px, py = x + dx * i * 1.5, y + dy * i * 1.5
                height = 4.5 + 3.5 * ((px - x0) / (x1 - x0) * 0.6 + (py - y0) / (y1 - y0) * 0.4)
                items.append(box((0.14, 0.14, round(height, 3)), (px - 0.07, py - 0.07, 0.0), self.look.fin))
            size = (length, 0.2, 0.25) if dx else (0.2, length, 0.25)
            items.append(box(size, (x - (0.1 if dy else 0), y - (0.1 if dx else 0), 4.2), self.look.fin))
        crown = self.kit.element(
            "IfcBuildingElementProxy", "屋顶格栅", storey=storey, items=items, PredefinedType="ELEMENT"
        )
        self.kit.material("阳极氧化铝", "aluminium", crown)
