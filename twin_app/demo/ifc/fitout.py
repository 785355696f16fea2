"""Spaces, furniture, services and sensors of a storey."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import ifcopenshell.api.system

from twin_app.demo.ifc.kit import Kind, Kit, Storey
from twin_app.demo.ifc.shapes import Entity, Ring
from twin_app.demo.ifc.structure import Rect, ring_of

_SENSORS = (
    ("温度传感器", "TEMPERATURESENSOR", "temperature", "°C"),
    ("CO2传感器", "CO2SENSOR", "co2", "ppm"),
    ("感烟探测器", "SMOKESENSOR", "smoke", "%/m"),
)


class Rooms:
    """Spaces and what stands in them."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        box = kit.shapes.box
        desk = [
            box((1.4, 0.7, 0.03), (0, 0, 0.72), "timber"),
            box((0.05, 0.6, 0.72), (0.05, 0.05, 0), "dark"),
            box((0.05, 0.6, 0.72), (1.3, 0.05, 0), "dark"),
        ]
        chair = [
            box((0.45, 0.45, 0.05), (0, 0, 0.42), "teal"),
            box((0.45, 0.05, 0.5), (0, 0.4, 0.45), "teal"),
            box((0.08, 0.08, 0.42), (0.185, 0.185, 0), "dark"),
        ]
        bed = [
            box((2.0, 0.95, 0.3), (0, 0, 0.25), "white"),
            box((0.06, 0.95, 0.8), (0, 0, 0.1), "timber"),
            box((1.9, 0.85, 0.25), (0.05, 0.05, 0.0), "steel"),
        ]
        shelf = [box((2.0, 0.35, 0.03), (0, 0, z), "timber") for z in (0.05, 0.45, 0.85, 1.25, 1.65)] + [
            box((0.03, 0.35, 1.7), (x, 0, 0), "timber") for x in (0.0, 1.97)
        ]
        self.kinds = {
            what: kit.kind("IfcFurnitureType", name, predefined, items)
            for what, name, predefined, items in (
                ("desk", "书桌", "DESK", desk),
                ("chair", "座椅", "CHAIR", chair),
                ("bed", "床", "BED", bed),
                ("shelf", "书架", "SHELF", shelf),
            )
        }

    def space(self, storey: Storey, name: str, use: str, rect: Rect, height_m: float = 0.0) -> Entity:
        """A room over a rectangle."""
        return self.shaped(storey, name, use, ring_of(rect), height_m)

    def shaped(self, storey: Storey, name: str, use: str, ring: Ring, height_m: float = 0.0) -> Entity:
        """A room over any plan shape, up to the ceiling unless told otherwise."""
        kit = self.kit
        height = height_m or storey.height_m - 0.25
        item = kit.shapes.prism(ring, height, 0.01, "space")
        space = kit.element(
            "IfcSpace", name, parent=storey.entity.ObjectPlacement, items=[item],
            LongName=use, CompositionType="ELEMENT", PredefinedType="INTERNAL",
        )  # fmt: skip
        storey.spaces.append(space)
        area = abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))) / 2
        kit.quantities(
            space, "Qto_SpaceBaseQuantities", {"Height": height, "NetFloorArea": area, "NetVolume": area * height}
        )
        kit.properties(
            space,
            "Pset_SpaceCommon",
            {"Reference": use, "IsExternal": False, "PubliclyAccessible": use in ("大堂", "门厅", "展厅", "候诊厅")},
        )
        return space

    def furnish(self, storey: Storey, what: str, x_m: float, y_m: float, angle_rad: float = 0.0) -> Entity:
        """A piece of furniture."""
        kind = self.kinds[what]
        predefined = kind.entity.PredefinedType
        piece = self.kit.element(
            "IfcFurniture",
            kind.entity.Name,
            at=(x_m, y_m, 0.0),
            angle_rad=angle_rad,
            storey=storey,
            kind=kind,
            PredefinedType=predefined,
        )
        self.kit.classify(piece, "E2020", "Movable Furnishings")
        return piece

    def workplaces(self, storey: Storey, rect: Rect, step: tuple[float, float] = (2.4, 3.2), most: int = 8) -> None:
        """Desks with chairs in a grid."""
        x0, y0, x1, y1 = rect
        spots = [
            (x0 + i * step[0], y0 + j * step[1])
            for j in range(int((y1 - y0) // step[1]))
            for i in range(int((x1 - x0) // step[0]))
        ]
        for x, y in spots[:most]:
            self.furnish(storey, "desk", x, y)
            self.furnish(storey, "chair", x + 0.5, y + 0.8)


class Services:
    """Ventilation, water, sprinklers, light, meters and sensors."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self._ducts: dict[tuple[float, ...], Kind] = {}
        box, rod = kit.shapes.box, kit.shapes.rod
        self.diffuser = kit.kind(
            "IfcAirTerminalType", "方形散流器", "DIFFUSER", [box((0.5, 0.5, 0.12), (-0.25, -0.25, 0), "white")]
        )
        self.lamp = kit.kind(
            "IfcLightFixtureType", "LED平板灯", "DIRECTIONSOURCE", [box((1.2, 0.3, 0.05), (-0.6, -0.15, 0), "lamp")]
        )
        head = [
            rod((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 0.15, 0.02, "red"),
            box((0.08, 0.08, 0.02), (-0.04, -0.04, -0.02), "steel"),
        ]
        self.sprinkler = kit.kind("IfcFireSuppressionTerminalType", "下垂型喷头", "SPRINKLER", head)
        self.meter = kit.kind(
            "IfcFlowMeterType",
            "智能电表",
            "ENERGYMETER",
            [box((0.3, 0.12, 0.45), (0, 0, 0), "sensor"), box((0.22, 0.01, 0.12), (0.04, -0.01, 0.26), "dark")],
        )
        self.sensors = {
            key: kit.kind("IfcSensorType", name, predefined, [box((0.12, 0.12, 0.05), (-0.06, -0.06, 0), "sensor")])
            for name, predefined, key, _ in _SENSORS
        }

    def duct(
        self, storey: Storey, start: tuple[float, float], length_m: float, z_m: float, pieces: int = 3
    ) -> list[Entity]:
        """A main duct along +x in joined pieces, with an outlet under each."""
        kit, each = self.kit, length_m / pieces
        key = (round(each, 3),)
        if key not in self._ducts:
            body = kit.shapes.box((each, 0.6, 0.35), (0.0, -0.3, 0.0), "duct")
            self._ducts[key] = kit.kind("IfcDuctSegmentType", f"矩形风管 {each:.2f}m", "RIGIDSEGMENT", [body])
            kit.material("镀锌钢板", "steel", self._ducts[key].entity)
        made = []
        for i in range(pieces):
            at = (start[0] + i * each, start[1], z_m)
            made.append(
                kit.element(
                    "IfcDuctSegment",
                    "送风管",
                    at=at,
                    storey=storey,
                    kind=self._ducts[key],
                    PredefinedType="RIGIDSEGMENT",
                )
            )
            outlet = (at[0] + each / 2, start[1], z_m - 0.12)
            end = kit.element(
                "IfcAirTerminal", "散流器", at=outlet, storey=storey, kind=self.diffuser, PredefinedType="DIFFUSER"
            )
            kit.system("空调送风系统", "VENTILATION", made[-1], end)
            kit.classify(made[-1], "D3040", "Distribution Systems")
        self._join(made)
        return made

    def _join(self, run: Sequence[Entity]) -> None:
        """Connect pieces of a run by ports, end to start."""
        file = self.kit.file
        ends = []
        for piece in run:
            ports = [
                file.create_entity(
                    "IfcDistributionPort",
                    "0" * 22,
                    None,
                    name,
                    FlowDirection=flow,
                    PredefinedType="DUCT",
                    SystemType="VENTILATION",
                )
                for name, flow in (("进", "SINK"), ("出", "SOURCE"))
            ]
            self.kit.relate("IfcRelNests", RelatingObject=piece, RelatedObjects=ports)
            ends.append(ports)
        for before, after in pairwise(ends):
            ifcopenshell.api.system.connect_port(file, port1=before[1], port2=after[0], direction="SOURCE")

    def riser(self, storey: Storey, x_m: float, y_m: float, height_m: float) -> None:
        """Water and fire-water risers through the storey."""
        kit = self.kit
        for offset, colour, system, predefined in (
            (0.0, "green", "给水系统", "DOMESTICCOLDWATER"),
            (0.3, "red", "消防给水系统", "FIREPROTECTION"),
        ):
            key = (round(height_m, 3), offset)
            if key not in self._ducts:
                pipe = kit.shapes.rod((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), height_m, 0.06, colour)
                self._ducts[key] = kit.kind("IfcPipeSegmentType", f"{system}立管 H{height_m:g}", "RIGIDSEGMENT", [pipe])
                kit.material("不锈钢管", "steel", self._ducts[key].entity)
            piece = kit.element(
                "IfcPipeSegment",
                f"{system}立管",
                at=(x_m + offset, y_m, 0.0),
                storey=storey,
                kind=self._ducts[key],
                PredefinedType="RIGIDSEGMENT",
            )
            kit.system(system, predefined, piece)

    def ceiling(self, storey: Storey, rect: Rect, z_m: float, step_m: float = 6.0) -> None:
        """Lamps and sprinklers in a grid under the ceiling."""
        x0, y0, x1, y1 = rect
        kit = self.kit
        for i in range(max(1, int((x1 - x0) // step_m))):
            for j in range(max(1, int((y1 - y0) // step_m))):
                x, y = x0 + (i + 0.5) * step_m, y0 + (j + 0.5) * step_m
                lamp = kit.element(
                    "IfcLightFixture",
                    "LED平板灯",
                    at=(x, y, z_m - 0.05),
                    storey=storey,
                    kind=self.lamp,
                    PredefinedType="DIRECTIONSOURCE",
                )
                kit.system("照明系统", "LIGHTING", lamp)
                if (i + j) % 2 == 0:
                    head = kit.element(
                        "IfcFireSuppressionTerminal",
                        "喷头",
                        at=(x + 1.2, y, z_m - 0.15),
                        storey=storey,
                        kind=self.sprinkler,
                        PredefinedType="SPRINKLER",
                    )
                    kit.system("消防给水系统", "FIREPROTECTION", head)

    def sense(self, storey: Storey, places: Sequence[tuple[float, float]], z_m: float) -> None:
        """A sensor of each kind on the storey, round the given places, and an energy meter."""
        kit = self.kit
        for index, (name, predefined, key, unit) in enumerate(_SENSORS):
            x, y = places[index % len(places)]
            height = z_m - 0.05 if key == "smoke" else 1.5
            sensor = kit.element(
                "IfcSensor",
                f"{name} {storey.entity.Name}",
                at=(x, y, height),
                storey=storey,
                kind=self.sensors[key],
                PredefinedType=predefined,
            )
            self._point(sensor, storey, key, unit)
            kit.system("楼宇自控系统", "CONTROL", sensor)
        x, y = places[0]
        meter = kit.element(
            "IfcFlowMeter",
            f"电表 {storey.entity.Name}",
            at=(x + 0.5, y, 1.3),
            storey=storey,
            kind=self.meter,
            PredefinedType="ENERGYMETER",
        )
        self._point(meter, storey, "energy", "kWh")
        kit.system("供配电系统", "ELECTRICAL", meter)

    def _point(self, entity: Entity, storey: Storey, quantity: str, unit: str) -> None:
        topic = f"demo/{self.kit.spec.key}/F{storey.number + 1:02d}/{quantity}"
        self.kit.properties(
            entity,
            "CityTwin_MonitoringPoint",
            {"点位编号": topic, "监测量": quantity, "单位": unit, "数据来源": "模拟"},
        )
        self.kit.classify(entity, "D3060", "Controls & Instrumentation")
