"""The levels of a terrain."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from loaders.levels.ground import STRIDES, coarser, grid_shape, plan_ground
from loaders.model.meshes import MeshChunk, Texture


def grid(rows: int, columns: int, height=lambda x, y: 0.0 * x) -> MeshChunk:  # type: ignore[no-untyped-def]
    x, y = np.meshgrid(np.arange(columns) * 5.0, -np.arange(rows) * 5.0)
    number = np.arange(rows * columns).reshape(rows, columns)
    corner = np.stack([number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]], axis=-1).reshape(-1, 4)
    triangles = np.concatenate([corner[:, [0, 1, 2]], corner[:, [0, 2, 3]]])
    points = np.stack([x, y, height(x, y)], axis=-1).reshape(-1, 3).astype(np.float32)
    colours = np.full((len(points), 4), 255, np.uint8)
    rows_ = np.zeros(len(points), np.uint32)
    return MeshChunk(np.zeros(3), points, triangles.astype(np.uint32), rows_, colours)


def plan_area_m2(chunk: MeshChunk) -> float:
    a, b, c = (chunk.positions[chunk.triangles[:, k], :2].astype(float) for k in range(3))
    areas = ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2
    assert (areas > 0).all()
    return float(areas.sum())


@pytest.mark.parametrize("shape", [(129, 129), (65, 129), (100, 71), (50, 51)])
@pytest.mark.parametrize("stride", STRIDES)
def test_fewer_triangles_cover_the_same_ground_and_the_whole_border(shape, stride) -> None:
    chunk = grid(*shape, height=lambda x, y: np.sin(x / 40.0) * 3.0 + y / 50.0)
    assert grid_shape(chunk) == shape
    coarse = coarser(chunk, shape, stride)
    assert len(coarse.triangles) < 0.5 * len(chunk.triangles)
    assert plan_area_m2(coarse) == pytest.approx(plan_area_m2(chunk), rel=1e-6)
    x, y = chunk.positions[:, 0], chunk.positions[:, 1]
    edge = (x == x.min()) | (x == x.max()) | (y == y.min()) | (y == y.max())
    have = {tuple(point) for point in coarse.positions.tolist()}
    assert all(tuple(point) in have for point in chunk.positions[edge].tolist())


def test_a_plain_is_as_good_with_few_samples_and_a_hill_is_not() -> None:
    plain = plan_ground([grid(129, 129)])
    hill = plan_ground([grid(129, 129, lambda x, y: 40.0 * np.exp(-((x - 300) ** 2 + (y + 300) ** 2) / 900.0))])
    assert plain.error_m == pytest.approx(0.0)
    assert hill.error_m > 10.0
    assert hill.replaces
    (middle,) = hill.children
    assert 0.0 < middle.error_m < hill.error_m
    (finest,) = middle.children
    assert not finest.children
    assert finest.make is not None
    assert len(finest.make()[0].triangles) == 2 * 128 * 128


def test_what_is_no_whole_grid_or_lies_under_a_picture_stays_as_it_is() -> None:
    chunk = grid(129, 129)
    holed = dataclasses.replace(chunk, triangles=chunk.triangles[:-5])
    pictured = dataclasses.replace(
        chunk, uvs=np.zeros((len(chunk.positions), 2), np.float32), texture=Texture(b"x", "")
    )
    for one in (holed, pictured, grid(20, 20)):
        assert grid_shape(one) is None
        assert plan_ground([one]).children == []
