"""Real clouds through the whole conversion, against laspy, and against the buildings of the same place."""

from __future__ import annotations

from pathlib import Path

import laspy
import numpy as np
import pytest

from loaders.convert import ConvertOptions, convert
from loaders.model.formats import LayerKind
from loaders.model.points import PointChunk
from loaders.tileset import Tileset
from loaders.tileset.objects import have_shapes

FILES = {
    "pointcloud/simple.las": 1.0,
    "pointcloud/autzen_trim.laz": 0.3048,
    "city/3dfier_delft/ahn3_1.laz": 1.0,
    "city/3dfier_delft/ahn3_2.laz": 1.0,
}


def made(path: Path, tmp_path: Path) -> Tileset:
    return Tileset.open(Path(convert(path, ConvertOptions(out=tmp_path)).tileset))


def all_points_m(tileset: Tileset) -> tuple[np.ndarray, np.ndarray]:
    chunks = [chunk for tile in tileset.tiles for chunk in tileset.read_tile(tile.index)]
    assert all(isinstance(chunk, PointChunk) for chunk in chunks)
    points = np.concatenate([chunk.positions.astype(np.float64) + chunk.origin_m for chunk in chunks])
    return points + tileset.georeference.world_from_model[:3, 3], np.concatenate([chunk.rows for chunk in chunks])


@pytest.mark.parametrize(("name", "unit_m"), FILES.items())
def test_counts_bounds_and_classes_are_laspys(shared_data: Path, tmp_path: Path, name: str, unit_m: float) -> None:
    judge = laspy.read(shared_data / name)
    expected = np.asarray(judge.xyz) * unit_m
    tileset = made(shared_data / name, tmp_path)
    assert (tileset.kind, tileset.meta.counts.points) == (LayerKind.POINTS, len(expected))
    shift = tileset.georeference.world_from_model[:3, 3]
    bounds = tileset.bounds_m.reshape(2, 3) + shift
    np.testing.assert_allclose(bounds, [expected.min(axis=0), expected.max(axis=0)], atol=2e-3)
    points, rows = all_points_m(tileset)
    np.testing.assert_allclose(points.mean(axis=0), expected.mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(points.std(axis=0), expected.std(axis=0), rtol=1e-6)
    codes, counts = np.unique(judge.classification, return_counts=True)
    assert tileset.objects()["id"].to_pylist()[1:] == [f"class-{code}" for code in codes]
    assert tileset.objects()["points"].to_pylist() == [0, *counts.tolist()]
    assert np.bincount(rows)[1:].tolist() == counts.tolist()
    assert have_shapes(tileset.objects())[1:].all()


def test_roofs_in_the_cloud_stand_where_the_model_of_the_same_place_has_them(shared_data: Path, tmp_path: Path) -> None:
    """3dfier made the buildings of these points: their roofs lie within the heights of the points above them."""
    folder = shared_data / "city" / "3dfier_delft"
    points, rows = all_points_m(made(folder / "ahn3_1.laz", tmp_path))
    city = made(folder / "buildings.city.json", tmp_path)
    cloud_classes = laspy.read(folder / "ahn3_1.laz").classification
    building = np.flatnonzero(np.unique(cloud_classes) == 6)[0] + 1
    roofs = points[rows == building]
    boxes = city.object_bounds_m() + np.tile(city.georeference.world_from_model[:3, 3], 2)
    gaps = []
    for box in boxes[np.isfinite(boxes).all(axis=1)]:
        inside = (roofs[:, :2] > box[:2]).all(axis=1) & (roofs[:, :2] < box[3:5]).all(axis=1)
        # Boxes of slanted houses hold their neighbours' roofs too: the middle height is of its own.
        if inside.sum() > 300:
            gaps.append(np.percentile(roofs[inside, 2], 60) - box[5])
    assert len(gaps) > 30
    assert abs(np.median(gaps)) < 1.0


def test_the_delft_cloud_is_laid_out_for_streaming(shared_data: Path, tmp_path: Path) -> None:
    tileset = made(shared_data / "city" / "3dfier_delft" / "ahn3_1.laz", tmp_path)
    nodes = tileset.nodes()
    assert 20 < nodes.has_content.sum() < 120
    inner = np.isin(np.arange(len(nodes)), nodes.parents)
    first = int(np.flatnonzero(nodes.has_content)[0])
    assert nodes.num_bytes[first] < 2_000_000, "the first picture is small"
    assert (nodes.errors_m[inner] > 0.0).all()
    assert (nodes.errors_m[~inner] == 0.0).all()
