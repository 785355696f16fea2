"""Stairs and railings."""

from __future__ import annotations

from typing import Any

import numpy as np

from twin_app.demo.ifc.kit import Kind, Kit, Storey
from twin_app.demo.ifc.shapes import Entity


class StairMaker:
    """Two-flight stairs with a landing, standing in a well of `WELL_X_M` by ``well_y_m``."""

    WELL_X_M = 2.9

    def __init__(self, kit: Kit, railings: RailingMaker) -> None:
        self.kit, self.railings = kit, railings
        self._flights: dict[tuple[float, bool], Kind] = {}
        self.stair_kind = kit.kind("IfcStairType", "双跑楼梯", "HALF_TURN_STAIR")

    @staticmethod
    def risers(height_m: float) -> int:
        """An even number of steps, each at most 0.165 m high."""
        return 2 * int(np.ceil(height_m / 0.165 / 2))

    @classmethod
    def well_y_m(cls, height_m: float) -> float:
        """Depth of the stair well: the flights and a landing."""
        return (cls.risers(height_m) // 2 - 1) * 0.28 + 1.4

    def add(self, storey: Storey, x_m: float, y_m: float, height_m: float) -> Entity:
        """A stair from the storey's level up ``height_m``; (x, y) is the well's corner where it starts."""
        kit, run = self.kit, self.well_y_m(height_m) - 1.4
        stair = kit.element(
            "IfcStair",
            "双跑楼梯",
            at=(x_m, y_m, 0.0),
            storey=storey,
            kind=self.stair_kind,
            PredefinedType="HALF_TURN_STAIR",
        )
        place = stair.ObjectPlacement
        half = height_m / 2
        up = kit.element(
            "IfcStairFlight",
            "第一梯段",
            at=(1.4, 0.0, 0.0),
            angle_rad=np.pi / 2,
            parent=place,
            kind=self._flight(height_m),
            **self._steps(height_m),
        )
        back = kit.element(
            "IfcStairFlight",
            "第二梯段",
            at=(1.5, run, half),
            angle_rad=-np.pi / 2,
            parent=place,
            kind=self._flight(height_m),
            **self._steps(height_m),
        )
        landing = self._landing(place, run, half)
        rail = self.railings.sloped(place, (1.45, 0.1, 0.0), run - 0.1, half, up=True)
        rail_back = self.railings.sloped(place, (1.45, 0.1, half), run - 0.1, half, up=False)
        kit.assemble(stair, [up, back, landing, rail, rail_back])
        kit.properties(
            stair,
            "Pset_StairCommon",
            {
                "Reference": "双跑楼梯",
                "NumberOfRiser": self.risers(height_m),
                "RiserHeight": height_m / self.risers(height_m),
                "TreadLength": 0.28,
                "FireExit": True,
            },
        )
        kit.classify(stair, "C2010", "Stair Construction")
        return stair

    def _landing(self, place: Entity, run: float, height_m: float) -> Entity:
        kit = self.kit
        items = [kit.shapes.box((self.WELL_X_M, 1.4, 0.16), (0.0, 0.0, -0.16), "stone")]
        landing = kit.element(
            "IfcSlab", "休息平台", at=(0.0, run, height_m), parent=place, items=items, PredefinedType="LANDING"
        )
        kit.material("C30混凝土", "concrete", landing)
        return landing

    def _steps(self, height_m: float) -> dict[str, Any]:
        count = self.risers(height_m)
        return {
            "NumberOfRisers": count // 2,
            "NumberOfTreads": count // 2 - 1,
            "RiserHeight": height_m / count,
            "TreadLength": 0.28,
            "PredefinedType": "STRAIGHT",
        }

    def _flight(self, height_m: float) -> Kind:
        key = (round(height_m, 3), True)
        if key not in self._flights:
            count, rise = self.risers(height_m) // 2, height_m / self.risers(height_m)
            ring: list[tuple[float, float]] = [(0.0, 0.0), (0.0, rise)]
            for step in range(1, count - 1):
                ring += [(step * 0.28, step * rise), (step * 0.28, (step + 1) * rise)]
            # The run ends flush with the landing: the last riser is the landing's edge.
            end, top = (count - 1) * 0.28, (count - 1) * rise
            ring += [(end, top), (end, top - 0.14), (0.3, 0.0)]
            item = self.kit.shapes.upright(ring, 1.3, 1.35, "stone")
            self._flights[key] = self.kit.kind("IfcStairFlightType", f"梯段 H{height_m:g}", "STRAIGHT", [item])
        return self._flights[key]


class RailingMaker:
    """Railings with posts, rails and either bars or glass."""

    def __init__(self, kit: Kit, *, glass: bool = False, colour: str = "dark") -> None:
        self.kit, self.glass, self.colour = kit, glass, colour
        self._kinds: dict[tuple[float, ...], Kind] = {}

    def level(self, storey: Storey, start: tuple[float, float], end: tuple[float, float], z_m: float = 0.0) -> Entity:
        """A level railing 1.1 m high along a line."""
        length = round(float(np.hypot(end[0] - start[0], end[1] - start[1])), 3)
        angle = float(np.arctan2(end[1] - start[1], end[0] - start[0]))
        key = (length,)
        if key not in self._kinds:
            name = f"{'玻璃' if self.glass else '金属'}栏杆 {length:g}m"
            self._kinds[key] = self.kit.kind("IfcRailingType", name, "GUARDRAIL", self._items(length))
            self.kit.material("不锈钢", "steel", self._kinds[key].entity)
        kind = self._kinds[key]
        railing = self.kit.element(
            "IfcRailing",
            kind.entity.Name,
            at=(*start, z_m),
            angle_rad=angle,
            storey=storey,
            kind=kind,
            PredefinedType="GUARDRAIL",
        )
        self.kit.properties(
            railing, "Pset_RailingCommon", {"Reference": kind.entity.Name, "Height": 1.1, "IsExternal": True}
        )
        return railing

    def _items(self, length: float) -> list[Entity]:
        box, colour = self.kit.shapes.box, self.colour
        items = [box((length, 0.06, 0.05), (0.0, -0.03, 1.05), colour)]
        count = max(1, round(length / 1.3))
        for i in range(count + 1):
            items.append(box((0.04, 0.04, 1.05), (min(i * length / count, length - 0.04), -0.02, 0.0), colour))
        if self.glass:
            return [*items, box((length - 0.1, 0.016, 0.9), (0.05, -0.008, 0.1), "clear")]
        items.append(box((length, 0.03, 0.04), (0.0, -0.015, 0.1), colour))
        bars = max(1, round(length / 0.3))
        return items + [
            box((0.018, 0.018, 0.93), ((i + 0.5) * length / bars, -0.009, 0.13), colour) for i in range(bars)
        ]

    def sloped(
        self, parent: Entity, at: tuple[float, float, float], run_m: float, rise_m: float, *, up: bool
    ) -> Entity:
        """A stair's handrail over ``run_m`` towards +y, rising (``up``) or falling back from above."""
        key = (round(run_m, 3), round(rise_m, 3), float(up))
        if key not in self._kinds:
            self._kinds[key] = self.kit.kind(
                "IfcRailingType",
                f"楼梯扶手 H{rise_m:g}{'上' if up else '回'}",
                "HANDRAIL",
                self._slope(run_m, rise_m, up),
            )
            self.kit.material("不锈钢", "steel", self._kinds[key].entity)
        kind = self._kinds[key]
        return self.kit.element(
            "IfcRailing", "楼梯扶手", at=at, angle_rad=np.pi / 2, parent=parent, kind=kind, PredefinedType="HANDRAIL"
        )

    def _slope(self, run: float, rise: float, up: bool) -> list[Entity]:
        low, high = (0.17, rise + 0.0) if up else (rise, 0.17)
        shapes = self.kit.shapes
        items = [
            shapes.upright(
                [(0, low + 0.9), (run, high + 0.9), (run, high + 0.96), (0, low + 0.96)], 0.05, 0.025, self.colour
            )
        ]
        for share in (0.06, 0.35, 0.65, 0.94):
            z = low + (high - low) * share - 0.02
            items.append(shapes.box((0.03, 0.03, 0.94), (run * share - 0.015, -0.015, z), self.colour))
        return items
