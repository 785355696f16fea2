"""Fills the blocks with houses and placed models, and writes the houses as CityJSON files of some thousands each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from twin_app.demo.city_buildings import house_code, shades
from twin_app.demo.frame import CRS, Site
from twin_app.demo.metropolis.grid import Block
from twin_app.demo.metropolis.houses import House, fill
from twin_app.demo.metropolis.land import PLAIN_M, Land
from twin_app.demo.metropolis.shells import Mesh

# How far over the terrain blocks lie, and what stands on them.
BLOCK_ABOVE_M = 0.40
_REGION = "420102"
_SHADES = shades()
_NUMBER = {one["name"]: number for number, one in enumerate(_SHADES)}
_ORIGIN = {"dataOrigin": "合成演示数据 / synthetic demo data"}
_TITLE = "城市孪生演示城市：一般建筑（虚构）"


@dataclass(frozen=True, slots=True)
class Filled:
    """A block with its houses; a ``parcel`` keeps free for a placed model."""

    block: Block
    houses: tuple[House, ...]
    parcel: bool = False


def fill_blocks(land: Land, blocks: list[Block], wanted: tuple[int, int], seed: int) -> list[Filled]:
    """Blocks from the middle outwards until there are so many buildings and so many places for models.

    What stands on a block depends on the block and the seed alone: a smaller city is the middle of a larger one,
    but for the places of models that it does not have.
    """
    num_buildings, num_models = wanted
    filled: list[Filled] = []
    built = models = 0
    for block in blocks:
        if built >= num_buildings and models >= num_models:
            break
        if models < num_models and block.takes_model:
            filled.append(Filled(block, (), parcel=True))
            models += 1
            continue
        x, y = np.array(block.middle_m)
        rough = float(land.noise(x, y, 0.06 * land.site.width_m))
        rng = np.random.default_rng((seed, block.cell[0] + 10_000, block.cell[1] + 10_000))
        houses = tuple(fill(block.size_m, block.from_middle, rough, rng))
        filled.append(Filled(block, houses))
        built += len(houses)
    return filled


def districts(filled: list[Filled], most: int) -> list[list[Filled]]:
    """The blocks in compact parts of at most ``most`` buildings, halved across their longer side."""
    if sum(len(one.houses) for one in filled) <= most or len(filled) < 2:
        return [filled]
    middles = np.array([one.block.middle_m for one in filled])
    axis = int(np.argmax(np.ptp(middles, axis=0)))
    order = np.argsort(middles[:, axis], kind="stable")
    counts = np.cumsum([len(filled[n].houses) for n in order])
    cut = int(np.clip(np.searchsorted(counts, counts[-1] / 2), 1, len(filled) - 1))
    low, high = [filled[n] for n in order[:cut]], [filled[n] for n in order[cut:]]
    return [*districts(low, most), *districts(high, most)]


def write_houses(
    path: Path,
    site: Site,
    part: tuple[list[Filled], int, int],
    detail_share: float,
    checkpoint: Callable[[], None],
) -> int:
    """Write the houses of some blocks; gives how many. ``part`` is the blocks, the first house's number and the seed.

    Within ``detail_share`` of half the site's width, walls have windows. ``checkpoint`` may raise to stop.
    """
    filled, number, seed = part
    mesh = Mesh()
    objects: dict[str, dict[str, Any]] = {}
    for one in filled:
        checkpoint()
        x, y = one.block.middle_m
        place = (x, y, PLAIN_M + BLOCK_ABOVE_M, one.block.angle_rad)
        windows = one.block.from_middle < detail_share
        for house in one.houses:
            tone = house.material
            wall, roof, glass = (_NUMBER[f"{name}{tone}"] for name in ("wall", "roof", "glass"))
            tones = (roof, wall, roof, glass)
            key = f"city-{seed}-{number + 1:06d}"
            solids = partial(mesh.solids, place=place, materials=tones, windows=windows)
            objects |= _objects(key, house, solids)
            objects[key]["attributes"] = _attributes(house, number, seed)
            number += 1
    _write(path, site, objects, mesh)
    return sum(len(one.houses) for one in filled)


def _objects(key: str, house: House, solids: Callable[[House], dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """A building, and its parts where it is stepped: from afar each of them has a height of its own."""
    if not house.is_stepped:
        return {key: {"type": "Building", "geometry": [solids(house)]}}
    parts: dict[str, dict[str, Any]] = {
        f"{key}-{n + 1}": {
            "type": "BuildingPart",
            "attributes": {"measuredHeight": round(box.top_m, 2), **_ORIGIN},
            "geometry": [solids(house._replace(boxes=(box,)))],
            "parents": [key],
        }
        for n, box in enumerate(house.boxes)
    }
    return {key: {"type": "Building", "geometry": [], "children": list(parts)}, **parts}


def _attributes(house: House, number: int, seed: int) -> dict[str, object]:
    footprint = max(box.width_m * box.depth_m for box in house.boxes)
    first = house.boxes[0]
    return {
        "name": f"{house.use}楼{number + 1}号",
        "function": house.use,
        "storeysAboveGround": house.storeys,
        "measuredHeight": round(house.height_m, 2),
        "yearOfConstruction": house.year,
        "floorArea": round(first.width_m * first.depth_m * house.storeys, 1),
        "footprintArea": round(footprint, 1),
        "groundElevation": PLAIN_M,
        "房屋编码": house_code(_REGION, seed, number),
        **_ORIGIN,
    }


def _write(path: Path, site: Site, objects: dict[str, Any], mesh: Mesh) -> None:
    east, north = site.south_west_m
    points = np.array(mesh.vertices, np.float64) / 100.0 + (east, north, 0.0)
    document = {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [0.01] * 3, "translate": [east, north, 0.0]},
        "metadata": {
            "title": _TITLE,
            "referenceSystem": f"https://www.opengis.net/def/crs/EPSG/0/{CRS.split(':')[1]}",
            "geographicalExtent": np.round(np.append(points.min(axis=0), points.max(axis=0)), 3).tolist(),
        },
        "CityObjects": objects,
        "vertices": mesh.vertices,
        "appearance": {"default-theme-material": "demo", "materials": _SHADES},
    }
    path.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")), "utf-8")
