"""Where the demo city lies and how large it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CRS = "EPSG:4547"  # CGCS2000 / 3-degree Gauss-Kruger CM 114E
ORIGIN_EASTING_M = 529_000.0
ORIGIN_NORTHING_M = 3_384_000.0

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Site:
    """A demo site. Plan coordinates ("site metres") run east and north from its south-west corner.

    ``scale`` stretches the river and the large landforms; ``storeys`` is the share of the full
    height that the BIM buildings get, so that the small city stays quick.
    """

    size: str
    width_m: float
    depth_m: float
    cell_m: float
    scale: float
    bim_buildings: int
    storey_share: float
    east_m: float = ORIGIN_EASTING_M
    north_m: float = ORIGIN_NORTHING_M

    @property
    def south_west_m(self) -> tuple[float, float]:
        """Easting and northing of the site's origin in `CRS`."""
        return self.east_m, self.north_m


SITES = {
    "small": Site("small", 900.0, 860.0, 3.0, 0.5, 2, 0.35),
    "district": Site("district", 2400.0, 1800.0, 2.5, 1.0, 6, 1.0),
}


def world_from_site(site: Site, points_m: Points) -> Points:
    """Site points (n, 2 or 3) as world eastings, northings (and heights)."""
    moved = np.array(points_m, dtype=np.float64)
    moved[:, 0] += site.south_west_m[0]
    moved[:, 1] += site.south_west_m[1]
    return moved
