"""Plain buildings as stacks of extruded footprints."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.affinity import affine_transform

from twin_app.demo.frame import Points

FLAT, GABLE, HIP, PYRAMID = "flat", "gable", "hip", "pyramid"


@dataclass(frozen=True, slots=True)
class Part:
    """One extruded footprint; heights are above the building's ground level.

    ``storey_m`` > 0 cuts window strips into the walls, in bays of ``bay_m`` (0: one ribbon). A
    pitched roof rises ``rise_m`` above ``top_m`` and needs a footprint of four corners.
    """

    footprint: shapely.Polygon
    base_m: float
    top_m: float
    roof: str = FLAT
    rise_m: float = 0.0
    storey_m: float = 0.0
    bay_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Massing:
    """A plain building: its parts from the ground up, its use and storeys."""

    parts: tuple[Part, ...]
    use: str
    storeys: int
    year: int
    name: str = ""
    material: int = 0
    footprint: shapely.Polygon = field(default_factory=shapely.Polygon)

    @property
    def height_m(self) -> float:
        """Height of the highest point above the ground level."""
        return max(p.top_m + p.rise_m for p in self.parts)

    @property
    def floor_area_m2(self) -> float:
        """Footprint areas times storeys, part by part."""
        per_storey = self.height_m / max(self.storeys, 1)
        areas = (p.footprint.area * max(1, round((p.top_m - p.base_m) / per_storey)) for p in self.parts if p.storey_m)
        return float(sum(areas))


@dataclass(frozen=True, slots=True)
class LocalFrame:
    """A right-handed plan frame: u along ``angle_rad``, v to its left, about an origin in site metres."""

    x_m: float
    y_m: float
    angle_rad: float

    def place(self, shape: shapely.Polygon) -> shapely.Polygon:
        """A polygon from frame to site metres."""
        cos, sin = float(np.cos(self.angle_rad)), float(np.sin(self.angle_rad))
        return affine_transform(shape, [cos, -sin, sin, cos, self.x_m, self.y_m])

    def local(self, shape: shapely.Polygon) -> shapely.Polygon:
        """A polygon from site to frame metres."""
        cos, sin = float(np.cos(self.angle_rad)), float(np.sin(self.angle_rad))
        x, y = self.x_m, self.y_m
        return affine_transform(shape, [cos, sin, -sin, cos, -cos * x - sin * y, sin * x - cos * y])

    def points(self, points_m: Points) -> Points:
        """Points (n, 2) from frame to site metres."""
        cos, sin = np.cos(self.angle_rad), np.sin(self.angle_rad)
        return np.column_stack(
            [
                self.x_m + points_m[:, 0] * cos - points_m[:, 1] * sin,
                self.y_m + points_m[:, 0] * sin + points_m[:, 1] * cos,
            ]
        )


def frame_of(block: shapely.Polygon) -> LocalFrame:
    """The frame of a block: u along its more easterly side."""
    corners = np.array(block.minimum_rotated_rectangle.exterior.coords)
    edges = np.diff(corners, axis=0)
    edge = edges[int(np.argmax(np.abs(edges[:, 0]) / np.hypot(*edges.T)))]
    edge = edge if edge[0] > 0 else -edge
    return LocalFrame(block.centroid.x, block.centroid.y, float(np.arctan2(edge[1], edge[0])))


def rectangle(u_m: float, v_m: float, width_m: float, depth_m: float) -> shapely.Polygon:
    """A rectangle about its centre (u, v)."""
    return shapely.box(u_m - width_m / 2, v_m - depth_m / 2, u_m + width_m / 2, v_m + depth_m / 2)


def octagon(u_m: float, v_m: float, width_m: float, cut_m: float) -> shapely.Polygon:
    """A square with its corners cut off."""
    h, c = width_m / 2, cut_m
    ring = [(-h + c, -h), (h - c, -h), (h, -h + c), (h, h - c), (h - c, h), (-h + c, h), (-h, h - c), (-h, -h + c)]
    return shapely.Polygon([(u_m + x, v_m + y) for x, y in ring])


def disc(u_m: float, v_m: float, radius_m: float, sides: int = 20) -> shapely.Polygon:
    """A regular polygon."""
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    return shapely.Polygon(np.column_stack([u_m + radius_m * np.cos(turn), v_m + radius_m * np.sin(turn)]))


def comb(u_m: float, v_m: float, width_m: float, depth_m: float) -> shapely.Polygon:
    """A housing slab whose stair cores stand out to the north (+v)."""
    shape = rectangle(u_m, v_m, width_m, depth_m)
    count = max(1, int(width_m // 18))
    for index in range(count):
        u = u_m - width_m / 2 + (index + 0.5) * width_m / count
        shape = shape.union(rectangle(u, v_m + depth_m / 2 + 0.6, 5.0, 2.0))
    return shape


def cross(u_m: float, v_m: float, width_m: float) -> shapely.Polygon:
    """A point tower with four wings."""
    arm = 0.52 * width_m
    return rectangle(u_m, v_m, width_m, arm).union(rectangle(u_m, v_m, arm, width_m))
