"""The closed shells of boxes, as CityJSON wants them: whole centimetres, faces over vertices, a material each."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from twin_app.demo.massing import FLAT, GABLE
from twin_app.demo.metropolis.houses import Box, House
from twin_app.demo.solids import GROUND, ROOF, WALL, WINDOW

# Foundations reach below the ground, that no house floats over a coarse terrain.
FOUNDATION_M = 1.2
_PER_M = 100
_KINDS = (GROUND, WALL, ROOF, WINDOW)
_SURFACES = [{"type": kind} for kind in _KINDS]
_SIDES = ((0, 1), (1, 2), (2, 3), (3, 0))
_FLOOR, _SIDE, _TOP, _PANE = range(4)

_Corners = tuple[tuple[float, float], ...]


@dataclass(slots=True)
class Mesh:
    """Vertices in whole centimetres of site metres, growing house by house."""

    vertices: list[tuple[int, int, int]] = field(default_factory=list)

    def solids(
        self,
        house: House,
        place: tuple[float, float, float, float],
        materials: tuple[int, int, int, int],
        *,
        windows: bool,
    ) -> dict[str, Any]:
        """A Solid, or a CompositeSolid; ``place`` is x, y, height and turn of the block."""
        shells, kinds = [], []
        for box in house.boxes:
            faces, meanings = self._box(box, place, windows=windows)
            shells.append([faces])
            kinds.append([meanings])
        colours = [[[materials[kind] for kind in shell[0]]] for shell in kinds]
        single = len(shells) == 1
        return {
            "type": "Solid" if single else "CompositeSolid",
            "lod": "2.2",
            "boundaries": shells[0] if single else shells,
            "semantics": {"surfaces": _SURFACES, "values": kinds[0] if single else kinds},
            "material": {"demo": {"values": colours[0] if single else colours}},
        }

    def _box(
        self, box: Box, place: tuple[float, float, float, float], *, windows: bool
    ) -> tuple[list[list[list[int]]], list[int]]:
        x, y, ground, angle = place
        cos, sin = math.cos(angle) * _PER_M, math.sin(angle) * _PER_M
        turned = box.roof != FLAT and box.width_m < box.depth_m
        half_u, half_v = box.width_m / 2, box.depth_m / 2
        corners = ((-half_u, -half_v), (half_u, -half_v), (half_u, half_v), (-half_u, half_v))
        corners = corners[1:] + corners[:1] if turned else corners

        def at(u: float, v: float, height: float) -> tuple[int, int, int]:
            u, v = u + box.u_m, v + box.v_m
            return (
                round(x * _PER_M + u * cos - v * sin),
                round(y * _PER_M + u * sin + v * cos),
                round((ground + height) * _PER_M),
            )

        first = len(self.vertices)
        low = -FOUNDATION_M if box.base_m <= 0.0 else box.base_m
        levels = [low, *(_levels(box) if windows else ()), box.top_m]
        for level in levels:
            self.vertices += [at(u, v, level) for u, v in corners]
        faces = [[[first + 3, first + 2, first + 1, first]]]
        kinds = [_FLOOR]
        for ring in range(len(levels) - 1):
            start = first + 4 * ring
            kinds += [_PANE if ring % 2 else _SIDE] * 4
            faces += [[[start + a, start + b, start + 4 + b, start + 4 + a]] for a, b in _SIDES]
        top = first + 4 * (len(levels) - 1)
        if box.roof == FLAT:
            return [*faces, [[top, top + 1, top + 2, top + 3]]], [*kinds, _TOP]
        roof, meanings = self._roof(box, corners, top, at)
        return [*faces, *roof], [*kinds, *meanings]

    def _roof(
        self, box: Box, corners: _Corners, top: int, at: Callable[[float, float, float], tuple[int, int, int]]
    ) -> tuple[list[list[list[int]]], list[int]]:
        """Two slopes along the first edge of the corners and two ends, over the vertices from ``top`` on."""
        long, short = max(box.width_m, box.depth_m), min(box.width_m, box.depth_m)
        inset = 0.0 if box.roof == GABLE else min(0.5 * short / long, 0.45)
        middles = [[(a + b) / 2 for a, b in zip(corners[i], corners[j], strict=True)] for i, j in ((3, 0), (1, 2))]
        (west_u, west_v), (east_u, east_v) = middles
        height = box.top_m + box.rise_m
        step_u, step_v = (east_u - west_u) * inset, (east_v - west_v) * inset
        self.vertices += [at(west_u + step_u, west_v + step_v, height), at(east_u - step_u, east_v - step_v, height)]
        ridge = top + 4
        roof = [
            [[top, top + 1, ridge + 1, ridge]],
            [[top + 2, top + 3, ridge, ridge + 1]],
            [[top + 1, top + 2, ridge + 1]],
            [[top + 3, top, ridge]],
        ]
        end = _SIDE if box.roof == GABLE else _TOP
        return roof, [_TOP, _TOP, end, end]


def _levels(box: Box) -> list[float]:
    """Heights at which the walls are cut into spandrels and windows."""
    if box.storey_m <= 0.0:
        return []
    found: list[float] = []
    for storey in range(int((box.top_m - box.base_m + 0.05) // box.storey_m)):
        sill = box.base_m + storey * box.storey_m + 0.95
        found += [sill, min(sill + 0.5 * box.storey_m, box.base_m + (storey + 1) * box.storey_m - 0.4)]
    return [level for level in found if box.base_m < level < box.top_m - 0.05]
