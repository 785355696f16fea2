"""What stands on a block, in the block's own frame: boxes with flat, gabled or hipped roofs, stacked."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from twin_app.demo.massing import FLAT, GABLE, HIP
from twin_app.demo.recipes import HOTEL, HOUSING, LANE_HOUSE, OFFICE, PUBLIC, SHOPS

INDUSTRY = "工业"
CENTRE_SHARE = 0.16  # of half the site's width: how far the business centre reaches
_EDGE_M = 4.0


class Box(NamedTuple):
    """A box about its middle (u, v), heights over the ground; ``storey_m`` > 0 where it has windows."""

    u_m: float
    v_m: float
    width_m: float
    depth_m: float
    base_m: float
    top_m: float
    storey_m: float = 0.0
    roof: str = FLAT
    rise_m: float = 0.0


class House(NamedTuple):
    """A building: its boxes from the ground up."""

    boxes: tuple[Box, ...]
    use: str
    storeys: int
    year: int
    material: int

    @property
    def height_m(self) -> float:
        """Its highest point over the ground."""
        return max(box.top_m + box.rise_m for box in self.boxes)

    @property
    def is_stepped(self) -> bool:
        """Whether its boxes are so different that one box could not stand for them."""
        return len(self.boxes) > 2


class Lot(NamedTuple):
    """A block to fill: its inner size, and the height wanted there."""

    width_m: float
    depth_m: float
    height_m: float
    rng: np.random.Generator


def fill(size_m: tuple[float, float], from_middle: float, roughness: float, rng: np.random.Generator) -> list[House]:
    """The houses of a block; ``from_middle`` as in `grid.Block`, ``roughness`` -1..1 varies quarters."""
    rise = float(np.exp(-((from_middle / CENTRE_SHARE) ** 2)))
    height = (17.0 + 150.0 * rise + 16.0 * max(0.0, 0.6 - from_middle)) * (1.0 + 0.35 * roughness)
    lot = Lot(size_m[0] - 2 * _EDGE_M, size_m[1] - 2 * _EDGE_M, height, rng)
    if min(lot.width_m, lot.depth_m) < 34.0 or rng.random() < 0.05:
        return []
    pick = rng.random()
    for share, recipe in _choice(from_middle + 0.05 * roughness):
        if pick < share:
            return recipe(lot)
        pick -= share
    return edges(lot)


Recipe = Callable[[Lot], list[House]]


def _choice(from_middle: float) -> tuple[tuple[float, Recipe], ...]:
    if from_middle < CENTRE_SHARE:
        return (0.62, towers), (0.20, edges), (0.10, lanes), (0.08, points)
    if from_middle < 0.34:
        return (0.30, edges), (0.24, slabs), (0.22, points), (0.18, lanes), (0.06, towers)
    if from_middle < 0.52:
        return (0.26, slabs), (0.22, points), (0.20, edges), (0.20, homes), (0.12, halls)
    return (0.52, homes), (0.20, halls), (0.18, slabs), (0.10, edges)


def _flat(box: Box, use: str, storeys: int, rng: np.random.Generator, material: int = -1) -> House:
    boxes = [box]
    if storeys >= 5 and min(box.width_m, box.depth_m) > 9.0:
        shift = rng.uniform(-0.25, 0.25) * box.width_m
        room = Box(box.u_m + shift, box.v_m, min(7.0, 0.4 * box.width_m), 4.6, box.top_m, box.top_m + 3.2)
        boxes.append(room)
    tone = int(rng.integers(0, 5)) if material < 0 else material
    return House(tuple(boxes), use, storeys, int(rng.integers(1984, 2025)), tone)


def towers(lot: Lot) -> list[House]:
    """Office towers on podiums, stepped towards the top."""
    across, along = max(1, int(lot.width_m // 62)), max(1, int(lot.depth_m // 52))
    step_u, step_v = lot.width_m / across, lot.depth_m / along
    built = []
    for n in range(across * along):
        u, v = (n % across + 0.5) * step_u - lot.width_m / 2, (n // across + 0.5) * step_v - lot.depth_m / 2
        top = float(np.clip(lot.height_m * lot.rng.uniform(0.45, 1.55), 24.0, 300.0))
        built.append(_tower(Box(u, v, step_u - 7.0, step_v - 7.0, 0.0, top), lot.rng))
    return built


def _tower(lot: Box, rng: np.random.Generator) -> House:
    podium_m = 5.0 * int(rng.integers(2, 5))
    width = float(min(lot.width_m - 8.0, lot.depth_m - 8.0, rng.uniform(26.0, 40.0)))
    depth = width * rng.uniform(0.7, 1.0)
    storeys = max(4, int(lot.top_m / 4.0))
    top = max(storeys * 4.0, podium_m + 8.0)
    boxes = [Box(lot.u_m, lot.v_m, lot.width_m, lot.depth_m, 0.0, podium_m, 5.0)]
    cuts = [podium_m, top] if top < 90.0 else [podium_m, podium_m + (top - podium_m) * rng.uniform(0.5, 0.75), top]
    for base, high in pairwise(cuts):
        boxes.append(Box(lot.u_m, lot.v_m, width, depth, base, high, 4.0))
        width, depth = width - rng.uniform(4.0, 8.0), depth - rng.uniform(4.0, 8.0)
    boxes.append(Box(lot.u_m, lot.v_m, max(width, 8.0) * 0.7, max(depth, 8.0) * 0.7, top, top + 5.0))
    use = HOTEL if rng.random() < 0.15 else OFFICE
    return House(tuple(boxes), use, storeys, int(rng.integers(1996, 2025)), int(rng.integers(6, 9)))


def edges(lot: Lot) -> list[House]:
    """Houses wall to wall along the block's edges, around a yard with low buildings."""
    depth = 13.0
    built: list[House] = []
    for side in (-1, 1):
        built += _row(lot, side * (lot.depth_m - depth) / 2, lot.width_m, depth)
    inner = lot.depth_m - 2 * depth - 10.0
    for side in (-1, 1):
        storeys = int(np.clip(lot.height_m / 3.6 * lot.rng.uniform(0.6, 1.2), 3, 12))
        box = Box(side * (lot.width_m - depth) / 2, 0.0, depth, inner, 0.0, storeys * 3.4 + 0.6, 3.4)
        built.append(_flat(box, HOUSING, storeys, lot.rng))
    if lot.width_m > 80.0 and inner > 16.0:
        for u in (-lot.width_m / 6, lot.width_m / 6):
            built.append(_flat(Box(u, 0.0, 17.0, min(11.0, inner), 0.0, 4.6, 4.0), SHOPS, 1, lot.rng))
    return built


def _row(lot: Lot, v_m: float, width_m: float, depth_m: float) -> list[House]:
    built, u = [], -width_m / 2
    while u < width_m / 2 - 9.0:
        each = min(lot.rng.uniform(14.0, 27.0), width_m / 2 - u)
        storeys = int(np.clip(lot.height_m / 3.6 * lot.rng.uniform(0.6, 1.3), 3, 14))
        box = Box(u + each / 2, v_m, each, depth_m, 0.0, storeys * 3.4 + 0.6, 3.4)
        built.append(_flat(box, SHOPS if lot.rng.random() < 0.3 else HOUSING, storeys, lot.rng))
        u += each
    return built


def slabs(lot: Lot) -> list[House]:
    """Rows of housing slabs, as far apart as their height asks for."""
    storeys = int(np.clip(lot.height_m / 3.0 * lot.rng.uniform(0.8, 1.3), 5, 18))
    pitch = 12.0 + float(np.clip(storeys * 1.9, 13.0, 28.0))
    count = max(1, round(lot.width_m / 44.0))
    each = lot.width_m / count - 6.0
    built = []
    for v in np.arange(-lot.depth_m / 2 + 7.0, lot.depth_m / 2 - 6.0, pitch):
        for n in range(count):
            floors = max(4, storeys + int(lot.rng.integers(-1, 2)))
            u = (n + 0.5) * lot.width_m / count - lot.width_m / 2
            box = Box(u, float(v), each, 12.0, 0.0, floors * 3.0 + 0.6, 3.0)
            built.append(_flat(box, HOUSING, floors, lot.rng))
    return built


def points(lot: Lot) -> list[House]:
    """Residential towers in a garden, a kindergarten among them."""
    built = []
    for v in np.arange(-lot.depth_m / 2 + 16.0, lot.depth_m / 2 - 12.0, 40.0):
        for u in np.arange(-lot.width_m / 2 + 16.0, lot.width_m / 2 - 12.0, 38.0):
            storeys = int(np.clip(lot.height_m / 3.0 * lot.rng.uniform(1.0, 2.0), 11, 42))
            width = lot.rng.uniform(20.0, 26.0)
            box = Box(float(u), float(v), width, width * lot.rng.uniform(0.65, 0.95), 0.0, storeys * 3.0 + 0.6, 3.0)
            built.append(_flat(box, HOUSING, storeys, lot.rng))
    if built and lot.rng.random() < 0.3:
        first = built[0].boxes[0]
        built[0] = _flat(Box(first.u_m, first.v_m, 26.0, 18.0, 0.0, 8.2, 3.8), PUBLIC, 2, lot.rng)
    return built


def lanes(lot: Lot) -> list[House]:
    """Old lane housing: tight rows of two and three storeys under pitched roofs."""
    built = []
    for v in np.arange(-lot.depth_m / 2 + 5.0, lot.depth_m / 2 - 4.0, 14.2):
        u = -lot.width_m / 2
        while u < lot.width_m / 2 - 9.0:
            each = min(lot.rng.uniform(11.0, 20.0), lot.width_m / 2 - u)
            storeys = int(lot.rng.integers(2, 4))
            roof = HIP if lot.rng.random() < 0.25 else GABLE
            box = Box(u + each / 2, float(v), each, 9.4, 0.0, storeys * 3.3 + 0.3, 3.3, roof, lot.rng.uniform(2.2, 3.0))
            built.append(House((box,), LANE_HOUSE, storeys, int(lot.rng.integers(1905, 1938)), 5))
            u += each + (4.0 if lot.rng.random() < 0.3 else 0.4)
    return built


def homes(lot: Lot) -> list[House]:
    """Houses of one or two families in gardens."""
    built = []
    for v in np.arange(-lot.depth_m / 2 + 8.0, lot.depth_m / 2 - 6.0, 21.0):
        for u in np.arange(-lot.width_m / 2 + 8.0, lot.width_m / 2 - 6.0, 17.0):
            if lot.rng.random() < 0.08:
                continue
            storeys, roof = int(lot.rng.integers(1, 4)), (GABLE, HIP, FLAT)[int(lot.rng.integers(0, 3))]
            width, depth = lot.rng.uniform(9.5, 13.0), lot.rng.uniform(8.0, 10.5)
            place = (float(u + lot.rng.uniform(-1, 1)), float(v + lot.rng.uniform(-2, 2)))
            rise = 0.0 if roof == FLAT else lot.rng.uniform(1.8, 2.8)
            box = Box(*place, width, depth, 0.0, storeys * 3.1 + 0.3, 3.1, roof, rise)
            built.append(
                House((box,), HOUSING, storeys, int(lot.rng.integers(1978, 2022)), int(lot.rng.integers(0, 5)))
            )
    return built


def halls(lot: Lot) -> list[House]:
    """Workshops and stores, an office in front."""
    across, along = max(1, int(lot.width_m // 48)), max(1, int(lot.depth_m // 42))
    step_u, step_v = lot.width_m / across, lot.depth_m / along
    built = []
    for n in range(across * along):
        u, v = (n % across + 0.5) * step_u - lot.width_m / 2, (n // across + 0.5) * step_v - lot.depth_m / 2
        top = lot.rng.uniform(7.0, 13.0)
        roof = GABLE if lot.rng.random() < 0.5 else FLAT
        box = Box(u, v, step_u - 9.0, step_v - 10.0, 0.0, top, 0.0, roof, 2.4 if roof == GABLE else 0.0)
        built.append(House((box,), INDUSTRY, 1, int(lot.rng.integers(1972, 2022)), int(lot.rng.integers(6, 9))))
    return built
