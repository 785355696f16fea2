"""Writes the plain city buildings as CityJSON, each in three levels of detail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from twin_app.demo import recipes
from twin_app.demo.cityjson_writer import CityJsonWriter, material
from twin_app.demo.frame import Site
from twin_app.demo.made import DemoHouse
from twin_app.demo.massing import Massing, Part
from twin_app.demo.solids import GROUND, ROOF, WALL, WINDOW, solid_faces

# Walls by Massing.material: five plasters, old brick, three office claddings.
_WALLS = ("#e9e3d7", "#e2d9c9", "#dcd6cc", "#eae6df", "#d8cfc2", "#b9a08c", "#cfd6da", "#d9d8d3", "#c3ccd2")
_ROOFS = ("#c9c2b6", "#bfb8ac", "#c4bfb8", "#cbc6bd", "#b8afa3", "#8a6f62", "#aeb6bb", "#b5b5b2", "#a9b2b8")
_GLASS = ("#8f9ca3", "#8b979c", "#94a0a6", "#8c999f", "#8f989b", "#6f6a66", "#7d97a6", "#86989f", "#748f9f")

_NAMES_EN = {"晴川山电视塔": "Qingchuan Hill Television Tower"}
_USES_EN = {
    recipes.OFFICE: "Offices",
    recipes.HOUSING: "Flats",
    recipes.LANE_HOUSE: "Lane house",
    recipes.SHOPS: "Shops",
    recipes.HOTEL: "Hotel",
    recipes.PUBLIC: "Public building",
}


def write_buildings(
    path: Path,
    site: Site,
    buildings: list[tuple[Massing, float]],
    seed: int,
    checkpoint: Callable[[], None] = lambda: None,
) -> int:
    """Write all buildings with the ground level each stands on; gives how many. ``checkpoint`` may raise to stop."""
    writer = CityJsonWriter(site, "城市孪生演示城区：一般建筑（虚构）", shades())
    for index, (building, ground_m) in enumerate(buildings):
        _add(writer, index, building, ground_m, seed)
        if index % 20 == 0:
            checkpoint()
    writer.write(path)
    return len(buildings)


def shades() -> list[dict[str, Any]]:
    """The materials of walls, roofs and glass: ``wall0`` and so on, by `Massing.material`."""
    parts = (("wall", _WALLS), ("roof", _ROOFS), ("glass", _GLASS))
    return [material(f"{part}{i}", colour) for part, colours in parts for i, colour in enumerate(colours)]


def house_code(region: str, seed: int, index: int) -> str:
    """A made-up house code of 27 characters that names itself as demo data."""
    body = f"{region}DEMO{seed % 10_000:04d}{index + 1:012d}"
    check = sum((position + 1) * ord(sign) for position, sign in enumerate(body)) % 10
    return f"{body}{check}"


def building_id(seed: int, index: int) -> str:
    """The id of a building's object."""
    return f"demo-{seed}-{index + 1:06d}"


def building_name(building: Massing, index: int) -> str:
    """What a building is called."""
    return building.name or f"{building.use}楼{index + 1}号"


def building_name_en(building: Massing, index: int) -> str:
    """What it is called in English."""
    return _NAMES_EN.get(building.name, building.name) or f"{_USES_EN.get(building.use, 'Building')} {index + 1}"


def some_houses(site: Site, buildings: list[tuple[Massing, float]], seed: int, most: int) -> tuple[DemoHouse, ...]:
    """At most ``most`` buildings, the tallest: they are seen from afar."""
    order = sorted(range(len(buildings)), key=lambda n: -buildings[n][0].height_m)[:most]
    found = []
    for index in sorted(order):
        building = buildings[index][0]
        at = building.footprint.representative_point()
        east, north = at.x + site.east_m, at.y + site.north_m
        names = building_name(building, index), building_name_en(building, index)
        found.append(DemoHouse(building_id(seed, index), *names, round(east, 2), round(north, 2)))
    return tuple(found)


def _add(writer: CityJsonWriter, index: int, building: Massing, ground_m: float, seed: int) -> None:
    tone = building.material % len(_WALLS)
    tones = {WALL: f"wall{tone}", ROOF: f"roof{tone}", GROUND: f"roof{tone}", WINDOW: f"glass{tone}"}
    blocks = [_block(part) for part in building.parts if part.storey_m > 0] or [_block(building.parts[0])]
    fine = [solid_faces(part, ground_m, detailed=True) for part in building.parts]
    plain = [solid_faces(part, ground_m, detailed=False) for part in building.parts]
    geometry = [
        writer.solids([solid_faces(part, ground_m, detailed=False) for part in blocks], "1.3", tones),
        writer.solids(plain, "2.2", tones),
        writer.solids(fine, "3.2", tones),
    ]
    writer.add(building_id(seed, index), "Building", _attributes(index, building, ground_m, seed), geometry)


def _block(part: Part) -> Part:
    """A part as a plain block, a pitched roof taken as half its rise."""
    return Part(part.footprint, part.base_m, part.top_m + part.rise_m / 2)


def _attributes(index: int, building: Massing, ground_m: float, seed: int) -> dict[str, object]:
    return {
        "name": building_name(building, index),
        "function": building.use,
        "storeysAboveGround": building.storeys,
        "measuredHeight": round(building.height_m, 2),
        "yearOfConstruction": building.year,
        "floorArea": round(building.floor_area_m2 or building.footprint.area * building.storeys, 1),
        "footprintArea": round(building.footprint.area, 1),
        "groundElevation": round(float(np.float64(ground_m)), 2),
        "房屋编码": house_code("420102", seed, index),
        "dataOrigin": "合成演示数据 / synthetic demo data",
    }
