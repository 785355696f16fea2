"""Generates the demo city: terrain, plan, plain buildings and BIM buildings, as ordinary open files."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from loaders.model.errors import CityTwinError
from loaders.model.formats import LayerKind
from twin_app.demo.blocks import PARCEL, Block, fill_blocks, tv_tower
from twin_app.demo.city_buildings import some_houses, write_buildings
from twin_app.demo.city_plan import Plan, main_roads, write_plan
from twin_app.demo.frame import SITES, Site
from twin_app.demo.ifc.project import Spec
from twin_app.demo.made import DemoCity, DemoSource, IsCancelled, OnProgress, Steps
from twin_app.demo.massing import Massing
from twin_app.demo.metropolis.generate import CITY, CityScale, generate_city
from twin_app.demo.program import PROGRAM, Design
from twin_app.demo.streets import Network, lay_out
from twin_app.demo.terrain import Ground
from twin_app.demo.trees import Tree, plant
from twin_app.demo.views import bookmarks, first_view

__all__ = ["DemoCity", "DemoSource", "generate"]
MOST_HOUSES = 60  # that get simulated values
# ±0.000 of a BIM building above its levelled pad.
_PLINTH_M = 0.25


@dataclass(frozen=True, slots=True)
class _Laid:
    """The city as laid out, before anything is written."""

    ground: Ground
    network: Network
    blocks: list[Block]
    buildings: list[tuple[Massing, float]]
    specs: list[tuple[Design, Spec]]
    trees: list[Tree]


def generate(
    folder: Path,
    *,
    size: str = "district",
    seed: int = 7,
    on_progress: OnProgress = lambda _fraction, _stage: None,
    is_cancelled: IsCancelled = lambda: False,
) -> DemoCity:
    """Write the demo city into ``folder``; equal size and seed give equal bytes.

    ``on_progress`` gets a true fraction 0..1 of the work and a translation key. Raises `Cancelled`
    when asked to stop, `CityTwinError` for an unknown size or a folder that cannot be written.
    """
    start = time.perf_counter()
    _check_size(size)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if size == CITY:
            return generate_city(folder, CityScale(), seed, on_progress, is_cancelled)
        total = 3.0 + 4.0 + 6.0 + sum(design.weight for design in PROGRAM[size])
        return _generate(folder, SITES[size], seed, Steps(total, on_progress, is_cancelled), start)
    except OSError as error:
        raise CityTwinError("demo.cannot_write", str(folder), reason=error.strerror or str(error)) from error


def _check_size(size: str) -> None:
    sizes = (*SITES, CITY)
    if size not in sizes:
        raise CityTwinError("demo.unknown_size", size, sizes=", ".join(sizes))


def _generate(folder: Path, site: Site, seed: int, steps: Steps, start: float) -> DemoCity:
    steps.begin("terrain")
    laid = _lay_out(site, seed, steps)
    laid.ground.write(folder / "terrain.tif")
    steps.end(3.0)
    steps.begin("plan")
    plan = Plan(laid.ground, laid.network, laid.blocks, laid.trees)
    num_objects = write_plan(folder / "plan.city.json", plan, steps.checkpoint)
    steps.end(4.0)
    steps.begin("buildings")
    num_objects += write_buildings(folder / "buildings.city.json", site, laid.buildings, seed, steps.checkpoint)
    steps.end(6.0)
    num_elements = 0
    for design, spec in laid.specs:
        steps.begin("bim")
        num_elements += design.write(spec, folder / f"{design.key}.ifc")
        steps.end(design.weight)
    steps.begin("done")
    return DemoCity(
        project=folder / "demo.citytwin",
        size=site.size,
        seed=seed,
        crs="EPSG:4547",
        sources=_sources(folder, laid.specs),
        objects=num_objects + num_elements,
        buildings=len(laid.buildings) + len(laid.specs),
        seconds=time.perf_counter() - start,
        view=first_view(laid.ground, [spec for _, spec in laid.specs]),
        bookmarks=bookmarks(laid.ground, laid.specs),
        houses=some_houses(site, laid.buildings, seed, MOST_HOUSES),
        roads=main_roads(laid.network, seed),
    )


def _lay_out(site: Site, seed: int, steps: Steps) -> _Laid:
    rng = np.random.default_rng(seed)
    ground = Ground.of(site, seed)
    steps.checkpoint()
    network = lay_out(ground, rng)
    blocks = fill_blocks(ground, network, rng)
    steps.checkpoint()
    buildings = _founded(ground, blocks)
    specs = _specs(ground, blocks, site, seed)
    pads = [(block.outline.buffer(-1.0), _pad_height_m(ground, block)) for block in blocks if block.use == PARCEL]
    ground.level([*pads, *((building.footprint, height) for building, height in buildings)])
    trees = plant(ground, network, blocks, rng)
    buildings += _landmark(ground)
    return _Laid(ground, network, blocks, buildings, specs, trees)


def _landmark(ground: Ground) -> list[tuple[Massing, float]]:
    """The television tower, where the southern hill is high enough to carry one."""
    hill = ground.hills[1]
    top = round(float(ground.height_m(np.array([[hill.x_m, hill.y_m]]))[0]), 2)
    if top < 40.0:
        return []
    tower = tv_tower(hill.x_m, hill.y_m)
    ground.level([(tower.footprint, top)])
    return [(tower, top)]


def _founded(ground: Ground, blocks: list[Block]) -> list[tuple[Massing, float]]:
    """Every plain building with the ground level it is to stand on."""
    found = []
    for block in blocks:
        for building in block.buildings:
            at = building.footprint.representative_point()
            found.append((building, round(float(ground.height_m(np.array([[at.x, at.y]]))[0]), 3)))
    return found


def _pad_height_m(ground: Ground, block: Block) -> float:
    at = np.array([[block.frame.x_m, block.frame.y_m]])
    return round(float(ground.height_m(at)[0]), 2)


def _specs(ground: Ground, blocks: list[Block], site: Site, seed: int) -> list[tuple[Design, Spec]]:
    parcels = sorted((block for block in blocks if block.use == PARCEL), key=lambda block: block.parcel)
    east, north = site.south_west_m
    specs = []
    for design, block in zip(PROGRAM[site.size], parcels, strict=False):
        frame = block.frame
        height = _pad_height_m(ground, block) + _PLINTH_M
        place = (east + frame.x_m, north + frame.y_m, height, frame.angle_rad)
        specs.append((design, Spec(design.key, design.name_zh, design.use, *place, seed, site.storey_share)))
    return specs


def _sources(folder: Path, specs: list[tuple[Design, Spec]]) -> tuple[DemoSource, ...]:
    return (
        DemoSource(folder / "terrain.tif", LayerKind.TERRAIN, "地形", "Terrain"),
        DemoSource(folder / "plan.city.json", LayerKind.CITY, "规划底图", "City plan"),
        DemoSource(folder / "buildings.city.json", LayerKind.CITY, "一般建筑", "City buildings"),
        *(DemoSource(folder / f"{d.key}.ifc", LayerKind.BUILDING, d.name_zh, d.name_en) for d, _ in specs),
    )
