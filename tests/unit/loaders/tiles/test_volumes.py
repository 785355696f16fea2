"""Bounding volumes hold what they are said to hold, wherever on the globe, and implicit cells fill their root."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from loaders.tiles.placing import Frame, frame_at
from loaders.tiles.volumes import Volume, boxes_m, cell_volume, volume_of

TO_ECEF = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
places = st.tuples(st.floats(-179.0, 179.0), st.floats(-78.0, 78.0))
seeds = st.integers(0, 2**32 - 1)


def _inside(box: np.ndarray, points: np.ndarray) -> bool:
    return bool((points >= box[:3] - 1e-6).all() and (points <= box[3:] + 1e-6).all())


def _turned(chance: np.random.Generator, size_m: float, middle: np.ndarray) -> np.ndarray:
    """A matrix to the globe: turned any way, scaled, moved."""
    matrix = np.eye(4)
    matrix[:3, :3] = np.linalg.qr(chance.normal(size=(3, 3)))[0] * size_m
    matrix[:3, 3] = middle
    return matrix


@given(places, st.floats(0.5, 50_000.0), seeds)
def test_a_box_or_sphere_on_the_globe_holds_its_points(place: tuple[float, float], size_m: float, seed: int) -> None:
    chance = np.random.default_rng(seed)
    frame = frame_at(place)
    middle = np.array(TO_ECEF.transform(*place, chance.uniform(-100.0, 3000.0)))
    matrix = _turned(chance, size_m, middle)
    axes, centre = chance.uniform(-1.0, 1.0, (3, 3)), chance.uniform(-0.5, 0.5, 3)
    inside = chance.uniform(-1.0, 1.0, (400, 3)).round(0 if seed % 2 else 6)
    box = volume_of({"boundingVolume": {"box": [*centre, *axes.ravel()]}}, matrix)
    points = (centre + inside @ axes) @ matrix[:3, :3].T + matrix[:3, 3]
    (found,) = boxes_m([box], frame)
    assert _inside(found, frame.to_model(points))
    sphere = volume_of({"boundingVolume": {"sphere": [*centre, 0.7]}}, matrix)
    directions = inside / np.maximum(np.linalg.norm(inside, axis=1, keepdims=True), 1e-9)
    points = (centre + 0.7 * directions) @ matrix[:3, :3].T + matrix[:3, 3]
    (found,) = boxes_m([sphere], frame)
    assert _inside(found, frame.to_model(points))


@given(places, st.floats(1e-6, 0.01), st.floats(1e-6, 0.01), seeds)
def test_a_region_holds_its_points(place: tuple[float, float], width: float, height: float, seed: int) -> None:
    chance = np.random.default_rng(seed)
    west, south = np.radians(place)
    region = [west, south, west + width, south + height, -20.0, float(chance.uniform(-10.0, 2000.0))]
    frame = frame_at((place[0] + np.degrees(width) / 2, place[1]))
    (found,) = boxes_m([volume_of({"boundingVolume": {"region": region}}, np.eye(4))], frame)
    inside = chance.uniform(0.0, 1.0, (400, 3)).round(0 if seed % 2 else 6)
    low, high = np.array(region)[[0, 1, 4]], np.array(region)[[2, 3, 5]]
    where = low + inside * (high - low)
    points = np.stack(TO_ECEF.transform(*np.degrees(where[:, :2]).T, where[:, 2]), axis=1)
    assert _inside(found + np.array([-1e-4] * 3 + [1e-4] * 3), frame.to_model(points))
    assert found[5] - found[2] == pytest.approx(region[5] - region[4], abs=0.01)


@pytest.mark.parametrize("place", [(114.3, 30.6), (5.0, 52.0), (-70.0, -33.0)])
def test_boxes_are_not_much_larger_than_they_need_be(place: tuple[float, float]) -> None:
    lon, lat = np.radians(place)
    (found,) = boxes_m(
        [volume_of({"boundingVolume": {"region": [lon, lat, lon + 1e-4, lat + 1e-4, 0, 50]}}, np.eye(4))],
        frame_at(place),
    )
    sizes = found[3:] - found[:3]
    assert sizes[1] == pytest.approx(6.378e6 * 1e-4, rel=0.05)
    assert sizes[0] == pytest.approx(6.378e6 * 1e-4 * np.cos(lat), rel=0.06)


def test_a_box_that_is_nowhere_on_the_globe_is_exact() -> None:
    matrix = np.eye(4)
    matrix[:3, 3] = [100.0, 0.0, 0.0]
    volume = volume_of({"boundingVolume": {"box": [1, 2, 3, 4, 0, 0, 0, 5, 0, 0, 0, 6]}}, matrix)
    (found,) = boxes_m([volume], frame_at(None))
    assert found.tolist() == [97.0, -3.0, -3.0, 105.0, 7.0, 9.0]


@pytest.mark.parametrize(
    "said",
    [
        {},
        None,
        {"box": [1, 2, 3]},
        {"box": "no"},
        {"box": [float("nan")] * 12},
        {"sphere": [0, 0, 0, -1]},
        {"region": [0, 1, 0, 0.5, 0, 1]},
        {"region": [0, 0, 1, 1, 5, 1]},
        {"region": [0, 0, 1, 1, 0, 1e9]},
        {"region": [9, 9, 9, 9, 9, 9]},
    ],
)
def test_nonsense_is_no_volume(said: object) -> None:
    assert volume_of({"boundingVolume": said}, np.eye(4)) is None


@pytest.mark.parametrize("volume", [{"box": [1e300] * 12}, {"box": [1e12, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]}])
@pytest.mark.parametrize("place", [None, (114.0, 30.0)])
def test_what_is_far_from_anywhere_is_not_known(volume: dict[str, list[float]], place: tuple[float, float]) -> None:
    assert np.isnan(boxes_m([volume_of({"boundingVolume": volume}, np.eye(4)), None], frame_at(place))).all()


@given(st.sampled_from(["box", "region"]), st.integers(0, 5), st.sampled_from([2, 3]), seeds)
def test_cells_fill_their_root_and_do_not_overlap(kind: str, level: int, dimensions: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    if kind == "box":
        values = np.concatenate([chance.uniform(-9, 9, 3), chance.uniform(-9, 9, 9)])
    else:
        values = np.array([0.1, 0.2, 0.1 + chance.uniform(0.01, 1.0), 0.9, -5.0, chance.uniform(0.0, 99.0)])
    root = Volume(kind, values, np.eye(4))
    count = 1 << min(level, 2)
    level = min(level, 2)
    cells = [cell_volume(root, level, place) for place in itertools.product(range(count), repeat=dimensions)]
    shares = chance.uniform(0.0, 1.0, (50, 3))
    holders = np.zeros(50, int)
    for cell in cells:
        assert cell is not None
        holders += _holds(cell, _at(root, shares))
    assert (holders == 1).all()


def _at(volume: Volume, shares: np.ndarray) -> np.ndarray:
    if volume.kind == "box":
        return volume.values[:3] + (2.0 * shares - 1.0) @ volume.values[3:].reshape(3, 3)
    low, high = volume.values[[0, 1, 4]], volume.values[[2, 3, 5]]
    return low + shares * (high - low)


def _holds(volume: Volume, points: np.ndarray) -> np.ndarray:
    if volume.kind == "box":
        inside = np.linalg.solve(volume.values[3:].reshape(3, 3).T, (points - volume.values[:3]).T).T
        return (np.abs(inside) < 1.0).all(axis=1).astype(int)
    low, high = volume.values[[0, 1, 4]], volume.values[[2, 3, 5]]
    return ((points > low) & (points < high)).all(axis=1).astype(int)


def test_a_region_across_the_antimeridian_is_as_wide_as_it_is() -> None:
    region = [np.radians(179.99), 0.1, np.radians(-179.99), 0.101, 0.0, 10.0]
    frame: Frame = frame_at((179.995, np.degrees(0.1)))
    (found,) = boxes_m([volume_of({"boundingVolume": {"region": region}}, np.eye(4))], frame)
    assert found[3] - found[0] == pytest.approx(2226.0, rel=0.05)
