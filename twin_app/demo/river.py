"""The river: a wide bend, its banks and levees in cross-section."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from twin_app.demo.frame import Points, Site
from twin_app.demo.noise import smooth

Array = NDArray[np.float64]

WATER_LEVEL_M = 19.5
LEVEE_CREST_M = 27.6
# Across the bank, by distance from the water's edge inland: beach park, levee, city ground.
_BANK_PROFILE_M = (
    (-200.0, 8.5),
    (-90.0, 10.0),
    (-25.0, 15.5),
    (0.0, 19.5),
    (7.0, 22.4),
    (44.0, 23.4),
    (56.0, LEVEE_CREST_M),
    (64.0, LEVEE_CREST_M),
    (76.0, 25.0),
    (1e6, 25.0),
)
LEVEE_TOP_FROM_WATER_M = 60.0
CITY_FROM_WATER_M = 78.0


@dataclass(frozen=True, slots=True)
class River:
    """A parabola-shaped bend y = a + b x² with a constant half width, in site metres."""

    a_m: float
    b_per_m: float
    half_width_m: float
    length_m: float

    @staticmethod
    def of(site: Site) -> River:
        """The river of a site; the city lies to its north."""
        k = site.scale
        return River(250.0 * k, 9.0e-5 / k, 195.0 * k, site.width_m)

    def point(self, x_m: Array | float, across_m: Array | float) -> Points:
        """Points (n, 2) at the centre line's ``x_m``, moved ``across_m`` to the left (north)."""
        x, across = np.broadcast_arrays(np.asarray(x_m, float), np.asarray(across_m, float))
        slope = 2 * self.b_per_m * x
        norm = np.hypot(1.0, slope)
        return np.column_stack([x - across * slope / norm, self.a_m + self.b_per_m * x * x + across / norm])

    def line(self, across_m: float, x0_m: float | None = None, x1_m: float | None = None) -> shapely.LineString:
        """The centre line moved ``across_m`` north, as a polyline reaching beyond the site."""
        start = -400.0 if x0_m is None else x0_m
        end = self.length_m + 900.0 if x1_m is None else x1_m
        return shapely.LineString(self.point(np.arange(start, end + 1, 20.0), across_m))

    def across(self, x_m: Array, y_m: Array) -> Array:
        """Signed distance from the centre line, north positive (two Newton steps on the foot point)."""
        foot = np.asarray(x_m, float)
        for _ in range(3):
            offset = self.a_m + self.b_per_m * foot * foot - y_m
            slope = 2 * self.b_per_m * foot
            gradient = (foot - x_m) + offset * slope
            foot = foot - gradient / (1 + slope * slope + offset * 2 * self.b_per_m)
        sign = np.sign(y_m - (self.a_m + self.b_per_m * np.square(x_m)))
        return np.asarray(sign * np.hypot(foot - x_m, self.a_m + self.b_per_m * foot * foot - y_m))

    def water(self) -> shapely.Polygon:
        """The water surface in plan, a little wider than the bank line, reaching beyond the site."""
        left, right = self.line(self.half_width_m + 1.0), self.line(-self.half_width_m - 1.0)
        return shapely.Polygon([*left.coords, *reversed(right.coords)])

    def strip(self, from_water_m: float, to_water_m: float, *, south: bool = False) -> shapely.Polygon:
        """The band between two distances from the water's edge, on one side."""
        sign = -1.0 if south else 1.0
        near = self.line(sign * (self.half_width_m + from_water_m))
        far = self.line(sign * (self.half_width_m + to_water_m))
        return shapely.Polygon([*near.coords, *reversed(far.coords)])

    def ground_height_m(self, x_m: Array, y_m: Array) -> Array:
        """Bed, beach, levee and city ground by the bank's cross-section."""
        inland = np.abs(self.across(x_m, y_m)) - self.half_width_m
        distance, height = np.array(_BANK_PROFILE_M).T
        return np.asarray(np.interp(inland, distance, height))


def away_from_water(river: River, x_m: Array, y_m: Array, ramp_m: float = 150.0) -> Array:
    """0 up to the levee's foot, rising smoothly to 1 further inland."""
    inland = np.abs(river.across(x_m, y_m)) - river.half_width_m - CITY_FROM_WATER_M
    return smooth(inland / ramp_m)
