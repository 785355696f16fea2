"""A school: a U of classrooms about a court, open galleries with columns and rails, bright accents."""

from __future__ import annotations

from pathlib import Path

from twin_app.demo.ifc.kit import Storey
from twin_app.demo.ifc.openings import Hole, add_wall, door_kind, spread, wall_kind, window_kind
from twin_app.demo.ifc.parts import Parts
from twin_app.demo.ifc.project import Spec
from twin_app.demo.ifc.stairs import StairMaker
from twin_app.demo.ifc.structure import Rect, ring_of

_STOREY_M, _GALLERY_M = 3.9, 2.6
# Slabs end inside the outer walls, so that no two faces lie in one plane.
_SLAB_INSET_M = 0.05


def write_school(spec: Spec, path: Path) -> int:
    """Write the school; gives its number of elements."""
    return _School(spec).write(path)


class _School:
    def __init__(self, spec: Spec) -> None:
        self.parts = Parts(spec, rail_colour="yellow")
        self.kit = kit = self.parts.kit
        self.white = wall_kind(kit, "外墙 240 白色涂料", 0.24, "white", external=True)
        self.accent = wall_kind(kit, "外墙 240 陶板", 0.24, "terracotta", external=True)
        self.inner = wall_kind(kit, "教室隔墙 200", 0.2, "white", external=False)
        self.window = window_kind(kit, "教室窗 2400×2000", 2.4, 2.0, 3, frame="yellow")
        self.high = window_kind(kit, "走廊高窗 1800×900", 1.8, 0.9, 2, frame="yellow")
        self.door = door_kind(kit, "教室门 1000×2200", 1.0, 2.2, leaf="green")
        self.storeys = self.parts.storeys([_STOREY_M] * spec.storeys(4, 2))
        self.well_m = StairMaker.well_y_m(_STOREY_M)

    def write(self, path: Path) -> int:
        for storey in self.storeys[:-1]:
            self._storey(storey)
        self._roof(self.storeys[-1])
        self._gate(self.storeys[0])
        return self.kit.finish(path)

    def _outline(self) -> list[tuple[float, float]]:
        """The U of the wings with the galleries along the court."""
        inner, back = 25.0 - _GALLERY_M, 12.0 - _GALLERY_M
        side, front = 34 - _SLAB_INSET_M, 21 - _SLAB_INSET_M
        return [
            (-side, -front), (-inner, -front), (-inner, back), (inner, back),
            (inner, -front), (side, -front), (side, front), (-side, front),
        ]  # fmt: skip

    def _wells(self) -> list[Rect]:
        """Stairs in the two rear corners."""
        low = 21.0 - 0.24 - self.well_m
        wide = StairMaker.WELL_X_M
        return [(-33.0, low, -33.0 + wide, low + self.well_m), (33.0 - wide, low, 33.0, low + self.well_m)]

    def _storey(self, storey: Storey) -> None:
        structure = self.parts.structure
        if storey.number == 0:
            structure.slab(storey, ring_of((-35.5, -22.5, 35.5, 22.5)), thick_m=0.5, role="BASESLAB", colour="stone")
        else:
            structure.slab(storey, self._outline(), thick_m=0.18, holes=[ring_of(w) for w in self._wells()])
        self._outer(storey)
        self._court_walls(storey)
        self._classrooms(storey)
        self._gallery(storey)
        if storey.number < len(self.storeys) - 2:
            for well in self._wells():
                self.parts.stairs.add(storey, well[0], well[1], _STOREY_M)
        self.parts.services.sense(storey, [(-24.7, -10.0), (24.7, -10.0), (0.0, 11.7)], _STOREY_M - 0.4)
        self.parts.services.riser(storey, -29.4, 20.3, _STOREY_M)
        self.parts.services.duct(storey, (-22.0, 16.5), 44.0, _STOREY_M - 0.8, pieces=5)

    def _outer(self, storey: Storey) -> None:
        """Outer walls of the U, windows to every classroom; end walls in terracotta."""
        _kit, half = self.kit, 0.12
        row = spread(self.window, 42.0 - 0.48, 3.2, 0.9, 1.4)
        long = spread(self.window, 68.0, 3.4, 0.9, 5.0)
        add_wall(storey, self.white, ((34, 21 - half), (-34, 21 - half)), _STOREY_M, long)
        add_wall(storey, self.white, ((-34 + half, 21 - 0.24), (-34 + half, -21 + 0.24)), _STOREY_M, row)
        add_wall(storey, self.white, ((34 - half, -21 + 0.24), (34 - half, 21 - 0.24)), _STOREY_M, row)
        for x in (-34.0, 25.0):
            add_wall(storey, self.accent, ((x, -21 + half), (x + 9, -21 + half)), _STOREY_M)

    def _court_walls(self, storey: Storey) -> None:
        """Walls between rooms and galleries: a door at each end of a room, high windows between."""
        _kit, half = self.kit, 0.12
        height = _STOREY_M - 0.18
        side = [Hole(self.door, 0.8 + i * 8.19) for i in range(4)] + [
            Hole(self.high, 2.9 + i * 8.19, 1.9) for i in range(4)
        ]
        add_wall(storey, self.white, ((-25 - half, 12), (-25 - half, -21 + 0.24)), height, side)
        add_wall(storey, self.white, ((25 + half, -21 + 0.24), (25 + half, 12)), height, side)
        back = [Hole(self.door, 0.8 + i * 8.33) for i in range(6)] + [
            Hole(self.high, 3.4 + i * 8.33, 1.9) for i in range(6)
        ]
        add_wall(storey, self.white, ((-25, 12 + half), (25, 12 + half)), height, back)

    def _classrooms(self, storey: Storey) -> None:
        _kit, height, rooms = self.kit, _STOREY_M - 0.18, self.parts.rooms
        level = storey.number + 1
        for side, (x0, x1) in (("W", (-33.76, -25.24)), ("E", (25.24, 33.76))):
            for i in range(4):
                y = -20.76 + i * 8.19
                add_wall(storey, self.inner, ((x0, y + 8.19), (x1, y + 8.19)), height)
                rooms.space(storey, f"{level}{side}{i + 1}", "普通教室", (x0, y + 0.1, x1, y + 8.09))
                if i % 2 == 0:
                    rooms.workplaces(storey, (x0 + 1.2, y + 1.2, x1 - 1.0, y + 7.4), (2.2, 1.9), most=9)
        uses = ("图书室", "普通教室", "普通教室", "科学教室", "普通教室", "美术教室")
        for i, use in enumerate(uses):
            x = -25.0 + i * 8.333
            add_wall(storey, self.inner, ((x, 12.24), (x, 20.76)), height)
            rooms.space(storey, f"{level}N{i + 1}", use, (x + 0.1, 12.24, x + 8.23, 20.76))
            if use == "图书室":
                for k in range(4):
                    rooms.furnish(storey, "shelf", x + 1.5, 13.5 + 1.7 * k)
        add_wall(storey, self.inner, ((25.0, 12.24), (25.0, 20.76)), height)
        self.parts.services.ceiling(storey, (-24, 12.6, 24, 20.6), height, 4.1)

    def _gallery(self, storey: Storey) -> None:
        """Columns along the court's edge and rails above the ground floor."""
        inner, back = 25.0 - _GALLERY_M + 0.3, 12.0 - _GALLERY_M + 0.3
        height, structure = _STOREY_M - 0.18, self.parts.structure
        spots = [(x, y) for x in (-inner, inner) for y in (-20.6, -12.4, -4.2, 4.0)]
        spots += [(-inner + i * 2 * inner / 5, back) for i in range(6)]
        for x, y in spots:
            structure.column(storey, x, y, height, size_m=0.42, round_=True, colour="white")
        if storey.number == 0:
            return
        edge = 0.12
        xe, ye = inner - 0.3 - edge + 0.24, back - 0.3 + edge
        for start, end in (
            ((-xe, -20.9), (-xe, ye)),
            ((-xe, ye), (xe, ye)),
            ((xe, ye), (xe, -20.9)),
            ((-25.0, -20.9), (-xe, -20.9)),
            ((xe, -20.9), (25.0, -20.9)),
        ):
            self.parts.railings.level(storey, start, end)

    def _roof(self, storey: Storey) -> None:
        ring = self._outline()
        self.parts.structure.slab(storey, ring, thick_m=0.25, role="ROOF", colour="stone")
        self._parapet(storey)
        for well in self._wells():
            room = (well[0] - 0.4, well[1] - 1.8, well[2] + 0.4, 20.7)
            self.parts.shell(storey, self.accent, room, 2.8, {"s": [Hole(self.parts.fire_door, 1.0)]})
            self.parts.structure.slab(
                storey,
                ring_of((room[0] - 0.2, room[1] - 0.2, room[2] + 0.2, 20.76)),
                role="ROOF",
                top_m=3.0,
                colour="white",
            )

    def _parapet(self, storey: Storey) -> None:
        """Low walls along the roof's edge, butting at the corners."""
        h = 0.12
        inner, back = 25.0 - _GALLERY_M, 12.0 - _GALLERY_M
        lines = [((-34, -21 + h), (-inner, -21 + h)), ((inner, -21 + h), (34, -21 + h)), ((34, 21 - h), (-34, 21 - h))]
        lines += [
            ((x, y0), (x, y1)) for x, y0, y1 in ((-34 + h, 21 - 2 * h, -21 + 2 * h), (34 - h, -21 + 2 * h, 21 - 2 * h))
        ]
        lines += [((-inner - h, -21 + 2 * h), (-inner - h, back)), ((inner + h, back), (inner + h, -21 + 2 * h))]
        lines.append(((-inner - 2 * h, back + h), (inner + 2 * h, back + h)))
        for start, end in lines:
            add_wall(storey, self.accent, (start, end), 1.0)

    def _gate(self, storey: Storey) -> None:
        """A gate house canopy across the court's open front, and a flag."""
        shapes = self.kit.shapes
        items = [shapes.box((24.0, 3.0, 0.35), (-12.0, -22.0, 4.2), "yellow")]
        items += [shapes.box((0.4, 0.4, 4.2), (x, -20.7, 0.0), "white") for x in (-11.6, -4.0, 3.6, 11.2)]
        canopy = self.kit.element("IfcRoof", "校门雨篷", storey=storey, items=items, PredefinedType="FLAT_ROOF")
        self.kit.material("铝单板", "aluminium", canopy)
        mast = [
            shapes.rod((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 12.0, 0.07, "steel"),
            shapes.box((1.8, 0.03, 1.2), (0.07, -0.015, 10.6), "red"),
        ]
        self.kit.element(
            "IfcBuildingElementProxy", "旗杆", at=(0.0, -6.0, 0.0), storey=storey, items=mast, PredefinedType="ELEMENT"
        )
