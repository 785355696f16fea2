"""Writes the plan of the city as CityJSON: water, streets, blocks, fields, bridges and trees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

from twin_app.demo.cityjson_writer import CityJsonWriter, material
from twin_app.demo.drape import beam, loft
from twin_app.demo.frame import Points
from twin_app.demo.metropolis.build import BLOCK_ABOVE_M, Filled
from twin_app.demo.metropolis.grid import Block
from twin_app.demo.metropolis.houses import CENTRE_SHARE, INDUSTRY
from twin_app.demo.metropolis.land import LAKE_LEVEL_M, PLAIN_M, RIVER_LEVEL_M, Land
from twin_app.demo.recipes import LANE_HOUSE, OFFICE
from twin_app.demo.solids import GROUND, ROOF, WALL, Face
from twin_app.demo.trees import SPECIES, species_faces

_MATERIALS = (
    ("asphalt", "#8d9094"), ("water", "#7fa6b8"), ("lake", "#86adb4"), ("park", "#a9bf8e"), ("garden", "#c6ceae"),
    ("plaza", "#d6cfc3"), ("yard", "#c9c5bb"), ("concrete", "#d3d2cd"), ("trunk", "#8a735c"),
    ("field0", "#bcc792"), ("field1", "#c8c996"), ("field2", "#aebd88"), ("field3", "#d3cda2"),
    ("crown0", "#7f9f63"), ("crown1", "#6b9159"), ("crown2", "#5f8a63"), ("crown3", "#97b06c"), ("crown4", "#b5b35f"),
)  # fmt: skip
_ORIGIN = {"dataOrigin": "合成演示数据 / synthetic demo data"}
_ROAD_ABOVE_M, _FIELD_ABOVE_M = 0.22, 0.15
_GROUP = 4  # cells of the grid along the side of a quarter, whose streets are one object
_FIELD = 3  # the same for fields
_LAKES = ("东湖", "北湖", "南湖", "汤湖")
_BRIDGES = (-0.23, -0.06, 0.08, 0.27)  # shares of the width from the middle
_KERBS_WITHIN = 1.9 * CENTRE_SHARE
_TREES_WITHIN = 1.5 * CENTRE_SHARE


def write_plan(
    path: Path, land: Land, blocks: tuple[list[Filled], list[Block]], seed: int, checkpoint: Callable[[], None]
) -> int:
    """Write the plan of blocks, those that are built on and the rest; gives its number of objects."""
    filled, rest = blocks
    writer = CityJsonWriter(land.site, "城市孪生演示城市：规划底图（虚构）", [material(*one) for one in _MATERIALS])
    _water(writer, land)
    _streets(writer, [one.block for one in filled])
    checkpoint()
    _blocks(writer, filled)
    checkpoint()
    _fields(writer, rest, np.random.default_rng((seed, 1)))
    _bridges(writer, land)
    checkpoint()
    _trees(writer, filled, np.random.default_rng((seed, 2)))
    writer.write(path)
    return len(writer.objects)


def _level(ring: Points, height_m: float, meaning: str) -> Face:
    return Face((np.column_stack([ring, np.full(len(ring), height_m)]),), meaning)


def _water(writer: CityJsonWriter, land: Land) -> None:
    width = land.site.width_m
    x = np.linspace(0.0, width, 201)
    middle, slope = land.river_y_m(x)
    # Wider than the water: where it ends, the bank rises through its surface.
    half = (land.river_half_width_m + 30.0) * np.hypot(1.0, slope)
    low, high = np.clip(middle - half, 0, width), np.clip(middle + half, 0, width)
    south, north = np.column_stack([x, low]), np.column_stack([x, high])
    faces = [
        _level(np.array([south[a], south[b], north[b], north[a]]), RIVER_LEVEL_M, "WaterSurface")
        for a, b in pairwise(range(len(x)))
    ]
    about = {"name": "长江", "waterLevel": RIVER_LEVEL_M, **_ORIGIN}
    writer.add("water-river", "WaterBody", about, [writer.surfaces(faces, "1", {"WaterSurface": "water"})])
    for number in range(land.num_lakes):
        lake = [_level(land.shore_m(number, 25.0), LAKE_LEVEL_M, "WaterSurface")]
        about = {"name": _LAKES[number], "waterLevel": LAKE_LEVEL_M, **_ORIGIN}
        geometry = writer.surfaces(lake, "1", {"WaterSurface": "lake"})
        writer.add(f"water-lake-{number + 1}", "WaterBody", about, [geometry])


def _grouped(blocks: list[Block], side: int) -> dict[tuple[int, int], list[Block]]:
    groups: dict[tuple[int, int], list[Block]] = defaultdict(list)
    for block in blocks:
        groups[block.cell[0] // side, block.cell[1] // side].append(block)
    return groups


def _streets(writer: CityJsonWriter, blocks: list[Block]) -> None:
    """One object a quarter: its cells to the middle of the streets around, on which the blocks lie."""
    for number, members in enumerate(_grouped(blocks, _GROUP).values()):
        faces = [_level(one.around_m, PLAIN_M + _ROAD_ABOVE_M, "TrafficArea") for one in members]
        about = {"name": f"第{number + 1}街区道路", "class": "street", **_ORIGIN}
        writer.add(f"road-{number + 1:04d}", "Road", about, [writer.surfaces(faces, "2", {"TrafficArea": "asphalt"})])


def _blocks(writer: CityJsonWriter, filled: list[Filled]) -> None:
    top = PLAIN_M + BLOCK_ABOVE_M
    for number, one in enumerate(filled):
        uses = {house.use for house in one.houses}
        colour = "garden"
        if one.parcel or OFFICE in uses or LANE_HOUSE in uses:
            colour = "plaza"
        elif not uses:
            colour = "park"
        elif INDUSTRY in uses:
            colour = "yard"
        ring = one.block.outline_m
        ends = np.roll(ring, -1, axis=0)
        kerb = PLAIN_M + _ROAD_ABOVE_M - 0.1
        faces = [_level(ring, top, "LandUseSurface")]
        if one.block.from_middle < _KERBS_WITHIN:
            for a, b in zip(ring, ends, strict=True):
                quad = np.array([[*a, kerb], [*b, kerb], [*b, top], [*a, top]])
                faces.append(Face((quad,), "LandUseSurface"))
        kind = "绿地" if colour == "park" else "建设用地"
        _land(writer, f"land-{number + 1:05d}", {"name": f"{number + 1}号地块", "function": kind}, faces, colour)


def _land(writer: CityJsonWriter, key: str, about: dict[str, str], faces: list[Face], colour: str) -> None:
    geometry = writer.surfaces(faces, "1", {"LandUseSurface": colour})
    del geometry["semantics"]  # land use has no semantic surfaces in CityJSON
    writer.add(key, "LandUse", {**about, **_ORIGIN}, [geometry])


def _fields(writer: CityJsonWriter, rest: list[Block], rng: np.random.Generator) -> None:
    for number, members in enumerate(_grouped(rest, _FIELD).values()):
        crops = rng.integers(0, 4, len(members))
        for kind in np.unique(crops):
            faces = [
                _level(one.outline_m, PLAIN_M + _FIELD_ABOVE_M, "LandUseSurface")
                for one, crop in zip(members, crops, strict=True)
                if crop == kind
            ]
            about = {"name": f"{number + 1}号农田", "function": "耕地"}
            _land(writer, f"field-{number + 1:04d}-{kind}", about, faces, f"field{kind}")


def _bridges(writer: CityJsonWriter, land: Land) -> None:
    colours = {ROOF: "asphalt", WALL: "concrete", GROUND: "concrete"}
    for number, share in enumerate(_BRIDGES):
        x = land.middle_m + share * land.site.width_m
        middle, slope = (float(one) for one in land.river_y_m(np.array(x)))
        across = np.array([-slope, 1.0]) / np.hypot(1.0, slope)
        side = np.array([across[1], -across[0]])
        half = land.river_half_width_m
        stations = np.array([-half - 230, -half - 120, -half - 20, 0, half + 20, half + 120, half + 230])
        tops = PLAIN_M + np.array([0.3, 4.5, 8.0, 11.0, 8.0, 4.5, 0.3])
        centre = np.array([x, middle])
        sections = []
        for station, top in zip(stations, tops, strict=True):
            left, right = centre + across * station - side * 12.0, centre + across * station + side * 12.0
            sections.append(np.array([[*left, top], [*right, top], [*right, top - 2.2], [*left, top - 2.2]]))
        shells = [loft(low, high) for low, high in pairwise(sections)]
        for station in np.arange(-half + 20.0, half, 75.0):
            foot = centre + across * station
            top = float(np.interp(station, stations, tops)) - 2.0
            shells.append(beam(np.array([*foot, 4.0]), np.array([*foot, top]), 14.0, 3.0))
        faces = [_by_slope(face) for shell in shells for face in shell]
        about = {"name": f"长江{'一二三四'[number]}桥", "function": "公路桥", **_ORIGIN}
        writer.add(f"bridge-{number + 1}", "Bridge", about, [writer.surfaces(faces, "2", colours)])


def _by_slope(face: Face) -> Face:
    ring = face.rings[0]
    normal = np.cross(ring[1] - ring[0], ring[2] - ring[0])
    upward = normal[2] / (np.linalg.norm(normal) or 1.0)
    return Face(face.rings, ROOF if upward > 0.7 else GROUND if upward < -0.7 else WALL)


def _trees(writer: CityJsonWriter, filled: list[Filled], rng: np.random.Generator) -> None:
    """Rows of trees along the blocks of the inner city, groves in its parks."""
    templates = [
        writer.template(species_faces(index), {WALL: "trunk", ROOF: crown}) for index, (_, crown) in enumerate(SPECIES)
    ]
    number = 0
    for one in filled:
        if one.block.from_middle > _TREES_WITHIN:
            continue
        spots, species = _spots(one, rng)
        for x, y in spots:
            foot = np.array([x, y, PLAIN_M + BLOCK_ABOVE_M - 0.1])
            kind = species[int(rng.integers(len(species)))]
            size, height, turn = rng.uniform(0.7, 1.05), rng.uniform(0.75, 1.15), rng.uniform(0.0, 6.28)
            place = writer.instance(templates[kind], foot, size, height, turn)
            about = {"name": SPECIES[kind][0], "species": SPECIES[kind][0]}
            number += 1
            writer.add(f"tree-{number:05d}", "SolitaryVegetationObject", about, [place])


def _spots(one: Filled, rng: np.random.Generator) -> tuple[Points, tuple[int, ...]]:
    corners = one.block.outline_m
    if not one.houses and not one.parcel:
        share = rng.uniform(0.06, 0.94, (36, 2))
        a, b, c, d = corners
        across, along = share[:, :1], share[:, 1:]
        return (a * (1 - across) + b * across) * (1 - along) + (d * (1 - across) + c * across) * along, (0, 1, 4, 2)
    middle = corners.mean(axis=0)
    ring = corners + (middle - corners) / np.linalg.norm(middle - corners, axis=1)[:, None] * 2.0
    spots = []
    for a, b in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        count = max(1, int(np.hypot(*(b - a)) // 22.0))
        spots += [a + (b - a) * (n + 0.5) / count for n in range(count)]
    return np.array(spots), (1, 0)
