"""The large city: a small one of its kind has what was asked for, in its place, and the same each time."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely

from loaders.model.errors import Cancelled
from loaders.model.formats import LayerKind
from twin_app.demo.frame import world_from_site
from twin_app.demo.made import DemoCity
from twin_app.demo.metropolis.build import districts, fill_blocks
from twin_app.demo.metropolis.generate import CityScale, generate_city
from twin_app.demo.metropolis.grid import lay_blocks
from twin_app.demo.metropolis.land import PLAIN_M, Land, site_of
from twin_app.demo.metropolis.models import DESIGNS, place_models
from twin_app.demo.noise import Noise
from twin_app.usecases.demo_city import write_projects

SCALE = CityScale(width_m=6_000.0, buildings=700, models=2, most_buildings=300)


def make(folder: Path) -> tuple[DemoCity, list[float]]:
    told: list[float] = []
    city = generate_city(folder, SCALE, 5, lambda fraction, _stage: told.append(fraction), lambda: False)
    return city, told


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DemoCity, list[float]]:
    folder = tmp_path_factory.mktemp("city")
    return folder, *make(folder)


def test_as_many_buildings_as_asked_for_all_with_attributes_and_stamped(made) -> None:
    folder, city, _ = made
    houses = {}
    for path in sorted(folder.glob("buildings-*.city.json")):
        found = json.loads(path.read_text("utf-8"))["CityObjects"]
        assert sum(one["type"] == "Building" for one in found.values()) <= SCALE.most_buildings
        assert not houses.keys() & found.keys()
        houses |= found
    buildings = [one for one in houses.values() if one["type"] == "Building"]
    assert len(buildings) >= SCALE.buildings
    assert city.buildings == len(buildings) + SCALE.models
    assert all("synthetic" in one["attributes"]["dataOrigin"] for one in houses.values())
    assert all(one["attributes"]["measuredHeight"] > 2.0 and one["attributes"]["function"] for one in buildings)
    parts = [part for one in buildings for part in one.get("children", ())]
    assert parts
    assert all(houses[part]["type"] == "BuildingPart" for part in parts)


def test_everything_lies_on_the_site(made) -> None:
    folder, city, _ = made
    with rasterio.open(folder / "terrain.tif") as terrain:
        west, south, east, north = terrain.bounds
    assert (east - west, north - south) == (SCALE.width_m, SCALE.width_m)
    for path in folder.glob("*.city.json"):
        low_x, low_y, low_z, high_x, high_y, high_z = json.loads(path.read_text("utf-8"))["metadata"][
            "geographicalExtent"
        ]
        assert west - 1 <= low_x < high_x <= east + 1
        assert south - 1 <= low_y < high_y <= north + 1
        assert 0.0 < low_z < high_z < 400.0
    for view in [city.view, *(one.view for one in city.bookmarks)]:
        assert view.position_m[2] > PLAIN_M


def test_a_place_of_its_own_for_each_model(made) -> None:
    folder, city, _ = made
    models = [one for one in city.sources if one.kind is LayerKind.BUILDING]
    assert len(models) == SCALE.models
    assert all(one.path.exists() and one.world_from_model is not None for one in models)
    write_projects(city, folder)
    record = json.loads((folder / "wuhan-riverside.citytwin").read_text("utf-8"))
    bases = [tuple(layer["base"]) for layer in record["layers"] if "base" in layer]
    assert len(set(bases)) == SCALE.models


def test_a_handful_of_files_for_many_models(tmp_path: Path) -> None:
    land = Land(site_of(20_000.0), Noise(1))
    filled = fill_blocks(land, lay_blocks(land), (2_000, 40), 1)
    placed = place_models(tmp_path, land.site, filled, 1)
    assert len(placed) == 40
    assert {one.path for one in placed} == {tmp_path / f"{design.key}.ifc" for design in DESIGNS}
    assert len({one.world_from_model.tobytes() for one in placed}) == 40


def test_houses_stand_within_their_blocks_on_level_ground() -> None:
    land = Land(site_of(20_000.0), Noise(2))
    filled = fill_blocks(land, lay_blocks(land), (1_500, 3), 2)
    for one in filled:
        outline = shapely.Polygon(one.block.outline_m).buffer(1.0)
        cos, sin = np.cos(one.block.angle_rad), np.sin(one.block.angle_rad)
        for box in (box for house in one.houses for box in house.boxes):
            half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2 * (box.width_m, box.depth_m)
            corners = np.add(half, (box.u_m, box.v_m)) @ np.array([[cos, sin], [-sin, cos]]) + one.block.middle_m
            assert outline.covers(shapely.MultiPoint(corners))
        ground = land.height_m(*one.block.around_m.T)
        assert ground == pytest.approx(PLAIN_M, abs=0.05)
    assert world_from_site(land.site, np.zeros((1, 2)))[0, 0] == pytest.approx(519_000.0)


def test_a_smaller_city_is_the_middle_of_a_larger_one() -> None:
    land = Land(site_of(20_000.0), Noise(3))
    blocks = lay_blocks(land)
    small, large = (fill_blocks(land, blocks, wanted, 3) for wanted in ((500, 2), (1_500, 5)))
    assert len(small) < len(large)
    other = {one.block.cell: one for one in large}
    same = [one for one in small if not other[one.block.cell].parcel]
    assert all(other[one.block.cell].houses == one.houses for one in same)


def test_districts_lose_nothing() -> None:
    land = Land(site_of(20_000.0), Noise(4))
    filled = fill_blocks(land, lay_blocks(land), (1_000, 4), 4)
    parts = districts(filled, 300)
    assert sorted(one.block.cell for part in parts for one in part) == sorted(one.block.cell for one in filled)
    assert all(sum(len(one.houses) for one in part) <= 300 for part in parts)


def test_progress_is_true_and_equal_seeds_give_equal_bytes(made, tmp_path: Path) -> None:
    folder, _, told = made
    assert told[0] == 0.0
    assert told[-1] == 1.0
    assert told == sorted(told)
    make(tmp_path)
    digests = [
        {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in one.iterdir() if p.suffix in (".json", ".tif")}
        for one in (folder, tmp_path)
    ]
    assert digests[0] == digests[1]


@pytest.mark.parametrize("after", [0, 3, 30])
def test_cancel_stops_it(tmp_path: Path, after: int) -> None:
    asked: list[int] = []

    def is_cancelled() -> bool:
        asked.append(1)
        return len(asked) > after

    with pytest.raises(Cancelled):
        generate_city(tmp_path, SCALE, 5, lambda _fraction, _stage: None, is_cancelled)
    assert len(asked) == after + 1
