"""A residential slab: flats off three stair cores, balconies to the sun, loggias, a roof garden rail."""

from __future__ import annotations

from pathlib import Path

from twin_app.demo.ifc.kit import Storey
from twin_app.demo.ifc.openings import Hole, add_wall, door_kind, wall_kind, window_kind
from twin_app.demo.ifc.parts import Parts
from twin_app.demo.ifc.project import Spec
from twin_app.demo.ifc.stairs import StairMaker
from twin_app.demo.ifc.structure import Rect, ring_of

_UNITS, _UNIT_M, _DEPTH_M, _STOREY_M = 3, 20.0, 13.2, 3.0
_WALL, _BALCONY_M = 0.24, 1.6


def write_housing(spec: Spec, path: Path) -> int:
    """Write the slab; gives its number of elements."""
    return _Housing(spec).write(path)


def _inside(rect: Rect) -> Rect:
    """A rectangle less the outer walls, between which the slabs lie."""
    x0, y0, x1, y1 = rect
    return (x0 + _WALL, y0 + _WALL, x1 - _WALL, y1 - _WALL)


class _Housing:
    def __init__(self, spec: Spec) -> None:
        self.parts = Parts(spec, glass_rail=True, rail_colour="white")
        self.kit = kit = self.parts.kit
        self.low = wall_kind(kit, "外墙 240 面砖", _WALL, "brick", external=True)
        self.high = wall_kind(kit, "外墙 240 真石漆", _WALL, "cream", external=True)
        self.party = wall_kind(kit, "分户墙 200", 0.2, "white", external=False)
        self.inner = wall_kind(kit, "内隔墙 100", 0.1, "white", external=False)
        self.window = window_kind(kit, "铝合金窗 1500×1500", 1.5, 1.5, 2)
        self.wide = window_kind(kit, "铝合金窗 2100×1600", 2.1, 1.6, 3)
        self.small = window_kind(kit, "铝合金窗 700×1200", 0.7, 1.2, 1)
        self.balcony_door = door_kind(kit, "阳台推拉门 2400×2400", 2.4, 2.4, glazed=True)
        self.flat_door = door_kind(kit, "入户门 1000×2100", 1.0, 2.1, leaf="terracotta")
        self.storeys = self.parts.storeys([_STOREY_M] * spec.storeys(13, 3))
        self.half = _UNITS * _UNIT_M / 2
        self.y0, self.y1 = -_DEPTH_M / 2, _DEPTH_M / 2
        self.well_m = StairMaker.well_y_m(_STOREY_M)

    def write(self, path: Path) -> int:
        for storey in self.storeys[:-1]:
            self._storey(storey)
        self._roof(self.storeys[-1])
        return self.kit.finish(path)

    def _starts(self) -> list[float]:
        return [-self.half + unit * _UNIT_M for unit in range(_UNITS)]

    def _wells(self) -> list[Rect]:
        wide, low = StairMaker.WELL_X_M, self.y1 - _WALL - self.well_m
        return [
            (x + _UNIT_M / 2 - wide / 2, low, x + _UNIT_M / 2 + wide / 2, low + self.well_m) for x in self._starts()
        ]

    def _storey(self, storey: Storey) -> None:
        wall = self.low if storey.number < 2 else self.high
        rect = (-self.half, self.y0, self.half, self.y1)
        if storey.number == 0:
            base = (rect[0] - 0.6, rect[1] - _BALCONY_M - 0.4, rect[2] + 0.6, rect[3] + 2.0)
            self.parts.structure.slab(storey, ring_of(base), thick_m=0.6, role="BASESLAB", colour="stone")
        else:
            self.parts.structure.slab(
                storey, ring_of(_inside(rect)), thick_m=0.14, holes=[ring_of(w) for w in self._wells()]
            )
        holes = {"s": self._south(storey), "n": self._north(storey), "w": self._gable(), "e": self._gable()}
        self.parts.shell(storey, wall, rect, _STOREY_M, holes)
        for index, x in enumerate(self._starts()):
            self._unit(storey, x, index)
        places = [(x + _UNIT_M / 2 - 1.0, self._wells()[0][1] - 0.5) for x in self._starts()]
        self.parts.services.sense(storey, places, _STOREY_M - 0.2)

    def _south(self, storey: Storey) -> list[Hole]:
        holes = []
        for x in self._starts():
            start = x + self.half
            for flat in (start, start + _UNIT_M / 2):
                holes += [Hole(self.balcony_door, flat + 1.5, 0.0), Hole(self.wide, flat + 6.4, 0.8)]
        return holes

    def _north(self, storey: Storey) -> list[Hole]:
        """The north wall starts at its east end; stairs get a door below and windows above."""
        holes = []
        for x in self._starts():
            start = self.half - (x + _UNIT_M)
            holes += [Hole(self.window, start + 1.5, 0.9), Hole(self.small, start + 5.4, 1.1)]
            middle = start + _UNIT_M / 2
            filling, sill = (self.flat_door, 0.0) if storey.number == 0 else (self.small, 0.3)
            holes.append(Hole(filling, middle - filling.width_m / 2, sill))
            holes += [Hole(self.small, start + 13.9, 1.1), Hole(self.window, start + 17.0, 0.9)]
        return holes

    def _gable(self) -> list[Hole]:
        return [Hole(self.small, 3.0, 1.0), Hole(self.small, _DEPTH_M - 4.5, 1.0)]

    def _unit(self, storey: Storey, x: float, unit: int) -> None:
        _kit, height = self.kit, _STOREY_M - 0.14
        y0, y1 = self.y0 + _WALL, self.y1 - _WALL
        well = self._wells()[unit]
        middle = x + _UNIT_M / 2
        if unit:
            add_wall(storey, self.party, ((x, y0), (x, y1)), height)
        add_wall(storey, self.party, ((middle, y0), (middle, well[1] - 1.7)), height)
        for side in (well[0] - 0.1, well[2] + 0.1):
            doors = [Hole(self.flat_door, 0.4)]
            add_wall(storey, self.party, ((side, well[1] - 1.6), (side, y1)), height, doors)
        add_wall(storey, self.party, ((well[0] - 0.2, well[1] - 1.7), (well[2] + 0.2, well[1] - 1.7)), height)
        if storey.number < len(self.storeys) - 2:
            self.parts.stairs.add(storey, well[0], well[1], _STOREY_M)
        self.parts.services.riser(storey, well[0] - 0.55, y1 - 0.3, _STOREY_M)
        self._flat(storey, (x, y0, middle, y1), well[0] - 0.2, f"{unit + 1}-{storey.number + 1}01", mirrored=False)
        self._flat(
            storey, (middle, y0, x + _UNIT_M, y1), well[2] + 0.2, f"{unit + 1}-{storey.number + 1}02", mirrored=True
        )

    def _flat(self, storey: Storey, rect: Rect, core_x: float, name: str, *, mirrored: bool) -> None:
        x0, y0, x1, y1 = rect
        _kit, height, room = self.kit, _STOREY_M - 0.14, self.parts.rooms
        split, back = x0 + 5.3, y0 + 5.2
        low, high = (core_x, x1) if mirrored else (x0, core_x)
        door = self.parts.room_door
        add_wall(storey, self.inner, ((split, y0), (split, back - 0.05)), height, [Hole(door, 3.9)])
        add_wall(storey, self.inner, ((x0 + 0.1, back), (x1 - 0.1, back)), height, [Hole(door, 2.0), Hole(door, 6.2)])
        middle = (low + high) / 2
        add_wall(storey, self.inner, ((middle, back + 1.4), (middle, y1)), height, [Hole(door, 0.3)])
        room.space(storey, f"{name}-1", "客厅", (x0 + 0.1, y0, split - 0.05, back - 0.05))
        room.space(storey, f"{name}-2", "主卧", (split + 0.05, y0, x1 - 0.1, back - 0.05))
        room.space(storey, f"{name}-3", "次卧", (low, back + 1.4, middle - 0.05, y1))
        room.space(storey, f"{name}-4", "厨房", (middle + 0.05, back + 1.4, high, y1))
        if storey.number % 3 == 0:
            room.furnish(storey, "bed", split + 0.6, y0 + 2.0)
            room.furnish(storey, "desk", x0 + 0.6, y0 + 3.6)
        self._balcony(storey, x0 + 0.4)

    def _balcony(self, storey: Storey, x: float) -> None:
        """A balcony before the living room, rails on its three free sides."""
        if storey.number == 0:
            return
        x1, y0, y1 = x + 4.6, self.y0 - _BALCONY_M, self.y0
        self.parts.structure.slab(storey, ring_of((x, y0, x1, y1)), thick_m=0.16, top_m=-0.02, colour="white")
        edge = 0.06
        for start, end in (
            ((x + edge, y1), (x + edge, y0 + edge)),
            ((x + edge, y0 + edge), (x1 - edge, y0 + edge)),
            ((x1 - edge, y0 + edge), (x1 - edge, y1)),
        ):
            self.parts.railings.level(storey, start, end, -0.02)

    def _roof(self, storey: Storey) -> None:
        rect = (-self.half, self.y0, self.half, self.y1)
        self.parts.structure.slab(storey, ring_of(_inside(rect)), thick_m=0.2, role="ROOF", colour="stone")
        self.parts.parapet(storey, self.high, rect, 1.1)
        for index, well in enumerate(self._wells()):
            room = (well[0] - 0.6, well[1] - 2.0, well[2] + 0.6, self.y1 - _WALL - 0.02)
            self.parts.shell(storey, self.low, room, 2.8, {"s": [Hole(self.parts.fire_door, 1.2)]})
            wide = (room[0] - 0.3, room[1] - 0.3, room[2] + 0.3, room[3])
            self.parts.structure.slab(storey, ring_of(wide), role="ROOF", top_m=3.0, colour="white")
            self._panels(storey, room[0] - 7.4 if index else room[2] + 1.0)

    def _panels(self, storey: Storey, x: float) -> None:
        """A row of photovoltaic panels."""
        shapes = self.kit.shapes
        tilt = shapes.upright([(0.0, 0.35), (6.0, 0.35), (6.0, 0.42), (0.0, 0.42)], 1.9, 0.0, "blue")
        legs = [shapes.box((0.06, 0.06, 0.36), (lx, ly, 0.0), "steel") for lx in (0.2, 5.7) for ly in (-1.7, -0.2)]
        for y in (self.y0 + 3.0, self.y0 + 6.0):
            panel = self.kit.element(
                "IfcSolarDevice",
                "光伏板",
                at=(x, y, 0.0),
                storey=storey,
                items=[tilt, *legs],
                PredefinedType="SOLARPANEL",
            )
            self.kit.system("供配电系统", "ELECTRICAL", panel)
