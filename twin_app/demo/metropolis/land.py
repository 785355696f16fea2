"""The land under the city: a level plain with a river, lakes and hills, mountains around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_app.demo.frame import ORIGIN_EASTING_M, ORIGIN_NORTHING_M, Points, Site
from twin_app.demo.noise import Noise, smooth

Array = NDArray[np.float64]

# The built-up plain is level, so that terrain, streets and houses agree at every level of detail.
PLAIN_M = 25.0
RIVER_LEVEL_M, LAKE_LEVEL_M = 19.5, 22.6
_FULL_WIDTH_M, _CELL_M = 20_000.0, 20.0
_BANK_PROFILE_M = ((-320.0, 7.0), (-200.0, 9.0), (-60.0, 14.0), (0.0, 19.5), (40.0, 22.6), (75.0, PLAIN_M))
_LAKE_PROFILE_M = ((-150.0, 18.0), (-30.0, 20.5), (0.0, 22.6), (45.0, PLAIN_M))
_RIVER_CLEAR_M, _LAKE_CLEAR_M = 130.0, 100.0
_MOUNTAIN_M = 190.0
# Shares of the full width from the middle: x, y, both radii, turn; for hills their height in metres too.
_LAKES = ((0.185, 0.105, 0.075, 0.042, 0.5), (-0.145, 0.17, 0.036, 0.022, -0.4), (-0.30, -0.03, 0.045, 0.024, 0.9),
          (0.06, -0.245, 0.03, 0.02, 0.1))  # fmt: skip
_HILLS = ((0.115, 0.005, 0.026, 0.011, 0.2, 82.0), (-0.10, -0.235, 0.03, 0.012, 0.35, 88.0),
          (0.275, -0.225, 0.04, 0.02, -0.5, 128.0), (-0.19, 0.05, 0.022, 0.014, 1.2, 64.0))  # fmt: skip


def site_of(width_m: float) -> Site:
    """A square site about the same place, whatever its width."""
    shift = width_m / 2.0
    east, north = ORIGIN_EASTING_M, ORIGIN_NORTHING_M
    return Site("city", width_m, width_m, _CELL_M, 1.0, 0, 1.0, east_m=east - shift, north_m=north - shift)


@dataclass(frozen=True, slots=True)
class Land:
    """Landforms of a site; ``x_m, y_m`` are site metres."""

    site: Site
    noise: Noise

    @property
    def _k(self) -> float:
        return self.site.width_m / _FULL_WIDTH_M

    @property
    def middle_m(self) -> float:
        """Site x and y of the middle."""
        return self.site.width_m / 2.0

    @property
    def river_half_width_m(self) -> float:
        """Half the river's width."""
        return 330.0 * self._k

    def river_y_m(self, x_m: Array) -> tuple[Array, Array]:
        """Site y of the river's middle line, and its slope."""
        length = 17_000.0 * self._k / (2.0 * np.pi)
        phase = (x_m - self.middle_m) / length + 0.9
        height = 1500.0 * self._k
        return self.middle_m - 0.13 * self.site.width_m + height * np.sin(phase), height / length * np.cos(phase)

    def from_river_m(self, x_m: Array, y_m: Array) -> Array:
        """How far inland, about; negative in the water."""
        middle, slope = self.river_y_m(x_m)
        return np.asarray(np.abs(y_m - middle) / np.hypot(1.0, slope) - self.river_half_width_m)

    def from_lakes_m(self, x_m: Array, y_m: Array) -> Array:
        """How far from the nearest lake's shore, about; negative in the water."""
        shares = [
            (self._oval(lake, x_m, y_m) - 1.0) * min(lake[2], lake[3]) * self.site.width_m for lake in _LAKES
        ]  # fmt: skip
        return np.asarray(np.minimum.reduce(shares))

    def from_hills(self, x_m: Array, y_m: Array) -> Array:
        """1 at the foot of the nearest hill, 0 on top of it."""
        return np.asarray(np.minimum.reduce([self._oval(hill, x_m, y_m) for hill in _HILLS]))

    def _oval(self, oval: tuple[float, ...], x_m: Array, y_m: Array) -> Array:
        width = self.site.width_m
        dx, dy = x_m - self.middle_m - oval[0] * width, y_m - self.middle_m - oval[1] * width
        cos, sin = np.cos(oval[4]), np.sin(oval[4])
        along, across = (dx * cos + dy * sin) / (oval[2] * width), (dy * cos - dx * sin) / (oval[3] * width)
        turn = np.arctan2(across, along)
        return np.asarray(np.hypot(along, across) / (1.0 + 0.13 * np.sin(3 * turn + oval[4]) + 0.07 * np.sin(5 * turn)))

    def shore_m(self, lake: int, wider_m: float) -> Points:
        """A ring (n, 2) around a lake, ``wider_m`` outside its shore."""
        oval = _LAKES[lake]
        turn = np.linspace(0.0, 2.0 * np.pi, 96, endpoint=False)
        reach = 1.0 + 0.13 * np.sin(3 * turn + oval[4]) + 0.07 * np.sin(5 * turn)
        reach = reach + wider_m / (min(oval[2], oval[3]) * self.site.width_m)
        along, across = reach * np.cos(turn) * oval[2], reach * np.sin(turn) * oval[3]
        cos, sin = np.cos(oval[4]), np.sin(oval[4])
        plan = np.column_stack([oval[0] + along * cos - across * sin, oval[1] + along * sin + across * cos])
        return plan * self.site.width_m + self.middle_m

    @property
    def num_lakes(self) -> int:
        """How many lakes there are."""
        return len(_LAKES)

    def from_middle(self, x_m: Array, y_m: Array) -> Array:
        """How far from the middle, as a share of half the width."""
        return np.asarray(np.hypot(x_m - self.middle_m, y_m - self.middle_m) / self.middle_m)

    def is_plain(self, x_m: Array, y_m: Array) -> NDArray[np.bool_]:
        """Where one can build: on the level, away from water and hills."""
        level = self.from_middle(x_m, y_m) < 0.80
        dry = self.from_river_m(x_m, y_m) > _RIVER_CLEAR_M * max(self._k, 0.5)
        dry &= self.from_lakes_m(x_m, y_m) > _LAKE_CLEAR_M * max(self._k, 0.5)
        return np.asarray(level & dry & (self.from_hills(x_m, y_m) > 1.12))

    def height_m(self, x_m: Array, y_m: Array) -> Array:
        """The ground's height at points."""
        inland = self.from_river_m(x_m, y_m)
        away = smooth((inland - 100.0 * self._k) / (500.0 * self._k))
        rough = self.noise.fractal(x_m, y_m, 2600.0 * self._k, 4)
        mountains = smooth((self.from_middle(x_m, y_m) - 0.82) / 0.45)
        height = PLAIN_M + away * mountains * _MOUNTAIN_M * self._k * np.clip(0.55 + 0.75 * rough, 0.0, 2.0)
        for hill in _HILLS:
            share = smooth(1.0 - np.clip(self._oval(hill, x_m, y_m), 0.0, 1.0))
            height = height + away * hill[5] * self._k * share * (1.0 + 0.2 * rough)
        lake, level = np.array(_LAKE_PROFILE_M).T
        from_lake = self.from_lakes_m(x_m, y_m)
        height = np.where(from_lake < lake[-1], np.interp(from_lake, lake, level), height)
        bank, level = np.array(_BANK_PROFILE_M).T
        return np.asarray(np.where(inland < bank[-1], np.interp(inland, bank, level), height))

    def grid_m(self) -> Array:
        """Heights at all cell centres, row 0 in the north."""
        cell = self.site.cell_m
        count = round(self.site.width_m / cell)
        x = (np.arange(count) + 0.5) * cell
        gx, gy = np.meshgrid(x, x[::-1])
        return self.height_m(gx, gy)
