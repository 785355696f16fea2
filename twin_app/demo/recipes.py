"""How a block is built up: each recipe gives buildings in the block's own frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from twin_app.demo import massing as m
from twin_app.demo.massing import Massing, Part

OFFICE, HOUSING, LANE_HOUSE, SHOPS, HOTEL, PUBLIC = "办公", "住宅", "里分住宅", "商业", "酒店", "公共服务"


@dataclass(frozen=True, slots=True)
class Lot:
    """A block to build on: ``area`` in its own frame, ``height_m`` the height wanted there."""

    area: shapely.Polygon
    height_m: float
    rng: np.random.Generator

    @property
    def box(self) -> tuple[float, float, float, float]:
        """umin, vmin, umax, vmax of the area."""
        umin, vmin, umax, vmax = self.area.bounds
        return (umin, vmin, umax, vmax)

    def fits(self, shape: BaseGeometry) -> bool:
        """Whether the shape lies inside the area."""
        return bool(self.area.covers(shape))


def _largest(shape: BaseGeometry) -> shapely.Polygon:
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
    return max(parts, key=lambda p: p.area) if parts else shapely.Polygon()


def roof_rooms(footprint: shapely.Polygon, top_m: float, rng: np.random.Generator) -> list[Part]:
    """One or two lift and plant rooms on a flat roof."""
    inner = footprint.buffer(-2.2, join_style="mitre")
    if inner.is_empty:
        return []
    centre = _largest(inner).representative_point()
    rooms: list[Part] = []
    for index in range(int(rng.integers(1, 3))):
        width, depth = rng.uniform(4, 9), rng.uniform(3.5, 5.5)
        room = m.rectangle(centre.x + (index * 2 - 0.5) * 7.0 * (index > 0), centre.y, width, depth)
        if inner.covers(room) and not any(room.buffer(0.5).intersects(r.footprint) for r in rooms):
            rooms.append(Part(room, top_m, top_m + rng.uniform(2.6, 4.4)))
    return rooms


def _flat(shape: shapely.Polygon, storeys: int, lot: Lot, use: str, *, bay_m: float, storey_m: float) -> Massing:
    top = storeys * storey_m + 0.6
    body = Part(shape, 0.0, top, storey_m=storey_m, bay_m=bay_m)
    year = int(lot.rng.integers(1986, 2024))
    parts = (body, *roof_rooms(shape, top, lot.rng))
    return Massing(parts, use, storeys, year, material=int(lot.rng.integers(0, 5)), footprint=shape)


def lanes(lot: Lot) -> list[Massing]:
    """Old lane housing: tight rows of two- and three-storey houses under pitched roofs."""
    umin, vmin, umax, vmax = lot.box
    built, v, depth = [], vmin + 5.5, 10.0
    while v < vmax - 5.0:
        u = umin
        while u < umax - 10:
            length = min(lot.rng.uniform(18, 34), umax - u)
            shape = m.rectangle(u + length / 2, v, length, depth)
            if lot.fits(shape):
                built.append(_lane_house(shape, lot.rng))
                u += length + (4.5 if lot.rng.random() < 0.4 else 1.2)
            else:
                u += 4.0
        v += depth + 4.4
    return built


def _lane_house(shape: shapely.Polygon, rng: np.random.Generator) -> Massing:
    storeys = int(rng.choice([2, 2, 3, 3, 3]))
    roof = m.HIP if rng.random() < 0.3 else m.GABLE
    part = Part(shape, 0.0, storeys * 3.4 + 0.4, roof, rng.uniform(2.6, 3.4), storey_m=3.4, bay_m=9.0)
    return Massing((part,), LANE_HOUSE, storeys, int(rng.integers(1905, 1937)), material=5, footprint=shape)


def slabs(lot: Lot) -> list[Massing]:
    """Rows of south-facing housing slabs, as far apart as their height asks for."""
    umin, vmin, umax, vmax = lot.box
    storeys = int(np.clip(lot.height_m / 3.0, 6, 18))
    storeys = int(lot.rng.choice([6, 7, storeys])) if storeys < 12 else storeys
    gap = np.clip(storeys * 3.0 * 0.95, 17, 34)
    built, v = [], vmin + 8.5
    while v < vmax - 8:
        width = umax - umin - 4
        count = 1 if width < 62 else 2
        for index in range(count):
            each = (width - (count - 1) * 9) / count
            shape = _shrink_to_fit(lot, umin + 2 + each / 2 + index * (each + 9), v, each)
            if shape is not None:
                change = int(lot.rng.integers(-1, 2)) if storeys > 8 else 0
                built.append(_flat(shape, storeys + change, lot, HOUSING, bay_m=13.0, storey_m=3.0))
        v += 13.0 + gap
    return built


def _shrink_to_fit(lot: Lot, u_m: float, v_m: float, width_m: float) -> shapely.Polygon | None:
    while width_m > 20:
        shape = m.comb(u_m, v_m, width_m, 12.5)
        if lot.fits(shape):
            return shape
        width_m -= 4.0
    return None


def point_towers(lot: Lot) -> list[Massing]:
    """Residential point towers standing in a garden."""
    umin, vmin, umax, vmax = lot.box
    built: list[Massing] = []
    for v in np.arange(vmin + 17, vmax - 15, 44.0):
        for u in np.arange(umin + 17 + (8.0 if len(built) % 2 else 0.0), umax - 15, 42.0):
            kind = lot.rng.integers(0, 3)
            width = lot.rng.uniform(23, 27)
            shape = (m.cross(u, v, width), m.octagon(u, v, width, 5.0), m.comb(u, v, 30.0, 15.0))[kind]
            if lot.fits(shape):
                storeys = int(np.clip(lot.height_m / 3.0 * lot.rng.uniform(0.8, 1.2), 11, 40))
                built.append(_flat(shape, storeys, lot, HOUSING, bay_m=14.0, storey_m=3.0))
    return built


def perimeter(lot: Lot) -> list[Massing]:
    """A closed edge of houses around a courtyard, cut into houses of different height."""
    depth = 14.0
    ring = lot.area.difference(lot.area.buffer(-depth, join_style="mitre"))
    umin, vmin, umax, vmax = lot.box
    u, v = lot.rng.uniform(-0.15, 0.15) * (umax - umin), lot.rng.uniform(-0.15, 0.15) * (vmax - vmin)
    gaps = [shapely.box(u - 3, vmin, u + 3, vmax), shapely.box(umin, v - 4, umax, v + 4)]
    pieces = shapely.get_parts(ring.difference(shapely.union_all(gaps)))
    built = []
    for piece in pieces:
        shape = piece.simplify(0.6)
        if shape.geom_type == "Polygon" and shape.area > 150 and len(shape.interiors) == 0:
            storeys = int(np.clip(lot.height_m / 3.6 * lot.rng.uniform(0.7, 1.25), 4, 12))
            use = SHOPS if lot.rng.random() < 0.3 else HOUSING
            built.append(_flat(shape, storeys, lot, use, bay_m=12.0, storey_m=3.4))
    return built


def business(lot: Lot) -> list[Massing]:
    """A podium with one or two office towers, stepped back towards the top."""
    umin, vmin, umax, vmax = lot.box
    podium = _largest(lot.area.buffer(-3.0, join_style="mitre")).simplify(1.2)
    if podium.area < 1500:
        return perimeter(lot)
    if umax - umin > 88 and lot.rng.random() < 0.75:
        west = _largest(podium.intersection(shapely.box(umin, vmin, (umin + umax) / 2 - 7, vmax)))
        east = _largest(podium.intersection(shapely.box((umin + umax) / 2 + 7, vmin, umax, vmax)))
        return [_tower(west, lot, 1.0), _tower(east, lot, lot.rng.uniform(0.55, 0.85))]
    return [_tower(podium, lot, 1.0)]


def _tower(podium: shapely.Polygon, lot: Lot, share: float) -> Massing:
    umin, vmin, umax, vmax = podium.bounds
    centre = podium.representative_point() if podium.area < 900 else podium.centroid
    room = min(umax - umin, vmax - vmin) - 8
    width = float(np.clip(room, 14, lot.rng.uniform(28, 40)))
    storeys = max(8, int(lot.height_m * share / 4.0))
    podium_top = 4 * 4.8 if storeys > 14 else 2 * 4.8
    shape = _tower_plan(centre.x, centre.y, width, lot.rng)
    if not podium.covers(shape):
        return _flat(podium, min(storeys, 12), lot, OFFICE, bay_m=0.0, storey_m=4.0)
    parts = [Part(podium, 0.0, podium_top, storey_m=4.8, bay_m=9.0), *_shaft(shape, podium_top, storeys * 4.0, lot.rng)]
    use = HOTEL if lot.rng.random() < 0.15 else OFFICE
    material = int(lot.rng.integers(6, 9))
    return Massing(tuple(parts), use, storeys, int(lot.rng.integers(1998, 2025)), material=material, footprint=podium)


def _tower_plan(u_m: float, v_m: float, width_m: float, rng: np.random.Generator) -> shapely.Polygon:
    kind = rng.integers(0, 4)
    if kind == 0:
        return m.octagon(u_m, v_m, width_m, 0.2 * width_m)
    if kind == 1:
        return m.disc(u_m, v_m, 0.52 * width_m, 16)
    return m.rectangle(u_m, v_m, width_m, width_m * rng.uniform(0.68, 1.0))


def _shaft(shape: shapely.Polygon, base_m: float, top_m: float, rng: np.random.Generator) -> list[Part]:
    tiers = 1 if top_m < 80 else int(rng.integers(2, 4))
    cuts = np.linspace(0, 1, tiers + 1) ** 0.75
    parts = []
    for tier in range(tiers):
        low, high = base_m + (top_m - base_m) * cuts[tier], base_m + (top_m - base_m) * cuts[tier + 1]
        parts.append(Part(shape, low, high, storey_m=4.0))
        last = shape
        shape = _largest(shape.buffer(-rng.uniform(2.2, 4.0), join_style="mitre"))
        if shape.area < 120:
            shape = last
            break
    if top_m > 130:
        return [*parts, Part(shape, parts[-1].top_m, parts[-1].top_m + 9.0), *_mast(shape, parts[-1].top_m + 9.0, rng)]
    return [*parts, *roof_rooms(last, parts[-1].top_m, rng)]


def _mast(shape: shapely.Polygon, base_m: float, rng: np.random.Generator) -> list[Part]:
    centre = shape.centroid
    return [Part(m.rectangle(centre.x, centre.y, 2.4, 2.4), base_m, base_m + 2.0, m.PYRAMID, rng.uniform(18, 34))]


def public(lot: Lot) -> list[Massing]:
    """A hall under a hipped roof with two wings."""
    umin, vmin, umax, vmax = lot.box
    u, v = (umin + umax) / 2, (vmin + vmax) / 2
    wings = [(u, v, 44.0, 26.0, 9.5, 6.0), (u - 36, v, 22.0, 18.0, 7.6, 4.0), (u + 36, v, 22.0, 18.0, 7.6, 4.0)]
    built = []
    for cu, cv, width, depth, top, rise in wings:
        shape = m.rectangle(cu, cv, width, depth)
        if lot.fits(shape):
            part = Part(shape, 0.0, top, m.HIP, rise, storey_m=3.8, bay_m=5.0)
            built.append(Massing((part,), PUBLIC, 2, int(lot.rng.integers(1950, 2015)), material=4, footprint=shape))
    return built


def single(lot: Lot) -> list[Massing]:
    """One low building filling a small lot."""
    shape = _largest(lot.area.buffer(-1.0, join_style="mitre")).simplify(0.8)
    if shape.area < 120 or len(shape.interiors):
        return []
    return [_flat(shape, int(lot.rng.integers(2, 6)), lot, SHOPS, bay_m=6.0, storey_m=3.6)]
