"""Generates the demo's largest city: terrain, plan, houses in several files, and models in many places."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from loaders.model.formats import LayerKind
from twin_app.demo.frame import CRS
from twin_app.demo.made import DemoCity, DemoSource, IsCancelled, OnProgress, Steps
from twin_app.demo.metropolis.build import Filled, districts, fill_blocks, write_houses
from twin_app.demo.metropolis.grid import lay_blocks
from twin_app.demo.metropolis.land import Land, site_of
from twin_app.demo.metropolis.models import DESIGNS, Placed, place_models, write_models
from twin_app.demo.metropolis.outlook import bookmarks
from twin_app.demo.metropolis.plan import write_plan
from twin_app.demo.noise import Noise
from twin_app.demo.terrain import write_raster

CITY = "city"


@dataclass(frozen=True, slots=True)
class CityScale:
    """How large a city: ``buildings`` are the least, ``models`` are placements of IFC files.

    ``most_buildings`` go into one file. Walls have windows within ``detail_share`` of half the width.
    """

    width_m: float = 20_000.0
    buildings: int = 100_000
    models: int = 100
    most_buildings: int = 13_000
    detail_share: float = 0.30


def generate_city(
    folder: Path, scale: CityScale, seed: int, on_progress: OnProgress, is_cancelled: IsCancelled
) -> DemoCity:
    """Write a city into an existing folder; equal scale and seed give equal bytes. Raises `Cancelled` and `OSError`."""
    start = time.perf_counter()
    house_weight = 2e-4 * scale.buildings
    total = 6.0 + 0.4 * house_weight + house_weight + sum(design.weight for design in DESIGNS)
    steps = Steps(total, on_progress, is_cancelled)
    steps.begin("terrain")
    land = Land(site_of(scale.width_m), Noise(seed))
    write_raster(folder / "terrain.tif", land.site, land.grid_m())
    steps.end(3.0)
    steps.begin("plan")
    blocks = lay_blocks(land)
    filled = fill_blocks(land, blocks, (scale.buildings, scale.models), seed)
    steps.end(3.0)
    rest = blocks[len(filled) :]
    num_objects = write_plan(folder / "plan.city.json", land, (filled, rest), seed, steps.checkpoint)
    steps.end(0.4 * house_weight)
    parts = districts(filled, scale.most_buildings)
    num_houses = _write_parts(folder, land, parts, (seed, scale.detail_share, house_weight), steps)
    placed = place_models(folder, land.site, filled, seed)
    begun: list[float] = []

    def begin(weight: float) -> None:
        steps.end(sum(begun[-1:]))
        steps.begin("bim")
        begun.append(weight)

    num_elements = write_models(placed, begin)
    steps.end(total)
    steps.begin("done")
    marks = bookmarks(land, filled, placed)
    return DemoCity(
        project=folder / "demo.citytwin",
        size=CITY,
        seed=seed,
        crs=CRS,
        sources=_sources(folder, len(parts), placed),
        objects=num_objects + num_houses + num_elements,
        buildings=num_houses + len(placed),
        seconds=time.perf_counter() - start,
        view=marks[0].view,
        bookmarks=marks,
    )


def _write_parts(
    folder: Path, land: Land, parts: list[list[Filled]], about: tuple[int, float, float], steps: Steps
) -> int:
    seed, detail_share, weight = about
    written = 0
    for number, part in enumerate(parts):
        steps.begin("buildings")
        path = folder / _part_name(number)
        written += write_houses(path, land.site, (part, written, seed), detail_share, steps.checkpoint)
        steps.end(weight / len(parts))
    return written


def _part_name(number: int) -> str:
    return f"buildings-{number + 1:02d}.city.json"


def _sources(folder: Path, num_parts: int, placed: list[Placed]) -> tuple[DemoSource, ...]:
    return (
        DemoSource(folder / "terrain.tif", LayerKind.TERRAIN, "地形", "Terrain"),
        DemoSource(folder / "plan.city.json", LayerKind.CITY, "规划底图", "City plan"),
        *(
            DemoSource(folder / _part_name(n), LayerKind.CITY, f"一般建筑 {n + 1}区", f"City buildings {n + 1}")
            for n in range(num_parts)
        ),
        *(
            DemoSource(
                one.path,
                LayerKind.BUILDING,
                f"{one.design.name_zh} {one.number}",
                f"{one.design.name_en} {one.number}",
                np.asarray(one.world_from_model),
            )
            for one in placed
        ),
    )
