"""The cable-stayed bridge over the river, with its approach viaducts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from twin_app.demo.drape import beam, loft
from twin_app.demo.frame import Points
from twin_app.demo.river import CITY_FROM_WATER_M, WATER_LEVEL_M
from twin_app.demo.solids import GROUND, ROOF, Face
from twin_app.demo.terrain import Ground

_WIDTH_M, _DEPTH_M = 19.0, 2.2
_EDGE_M = 2.0  # how far within the site's edge it ends


@dataclass(frozen=True, slots=True)
class Bridge:
    """Each member is the closed shell of one bridge part in site metres."""

    deck: list[list[Face]]
    piers: list[list[Face]]
    pylons: list[list[Face]]
    cables: list[list[Face]]


def build_bridge(ground: Ground, x_m: float) -> Bridge:
    """A bridge at ``x_m`` along the river, its pylons standing near the banks."""
    maker = _Maker(ground, x_m)
    return Bridge(maker.deck(), maker.piers(), maker.pylons(), maker.cables())


def _up(height_m: float) -> Points:
    return np.array([0.0, 0.0, height_m])


class _Maker:
    def __init__(self, ground: Ground, x_m: float) -> None:
        self.ground, self.x_m = ground, x_m
        self.bank = ground.river.half_width_m
        self.half = self.bank + CITY_FROM_WATER_M + 14
        self.deck_m = WATER_LEVEL_M + 16.0
        self.reach = self.half + 225.0
        slope = 2 * ground.river.b_per_m * x_m
        self.side = np.array([1.0, slope]) / np.hypot(1.0, slope)
        # The site ends near the southern bank: the bridge is cut there as the ground is.
        edge = (ground.river.a_m + ground.river.b_per_m * x_m * x_m - _EDGE_M) * float(np.hypot(1.0, slope))
        self.start = max(-self.reach, -edge)
        self.pylon_across = 0.62 * self.bank
        self.pylon_top_m = self.deck_m + 0.36 * self.bank + 14.0

    def plan(self, across_m: float) -> Points:
        return np.asarray(self.ground.river.point(self.x_m, across_m)[0])

    def ground_m(self, across_m: float) -> float:
        return float(self.ground.height_m(self.plan(across_m)[None, :])[0])

    def deck_height_m(self, across_m: float) -> float:
        """Level over the river with a soft hump, ramps down to the streets."""
        inland = abs(across_m) - self.half - 18.0
        hump = 3.0 * (1 - min(1.0, (across_m / self.half) ** 2))
        if inland <= 0:
            return self.deck_m + hump
        share = min(1.0, inland / (self.reach - self.half - 18.0))
        foot = self.ground_m(float(np.sign(across_m)) * self.reach) + 0.35
        return float(self.deck_m + (foot - self.deck_m) * share * share * (3 - 2 * share))

    def _section(self, across_m: float, depth_m: float) -> Points:
        centre, half, top = self.plan(across_m), _WIDTH_M / 2, self.deck_height_m(across_m)
        left, right = centre - self.side * half, centre + self.side * half
        low = top - depth_m
        return np.array([[*left, top], [*right, top], [*(right - self.side * 2), low], [*(left + self.side * 2), low]])

    def deck(self) -> list[list[Face]]:
        stations = np.linspace(self.start, self.reach, 61)
        shells = []
        for start, end in pairwise(stations):
            shell = loft(self._section(float(start), _DEPTH_M), self._section(float(end), _DEPTH_M))
            shells.append([_renamed(face) for face in shell])
            for edge in (-1, 1):
                shells.append(self._rail(float(start), float(end), edge))
        return shells

    def _rail(self, start: float, end: float, edge: int) -> list[Face]:
        ends = []
        for across in (start, end):
            plan = self.plan(across) + self.side * edge * (_WIDTH_M / 2 - 0.25)
            ends.append(np.array([*plan, self.deck_height_m(across) + 0.5]))
        return beam(ends[0], ends[1], 0.3, 1.0)

    def piers(self) -> list[list[Face]]:
        shells = []
        for across in np.arange(-self.reach + 60, self.reach - 55, 42.0):
            if across < self.start + 3.0:
                continue
            if abs(abs(across) - self.pylon_across) < 21 or self.deck_height_m(across) - self.ground_m(across) < 5:
                continue
            if abs(across) < self.pylon_across:
                continue
            for edge in (-1, 1):
                foot = self.plan(across) + self.side * edge * 5.0
                low = np.array([*foot, self.ground_m(across) - 2.0])
                high = np.array([*foot, self.deck_height_m(across) - _DEPTH_M])
                shells.append(beam(low, high, 1.8, 2.2))
            cap = self.deck_height_m(across) - _DEPTH_M - 0.7
            plan = self.plan(across)
            shells.append(
                beam(np.array([*(plan - self.side * 7), cap]), np.array([*(plan + self.side * 7), cap]), 2.4, 1.4)
            )
        return shells

    def pylons(self) -> list[list[Face]]:
        shells = []
        for sign in (-1, 1):
            across = sign * self.pylon_across
            plan, bed = self.plan(across), self.ground_m(across) - 2.0
            top = np.array([*plan, self.pylon_top_m])
            waist_m = self.deck_height_m(across) - 4.0
            for edge in (-1, 1):
                waist = np.array([*(plan + self.side * edge * 13.0), waist_m])
                foot = np.array([*(plan + self.side * edge * 8.0), bed])
                shells += [beam(foot, waist, 4.4, 3.6), beam(waist, top - _up(15.0), 3.4, 3.0)]
            shells.append(beam(top - _up(18.0), top + _up(6.0), 4.4, 3.6))
            left, right = plan - self.side * 13.0, plan + self.side * 13.0
            shells.append(beam(np.array([*left, waist_m]), np.array([*right, waist_m]), 3.0, 2.6))
            shells.append(self._cap(plan, bed))
        return shells

    def _cap(self, plan: Points, bed_m: float) -> list[Face]:
        turn = np.linspace(0, 2 * np.pi, 16, endpoint=False)
        ring = plan + np.outer(np.cos(turn) * 15, self.side) + np.outer(np.sin(turn) * 8, [-self.side[1], self.side[0]])
        low = np.column_stack([ring, np.full(16, bed_m)])
        return loft(low, np.column_stack([ring, np.full(16, WATER_LEVEL_M + 2.2)]))

    def cables(self) -> list[list[Face]]:
        shells = []
        for sign in (-1, 1):
            across = sign * self.pylon_across
            top = np.array([*self.plan(across), self.pylon_top_m])
            for step in range(1, 9):
                for way in (-1, 1):
                    foot_across = across + way * step * self.pylon_across * 0.118
                    if foot_across < self.start:
                        continue
                    anchor = top - _up(1.2 * (8 - step))
                    for edge in (-1, 1):
                        plan = self.plan(foot_across) + self.side * edge * (_WIDTH_M / 2 - 0.6)
                        foot = np.array([*plan, self.deck_height_m(foot_across)])
                        shells.append(beam(foot, anchor, 0.34, 0.34))
        return shells


def _renamed(face: Face) -> Face:
    """The deck's faces by what they are: its upper side is road."""
    ring = face.rings[0]
    normal = np.cross(ring[1] - ring[0], ring[2] - ring[0])
    return Face(
        face.rings,
        ROOF if normal[2] > 0.7 * np.linalg.norm(normal) else GROUND if face.meaning != ROOF else face.meaning,
    )
