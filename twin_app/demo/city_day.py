"""A simulated day of the demo city: its streets with the bridge, its blocks as places of events, its patrols."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray

from loaders.model.crs import point_map
from loaders.model.errors import CityTwinError
from twin_app.demo.frame import CRS, SITES
from twin_app.demo.streets import PATH, Network, lay_out
from twin_app.demo.terrain import Ground
from twin_app.operation.classes import event_classes
from twin_app.operation.dispatch import Resource
from twin_app.operation.roads import RoadGraph
from twin_app.operation.simulated import City, Day, simulated_day

PATROLS_EACH = 4  # of every skill
NUM_PLACES = 400
_NAMES = {
    "municipal": "市政抢修",
    "power": "照明电力",
    "green": "园林养护",
    "cleaning": "环卫保洁",
    "enforcement": "城管执法",
}


def demo_day(size: str, begin_us: int, *, seed: int = 7) -> Day:
    """The steps and moves of the demo city ``size`` on the day that begins at ``begin_us``; all stamped simulated.

    ``seed`` is the one the city was generated with. Raises `CityTwinError` ``demo.unknown_size``.
    """
    return simulated_day(demo_city(size, seed), begin_us, seed)


def demo_city(size: str, seed: int = 7) -> City:
    """Where the demo city's events take place and who handles them; raises as `demo_day` does."""
    if size not in SITES:
        raise CityTwinError("demo.unknown_size", size, sizes=", ".join(SITES))
    ground = Ground.of(SITES[size], seed)
    network = lay_out(ground, np.random.default_rng(seed))
    random = np.random.default_rng(seed)
    roads = RoadGraph(_road_lines(ground, network))
    places_m = _beside_roads(roads, random, NUM_PLACES)
    return City(roads, places_m, _resources(places_m), _lon_lat())


def _road_lines(ground: Ground, network: Network) -> list[NDArray[np.float64]]:
    """Centre lines in world metres, with the bridge that joins both banks."""
    site, river = ground.site, ground.river
    ends = river.half_width_m + site.depth_m
    axis = shapely.LineString(river.point(network.bridge_x_m, np.linspace(-ends, ends, 200)))
    bridge = axis.intersection(shapely.box(0, 0, site.width_m, site.depth_m))
    lines = [street.line for street in network.streets if street.rank != PATH]
    parts = shapely.get_parts(np.array([*lines, bridge], dtype=object))
    return [shapely.get_coordinates(part) + site.south_west_m for part in parts]


def _beside_roads(roads: RoadGraph, random: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Places (size, 2) a few metres beside the roads, as likely on one metre of road as on another."""
    edges = random.choice(len(roads), size, p=roads.lengths_m / roads.lengths_m.sum())
    begin, end = (roads.nodes_m[roads.ends[edges, side]] for side in (0, 1))
    places_m: NDArray[np.float64] = (
        begin + random.random((size, 1)) * (end - begin) + random.normal(0.0, 3.0, (size, 2))
    )
    return places_m


def _resources(places_m: NDArray[np.float64]) -> tuple[Resource, ...]:
    skills = sorted({one.skill for one in event_classes().values()})
    posts = iter(places_m[: PATROLS_EACH * len(skills)].tolist())
    return tuple(
        Resource(
            f"{skill}-{number}", f"{_NAMES[skill]} {number}", frozenset({skill}), tuple(next(posts)), simulated=True
        )
        for skill in skills
        for number in range(1, PATROLS_EACH + 1)
    )


def _lon_lat() -> Callable[[float, float], tuple[float, float]]:
    mapped = point_map(CRS, "EPSG:4326")

    def of(east_m: float, north_m: float) -> tuple[float, float]:
        lon_deg, lat_deg = mapped(np.array([east_m]), np.array([north_m]))
        return float(lon_deg[0]), float(lat_deg[0])

    return of
