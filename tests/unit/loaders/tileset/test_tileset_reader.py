"""Opening tilesets: what was written, fast, and damage is said at once."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from loaders.model.formats import LayerKind
from loaders.model.frames import Georeference, rotation_z, translation
from loaders.model.tables import OBJECTS_SCHEMA, PROPERTIES_SCHEMA
from loaders.tileset import Tileset, is_tileset_folder
from tests.unit.loaders.convert.synthetic import cubes, object_table, property_table
from tests.unit.loaders.tileset.making import write_tileset

GEOREFERENCE = Georeference(
    crs="EPSG:4547",
    world_from_model=translation((512_000.25, 3_380_000.5, 21.125)) @ rotation_z(0.3),
    method="map_conversion",
    latitude_deg=30.5,
    true_north_deg=12.5,
    details={"名称": "武汉"},
)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tileset") / "a.tiles"
    parts = [(cubes([row], (row * 2000.0, 0, 0)), 6) for row in range(1, 12)]
    tables = (object_table(12), property_table([3, 1, 3, 11]))
    # Of terrain every chunk is a tile of its own.
    write_tileset(folder, parts, tables, GEOREFERENCE, LayerKind.TERRAIN)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "a.tiles"))


def test_meta_comes_back(original: Path) -> None:
    tileset = Tileset.open(original)
    assert tileset.kind is LayerKind.TERRAIN
    assert tileset.meta.schema == "SYN 1"
    assert tileset.meta.counts.triangles == 11 * 12
    assert tileset.meta.engines == {"synthetic": "1"}
    np.testing.assert_array_equal(tileset.georeference.world_from_model, GEOREFERENCE.world_from_model)
    assert tileset.georeference.details == {"名称": "武汉"}
    assert tileset.georeference.true_north_deg == 12.5
    np.testing.assert_array_equal(tileset.bounds_m, [2000, 0, 0, 22_001, 1, 1])
    assert tileset.objects().schema.equals(OBJECTS_SCHEMA)


def test_tiles_name_their_place(original: Path) -> None:
    tileset = Tileset.open(original)
    assert [tile.index for tile in tileset.tiles] == list(range(11))
    for tile in tileset.tiles:
        (chunk,) = tileset.read_tile(tile.index)
        np.testing.assert_array_equal(chunk.bounds_m, tile.bounds_m)
        assert tile.num_bytes == tile.path.stat().st_size
        assert tile.num_triangles == 12


def test_properties_by_object(original: Path) -> None:
    tileset = Tileset.open(original)
    assert tileset.properties_of(3)["name"].to_pylist() == ["p0", "p2"]
    assert tileset.properties_of(11)["name"].to_pylist() == ["p3"]
    assert tileset.properties_of(2).num_rows == 0
    assert tileset.properties()["object"].to_pylist() == [1, 3, 3, 11]
    assert tileset.properties_of(10**6).num_rows == 0
    assert tileset.properties_of(2).schema.equals(PROPERTIES_SCHEMA)


def test_properties_are_fast_at_a_million(tmp_path: Path) -> None:
    count = 1_000_000
    owners = np.sort(np.random.default_rng(1).integers(0, 50_000, count)).astype(np.uint32)
    text = pa.array(owners % 997).cast(pa.string())
    values = dict.fromkeys(PROPERTIES_SCHEMA.names, text)
    values |= {"object": owners, "number": owners.astype(float), "inherited": np.zeros(count, bool)}
    table = pa.table(values).cast(PROPERTIES_SCHEMA)
    objects = object_table(50_000)
    tileset = write_tileset(tmp_path / "a.tiles", [], (objects, table))
    tileset.properties_of(0)
    times = []
    for row in (17, 25_000, 49_999, 4_000, 31_000, 12_345, 44_444):
        start = time.perf_counter()
        found = tileset.properties_of(row)
        times.append(time.perf_counter() - start)
        assert found.num_rows == int((owners == row).sum())
        assert set(found["object"].to_pylist()) == {row}
    assert sorted(times)[len(times) // 2] < 0.02  # 2 ms on a quiet machine


def test_3d_tiles_document(original: Path) -> None:
    document = json.loads((original / "tileset.json").read_text())
    assert document["asset"]["version"] == "1.1"
    root = document["root"]
    assert root["refine"] == "ADD"
    assert "content" not in root
    assert document["geometricError"] >= root["geometricError"] > 0
    _check_tile(root, document["geometricError"])


def _check_tile(tile: dict, error_above: float) -> None:
    assert tile["geometricError"] <= error_above
    assert len(tile["boundingVolume"]["box"]) == 12
    for child in tile.get("children", ()):
        _check_tile(child, tile["geometricError"])


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


DAMAGES: dict[str, Callable[[Path], object]] = {
    "no tileset.json": lambda folder: (folder / "tileset.json").unlink(),
    "truncated json": lambda folder: _truncate(folder / "tileset.json"),
    "json of another kind": lambda folder: (folder / "tileset.json").write_text("[1]"),
    "empty json": lambda folder: (folder / "tileset.json").write_text(""),
    "deep json": lambda folder: (folder / "tileset.json").write_text("[" * 100_000),
    "missing tile": lambda folder: (folder / "tiles" / "000003.glb").unlink(),
    "truncated tile": lambda folder: _truncate(folder / "tiles" / "000003.glb"),
    "missing tiles": lambda folder: shutil.rmtree(folder / "tiles"),
    "truncated objects": lambda folder: _truncate(folder / "objects.parquet"),
    "missing properties": lambda folder: (folder / "properties.parquet").unlink(),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_said_on_opening(folder: Path, name: str) -> None:
    DAMAGES[name](folder)
    with pytest.raises(CityTwinError, match=r"tileset\.(damaged|missing)"):
        Tileset.open(folder)


def _edit(folder: Path, edit: Callable[[dict], None]) -> None:
    path = folder / "tileset.json"
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))


def _leaf(document: dict) -> dict:
    tile = document["root"]
    while "content" not in tile:
        tile = tile["children"][0]
    return tile


@pytest.mark.parametrize("uri", ["../../etc/passwd", "/etc/passwd", "http://host/a.glb", "tiles\\a.glb", "tiles/../x"])
def test_uris_stay_in_the_folder(folder: Path, uri: str) -> None:
    _edit(folder, lambda document: _leaf(document)["content"].update(uri=uri))
    with pytest.raises(CityTwinError, match="damaged"):
        Tileset.open(folder)


def test_foreign_and_newer_tilesets_are_told_apart(folder: Path) -> None:
    _edit(folder, lambda document: document["extras"]["citytwin"].update(format_version=999))
    with pytest.raises(CityTwinError, match="version"):
        Tileset.open(folder)
    _edit(folder, lambda document: document.pop("extras"))
    with pytest.raises(CityTwinError, match="foreign"):
        Tileset.open(folder)


@given(data=st.data())
def test_no_edit_of_the_document_crashes(original: Path, data: st.DataObject) -> None:
    document = json.loads((original / "tileset.json").read_text())
    place: object = document
    while isinstance(place, dict | list) and place:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if data.draw(st.booleans()) or not isinstance(place[key], dict | list):
            place[key] = data.draw(st.sampled_from([None, -1, 1e400, "x", [], {}, True]))
            break
        place = place[key]
    target = original.parent / "edited.tiles"
    if not target.exists():
        shutil.copytree(original, target)
    (target / "tileset.json").write_text(json.dumps(document))
    try:
        tileset = Tileset.open(target)
    except CityTwinError:
        return
    for tile in tileset.tiles:
        with contextlib.suppress(CityTwinError):
            tileset.read_tile(tile.index)


def test_a_row_beyond_the_objects_is_damage(folder: Path) -> None:
    _edit(folder, lambda document: document["extras"]["citytwin"]["counts"].update(objects=3))
    with pytest.raises(CityTwinError, match="object row"):
        Tileset.open(folder).read_tile(10)


def test_garbage_tables_are_damage(folder: Path) -> None:
    for name in ("objects.parquet", "properties.parquet", "proxies.parquet"):
        path = folder / name
        path.write_bytes(b"x" * path.stat().st_size)
    tileset = Tileset.open(folder)
    with pytest.raises(CityTwinError, match="damaged"):
        tileset.objects()
    with pytest.raises(CityTwinError, match="damaged"):
        tileset.proxies()
    with pytest.raises(CityTwinError, match="damaged"):
        tileset.properties_of(1)
    (folder / "report.json").write_text("?")
    with pytest.raises(CityTwinError, match="damaged"):
        _ = tileset.report


def test_what_is_a_tileset_folder(original: Path, tmp_path: Path) -> None:
    assert is_tileset_folder(original)
    assert not is_tileset_folder(tmp_path)
    assert not is_tileset_folder(original / "tileset.json")
    assert not is_tileset_folder(tmp_path / "none")
    with pytest.raises(CityTwinError, match="missing"):
        Tileset.open(tmp_path / "none")
