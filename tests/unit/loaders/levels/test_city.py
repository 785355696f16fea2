"""A city's levels: prisms, merged quarters, every building once."""

import numpy as np
import pytest

from loaders.levels.city import plan_city
from loaders.levels.pieces import Pieces
from loaders.levels.plan import PlannedTile, Proxies
from loaders.levels.prisms import buildings_of
from loaders.model.meshes import MeshChunk
from loaders.model.tables import CimLevel
from tests.unit.loaders.levels.making import boxes_chunk, volume_m3
from tests.unit.loaders.levels.test_pieces import all_tiles, corners_of

COUNT = 20_000


@pytest.fixture(scope="module")
def town() -> MeshChunk:
    """Buildings 20 m apart on a square, of other heights."""
    rng = np.random.default_rng(4)
    place = np.stack(np.meshgrid(np.arange(200), np.arange(100)), axis=-1).reshape(-1, 2) * 20.0
    size, height = rng.uniform(6, 15, (COUNT, 2)), rng.uniform(4, 80, (COUNT, 1))
    ground = np.zeros((COUNT, 1))
    return boxes_chunk(np.concatenate([place, ground, place + size, height], axis=1).tolist())


@pytest.fixture(scope="module")
def plan(town: MeshChunk) -> tuple[PlannedTile, Proxies]:
    proxies = Proxies(COUNT)
    levels = np.full(COUNT, CimLevel.SHELL)
    return plan_city(Pieces.of([town]), levels, np.ones(COUNT, bool), proxies), proxies


def test_a_prism_holds_as_much_as_its_building(town: MeshChunk) -> None:
    figures, prisms = buildings_of(Pieces.of([town]))
    points = prisms.points_m + prisms.origin_m
    for row in (0, 77, COUNT - 1):
        mine = prisms.triangles[prisms.owners[prisms.triangles[:, 0]] == row]
        box = figures.boxes_m[row]
        assert volume_m3(points, mine, box[2]) == pytest.approx(np.prod(box[3:] - box[:3]), rel=1e-3)
        assert figures.footprint_m2[row] == pytest.approx(np.prod(box[3:5] - box[:2]), rel=1e-3)


def test_a_building_without_a_level_ground_gets_its_box() -> None:
    chunk = boxes_chunk([(0, 0, 0, 4, 5, 6)])
    walls = MeshChunk(chunk.origin_m, chunk.positions, chunk.triangles[4:], chunk.rows, chunk.colours)
    figures, prisms = buildings_of(Pieces.of([walls]))
    points = prisms.points_m + prisms.origin_m
    assert volume_m3(points, prisms.triangles, 0.0) == pytest.approx(120.0)
    assert figures.high_m.tolist() == [6.0]


def test_the_finest_tiles_hold_each_building_once(town: MeshChunk, plan: tuple[PlannedTile, Proxies]) -> None:
    full = [tile.make() for tile in all_tiles(plan[0]) if tile.make is not None and not tile.stands_in]
    assert corners_of([chunk for chunks in full for chunk in chunks]) == corners_of([town])


def test_each_level_of_quarters_stands_for_all_buildings_of_its_area(plan: tuple[PlannedTile, Proxies]) -> None:
    root, proxies = plan
    assert root.replaces
    assert root.stands_in
    for tile in all_tiles(root):
        assert all(child.error_m < tile.error_m for child in tile.children)
        if tile.stands_in:
            assert _stood_for(tile, proxies) == set().union(*(_below(child, proxies) for child in tile.children))


def _stood_for(tile: PlannedTile, proxies: Proxies) -> set[int]:
    assert tile.make is not None
    rows = np.unique(np.concatenate([chunk.rows for chunk in tile.make()]))
    own = set(rows[rows < COUNT].tolist())
    return own.union(*(proxies.members[row - COUNT].tolist() for row in rows[rows >= COUNT].tolist()))


def _below(tile: PlannedTile, proxies: Proxies) -> set[int]:
    if tile.make is not None:
        return _stood_for(tile, proxies)
    return set().union(*(_below(child, proxies) for child in tile.children))


def test_merged_blocks_hold_about_as_much_as_their_buildings(
    town: MeshChunk, plan: tuple[PlannedTile, Proxies]
) -> None:
    root = plan[0]
    assert root.make is not None
    held = sum(volume_m3(c.positions + c.origin_m, c.triangles, 0.0) for c in root.make())
    truth = volume_m3(town.positions.astype(float), town.triangles, 0.0)
    assert held == pytest.approx(truth, rel=0.05)
    assert sum(len(chunk.triangles) for chunk in root.make()) < len(town.triangles) / 10
