"""Trees: a few low-polygon species as templates, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from twin_app.demo.blocks import GARDEN, PARCEL, PARK, Block
from twin_app.demo.drape import loft
from twin_app.demo.frame import Points
from twin_app.demo.solids import ROOF, WALL, Face
from twin_app.demo.streets import AVENUE, LANE, PATH, STREET, Network
from twin_app.demo.terrain import Ground

SPECIES = (("悬铃木", "crown0"), ("香樟", "crown1"), ("水杉", "crown2"), ("垂柳", "crown3"), ("银杏", "crown4"))
_SIDES = 6


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree: species number, foot in site metres (3,), crown size and height factors, turn."""

    species: int
    foot_m: Points
    size: float
    height: float
    turn_rad: float


def species_faces(species: int) -> list[Face]:
    """One species about its foot: a trunk (WALL) and a crown (ROOF), 5 to 12 m high."""
    trunk_m, profile = (
        (2.6, ((2.6, 0.9), (4.4, 2.9), (7.2, 2.3), (8.8, 0.0))),
        (2.2, ((2.2, 1.1), (3.6, 3.0), (6.0, 2.7), (7.6, 0.0))),
        (1.6, ((1.6, 2.1), (5.6, 1.4), (11.5, 0.0))),
        (1.8, ((1.4, 2.0), (3.6, 2.6), (5.6, 1.9), (6.6, 0.0))),
        (2.4, ((2.4, 0.8), (4.6, 2.0), (8.0, 1.3), (9.6, 0.0))),
    )[species]
    trunk = loft(_ring(0.0, 0.24, 4), _ring(trunk_m + 0.6, 0.17, 4))
    return [*(Face(f.rings, WALL) for f in trunk if f.meaning == WALL), *_crown(profile)]


def _ring(height_m: float, radius_m: float, sides: int = _SIDES, phase: float = 0.0) -> Points:
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False) + phase
    return np.column_stack([radius_m * np.cos(turn), radius_m * np.sin(turn), np.full(sides, height_m)])


def _crown(profile: tuple[tuple[float, float], ...]) -> list[Face]:
    rings = [_ring(height, radius) for height, radius in profile[:-1]]
    faces = [Face((rings[0][::-1],), ROOF)]
    for low, high in pairwise(rings):
        for i in range(_SIDES):
            j = (i + 1) % _SIDES
            faces.append(Face((np.array([low[i], low[j], high[j], high[i]]),), ROOF))
    tip = np.array([0.0, 0.0, profile[-1][0]])
    last = rings[-1]
    return [*faces, *(Face((np.array([last[i], last[(i + 1) % _SIDES], tip]),), ROOF) for i in range(_SIDES))]


def plant(ground: Ground, network: Network, blocks: list[Block], rng: np.random.Generator) -> list[Tree]:
    """Street trees, park groves, gardens and the rows of the riverside park."""
    k = 1.0 if ground.site.scale <= 1.0 else 1.6
    spots: list[tuple[Points, int]] = []
    spots += _street_trees(ground, network, 19.0 * k)
    for _, park in network.parks:
        spots += _scatter(park.difference(ground.lake.buffer(4)), 16.0 * k, (1, 0, 2, 4, 1), rng, 0.85)
    for block in blocks:
        built = shapely.union_all([b.footprint for b in block.buildings]).buffer(4.0)
        if block.use == PARK:
            spots += _scatter(block.outline.buffer(-5), 13.0 * k, (0, 1, 4), rng, 0.8)
        elif block.use == GARDEN and block.buildings[0].use != "里分住宅":
            spots += _scatter(block.outline.buffer(-4).difference(built), 20.0 * k, (1, 4, 1), rng, 0.6)
        elif block.use == PARCEL:
            spots += _rows(block.outline.buffer(-3.2).exterior, 9.0, 4)
    river = ground.river
    paths = shapely.union_all([s.carriageway for s in network.streets if s.rank == PATH]).buffer(2.5)
    beach = river.strip(9, 43).intersection(_area(ground)).difference(paths)
    spots += _scatter(beach.difference(_bridge_clear(ground, network)), 17.0 * k, (3, 2, 3, 0), rng, 0.7)
    south = river.strip(9, 43, south=True).intersection(_area(ground))
    spots += _scatter(south.difference(_bridge_clear(ground, network)), 20.0 * k, (3, 2), rng, 0.6)
    return _stand(ground, spots, rng)


def _area(ground: Ground) -> shapely.Polygon:
    return shapely.box(4, 4, ground.site.width_m - 4, ground.site.depth_m - 4)


def _bridge_clear(ground: Ground, network: Network) -> shapely.Polygon:
    line = shapely.LineString(ground.river.point(network.bridge_x_m, np.array([-1200.0, 1200.0])))
    return line.buffer(24)


def _rows(line: BaseGeometry, step_m: float, species: int) -> list[tuple[Points, int]]:
    count = int(line.length // step_m)
    return [(np.array(line.interpolate((i + 0.5) * step_m).coords[0]), species) for i in range(count)]


def _street_trees(ground: Ground, network: Network, step_m: float) -> list[tuple[Points, int]]:
    paved = shapely.union_all([s.carriageway for s in network.streets if s.rank != PATH]).buffer(1.2)
    keep = _area(ground).difference(paved).difference(_bridge_clear(ground, network))
    shapely.prepare(keep)
    found = []
    for street in network.streets:
        if street.rank not in (AVENUE, STREET, LANE):
            continue
        offset = {AVENUE: 12.6, STREET: 8.0, LANE: 5.3}[street.rank]
        species = {AVENUE: 0, STREET: 1, LANE: 1}[street.rank]
        for side in (offset, -offset):
            found += [
                spot
                for part in shapely.get_parts(street.line.offset_curve(side))
                for spot in _rows(part, step_m if street.rank != LANE else step_m * 1.5, species)
                if keep.contains(shapely.Point(spot[0]))
            ]
    return found


def _scatter(
    shape: BaseGeometry, step_m: float, species: tuple[int, ...], rng: np.random.Generator, share: float
) -> list[tuple[Points, int]]:
    """A jittered grid inside a shape, ``share`` of its places planted."""
    if shape.is_empty:
        return []
    west, south, east, north = shape.bounds
    gx, gy = np.meshgrid(np.arange(west, east, step_m), np.arange(south, north, step_m))
    points = np.column_stack([gx.ravel(), gy.ravel()]) + rng.uniform(-0.42, 0.42, (gx.size, 2)) * step_m
    shapely.prepare(shape)
    inside = shapely.contains_xy(shape, points) & (rng.random(len(points)) < share)
    kinds = rng.integers(0, len(species), len(points))
    return [(points[i], species[kinds[i]]) for i in np.flatnonzero(inside)]


def _stand(ground: Ground, spots: list[tuple[Points, int]], rng: np.random.Generator) -> list[Tree]:
    if not spots:
        return []
    plan = np.array([spot for spot, _ in spots])
    inside = shapely.contains_xy(_area(ground), plan)
    heights = ground.height_m(plan)
    size, tall, turn = (
        rng.uniform(0.8, 1.2, len(plan)),
        rng.uniform(0.8, 1.25, len(plan)),
        rng.uniform(0, 6.28, len(plan)),
    )
    return [
        Tree(spots[i][1], np.array([*plan[i], heights[i] - 0.1]), size[i], tall[i], turn[i])
        for i in np.flatnonzero(inside)
    ]
