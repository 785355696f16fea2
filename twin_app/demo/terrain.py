"""The ground: river bed, banks, plain, hills, lake; flattened under buildings; written as GeoTIFF."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.crs import CRS as RasterCRS
from rasterio.features import rasterize

from twin_app.demo.frame import CRS, Points, Site
from twin_app.demo.noise import Noise, smooth
from twin_app.demo.river import WATER_LEVEL_M, River, away_from_water

Array = NDArray[np.float64]
LAKE_LEVEL_M = 22.6
_PAD_FEATHER_M = 7.0


@dataclass(frozen=True, slots=True)
class Hill:
    """A rounded hill; ``radius_m`` along its long axis at ``angle_rad``."""

    x_m: float
    y_m: float
    height_m: float
    radius_m: float
    slimness: float
    angle_rad: float

    def shape(self, x_m: Array, y_m: Array) -> Array:
        """The hill's distance measure: 0 on top, 1 at its foot."""
        dx, dy = x_m - self.x_m, y_m - self.y_m
        cos, sin = np.cos(self.angle_rad), np.sin(self.angle_rad)
        return np.asarray(np.hypot(dx * cos + dy * sin, (dy * cos - dx * sin) * self.slimness) / self.radius_m)

    def foot(self) -> shapely.Polygon:
        """The hill's outline in plan."""
        turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        along, side = self.radius_m * np.cos(turn), self.radius_m / self.slimness * np.sin(turn)
        cos, sin = np.cos(self.angle_rad), np.sin(self.angle_rad)
        return shapely.Polygon(
            np.column_stack([self.x_m + along * cos - side * sin, self.y_m + along * sin + side * cos])
        )


@dataclass(slots=True)
class Ground:
    """The natural ground and what was levelled into it.

    ``heights_m`` is (rows, columns), row 0 in the north, cell centres, metres above the datum.
    """

    site: Site
    river: River
    hills: tuple[Hill, ...]
    lake: shapely.Polygon
    noise: Noise
    heights_m: Array = field(init=False)

    def __post_init__(self) -> None:
        x_m, y_m = self.cell_centres()
        self.heights_m = self.natural_height_m(x_m, y_m)

    @staticmethod
    def of(site: Site, seed: int) -> Ground:
        """The ground of a site."""
        k, width, depth = site.scale, site.width_m, site.depth_m
        noise = Noise(seed)
        hills = (
            Hill(0.13 * width, 0.86 * depth, 46.0 * k, 250.0 * k, 1.7, 0.35),
            Hill(0.80 * width, 0.092 * depth, 38.0 * k, 210.0 * k, 1.6, 0.45),
            Hill(0.47 * width, 1.02 * depth, 30.0 * k, 330.0 * k, 2.4, 0.1),
        )
        return Ground(site, River.of(site), hills, _lake(site, noise), noise)

    def cell_centres(self) -> tuple[Array, Array]:
        """Site x and y of all cell centres, each (rows, columns)."""
        cell = self.site.cell_m
        columns, rows = round(self.site.width_m / cell), round(self.site.depth_m / cell)
        x = (np.arange(columns) + 0.5) * cell
        y = (np.arange(rows)[::-1] + 0.5) * cell
        gx, gy = np.meshgrid(x, y)
        return gx, gy

    def natural_height_m(self, x_m: Array, y_m: Array) -> Array:
        """The ground before anything was built."""
        inland = away_from_water(self.river, x_m, y_m)
        height = self.river.ground_height_m(x_m, y_m)
        height = height + inland * (0.6 * self.noise.fractal(x_m, y_m, 900.0, 2) + 0.4)
        for hill in self.hills:
            share = 1 - np.clip(hill.shape(x_m, y_m), 0, 1)
            rough = 1 + 0.16 * self.noise.fractal(x_m, y_m, 110.0)
            height = height + inland * hill.height_m * smooth(share) * rough
        return np.asarray(self._with_lake(x_m, y_m, height))

    def _with_lake(self, x_m: Array, y_m: Array, height_m: Array) -> Array:
        shape = np.shape(x_m)
        points = shapely.points(np.ravel(x_m), np.ravel(y_m))
        near = self.lake.buffer(45.0)
        shapely.prepare(near)
        inside = shapely.contains(near, points)
        distance = np.full(points.shape, 60.0)
        signed = shapely.distance(self.lake.exterior, points[inside])
        distance[inside] = np.where(shapely.contains(self.lake, points[inside]), -signed, signed)
        distance = distance.reshape(shape)
        bank = smooth((distance - 2) / 40.0)
        height = (LAKE_LEVEL_M + 0.7) * (1 - bank) + height_m * bank
        bed = LAKE_LEVEL_M - 0.4 - 3.0 * smooth(-distance / 45.0)
        return np.where(distance < 0, bed, np.where(distance < 2, bed + (height - bed) * smooth(distance / 2), height))

    def height_m(self, points_m: Points) -> Array:
        """The built ground's height at site points (n, 2), bilinear between cell centres."""
        cell, grid = self.site.cell_m, self.heights_m
        u = np.clip(points_m[:, 0] / cell - 0.5, 0, grid.shape[1] - 1.001)
        v = np.clip((self.site.depth_m - points_m[:, 1]) / cell - 0.5, 0, grid.shape[0] - 1.001)
        column, row = u.astype(np.int64), v.astype(np.int64)
        fu, fv = u - column, v - row
        top = grid[row, column] * (1 - fu) + grid[row, column + 1] * fu
        low = grid[row + 1, column] * (1 - fu) + grid[row + 1, column + 1] * fu
        return np.asarray(top * (1 - fv) + low * fv)

    def level(self, pads: list[tuple[shapely.Polygon, float]]) -> None:
        """Flatten the ground under each pad to its height, easing back over some metres around it."""
        if not pads:
            return
        cell = self.site.cell_m
        transform = rasterio.Affine(cell, 0.0, 0.0, 0.0, -cell, self.site.depth_m)
        for ring in range(4, -1, -1):
            reach = ring / 4 * _PAD_FEATHER_M + 1.5 * cell
            keep = ring / 5
            shapes = [(pad.buffer(reach), index + 1) for index, (pad, _) in enumerate(pads)]
            owner = rasterize(shapes, self.heights_m.shape, transform=transform, dtype="int32")
            height = np.array([0.0, *(height for _, height in pads)])[owner]
            self.heights_m = np.where(owner > 0, height + (self.heights_m - height) * keep, self.heights_m)

    def write(self, path: Path) -> None:
        """Write the heights as `write_raster` does."""
        write_raster(path, self.site, self.heights_m)

    @property
    def water_level_m(self) -> float:
        """The river's level."""
        return WATER_LEVEL_M


def write_raster(path: Path, site: Site, heights_m: Array) -> None:
    """Write heights (rows, columns), row 0 in the north, as a tiled, compressed float32 GeoTIFF, no-data -9999."""
    cell = site.cell_m
    east, north = site.south_west_m
    rows, columns = heights_m.shape
    placed = rasterio.Affine(cell, 0.0, east, 0.0, -cell, north + site.depth_m)
    profile = {
        "driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": "float32",
        "crs": RasterCRS.from_string(CRS), "transform": placed,
        "nodata": -9999.0, "tiled": True, "blockxsize": 256, "blockysize": 256,
        "compress": "deflate", "predictor": 3,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(heights_m.astype(np.float32), 1)
        raster.set_band_description(1, "高程 (1985国家高程基准, m)")
        raster.update_tags(AREA_OR_POINT="Area", SYNTHETIC="CityTwin demo data, not a survey")


def _lake(site: Site, noise: Noise) -> shapely.Polygon:
    k = site.scale
    turn = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    wobble = 1 + 0.28 * noise(np.cos(turn) * 100 + 500, np.sin(turn) * 100 + 900, 90.0)
    x = 0.85 * site.width_m + 235 * k * wobble * np.cos(turn)
    y = 0.84 * site.depth_m + 120 * k * wobble * np.sin(turn)
    return shapely.Polygon(np.column_stack([x, y]))
