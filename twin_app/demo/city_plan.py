"""Writes the plan of the city as CityJSON: water, streets, land use, trees and the bridge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from twin_app.demo.blocks import PARCEL, PARK, Block
from twin_app.demo.bridge import build_bridge
from twin_app.demo.cityjson_writer import CityJsonWriter, material
from twin_app.demo.drape import drape, flat
from twin_app.demo.made import DemoRoad
from twin_app.demo.river import WATER_LEVEL_M
from twin_app.demo.solids import GROUND, ROOF, WALL, Face
from twin_app.demo.streets import AVENUE, PATH, STREET, Network, street_name_en
from twin_app.demo.terrain import LAKE_LEVEL_M, Ground
from twin_app.demo.trees import SPECIES, Tree, species_faces

_MATERIALS = (
    ("asphalt", "#8d9094"), ("sidewalk", "#c6c1b8"), ("path", "#c9a07a"), ("water", "#7fa6b8"), ("lake", "#86adb4"),
    ("park", "#a9bf8e"), ("garden", "#c6ceae"), ("plaza", "#d6cfc3"), ("beach", "#b4c596"),
    ("concrete", "#d3d2cd"), ("cable", "#f0efe9"), ("pylon", "#e8e4da"), ("trunk", "#8a735c"),
    ("crown0", "#7f9f63"), ("crown1", "#6b9159"), ("crown2", "#5f8a63"), ("crown3", "#97b06c"), ("crown4", "#b5b35f"),
)  # fmt: skip
_ORIGIN = {"dataOrigin": "合成演示数据 / synthetic demo data"}
_PARCEL_ABOVE_M, _ROAD_ABOVE_M, _SIDEWALK_ABOVE_M = 0.14, 0.18, 0.24
LONG_ROAD_M = 120.0
TRAFFIC, SIDE = "TrafficArea", "AuxiliaryTrafficArea"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the plan shows."""

    ground: Ground
    network: Network
    blocks: list[Block]
    trees: list[Tree]


def write_plan(path: Path, plan: Plan, checkpoint: Callable[[], None] = lambda: None) -> int:
    """Write the plan; gives its number of objects. ``checkpoint`` may raise to stop."""
    ground = plan.ground
    writer = CityJsonWriter(ground.site, "城市孪生演示城区：规划底图（虚构）", [material(*m) for m in _MATERIALS])
    _water(writer, ground)
    _roads(writer, ground, plan.network)
    checkpoint()
    _land_use(writer, plan)
    checkpoint()
    _bridge(writer, ground, plan.network)
    _trees(writer, plan.trees)
    writer.write(path)
    return len(writer.objects)


def _area(ground: Ground) -> shapely.Polygon:
    return shapely.box(0, 0, ground.site.width_m, ground.site.depth_m)


def _water(writer: CityJsonWriter, ground: Ground) -> None:
    river = ground.river.water().intersection(_area(ground))
    for key, name, shape, level, colour in (
        ("water-river", "长江", river, WATER_LEVEL_M, "water"),
        ("water-lake", "月湖", ground.lake.buffer(1.2).intersection(_area(ground)), LAKE_LEVEL_M, "lake"),
    ):
        faces = flat(shape, level, "WaterSurface")
        geometry = writer.surfaces(faces, "1", {"WaterSurface": colour})
        writer.add(key, "WaterBody", {"name": name, "waterLevel": level, **_ORIGIN}, [geometry])


def _roads(writer: CityJsonWriter, ground: Ground, network: Network) -> None:
    """One object a street part; a higher rank keeps the crossing."""
    area = _area(ground)
    paved = shapely.union_all([s.carriageway for s in network.streets if s.rank != PATH])
    taken_road, taken_side = shapely.Polygon(), paved
    for index, street in enumerate(network.streets):
        if street.rank == PATH:
            road, side = street.carriageway, shapely.Polygon()
        else:
            road, side = street.carriageway.difference(taken_road), street.whole.difference(taken_side)
            taken_road, taken_side = taken_road.union(street.carriageway), taken_side.union(street.whole)
        faces = drape(ground, road.intersection(area), _ROAD_ABOVE_M, TRAFFIC)
        faces += drape(ground, side.intersection(area), _SIDEWALK_ABOVE_M, SIDE)
        if faces:
            colour = {TRAFFIC: "path" if street.rank == PATH else "asphalt", SIDE: "sidewalk"}
            about = {"name": street.name, "class": street.rank, "length": round(street.line.length, 1), **_ORIGIN}
            writer.add(_road_id(index), "Road", about, [writer.surfaces(faces, "2", colour)])


def _road_id(index: int) -> str:
    return f"road-{index + 1:04d}"


def main_roads(network: Network, seed: int) -> tuple[DemoRoad, ...]:
    """Avenues and streets that are long enough to be seen from afar, an avenue busier than a street."""
    random = np.random.default_rng(seed)
    usual = {AVENUE: 1.0, STREET: 0.45}
    found = []
    for index, street in enumerate(network.streets):
        if street.rank in usual and street.line.length > LONG_ROAD_M:
            busy = round(usual[street.rank] * float(random.uniform(0.55, 1.25)), 2)
            found.append(DemoRoad(_road_id(index), street.name, street_name_en(street.name), busy))
    return tuple(found)


def _land_use(writer: CityJsonWriter, plan: Plan) -> None:
    ground, network, blocks = plan.ground, plan.network, plan.blocks
    for index, block in enumerate(blocks):
        kind, colour = {PARK: ("绿地", "park"), PARCEL: ("建设用地", "plaza")}.get(block.use, ("建设用地", "garden"))
        if block.use not in (PARK, PARCEL) and (block.buildings[0].use in ("办公", "酒店", "里分住宅")):
            colour = "plaza"
        outline = block.outline
        if block.use == PARCEL:
            lawn = outline.difference(outline.buffer(-9.0, join_style="mitre"))
            outline = outline.difference(lawn)
            _land(writer, ground, f"lawn-{index + 1:04d}", ("绿地", "park", f"{index + 1}号地块绿地"), lawn)
        _land(writer, ground, f"land-{index + 1:04d}", (kind, colour, f"{index + 1}号地块"), outline)
    for index, (name, park) in enumerate(network.parks):
        shape = park.difference(ground.lake.buffer(1.2))
        _land(writer, ground, f"park-{index + 1:02d}", ("公园", "park", name), shape, cell_m=6.0, above_m=0.4)
    paths = shapely.union_all([s.carriageway for s in network.streets if s.rank == PATH])
    # Cut where the bank's slope changes, so that no face bridges a crease of the ground.
    bands = (("江滩", 7.5, 44.0), ("江堤护坡", 44.0, 55.7))
    sides = ((south, *band) for south in (False, True) for band in bands)
    for index, (south, name, near_m, far_m) in enumerate(sides):
        band = ground.river.strip(near_m, far_m, south=south).intersection(_area(ground)).difference(paths)
        about = ("公园", "beach", f"{'南岸' if south else '汉口'}{name}")
        _land(writer, ground, f"beach-{index + 1:02d}", about, band, cell_m=11.0)


def _land(
    writer: CityJsonWriter,
    ground: Ground,
    key: str,
    about: tuple[str, str, str],
    shape: shapely.Polygon,
    *,
    cell_m: float = 20.0,
    above_m: float = _PARCEL_ABOVE_M,
) -> None:
    use, colour, name = about
    faces = drape(ground, shape, above_m, "LandUseSurface", cell_m)
    if faces:
        attributes = {"name": name, "function": use, "area": round(float(shape.area), 1), **_ORIGIN}
        writer.add(key, "LandUse", attributes, [_plain(writer, faces, colour)])


def _plain(writer: CityJsonWriter, faces: list[Face], colour: str) -> dict[str, Any]:
    geometry = writer.surfaces(faces, "1", {"LandUseSurface": colour})
    del geometry["semantics"]  # land use has no semantic surfaces in CityJSON
    return geometry


def _bridge(writer: CityJsonWriter, ground: Ground, network: Network) -> None:
    bridge = build_bridge(ground, network.bridge_x_m)
    parts = (
        ("deck", "桥面", bridge.deck, {ROOF: "asphalt", WALL: "concrete", GROUND: "concrete"}),
        ("piers", "桥墩", bridge.piers, {ROOF: "concrete", WALL: "concrete", GROUND: "concrete"}),
        ("pylons", "桥塔", bridge.pylons, {ROOF: "pylon", WALL: "pylon", GROUND: "pylon"}),
        ("cables", "斜拉索", bridge.cables, {ROOF: "cable", WALL: "cable", GROUND: "cable"}),
    )
    children = [f"bridge-{key}" for key, *_ in parts]
    about = {"name": "长江二桥", "function": "公路桥", **_ORIGIN}
    writer.add("bridge", "Bridge", about, [], children=children)
    for key, name, shells, colours in parts:
        faces = [face for shell in shells for face in shell]
        geometry = writer.surfaces(faces, "2", colours)
        writer.add(
            f"bridge-{key}", "BridgeConstructiveElement", {"name": name, **_ORIGIN}, [geometry], parents=["bridge"]
        )


def _trees(writer: CityJsonWriter, trees: list[Tree]) -> None:
    templates = [
        writer.template(species_faces(index), {WALL: "trunk", ROOF: crown}) for index, (_, crown) in enumerate(SPECIES)
    ]
    for index, tree in enumerate(trees):
        place = writer.instance(templates[tree.species], np.asarray(tree.foot_m), tree.size, tree.height, tree.turn_rad)
        about = {"name": SPECIES[tree.species][0], "species": SPECIES[tree.species][0]}
        writer.add(f"tree-{index + 1:05d}", "SolitaryVegetationObject", about, [place])
