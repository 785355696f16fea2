"""A clinic: a compact block with ribbon windows, a glass entrance hall, sun blades and a roof helipad."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from twin_app.demo.ifc.kit import Storey
from twin_app.demo.ifc.openings import Hole, add_wall, door_kind, spread, wall_kind, window_kind
from twin_app.demo.ifc.parts import Parts
from twin_app.demo.ifc.project import Spec
from twin_app.demo.ifc.stairs import StairMaker
from twin_app.demo.ifc.structure import Rect, ring_of

_STOREY_M, _T = 4.2, 0.25
_WARD: Rect = (-27.0, -6.0, 27.0, 14.0)  # wards, all storeys
_FRONT: Rect = (-33.0, -20.0, 15.0, -6.0)  # treatment wing, two storeys


def write_clinic(spec: Spec, path: Path) -> int:
    """Write the clinic; gives its number of elements."""
    return _Clinic(spec).write(path)


def _inside(rect: Rect) -> Rect:
    """A rectangle less the outer walls, between which the slabs lie."""
    x0, y0, x1, y1 = rect
    return (x0 + _T, y0 + _T, x1 - _T, y1 - _T)


class _Clinic:
    def __init__(self, spec: Spec) -> None:
        self.parts = Parts(spec, glass_rail=True, rail_colour="steel")
        self.kit = kit = self.parts.kit
        self.outer = wall_kind(kit, "外墙 250 铝板", _T, "white", external=True)
        self.base = wall_kind(kit, "外墙 250 青色陶板", _T, "teal", external=True)
        self.inner = wall_kind(kit, "轻质隔墙 150", 0.15, "white", external=False)
        self.window = window_kind(kit, "病房窗 2700×1700", 2.7, 1.7, 3)
        self.ribbon = window_kind(kit, "诊室窗 3300×2200", 3.3, 2.2, 3, frame="steel")
        self.entrance = door_kind(kit, "自动平移门 3000×2800", 3.0, 2.8, glazed=True)
        self.ward_door = door_kind(kit, "病房门 1300×2100", 1.3, 2.1, leaf="timber")
        self.storeys = self.parts.storeys([_STOREY_M] * spec.storeys(7, 3))
        self.well_m = StairMaker.well_y_m(_STOREY_M)

    def write(self, path: Path) -> int:
        for storey in self.storeys[:-1]:
            self._storey(storey)
        self._front_roof(self.storeys[2])
        self._roof(self.storeys[-1])
        return self.kit.finish(path)

    def _wells(self) -> list[Rect]:
        wide, low = StairMaker.WELL_X_M, 14.0 - _T - self.well_m
        return [(-26.5, low, -26.5 + wide, low + self.well_m), (26.5 - wide, low, 26.5, low + self.well_m)]

    def _storey(self, storey: Storey) -> None:
        structure = self.parts.structure
        if storey.number == 0:
            structure.slab(storey, ring_of((-34.0, -21.5, 28.0, 15.0)), thick_m=0.5, role="BASESLAB", colour="stone")
        else:
            structure.slab(storey, ring_of(_inside(_WARD)), thick_m=0.2, holes=[ring_of(w) for w in self._wells()])
        if storey.number < 2:
            self._front(storey)
        self._wards(storey)
        self._blades(storey)
        for x in np.linspace(-24.0, 24.0, 7):
            for y in (-2.7, 10.7):
                structure.column(storey, float(x), y, _STOREY_M - 0.2, size_m=0.6)
        if storey.number < len(self.storeys) - 2:
            for well in self._wells():
                self.parts.stairs.add(storey, well[0], well[1], _STOREY_M)
        self._services(storey)

    def _wards(self, storey: Storey) -> None:
        """Rooms on both sides of a corridor."""
        _kit, rooms, height = self.kit, self.parts.rooms, _STOREY_M - 0.2
        wall = self.base if storey.number == 0 else self.outer
        row = spread(self.window, 54.0, 3.6, 1.0, 2.0)
        south = row if storey.number >= 2 else [h for h in row if h.along_m > 43.5]
        ends = [Hole(self.window, 8.1, 1.0)]
        self.parts.shell(storey, wall, _WARD, _STOREY_M, {"n": row, "s": south, "w": ends, "e": ends})
        doors = [Hole(self.ward_door, 1.2 + i * 6.0) for i in range(8)]
        for y in (2.6, 5.6):
            add_wall(
                storey,
                self.inner,
                ((-26.75, y), (26.75, y)),
                height,
                [Hole(d.filling, d.along_m + 3.0) for d in doors],
            )
        for i in range(8):
            x = -24.0 + i * 6.0
            add_wall(storey, self.inner, ((x, -5.75), (x, 2.525)), height)
            add_wall(storey, self.inner, ((x, 5.675), (x, 13.75)), height)
            if i < 7:
                number = f"{storey.number + 1}{i + 1:02d}"
                rooms.space(storey, f"{number}A", "病房" if storey.number else "诊室", (x + 0.1, -5.7, x + 5.9, 2.5))
                rooms.space(
                    storey, f"{number}B", "病房" if storey.number > 1 else "检查室", (x + 0.1, 5.7, x + 5.9, 13.7)
                )
                for y in (-4.6, -2.4):
                    rooms.furnish(storey, "bed", x + 0.4, y)
        rooms.space(storey, f"{storey.number + 1}-走廊", "走廊", (-26.7, 2.7, 26.7, 5.5))

    def _front(self, storey: Storey) -> None:
        """The treatment wing with its glazed entrance hall."""
        x0, y0, x1, y1 = _FRONT
        _kit, half, height = self.kit, _T / 2, _STOREY_M
        holes = spread(self.ribbon, x1 - x0, 3.9, 0.9, 1.0)
        if storey.number == 0:
            holes = [h for h in holes if not 19.5 < h.along_m + 1.65 < 28.5]
            holes += [Hole(self.entrance, 22.5)]
            self._canopy(storey)
        add_wall(storey, self.outer, ((x0, y0 + half), (x1, y0 + half)), height, holes)
        side = spread(self.ribbon, y1 - y0 - _T, 4.2, 0.9, 0.6)
        add_wall(storey, self.outer, ((x0 + half, y1), (x0 + half, y0 + _T)), height, side)
        add_wall(storey, self.outer, ((x1 - half, y0 + _T), (x1 - half, y1)), height, side)
        add_wall(storey, self.outer, ((_WARD[0], y1 - half), (x0 + _T, y1 - half)), height)
        if storey.number == 1:
            self.parts.structure.slab(storey, ring_of(_inside(_FRONT)), thick_m=0.2)
        self.parts.rooms.space(
            storey,
            f"{storey.number + 1}F-厅",
            "门厅" if storey.number == 0 else "候诊厅",
            (x0 + _T, y0 + _T, x1 - _T, y1 - _T),
        )
        for x in range(-28, 14, 8):
            self.parts.structure.column(storey, float(x), -12.5, height - 0.2, size_m=0.5, round_=True)
            for k in range(3):
                self.parts.rooms.furnish(storey, "chair", x + 2.0 + k * 0.6, -9.0)
        self.parts.services.ceiling(storey, (x0 + 2, y0 + 1, x1 - 2, y1 - 1), height - 0.25, 5.5)

    def _canopy(self, storey: Storey) -> None:
        shapes = self.kit.shapes
        items = [shapes.box((16.0, 6.0, 0.3), (-17.0, -25.5, 4.0), "teal")]
        items += [shapes.rod((x, -24.8, 0.0), (0.0, 0.0, 1.0), 4.0, 0.16, "steel") for x in (-16.0, -2.0)]
        items += [
            shapes.box((2.4, 0.3, 0.7), (-10.2, -25.2, 4.9), "red"),
            shapes.box((0.7, 0.3, 2.4), (-9.35, -25.2, 4.3), "red"),
        ]
        canopy = self.kit.element("IfcRoof", "急诊入口雨篷", storey=storey, items=items, PredefinedType="FLAT_ROOF")
        self.kit.material("铝单板", "aluminium", canopy)

    def _blades(self, storey: Storey) -> None:
        """Horizontal sun blades over the ward windows."""
        if storey.number < 2:
            return
        blade = self.kit.shapes.box((53.0, 0.7, 0.06), (-26.5, -6.7, 3.0), "teal")
        arms = [
            self.kit.shapes.box((0.06, 0.7, 0.25), (float(x), -6.7, 2.8), "steel") for x in np.linspace(-25.5, 25.5, 15)
        ]
        shade = self.kit.element(
            "IfcShadingDevice", "遮阳板", storey=storey, items=[blade, *arms], PredefinedType="AWNING"
        )
        self.kit.material("铝单板", "aluminium", shade)

    def _services(self, storey: Storey) -> None:
        services = self.parts.services
        services.duct(storey, (-22.0, 4.1), 44.0, _STOREY_M - 0.75, pieces=6)
        services.riser(storey, -23.0, 13.3, _STOREY_M)
        services.sense(storey, [(-20.0, 2.75), (0.0, 2.75), (20.0, 2.75)], _STOREY_M - 0.4)
        if storey.number % 2:
            services.ceiling(storey, (-24.0, -5.5, 24.0, 2.5), _STOREY_M - 0.25, 6.0)

    def _front_roof(self, storey: Storey) -> None:
        x0, y0, x1, y1 = _FRONT
        self.parts.structure.slab(storey, ring_of(_inside(_FRONT)), thick_m=0.25, role="ROOF", colour="green")
        edge = 0.2
        for start, end in (
            ((x0 + edge, y1), (x0 + edge, y0 + edge)),
            ((x0 + edge, y0 + edge), (x1 - edge, y0 + edge)),
            ((x1 - edge, y0 + edge), (x1 - edge, y1)),
        ):
            self.parts.railings.level(storey, start, end)

    def _roof(self, storey: Storey) -> None:
        structure, shapes = self.parts.structure, self.kit.shapes
        structure.slab(storey, ring_of(_inside(_WARD)), thick_m=0.25, role="ROOF", colour="stone")
        self.parts.parapet(storey, self.outer, _WARD, 1.2)
        for x0, y0, x1, y1 in self._wells():
            room = (x0 - 0.2, y0 - 1.8, x1 + 0.2, y1 - 0.02)
            self.parts.shell(storey, self.base, room, 3.0, {"s": [Hole(self.parts.fire_door, 1.0)]})
            structure.slab(
                storey, ring_of((room[0], room[1], room[2], room[3])), role="ROOF", top_m=3.2, colour="white"
            )
        turn = np.linspace(0, 2 * np.pi, 32, endpoint=False)
        disc = [(float(11 + 9.0 * np.cos(t)), float(3.0 + 8.4 * np.sin(t))) for t in turn]
        items = [
            shapes.prism(disc, 0.35, 2.0, "dark"),
            shapes.prism([(11 + (x - 11) * 0.9, 3 + (y - 3) * 0.9) for x, y in disc], 0.03, 2.35, "green"),
        ]
        items += [
            shapes.box(size, at, "white")
            for size, at in (
                ((0.7, 5.0, 0.03), (8.9, 0.5, 2.38)),
                ((0.7, 5.0, 0.03), (12.4, 0.5, 2.38)),
                ((2.8, 0.7, 0.03), (9.6, 2.65, 2.38)),
            )
        ]
        items += [
            shapes.rod(
                (11 + 6.5 * float(np.cos(a)), 3 + 6.0 * float(np.sin(a)), 0.0), (0.0, 0.0, 1.0), 2.0, 0.2, "steel"
            )
            for a in np.arange(6) * np.pi / 3
        ]
        self.kit.element(
            "IfcBuildingElementProxy", "直升机停机坪", storey=storey, items=items, PredefinedType="ELEMENT"
        )
        plant = [
            shapes.box((6.0, 4.0, 2.4), (-18.0, -2.0, 0.2), "steel"),
            shapes.box((6.0, 4.0, 2.4), (-10.0, -2.0, 0.2), "steel"),
        ]
        unit = self.kit.element(
            "IfcUnitaryEquipment", "屋顶空调机组", storey=storey, items=plant, PredefinedType="AIRHANDLER"
        )
        self.kit.system("空调送风系统", "VENTILATION", unit)
