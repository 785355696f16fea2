"""Slabs, columns and beams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from twin_app.demo.ifc.kit import Kind, Kit, Storey
from twin_app.demo.ifc.shapes import Entity, Ring

Rect = tuple[float, float, float, float]


def ring_of(rect: Rect) -> Ring:
    """The corners of (x0, y0, x1, y1)."""
    x0, y0, x1, y1 = rect
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


class Structure:
    """The load-bearing parts of one building, in shared types."""

    def __init__(self, kit: Kit, slab_colour: str = "concrete", column_m: float = 0.7) -> None:
        self.kit = kit
        self.colour = slab_colour
        self.floor = kit.kind("IfcSlabType", "钢筋混凝土楼板", "FLOOR")
        self.roof = kit.kind("IfcSlabType", "保温屋面板", "ROOF")
        self.base = kit.kind("IfcSlabType", "筏板基础", "BASESLAB")
        self.column_m = column_m
        self._kinds: dict[tuple[Any, ...], Kind] = {}

    def slab(
        self,
        storey: Storey,
        ring: Ring,
        *,
        thick_m: float = 0.2,
        holes: Sequence[Ring] = (),
        role: str = "FLOOR",
        top_m: float = 0.0,
        colour: str = "",
    ) -> Entity:
        """A slab whose upper face is ``top_m`` over the storey's level."""
        kit = self.kit
        kind = {"FLOOR": self.floor, "ROOF": self.roof, "BASESLAB": self.base}[role]
        item = kit.shapes.prism(ring, thick_m, top_m - thick_m, colour or self.colour, holes)
        slab = kit.element("IfcSlab", kind.entity.Name, storey=storey, kind=kind, items=[item], PredefinedType=role)
        area = shapely.Polygon(ring, holes).area
        kit.material("C30混凝土", "concrete", slab)
        kit.properties(
            slab, "Pset_SlabCommon", {"Reference": kind.entity.Name, "IsExternal": role != "FLOOR", "LoadBearing": True}
        )
        kit.quantities(
            slab, "Qto_SlabBaseQuantities", {"Width": thick_m, "GrossArea": area, "GrossVolume": area * thick_m}
        )
        codes = {
            "FLOOR": ("B1010", "Floor Construction"),
            "ROOF": ("B3010", "Roof Coverings"),
            "BASESLAB": ("A1030", "Slab on Grade"),
        }
        kit.classify(slab, *codes[role])
        return slab

    def column(
        self,
        storey: Storey,
        x_m: float,
        y_m: float,
        height_m: float,
        *,
        size_m: float = 0.0,
        round_: bool = False,
        colour: str = "concrete",
    ) -> Entity:
        """A column centred at (x, y), standing on the storey's level."""
        size, kit = size_m or self.column_m, self.kit
        kind = self._kind(("column", size, height_m, round_, colour))
        column = kit.element(
            "IfcColumn", kind.entity.Name, at=(x_m, y_m, 0.0), storey=storey, kind=kind, PredefinedType="COLUMN"
        )
        kit.properties(
            column, "Pset_ColumnCommon", {"Reference": kind.entity.Name, "LoadBearing": True, "IsExternal": False}
        )
        kit.quantities(column, "Qto_ColumnBaseQuantities", {"Length": height_m, "CrossSectionArea": size * size})
        kit.classify(column, "B1010", "Floor Construction")
        return column

    def beam(
        self,
        storey: Storey,
        start: tuple[float, float],
        end: tuple[float, float],
        top_m: float,
        *,
        width_m: float = 0.35,
        depth_m: float = 0.6,
        colour: str = "concrete",
    ) -> Entity:
        """A straight beam whose upper face is ``top_m`` over the storey's level."""
        length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
        angle = float(np.arctan2(end[1] - start[1], end[0] - start[0]))
        kit, kind = self.kit, self._kind(("beam", round(length, 3), width_m, depth_m, colour))
        beam = kit.element(
            "IfcBeam",
            kind.entity.Name,
            at=(*start, top_m - depth_m),
            angle_rad=angle,
            storey=storey,
            kind=kind,
            PredefinedType="BEAM",
        )
        kit.properties(
            beam, "Pset_BeamCommon", {"Reference": kind.entity.Name, "LoadBearing": True, "IsExternal": False}
        )
        kit.quantities(beam, "Qto_BeamBaseQuantities", {"Length": length, "CrossSectionArea": width_m * depth_m})
        return beam

    def _kind(self, key: tuple[Any, ...]) -> Kind:
        if key not in self._kinds:
            self._kinds[key] = self._column(*key[1:]) if key[0] == "column" else self._beam(*key[1:])
            self.kit.material("C40混凝土", "concrete", self._kinds[key].entity)
        return self._kinds[key]

    def _column(self, size: float, height: float, round_: bool, colour: str) -> Kind:
        shapes = self.kit.shapes
        if round_:
            item = shapes.rod((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), height, size / 2, colour)
        else:
            item = shapes.box((size, size, height), (-size / 2, -size / 2, 0.0), colour)
        return self.kit.kind("IfcColumnType", f"柱 {round(size * 1000)} H{height:g}", "COLUMN", [item])

    def _beam(self, length: float, width: float, depth: float, colour: str) -> Kind:
        item = self.kit.shapes.box((length, width, depth), (0.0, -width / 2, 0.0), colour)
        return self.kit.kind("IfcBeamType", f"梁 {length:g}m", "BEAM", [item])
