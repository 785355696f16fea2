"""Geometry items and styles of an IFC file, each made once and shared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ifcopenshell
import ifcopenshell.api.style
import numpy as np

Entity = Any  # ifcopenshell.entity_instance
Vector = tuple[float, float, float]
Ring = Sequence[tuple[float, float]]

# Name: red, green, blue, transparency.
PALETTE: dict[str, tuple[float, float, float, float]] = {
    "concrete": (0.78, 0.77, 0.74, 0.0), "white": (0.95, 0.94, 0.91, 0.0), "cream": (0.93, 0.87, 0.76, 0.0),
    "brick": (0.74, 0.40, 0.30, 0.0), "terracotta": (0.82, 0.51, 0.36, 0.0), "yellow": (0.95, 0.76, 0.33, 0.0),
    "bronze": (0.55, 0.42, 0.29, 0.0), "copper": (0.83, 0.56, 0.29, 0.0), "steel": (0.62, 0.66, 0.70, 0.0),
    "dark": (0.27, 0.30, 0.34, 0.0), "timber": (0.72, 0.53, 0.34, 0.0), "teal": (0.20, 0.60, 0.60, 0.0),
    "red": (0.78, 0.25, 0.21, 0.0), "green": (0.45, 0.62, 0.38, 0.0), "stone": (0.83, 0.79, 0.71, 0.0),
    "spandrel": (0.30, 0.45, 0.54, 0.0), "glass": (0.52, 0.74, 0.84, 0.55), "clear": (0.72, 0.87, 0.91, 0.65),
    "blue": (0.20, 0.44, 0.70, 0.0), "duct": (0.72, 0.76, 0.79, 0.0), "sensor": (0.15, 0.75, 0.80, 0.0),
    "space": (0.60, 0.78, 0.92, 0.75), "lamp": (1.0, 0.95, 0.78, 0.0),
}  # fmt: skip


class Shapes:
    """Makes placements, solids and styles; equal requests give the same entity."""

    def __init__(self, file: ifcopenshell.file) -> None:
        self.file = file
        self._made: dict[Any, Entity] = {}

    def once(self, key: Any, make: Callable[[], Entity]) -> Entity:
        """What ``make`` gave for this key the first time."""
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = make()
        return found

    def point(self, *xyz: float) -> Entity:
        """A cartesian point in two or three dimensions, rounded to 0.01 mm."""
        at = tuple(round(float(v), 5) + 0.0 for v in xyz)
        return self.once(("point", at), lambda: self.file.create_entity("IfcCartesianPoint", at))

    def direction(self, *xyz: float) -> Entity:
        """A direction in two or three dimensions."""
        to = tuple(round(float(v), 9) + 0.0 for v in xyz)
        return self.once(("direction", to), lambda: self.file.create_entity("IfcDirection", to))

    def axes(self, at: Vector = (0.0, 0.0, 0.0), angle_rad: float = 0.0) -> Entity:
        """A placement turned about +z."""
        key = ("axes", tuple(round(v, 5) for v in at), round(angle_rad, 7))
        return self.once(
            key, lambda: self._axes(at, (0, 0, 1), (float(np.cos(angle_rad)), float(np.sin(angle_rad)), 0))
        )

    def _axes(self, at: Vector, axis: Vector, reference: Vector) -> Entity:
        up, ahead = self.direction(*axis), self.direction(*reference)
        return self.file.create_entity("IfcAxis2Placement3D", self.point(*at), up, ahead)

    def placed(self, at: Vector, angle_rad: float, parent: Entity | None) -> Entity:
        """A local placement in that of ``parent``."""
        return self.file.create_entity("IfcLocalPlacement", parent, self.axes(at, angle_rad))

    def box(self, size: Vector, at: Vector = (0.0, 0.0, 0.0), colour: str = "concrete") -> Entity:
        """A box from its lowest corner ``at``."""
        key = ("box", tuple(round(v, 5) for v in (*size, *at)), colour)
        return self.once(key, lambda: self._box(size, at, colour))

    def _box(self, size: Vector, at: Vector, colour: str) -> Entity:
        dx, dy, dz = (round(float(v), 5) for v in size)
        centre = self.once(("axes2", dx, dy), lambda: self.file.create_entity(
            "IfcAxis2Placement2D", self.point(dx / 2, dy / 2)))  # fmt: skip
        profile = self.once(("rectangle", dx, dy), lambda: self.file.create_entity(
            "IfcRectangleProfileDef", "AREA", None, centre, dx, dy))  # fmt: skip
        solid = self.file.create_entity("IfcExtrudedAreaSolid", profile, self.axes(at), self.direction(0, 0, 1), dz)
        return self.styled(solid, colour)

    def polyline(self, ring: Ring) -> Entity:
        """A closed polyline in plan."""
        points = [self.point(*p) for p in ring]
        return self.file.create_entity("IfcPolyline", [*points, points[0]])

    def profile(self, ring: Ring, holes: Sequence[Ring] = ()) -> Entity:
        """An arbitrary profile, with holes."""
        outer = self.polyline(ring)
        if not holes:
            return self.file.create_entity("IfcArbitraryClosedProfileDef", "AREA", None, outer)
        inner = [self.polyline(hole) for hole in holes]
        return self.file.create_entity("IfcArbitraryProfileDefWithVoids", "AREA", None, outer, inner)

    def prism(self, ring: Ring, depth_m: float, z_m: float, colour: str, holes: Sequence[Ring] = ()) -> Entity:
        """A plan shape extruded upwards from ``z_m``."""
        axes = self.axes((0.0, 0.0, z_m))
        solid = self.file.create_entity(
            "IfcExtrudedAreaSolid", self.profile(ring, holes), axes, self.direction(0, 0, 1), depth_m
        )
        return self.styled(solid, colour)

    def upright(self, ring: Ring, depth_m: float, y_m: float, colour: str, holes: Sequence[Ring] = ()) -> Entity:
        """A shape in the x-z plane given thickness from ``y_m`` - depth to ``y_m``."""
        axes = self._axes((0.0, y_m, 0.0), (0, -1, 0), (1, 0, 0))
        solid = self.file.create_entity(
            "IfcExtrudedAreaSolid", self.profile(ring, holes), axes, self.direction(0, 0, 1), depth_m
        )
        return self.styled(solid, colour)

    def rod(self, start: Vector, along: Vector, length_m: float, radius_m: float, colour: str) -> Entity:
        """A round bar from ``start`` along a coordinate axis."""
        key = ("rod", start, along, round(length_m, 5), radius_m, colour)
        return self.once(key, lambda: self._rod(start, along, length_m, radius_m, colour))

    def _rod(self, start: Vector, along: Vector, length_m: float, radius_m: float, colour: str) -> Entity:
        reference = (0.0, 1.0, 0.0) if abs(along[0]) > 0.5 else (1.0, 0.0, 0.0)
        profile = self.once(("circle", radius_m), lambda: self.file.create_entity(
            "IfcCircleProfileDef", "AREA", None, None, radius_m))  # fmt: skip
        axes = self._axes(start, along, reference)
        solid = self.file.create_entity("IfcExtrudedAreaSolid", profile, axes, self.direction(0, 0, 1), length_m)
        return self.styled(solid, colour)

    def mesh(self, points_m: np.ndarray, faces: Sequence[Sequence[int]], colour: str) -> Entity:
        """A closed polygonal face set; ``faces`` index ``points_m`` (n, 3) from 0."""
        rows = [tuple(round(float(v), 4) for v in row) for row in points_m]
        listed = self.file.create_entity("IfcCartesianPointList3D", rows)
        polygons = [self.file.create_entity("IfcIndexedPolygonalFace", [i + 1 for i in face]) for face in faces]
        return self.styled(self.file.create_entity("IfcPolygonalFaceSet", listed, True, polygons), colour)

    def style(self, colour: str) -> Entity:
        """The surface style of a palette colour."""
        return self.once(("style", colour), lambda: self._style(colour))

    def _style(self, colour: str) -> Entity:
        red, green, blue, transparency = PALETTE[colour]
        style = ifcopenshell.api.style.add_style(self.file, name=colour)
        attributes = {
            "SurfaceColour": {"Name": None, "Red": red, "Green": green, "Blue": blue},
            "Transparency": transparency,
            "ReflectanceMethod": "GLASS" if transparency else "NOTDEFINED",
        }
        ifcopenshell.api.style.add_surface_style(
            self.file, style=style, ifc_class="IfcSurfaceStyleRendering", attributes=attributes
        )
        return style

    def styled(self, item: Entity, colour: str) -> Entity:
        """The item, with its colour attached."""
        self.file.create_entity("IfcStyledItem", item, [self.style(colour)])
        return item
