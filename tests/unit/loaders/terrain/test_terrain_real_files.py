"""Real rasters against rasterio's own reading."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from pyproj import Transformer

from loaders import registry
from loaders.terrain.raster import ElevationGrid, composed
from tests.unit.loaders.terrain.rasters import run, run_picture


def test_each_file_is_what_it_is(shared_data: Path) -> None:
    folder = shared_data / "terrain"
    kinds = {"elev_vinschgau.tif": "terrain", "elev_luxembourg.tif": "terrain"}
    kinds |= {"autzen_height.tif": "imagery", "autzen.jpg": "imagery"}
    assert {name: registry.choose(folder / name).id for name in kinds} == kinds


def test_a_metric_raster_is_kept_sample_by_sample(shared_data: Path) -> None:
    path = shared_data / "terrain/elev_vinschgau.tif"
    found = run(path)
    with rasterio.open(path) as source:
        heights = source.read(1, masked=True)
        points = np.unique(found.vertices(), axis=0)  # neighbouring tiles share samples
        assert len(points) == heights.count()
        row, column = rasterio.transform.rowcol(source.transform, points[:, 0], points[:, 1])
        np.testing.assert_allclose(points[:, 2], heights[row, column], atol=0.01)
    assert found.opened.georeference.crs == "EPSG:32632"
    assert found.facts["cell size x"] == 250


def test_a_raster_in_degrees_agrees_with_its_samples(shared_data: Path) -> None:
    path = shared_data / "terrain/elev_luxembourg.tif"
    found = run(path)
    assert found.opened.georeference.crs == "EPSG:32632"
    points = found.vertices()
    back = Transformer.from_crs("EPSG:32632", "EPSG:4326", always_xy=True)
    longitude, latitude = back.transform(points[:, 0], points[:, 1])
    with rasterio.open(path) as source:
        heights = source.read(1, masked=True).astype(np.float32)
        centre = composed(source.transform, rasterio.Affine(1, 0, 0.5, 0, 1, 0.5))
        grid = ElevationGrid(heights.filled(np.nan), centre, "EPSG:4326")
        covered = heights.count() / heights.size
    np.testing.assert_allclose(points[:, 2], grid.height_at(longitude, latitude), atol=0.01)
    assert 1 - found.facts["share without height"] == pytest.approx(covered, abs=0.1)
    low, high = found.facts["minimum height"], found.facts["maximum height"]
    assert heights.min() <= low < high <= heights.max()


def test_pictures(shared_data: Path) -> None:
    photo = run_picture(shared_data / "terrain/autzen.jpg")
    corner = photo.vertices()
    np.testing.assert_allclose(corner.min(axis=0), [635615.43, 848977.64, 0], atol=0.01)
    np.testing.assert_allclose(corner.max(axis=0), [638863.43, 853362.64, 0], atol=0.01)
    assert photo.codes == {"terrain.no_crs"}
    assert all(chunk.texture is not None for chunk in photo.chunks)
    heights = run_picture(shared_data / "terrain/autzen_height.tif")
    assert heights.codes == {"imagery.no_place"}
    np.testing.assert_allclose(np.ptp(heights.vertices(), axis=0), [735, 973, 0], atol=1e-3)
