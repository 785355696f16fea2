"""Trees from afar: crowns, merged crowns, every tree once."""

import numpy as np
import pytest
import trimesh

from loaders.levels.city import plan_city
from loaders.levels.crowns import ERROR_M, crowns
from loaders.levels.pieces import Pieces
from loaders.levels.plan import PlannedTile, Proxies
from loaders.model.meshes import MeshChunk
from loaders.model.tables import CimLevel
from tests.unit.loaders.levels.test_pieces import all_tiles

COUNT = 3_000
COLOUR = (60, 130, 60, 255)


def _trees(count: int = COUNT) -> MeshChunk:
    chance = np.random.default_rng(4)
    ball = trimesh.creation.icosphere(subdivisions=1, radius=3.0)
    feet = np.column_stack([chance.uniform(0, 4000, (count, 2)), chance.uniform(0, 20, count)])
    points = np.add(ball.vertices, (0.0, 0.0, 3.0))[None] + feet[:, None]
    size = len(ball.vertices)
    return MeshChunk(
        np.zeros(3),
        points.reshape(-1, 3).astype(np.float32),
        (ball.faces[None] + size * np.arange(count)[:, None, None]).reshape(-1, 3).astype(np.uint32),
        np.repeat(np.arange(count), size).astype(np.uint32),
        np.tile(np.array(COLOUR, np.uint8), (count * size, 1)),
    )


def _planned() -> tuple[PlannedTile, Proxies]:
    proxies = Proxies(COUNT)
    levels = np.full(COUNT, int(CimLevel.SHELL))
    nothing, all_of_them = np.zeros(COUNT, np.bool_), np.ones(COUNT, np.bool_)
    return plan_city(Pieces.of([_trees()]), levels, nothing, proxies, all_of_them), proxies


def test_a_crown_is_closed_and_as_high_as_its_tree() -> None:
    solid = crowns(np.zeros((1, 2)), np.full((1, 2), 6.0), np.array([1.0]), np.array([9.0]), np.zeros((1, 4), np.uint8))
    mesh = trimesh.Trimesh(solid.points_m, solid.triangles, process=False)
    assert mesh.is_watertight
    assert mesh.volume > 0.0
    assert mesh.bounds[:, 2].tolist() == [1.0, 9.0]
    # Two pyramids over one square: a third of ground times height.
    assert mesh.volume == pytest.approx((0.84 * 6.0) ** 2 * 8.0 / 3.0)


def test_every_tree_is_there_once_and_stands_in_for_itself_from_afar() -> None:
    root, _ = _planned()
    full = [tile for tile in all_tiles(root) if not tile.stands_in and tile.make is not None]
    rows = np.concatenate([chunk.rows for tile in full for chunk in tile.make()])  # type: ignore[misc]
    assert np.unique(rows).tolist() == list(range(COUNT))
    assert sum(len(c.triangles) for tile in full for c in tile.make()) == 80 * COUNT  # type: ignore[misc]
    crowned = [tile for tile in all_tiles(root) if tile.stands_in and tile.error_m == ERROR_M]
    own = np.concatenate([chunk.rows for tile in crowned for chunk in tile.make()])  # type: ignore[misc]
    assert np.array_equal(np.sort(own), np.repeat(np.arange(COUNT), 6))
    assert {tile.level for tile in crowned} == {int(CimLevel.BLOCK)}


def test_from_further_off_crowns_are_merged_and_know_their_trees() -> None:
    root, proxies = _planned()
    merged = [tile for tile in all_tiles(root) if tile.stands_in and tile.error_m > ERROR_M]
    assert merged
    top = max(merged, key=lambda tile: tile.error_m)
    (chunk,) = top.make()  # type: ignore[misc]
    members = np.concatenate([proxies.members[row - COUNT] for row in np.unique(chunk.rows).tolist()])
    assert np.sort(members).tolist() == list(range(COUNT))
    assert len(chunk.triangles) < 0.05 * 80 * COUNT
    assert (chunk.colours == COLOUR).all()
