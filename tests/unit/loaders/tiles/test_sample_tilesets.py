"""Tilesets of other producers against what they say of themselves, and our own against where they came from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from pyproj import Transformer

from loaders.convert import ConvertOptions, convert
from loaders.model.frames import transform_bounds
from loaders.tileset import Tileset
from tests.unit.loaders.tiles.making import Loaded, loaded


@pytest.fixture
def samples(shared_data: Path) -> Path:
    return shared_data / "tiles"


def _declared_m(path: Path) -> np.ndarray:
    """The box (6,) of the root's bounding volume."""
    box = np.array(json.loads(path.read_text())["root"]["boundingVolume"]["box"])
    half = np.abs(box[3:].reshape(3, 3)).sum(axis=0)
    return np.concatenate([box[:3] - half, box[:3] + half])


@pytest.mark.parametrize(
    "name",
    [
        "1.1/SparseImplicitQuadtree",
        "1.1/MultipleContents",
        "glTF/GpuInstancesMetadata",
        "glTF/EXT_mesh_features/FeatureIdAttribute",
    ],
)
def test_what_is_drawn_fills_the_declared_volume(samples: Path, name: str) -> None:
    path = samples / name / "tileset.json"
    points, declared = loaded(path).points_m, _declared_m(path)
    assert (points >= declared[:3] - 0.011).all()
    assert (points <= declared[3:] + 0.011).all()
    size = points.max(axis=0) - points.min(axis=0)
    flat = declared[3:] - declared[:3] < 0.1
    assert (size[~flat] > 0.85 * (declared[3:] - declared[:3])[~flat]).all()


def test_an_implicit_tree_has_all_contents_that_there_are(samples: Path) -> None:
    folder = samples / "1.1" / "SparseImplicitQuadtree"
    found = loaded(folder / "tileset.json")
    assert len(found.geometry) == len(list((folder / "content").iterdir()))
    assert found.findings == []
    assert found.tree is not None
    # Six levels, and the deepest holds the contents: five parents above each.
    depth = np.zeros(len(found.tree.parents), int)
    for number, parent in enumerate(found.tree.parents):
        depth[number] = 0 if parent < 0 else depth[parent] + 1
    assert depth[[event.node for event in found.geometry]].tolist() == [5] * len(found.geometry)
    assert found.tree.errors_m[0] == 32.0
    assert found.tree.errors_m[depth == 5].tolist() == [1.0] * int((depth == 5).sum())


def test_features_have_the_properties_of_their_table(samples: Path) -> None:
    found = loaded(samples / "glTF/EXT_structural_metadata/FeatureIdAttributeAndPropertyTable/tileset.json")
    assert found.objects is not None
    assert found.objects.num_rows == 5
    assert found.values(2)["Example VEC3 FLOAT32 property"].startswith("1.0, 1.1")
    rows = np.concatenate([event.chunk.rows for event in found.geometry])
    assert set(rows.tolist()) == {1, 2, 3, 4}


def test_instances_are_features_of_their_own(samples: Path) -> None:
    found = loaded(samples / "glTF/GpuInstancesMetadata/tileset.json")
    assert sum(len(event.chunk.triangles) for event in found.geometry) == 10 * 12
    assert len({int(row) for event in found.geometry for row in event.chunk.rows}) >= 5


def test_a_missing_tile_costs_itself_only(samples: Path) -> None:
    found = loaded(samples / "1.0/TilesetWithDiscreteLOD/tileset.json")
    assert found.codes == ["tiles.missing"]
    assert len(found.geometry) == 2


def test_trees_stand_in_the_region_that_is_declared(samples: Path) -> None:
    path = samples / "1.0/TilesetWithTreeBillboards/tileset.json"
    found = loaded(path)
    west, south, east, north, low, high = json.loads(path.read_text())["root"]["boundingVolume"]["region"]
    assert found.georeference.crs == "EPSG:32618"
    world = found.points_m + found.georeference.world_from_model[:3, 3]
    longitude, latitude = Transformer.from_crs(found.georeference.crs, "EPSG:4326", always_xy=True).transform(
        world[:, 0], world[:, 1]
    )
    # The declared region is that of the trunks; crowns reach some metres beyond it.
    middle = np.radians([longitude.mean(), latitude.mean()])
    assert middle == pytest.approx([(west + east) / 2, (south + north) / 2], abs=2e-6)
    assert low - 5 < world[:, 2].min() < world[:, 2].max() < high + 5


def _as_of_others(folder: Path, target: Path) -> Path:
    """A copy of a folder of ours without what only we write."""
    (target / "tiles").mkdir(parents=True)
    for tile in (folder / "tiles").iterdir():
        shutil.copy(tile, target / "tiles")
    text = (folder / "tileset.json").read_text("utf-8").replace("CityTwin", "Another").replace("citytwin", "another")
    (target / "tileset.json").write_text(text, "utf-8")
    return target / "tileset.json"


def test_a_tileset_of_ours_is_found_again_where_it_stood(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "city" / "cityjson" / "delft.json"
    ours = Tileset.open(Path(convert(source, ConvertOptions(cache_folder=tmp_path / "cache")).tileset))
    found: Loaded = loaded(_as_of_others(ours.folder, tmp_path / "copy"))
    assert found.codes == []
    assert ours.georeference.crs is not None
    assert found.georeference.crs is not None
    wanted = transform_bounds(ours.georeference.world_from_model, ours.bounds_m)
    corners = np.array([[x, y] for x in wanted[[0, 3]] for y in wanted[[1, 4]]])
    to_zone = Transformer.from_crs(ours.georeference.crs, found.georeference.crs, always_xy=True)
    east, north = to_zone.transform(corners[:, 0], corners[:, 1])
    world = found.points_m + found.georeference.world_from_model[:3, 3]
    assert world[:, 2].min() == pytest.approx(wanted[2], abs=0.05)
    assert world[:, 2].max() == pytest.approx(wanted[5], abs=0.05)
    assert (world[:, 0] > min(east) - 0.5).all()
    assert (world[:, 0] < max(east) + 0.5).all()
    assert (world[:, 1] > min(north) - 0.5).all()
    assert (world[:, 1] < max(north) + 0.5).all()
