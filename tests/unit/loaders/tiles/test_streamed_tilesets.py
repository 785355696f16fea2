"""Large tilesets against what converting them whole gives: the same triangles in every view, and their objects."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from loaders.detail import DetailedTiles
from loaders.model.errors import CityTwinError
from loaders.tiles import stream, tree
from loaders.tiles.placing import frame_at, place_of
from loaders.tiles.volumes import boxes_m
from loaders.tileset import Tileset
from tests.unit.loaders.tiles.looking import Look, converted, opened, same_triangles
from tests.unit.loaders.tiles.making import b3dm, box_glb, gltf, tile, write
from tests.unit.loaders.tiles.realscene import Scene, write_scene

SAMPLES = [
    "1.0/TilesetWithDiscreteLOD",
    "1.0/TilesetWithTreeBillboards",
    "1.1/MultipleContents",
    "1.1/SparseImplicitQuadtree",
    "glTF/EXT_mesh_features/FeatureIdAttribute",
    "glTF/EXT_structural_metadata/FeatureIdAttributeAndPropertyTable",
    "glTF/GpuInstancesMetadata",
]
VIEWS_M = (1000.0, 30.0, 9.0, 2.5, 0.6, 1e-6)


def _empty_from_m(path: Path) -> float:
    """From where on empty tiles are not gone on from, as they are where all is at hand."""
    walk = tree.Walk(path, lambda: None)
    tiles = walk.run()
    boxes = boxes_m([each.spot.volume for each in tiles], frame_at(place_of(walk.document.tiles[0])))
    sizes = np.linalg.norm(boxes[:, 3:] - boxes[:, :3], axis=1)
    return min((max(t.error_m, 0.2 * sizes[t.number]) for t in tiles if not t.contents), default=np.inf)


def _compare(path: Path, tmp_path: Path, most_tiles: int) -> None:
    whole, streamed = converted(path, tmp_path / "whole"), converted(path, tmp_path / "streamed", most_tiles)
    is_large = "tiles.large" in [finding.code for finding in streamed.findings]
    assert is_large or most_tiles
    assert "tiles.large" not in [finding.code for finding in whole.findings]
    with Look(opened(whole)) as one, Look(opened(streamed)) as other:
        assert isinstance(one.tiles, Tileset)
        assert isinstance(other.tiles, DetailedTiles) == is_large
        assert not other.tiles.problems
        for allowed_m in [each for each in VIEWS_M if each < _empty_from_m(path)]:
            assert same_triangles(one.at(allowed_m), other.at(allowed_m)), allowed_m
        told = {error.code for error in other.sink.errors}
        assert told <= {finding.code for finding in whole.findings}


@pytest.mark.parametrize("most_tiles", [0, 1, 2])
@pytest.mark.parametrize("name", SAMPLES)
def test_real_tilesets_look_the_same(shared_data: Path, tmp_path: Path, name: str, most_tiles: int) -> None:
    source = shutil.copytree(shared_data / "tiles" / name, tmp_path / "source")
    _compare(source / "tileset.json", tmp_path, most_tiles)


@pytest.mark.parametrize("most_tiles", [0, 12, 60, 120])
def test_a_nested_textured_tileset_looks_the_same(tmp_path: Path, most_tiles: int) -> None:
    _compare(write_scene(tmp_path / "source", Scene(levels=3)), tmp_path, most_tiles)


def test_every_sample_is_tried(shared_data: Path) -> None:
    folder = shared_data / "tiles"
    found = {file.parent.relative_to(folder).as_posix() for file in folder.rglob("tileset.json")}
    assert found - {"1.1/TilesetWithFullMetadata"} == set(SAMPLES), "that one has no content"


def test_points_stream_like_triangles(tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    files = {
        f"p{number}__glb": gltf({"POSITION": chance.uniform(0, 9, (40, 3)).astype(np.float32)}, primitive={"mode": 0})
        for number in range(4)
    }
    leaves = [tile(f"p{number}.glb", geometricError=0.0) for number in (2, 3)]
    path = write(
        tmp_path / "source", tile("p0.glb", tile("p1.glb", *leaves, geometricError=2.0), refine="ADD"), **files
    )
    for most_tiles in (0, 1, 2):
        _compare(path, tmp_path / str(most_tiles), most_tiles)
    with Look(opened(converted(path, tmp_path / "again", 1))) as look:
        refined = sorted(chunk.refined for chunk in look.at(1e-6))
        assert refined == [False, False, True, True], "those between which others come, in the overview and beyond"


def test_pictures_are_unpacked_and_the_right_way_up(tmp_path: Path) -> None:
    path = write_scene(tmp_path / "source", Scene(blocks=1, levels=1))
    with Look(opened(converted(path, tmp_path / "cache", 0))) as look:
        (chunk,) = look.at(1e-6)
    texture = chunk.texture
    assert texture is not None
    assert texture.pixels is not None
    assert texture.pixels.shape == (64, 64, 3)
    assert not texture.data
    assert chunk.num_bytes > texture.pixels.nbytes
    # The red dot is in the north-west: in the last row of the pixels, and where u and v are nought.
    assert texture.pixels[-3, 3, 0] > 180 > texture.pixels[3, 3, 0]
    assert chunk.uvs is not None
    north_west = int(np.argmin(chunk.uvs.sum(axis=1)))
    centre = (chunk.positions.min(axis=0) + chunk.positions.max(axis=0)) / 2
    assert chunk.positions[north_west][0] < centre[0]
    assert chunk.positions[north_west][1] > centre[1]


def _features(ids: list[str]) -> bytes:
    """A square for each feature."""
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 0, -1]], np.float32)
    positions = np.concatenate([square + np.array([3.0 * number, 0, 0]) for number in range(len(ids))]).astype(
        np.float32
    )
    whose = np.repeat(np.arange(len(ids)), 3).astype(np.float32)
    return b3dm(gltf({"POSITION": positions, "_BATCHID": whose}), {"BATCH_LENGTH": len(ids)}, {"id": ids})


def test_listed_features_keep_their_rows_and_others_belong_to_the_tileset(tmp_path: Path) -> None:
    leaf = tile("fine.b3dm", geometricError=0.0)
    root = tile("coarse.b3dm", tile("middle.b3dm", leaf, geometricError=2.0), refine="REPLACE")
    files = {
        "coarse__b3dm": _features(["甲", "b"]),
        "middle__b3dm": _features(["甲", "b"]),
        "fine__b3dm": _features(["new", "b", "甲"]),
    }
    path = write(tmp_path / "source", root, **files)
    with Look(opened(converted(path, tmp_path / "cache", 2))) as look:
        assert look.names(look.at(3.0)) == {"甲": 1, "b": 1}
        assert look.names(look.at(0.1)) == {"甲": 1, "b": 1, "tileset": 1}


def test_what_is_finer_belongs_to_the_object_that_the_coarse_tile_is(tmp_path: Path) -> None:
    path = write_scene(tmp_path / "source", Scene(levels=3))
    with Look(opened(converted(path, tmp_path / "cache", 9))) as look:
        listed = set(look.tiles.objects().column("id").to_pylist()) - {"tileset"}
        coarse, fine = look.names(look.at(25.0)), look.names(look.at(1e-6))
    assert len(listed) == 4
    assert set(coarse) == set(fine) == listed
    assert all(fine[name] == 16 * coarse[name] for name in listed)


def test_a_missing_content_is_told_and_found_when_it_comes(tmp_path: Path) -> None:
    path = write_scene(tmp_path / "source", Scene(blocks=1, levels=2))
    with Look(opened(converted(path, tmp_path / "cache", 1))) as look:
        content = tmp_path / "source" / "Tile_+000_+000" / "L00.b3dm"
        data = content.read_bytes()
        content.unlink()
        assert len(look.at(1e-6)) == 1, "the parent alone, and no hole"
        assert [error.code for error in look.sink.errors] == ["tiles.missing"]
        content.write_bytes(data)
        look.streamer.retry(look.tree)
        assert len(look.at(1e-6)) == 4


def test_a_missing_tileset_is_told_and_found_when_it_comes(tmp_path: Path) -> None:
    path = write_scene(tmp_path / "source", Scene(blocks=2, levels=2))
    inner = tmp_path / "source" / "Tile_+001_+001" / "tileset.json"
    away = inner.rename(tmp_path / "away.json")
    report = converted(path, tmp_path / "cache", 4)
    assert {finding.code for finding in report.findings} >= {"tiles.large"}
    with Look(opened(report)) as look:
        before = len(look.at(1e-6))
        assert {error.code for error in look.sink.errors} == {"tiles.missing"}
        away.rename(inner)
        look.streamer.retry(look.tree)
        assert len(look.at(1e-6)) == before + 4


def test_without_its_folder_the_overview_stays(tmp_path: Path) -> None:
    path = write_scene(tmp_path / "source", Scene(blocks=2, levels=2))
    report = converted(path, tmp_path / "cache", 9)
    path.rename(tmp_path / "source" / "away.json")
    tiles = opened(report)
    assert [finding.code for finding in tiles.problems] == ["tiles.source_missing"]
    with Look(tiles) as look:
        assert len(look.at(1e-6)) == 4


def test_layers_of_one_source_share_what_was_looked_at(tmp_path: Path) -> None:
    path = write_scene(tmp_path / "source", Scene(blocks=1, levels=3))
    report = converted(path, tmp_path / "cache", 1)
    with Look(opened(report)) as one:
        assert opened(report) is one.tiles
        finest = one.at(1e-6)
        with Look(opened(report)) as two:
            assert same_triangles(finest, two.at(1e-6))
            assert one.sink.shown == two.sink.shown
        assert same_triangles(finest, one.at(1e-6))
        assert one.at(1e-6)


def test_the_number_of_nodes_is_bounded_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MOST_NODES", 12)
    path = write_scene(tmp_path / "source", Scene(blocks=1, levels=3))
    with Look(opened(converted(path, tmp_path / "cache", 0))) as look:
        shown = look.at(1e-6)
        problems = [p for content in look.sink.here.values() for p in content.problems]
        assert [problem.code for problem in problems] == ["tiles.too_many"]
        assert 4 <= len(shown) < 16


def test_a_changed_tileset_is_not_mixed_with_its_overview(tmp_path: Path) -> None:
    path = write_scene(tmp_path / "source", Scene(blocks=1, levels=2))
    tiles = opened(converted(path, tmp_path / "cache", 1))
    os.utime(path, ns=(1, 1))
    with pytest.raises(CityTwinError, match="source_changed"):
        tiles.read(len(tiles.nodes()) - 1)


def test_opening_reads_no_more_than_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_scene(tmp_path / "source", Scene(blocks=6, levels=2))
    read: list[str] = []
    real = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: read.append(self.name) or real(self))
    walk = tree.Walk(path, lambda: None, 60)
    tiles = walk.run()
    assert walk.is_large
    assert len([tile for tile in tiles if tile.contents]) <= 60
    # The root's own file, and one for each block that is in the overview, or was looked at to see how much there is.
    assert len(read) <= 26
    assert not [name for name in read if name.endswith(("glb", "b3dm"))]


def test_the_overview_has_no_holes(tmp_path: Path) -> None:
    """A coarse tile is not replaced there by tiles of which some have nothing to show yet."""
    inner = {"asset": {"version": "1.0"}, "geometricError": 4, "root": tile("b.glb", geometricError=1.0)}
    root = tile("top.glb", tile("a.glb", geometricError=1.0), tile("inner.json", geometricError=3.0), refine="REPLACE")
    files = {name: box_glb() for name in ("top__glb", "a__glb", "b__glb")}
    path = write(tmp_path / "source", root, inner__json=json.dumps(inner).encode(), **files)
    for most in range(6):
        walk = tree.Walk(path, lambda: None, most)
        tiles = walk.run()
        shown = {tile.number for tile in tiles if tile.contents}
        for each in tiles:
            if each.more and not each.contents:
                above = each.parent
                while above >= 0:
                    assert above not in shown, most
                    above = tiles[above].parent
