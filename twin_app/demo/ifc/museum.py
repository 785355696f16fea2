"""A museum under a sweeping copper roof, like a crane's spread wings, over glass and stone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from twin_app.demo.ifc.kit import Storey
from twin_app.demo.ifc.openings import Hole, add_wall, wall_kind, window_kind
from twin_app.demo.ifc.parts import Parts
from twin_app.demo.ifc.project import Spec
from twin_app.demo.ifc.shapes import Entity
from twin_app.demo.ifc.stairs import StairMaker
from twin_app.demo.ifc.structure import Rect, ring_of

_FLOOR_M, _UPPER_M = 5.4, 5.0
_HALF_X, _NUM_U, _NUM_V = 36.0, 36, 12
_GLASS_U, _GLASS_V = 0.84, 0.80


def write_museum(spec: Spec, path: Path) -> int:
    """Write the museum; gives its number of elements."""
    return _Museum(spec).write(path)


def roof_point(u: float, v: float) -> tuple[float, float, float]:
    """The underside of the roof at -1..1 across and along: low in the middle, rising to the wing tips."""
    depth = 15.0 + 8.0 * abs(u) ** 1.6
    y = v * depth - 3.0 * abs(u) ** 2
    lift = 8.0 * abs(u) ** 2.1 + 3.2 * abs(u) ** 3 * abs(v) ** 3 + 1.6 * (1 - abs(u)) * v * v - 1.6 * v * abs(u)
    return _HALF_X * u, y, 8.6 + lift


class _Museum:
    def __init__(self, spec: Spec) -> None:
        self.parts = Parts(spec, glass_rail=True, rail_colour="bronze")
        self.kit = kit = self.parts.kit
        self.stone = wall_kind(kit, "展厅墙 400 石材", 0.4, "stone", external=True)
        self.inner = wall_kind(kit, "展墙 200", 0.2, "cream", external=False)
        self.slit = window_kind(kit, "条窗 600×3000", 0.6, 3.0, 1, frame="bronze")
        self.storeys = self.parts.storeys([_FLOOR_M, _UPPER_M])
        self.curtain = kit.kind("IfcCurtainWallType", "点式玻璃幕墙", "NOTDEFINED")

    def write(self, path: Path) -> int:
        ground, upper, roof = self.storeys
        self._base(ground)
        self._halls(ground)
        self._upper(upper)
        self._facade(ground)
        self._columns(ground)
        self._roof(roof)
        self._services()
        return self.kit.finish(path)

    def _base(self, storey: Storey) -> None:
        edge = [
            roof_point(u, v)[:2]
            for u, v in ((-0.93, -0.9), (0.0, -0.92), (0.93, -0.9), (0.93, 0.9), (0.0, 0.92), (-0.93, 0.9))
        ]
        self.parts.structure.slab(
            storey, [(float(x), float(y)) for x, y in edge], thick_m=0.6, role="BASESLAB", colour="stone"
        )

    @staticmethod
    def _boxes() -> dict[str, Rect]:
        """The two closed exhibition halls inside the glass."""
        return {"西": (-24.0, -9.0, -8.0, 8.0), "东": (8.0, -9.0, 24.0, 8.0)}

    def _halls(self, storey: Storey) -> None:
        rooms = self.parts.rooms
        for name, rect in self._boxes().items():
            gate = Hole(self.parts.glass_door, 6.8)
            slits = [Hole(self.slit, 3.0 + 3.4 * i, 1.2) for i in range(3)]
            sides = {"s": [*slits, Hole(self.parts.glass_door, 12.8)], "n": slits, "e" if name == "西" else "w": [gate]}
            self.parts.shell(storey, self.stone, rect, _FLOOR_M - 0.3, sides)
            x0, y0, x1, y1 = rect
            rooms.space(storey, f"{name}展厅", "展厅", (x0 + 0.5, y0 + 0.5, x1 - 0.5, y1 - 0.5), 4.6)
            for offset in (4.5, 9.5):
                add_wall(storey, self.inner, ((x0 + offset, y0 + 4.0), (x0 + offset, y1 - 4.0)), 3.6)
        rooms.space(storey, "大堂", "大堂", (-7.5, -10.0, 7.5, 9.0), 8.0)
        desk = [
            self.kit.shapes.box((6.0, 0.9, 1.05), (-3.0, -0.45, 0.0), "timber"),
            self.kit.shapes.box((6.3, 1.1, 0.05), (-3.15, -0.55, 1.05), "white"),
        ]
        self.kit.element(
            "IfcFurniture", "服务台", at=(0.0, -4.0, 0.0), storey=storey, items=desk, PredefinedType="TABLE"
        )
        self.parts.stairs.add(storey, -StairMaker.WELL_X_M / 2, 1.0, _FLOOR_M)

    def _upper(self, storey: Storey) -> None:
        """Terraces over the halls joined by a bridge, all railed."""
        structure, railings = self.parts.structure, self.parts.railings
        for rect in self._boxes().values():
            structure.slab(storey, ring_of(rect), thick_m=0.3, colour="timber")
        wide = StairMaker.WELL_X_M / 2
        bridge = (-8.0, -2.4, 8.0, 1.0)
        structure.slab(storey, ring_of(bridge), thick_m=0.3, colour="timber")
        for x0, x1 in ((-8.0, -wide), (wide, 8.0)):
            railings.level(storey, (x0, bridge[3] - 0.1), (x1, bridge[3] - 0.1))
        railings.level(storey, (-8.0, bridge[1] + 0.1), (8.0, bridge[1] + 0.1))
        for x, sign in ((-8.0, -1), (8.0, 1)):
            railings.level(storey, (x + 0.1 * sign, -8.9), (x + 0.1 * sign, bridge[1] + 0.1))
            railings.level(storey, (x + 0.1 * sign, bridge[3] - 0.1), (x + 0.1 * sign, 7.9))
            railings.level(storey, (min(x, 3 * x), -8.9), (max(x, 3 * x), -8.9))
            railings.level(storey, (min(x, 3 * x), 7.9), (max(x, 3 * x), 7.9))
            railings.level(storey, (2.98 * x, -8.9), (2.98 * x, 7.9))
        for name, (x0, y0, x1, y1) in self._boxes().items():
            self.parts.rooms.space(storey, f"{name}观景平台", "展厅", (x0 + 0.3, y0 + 0.3, x1 - 0.3, y1 - 0.3), 3.0)
            for k in range(4):
                self.parts.rooms.furnish(storey, "chair", x0 + 3.0 + 2.8 * k, y0 + 1.2)

    def _facade(self, storey: Storey) -> None:
        """Glass under the roof's edge, every pane cut to the roof's line."""
        wall = self.kit.element("IfcCurtainWall", "玻璃幕墙", storey=storey, kind=self.curtain)
        self.kit.properties(
            wall,
            "Pset_CurtainWallCommon",
            {"Reference": "点式玻璃幕墙", "IsExternal": True, "ThermalTransmittance": 1.9},
        )
        self.kit.classify(wall, "B2020", "Exterior Windows")
        us, vs = np.linspace(-_GLASS_U, _GLASS_U, 25), np.linspace(-_GLASS_V, _GLASS_V, 13)
        loop = [(u, -_GLASS_V) for u in us] + [(_GLASS_U, v) for v in vs[1:]]
        loop += [(u, _GLASS_V) for u in us[-2::-1]] + [(-_GLASS_U, v) for v in vs[-2:0:-1]]
        made: list[Entity] = []
        for index, start in enumerate(loop):
            end = loop[(index + 1) % len(loop)]
            door = index in (11, 12)
            made += self._pane(wall, roof_point(*start), roof_point(*end), door=door)
        self.kit.assemble(wall, made)

    def _pane(
        self, wall: Entity, start: tuple[float, float, float], end: tuple[float, float, float], *, door: bool
    ) -> list[Entity]:
        shapes = self.kit.shapes
        length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
        angle = float(np.arctan2(end[1] - start[1], end[0] - start[0]))
        place: dict[str, Any] = {"at": (start[0], start[1], 0.0), "angle_rad": angle, "parent": wall.ObjectPlacement}
        low, h0, h1 = 2.6 if door else 0.0, start[2] - 0.05, end[2] - 0.05
        g = 0.04
        glass = shapes.upright([(g, low), (length - g, low), (length - g, h1), (g, h0)], 0.04, 0.02, "clear")
        bars = [
            shapes.box((length, 0.07, 0.06), (0.0, -0.035, z), "bronze") for z in (2.55, 5.1, 7.65) if z < min(h0, h1)
        ]
        made = [self.kit.element("IfcPlate", "玻璃板块", items=[glass], PredefinedType="CURTAIN_PANEL", **place)]
        post = [shapes.box((0.09, 0.3, round(h0, 3)), (-0.045, -0.15, 0.0), "bronze"), *bars]
        made.append(self.kit.element("IfcMember", "竖梃与横梁", items=post, PredefinedType="MULLION", **place))
        self.kit.material("夹胶玻璃", "glass", made[0])
        self.kit.material("青铜色铝型材", "aluminium", made[1])
        if door:
            made.append(self._door(wall, place, length))
        return made

    def _door(self, wall: Entity, place: dict[str, Any], length: float) -> Entity:
        door = self.parts.glass_door
        x, y, z = place["at"]
        angle = float(place["angle_rad"])
        shift = (length - door.width_m) / 2
        at = (x + shift * np.cos(angle), y + shift * np.sin(angle), z)
        return self.kit.element(
            "IfcDoor", "入口门", at=at, angle_rad=angle, parent=wall.ObjectPlacement, kind=door.kind,
            PredefinedType="DOOR", OverallHeight=door.height_m, OverallWidth=door.width_m,
        )  # fmt: skip

    def _columns(self, storey: Storey) -> None:
        for u in (-0.72, -0.5, -0.17, 0.17, 0.5, 0.72):
            for v in (-0.64, 0.64):
                x, y, z = roof_point(u, v)
                self.parts.structure.column(
                    storey, round(x, 3), round(y, 3), round(z + 0.1, 3), size_m=0.55, round_=True, colour="white"
                )
        for sign in (-1, 1):
            for v in (-0.9, 0.9):
                x, y, z = roof_point(sign * 0.93, v)
                self.parts.structure.column(
                    storey, round(x, 3), round(y, 3), round(z + 0.1, 3), size_m=0.7, round_=True, colour="copper"
                )

    def _roof(self, storey: Storey) -> None:
        base = storey.elevation_m
        items = [self._shell(0.0, 0.3, "timber", base), self._shell(0.3, 0.55, "copper", base)]
        roof = self.kit.element("IfcRoof", "鹤翼屋面", storey=storey, items=items, PredefinedType="FREEFORM")
        self.kit.constituents([roof], "鹤翼屋面", {"面层": ("铜板", "copper"), "底层": ("竹木吊顶", "wood")})
        self.kit.properties(
            roof, "Pset_RoofCommon", {"Reference": "鹤翼屋面", "IsExternal": True, "ThermalTransmittance": 0.3}
        )
        self.kit.classify(roof, "B3010", "Roof Coverings")
        self._ridges(storey, base)

    def _shell(self, low_m: float, high_m: float, colour: str, base_m: float) -> Entity:
        """A closed double-curved layer between two offsets, thinning towards its edge."""
        points = []
        for offset in (low_m, high_m):
            for i in range(_NUM_U + 1):
                for j in range(_NUM_V + 1):
                    u, v = -1 + 2 * i / _NUM_U, -1 + 2 * j / _NUM_V
                    x, y, z = roof_point(u, v)
                    points.append((x, y, z - base_m + offset * (0.5 + 0.5 * (1 - max(abs(u), abs(v)) ** 6))))
        return self.kit.shapes.mesh(np.array(points), _shell_faces(_NUM_U, _NUM_V), colour)

    def _ridges(self, storey: Storey, base_m: float) -> None:
        """Standing seams along the wings."""
        for index, v in enumerate(np.linspace(-0.85, 0.85, 9)):
            rows = []
            for side, up in ((-0.06, 0.5), (0.06, 0.5), (0.06, 0.72), (-0.06, 0.72)):
                for i in range(_NUM_U + 1):
                    x, y, z = roof_point(-0.98 + 1.96 * i / _NUM_U, float(v))
                    rows.append((x, y + side, z - base_m + up))
            seam = self.kit.shapes.mesh(np.array(rows), _bar_faces(_NUM_U + 1), "copper")
            member = self.kit.element(
                "IfcMember", f"立边咬合{index + 1}", storey=storey, items=[seam], PredefinedType="MEMBER"
            )
            self.kit.material("铜板", "copper", member)

    def _services(self) -> None:
        ground, upper, roof = self.storeys
        services = self.parts.services
        for y in (-5.0, 4.0):
            services.duct(ground, (-23.0, y), 14.0, 4.4, pieces=3)
            services.duct(ground, (9.0, y), 14.0, 4.4, pieces=3)
        for rect in self._boxes().values():
            services.ceiling(ground, rect, _FLOOR_M - 0.4, 3.8)
        services.riser(ground, -22.8, 7.2, _FLOOR_M - 0.3)
        services.sense(ground, [(-16.0, 7.45), (16.0, 7.45), (-7.9, 3.0)], 4.6)
        services.sense(upper, [(-16.0, 7.7), (16.0, 7.7), (0.0, -2.2)], 2.4)
        self.kit.properties(roof.entity, "CityTwin_Roof", {"面层": "铜板", "形式": "双曲面"})


def _shell_faces(num_u: int, num_v: int) -> list[list[int]]:
    """Triangles of two grids one above the other, closed round the edge."""
    stride, layer = num_v + 1, (num_u + 1) * (num_v + 1)
    faces = []
    for i in range(num_u):
        for j in range(num_v):
            a, b, c, d = i * stride + j, (i + 1) * stride + j, (i + 1) * stride + j + 1, i * stride + j + 1
            faces += [[a, c, b], [a, d, c], [a + layer, b + layer, c + layer], [a + layer, c + layer, d + layer]]
    edge = [i * stride for i in range(num_u)] + [num_u * stride + j for j in range(num_v)]
    edge += [(num_u - i) * stride + num_v for i in range(num_u)] + [num_v - j for j in range(num_v)]
    for a, b in zip(edge, [*edge[1:], edge[0]], strict=True):
        faces += [[a, b, b + layer], [a, b + layer, a + layer]]
    return faces


def _bar_faces(count: int) -> list[list[int]]:
    """A bar of four rows of points, closed at its ends; rows run round the section."""
    faces = []
    for row in range(4):
        after = (row + 1) % 4
        for i in range(count - 1):
            a, b, c, d = row * count + i, row * count + i + 1, after * count + i + 1, after * count + i
            faces += [[a, c, b], [a, d, c]]
    start, end = [row * count for row in range(4)], [row * count + count - 1 for row in range(4)]
    return [*faces, start, end[::-1]]
