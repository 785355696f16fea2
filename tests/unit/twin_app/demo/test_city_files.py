"""The CityJSON files and the terrain: structure, closed solids, nothing overlapping, floating or drowned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray

from twin_app.demo.river import WATER_LEVEL_M


def _indices(boundaries: Any) -> Iterator[int]:
    if isinstance(boundaries, int):
        yield boundaries
    else:
        for part in boundaries:
            yield from _indices(part)


def _shells(geometry: dict[str, Any]) -> list[list[list[list[int]]]]:
    boundaries = geometry["boundaries"]
    return list(boundaries) if geometry["type"] == "Solid" else [shell for solid in boundaries for shell in solid]


def _world(document: dict[str, Any]) -> NDArray[np.float64]:
    transform = document["transform"]
    return np.array(document["vertices"]) * transform["scale"] + transform["translate"]


def _footprint(vertices_m: NDArray[np.float64], geometry: dict[str, Any]) -> shapely.Geometry:
    """The union of all faces that look straight down, at their lowest level."""
    surfaces = [surface for shell in _shells(geometry) for surface in shell]
    flat = [s for s in surfaces if np.ptp(vertices_m[s[0], 2]) < 1e-6]
    low = min(vertices_m[s[0][0], 2] for s in flat)
    grounds = [s for s in flat if vertices_m[s[0][0], 2] == low]
    return shapely.union_all(
        [shapely.Polygon(vertices_m[s[0], :2], [vertices_m[r, :2] for r in s[1:]]) for s in grounds]
    )


def test_vertex_indices_and_semantics_are_in_range(buildings: dict[str, Any], plan: dict[str, Any]) -> None:
    for document in (buildings, plan):
        assert document["version"] == "2.0"
        assert document["metadata"]["referenceSystem"].endswith("/4547")
        count, materials = len(document["vertices"]), len(document["appearance"]["materials"])
        for about in document["CityObjects"].values():
            for geometry in about["geometry"]:
                assert all(0 <= index < count for index in _indices(geometry["boundaries"]))
                if geometry["type"] == "GeometryInstance":
                    assert geometry["template"] < len(document["geometry-templates"]["templates"])
                    continue
                assert all(0 <= index < materials for index in _indices(geometry["material"]["demo"]["values"]))
                if "semantics" in geometry:
                    values = list(_indices(geometry["semantics"]["values"]))
                    assert max(values) < len(geometry["semantics"]["surfaces"])


def test_every_solid_is_closed_and_turned_outwards(buildings: dict[str, Any]) -> None:
    vertices = _world(buildings)
    vertices -= vertices.mean(axis=0)
    for key, about in buildings["CityObjects"].items():
        for geometry in about["geometry"]:
            for shell in _shells(geometry):
                edges = Counter((a, b) for s in shell for r in s for a, b in zip(r, [*r[1:], r[0]], strict=True))
                assert all(edges[b, a] == number == 1 for (a, b), number in edges.items()), key
                assert _volume(vertices, shell) > 1.0, key


def _volume(vertices_m: NDArray[np.float64], shell: list[list[list[int]]]) -> float:
    """By the divergence theorem, fan by fan (holes turn the other way and so take away)."""
    total = 0.0
    for surface in shell:
        for ring in surface:
            a, rest = vertices_m[ring[0]], vertices_m[ring[1:]]
            total += float(np.einsum("ij,ij->", np.cross(rest[:-1], rest[1:]), np.broadcast_to(a, rest[1:].shape)))
    return total / 6


def test_footprints_are_disjoint(buildings: dict[str, Any]) -> None:
    vertices = _world(buildings)
    prints = [_footprint(vertices, about["geometry"][1]) for about in buildings["CityObjects"].values()]
    assert len(prints) >= 60
    tree = shapely.STRtree(prints)
    first, second = tree.query(prints, predicate="intersects")
    for a, b in zip(first, second, strict=True):
        assert a == b or prints[a].intersection(prints[b]).area < 0.5


def test_bases_stand_on_the_terrain_and_above_the_water(buildings: dict[str, Any], folder: Path) -> None:
    vertices = _world(buildings)
    with rasterio.open(folder / "terrain.tif") as raster:
        assert raster.crs.to_epsg() == 4547
        for key, about in buildings["CityObjects"].items():
            geometry = about["geometry"][1]
            shape = _footprint(vertices, geometry)
            base = vertices[list(_indices(geometry["boundaries"])), 2].min()
            points = [shape.representative_point().coords[0], *shapely.get_coordinates(shape)[::3]]
            heights = np.array([value[0] for value in raster.sample(points)])
            assert np.abs(heights - base).max() < 0.5, key
            assert base > WATER_LEVEL_M + 3, key


def test_roads_and_parcels_lie_just_over_the_ground(plan: dict[str, Any], folder: Path) -> None:
    vertices = _world(plan)
    with rasterio.open(folder / "terrain.tif") as raster:
        site = shapely.box(*raster.bounds).buffer(-4.0)
        for kind in ("Road", "LandUse"):
            for about in plan["CityObjects"].values():
                if about["type"] != kind:
                    continue
                points = vertices[sorted(set(_indices(about["geometry"][0]["boundaries"])))]
                inside = shapely.contains_xy(site, points[:, :2])
                heights = np.array([value[0] for value in raster.sample(points[inside, :2])])
                above = points[inside, 2] - heights
                assert np.median(above) > 0.05
                assert np.percentile(above, 2) > -0.6  # nearest cell against bilinear on the levee's slope
                assert np.percentile(above, 98) < 1.2


def test_streets_do_not_cut_through_buildings(buildings: dict[str, Any], plan: dict[str, Any]) -> None:
    road_vertices, vertices = _world(plan), _world(buildings)
    roads = [
        shapely.Polygon(road_vertices[surface[0], :2])
        for about in plan["CityObjects"].values()
        if about["type"] == "Road"
        for surface in about["geometry"][0]["boundaries"]
    ]
    tree = shapely.STRtree(roads)
    for key, about in buildings["CityObjects"].items():
        shape = _footprint(vertices, about["geometry"][1])
        assert all(roads[i].intersection(shape).area < 0.1 for i in tree.query(shape)), key


def test_the_river_is_under_water_and_the_plan_has_all_kinds(plan: dict[str, Any], folder: Path) -> None:
    kinds = Counter(about["type"] for about in plan["CityObjects"].values())
    assert {"WaterBody", "Road", "LandUse", "Bridge", "BridgeConstructiveElement"} <= set(kinds)
    assert kinds["SolitaryVegetationObject"] > 200
    with rasterio.open(folder / "terrain.tif") as raster:
        heights = raster.read(1)
    assert heights.min() < WATER_LEVEL_M - 5
    assert 30 < heights.max() < 90


def test_house_codes_are_unique_27_signs_and_say_demo(buildings: dict[str, Any]) -> None:
    codes = [about["attributes"]["房屋编码"] for about in buildings["CityObjects"].values()]
    assert all(len(code) == 27 and "DEMO" in code for code in codes)
    assert len(set(codes)) == len(codes)
    assert all("synthetic" in about["attributes"]["dataOrigin"] for about in buildings["CityObjects"].values())
