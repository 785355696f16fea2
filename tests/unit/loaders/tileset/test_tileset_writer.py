"""Writing tilesets: every triangle arrives once, and the object table says where."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from loaders.model.events import Objects, Opened, Properties
from loaders.model.frames import Georeference, translation
from loaders.model.meshes import MeshChunk
from loaders.tileset import Tileset, TilesetWriter
from loaders.tileset import writer as writer_module
from tests.unit.loaders.convert.synthetic import cubes, object_table, property_table
from tests.unit.loaders.tileset.making import IDENTITY, write_tileset
from tests.unit.loaders.tileset.strategies import mesh_chunks


def soup(chunk: MeshChunk) -> Counter[tuple[object, ...]]:
    """Triangles as a multiset: row, model-frame corners to a tenth of a millimetre, colours."""
    corners = chunk.positions[chunk.triangles].astype(np.float64) + chunk.origin_m
    keys = np.rint(corners.reshape(-1, 9) * 1e2).astype(np.int64)
    colours = chunk.colours[chunk.triangles].reshape(-1, 12)
    rows = chunk.rows[chunk.triangles[:, 0]]
    return Counter((int(r), *k.tolist(), *c.tolist()) for r, k, c in zip(rows, keys, colours, strict=True))


@settings(max_examples=40)
@given(parts=st.lists(st.tuples(mesh_chunks(max_row=19), st.sampled_from([5, 6])), max_size=6), data=st.data())
def test_all_triangles_arrive(tmp_path_factory: pytest.TempPathFactory, parts: list, data: st.DataObject) -> None:
    origin = np.zeros(3)
    for chunk, _ in parts:  # equal origins: merging moves nothing, so figures are exact
        chunk.origin_m[:] = origin
    folder = tmp_path_factory.mktemp("out") / "a.tiles"
    tileset = write_tileset(folder, parts, (object_table(20), property_table([])))
    given_soup = sum((soup(chunk) for chunk, _ in parts), Counter())
    read = [chunk for tile in tileset.tiles for chunk in tileset.read_tile(tile.index)]
    assert sum((soup(chunk) for chunk in read), Counter()) == given_soup
    _check_objects(tileset, [chunk for chunk, _ in parts])


def _check_objects(tileset: Tileset, chunks: list[MeshChunk]) -> None:
    objects = tileset.objects().to_pylist()
    bounds = tileset.object_bounds_m()
    for row, entry in enumerate(objects):
        points = [chunk.positions[chunk.rows == row].astype(np.float64) + chunk.origin_m for chunk in chunks]
        points = np.concatenate([*points, np.zeros((0, 3))])
        if not len(points):
            assert np.isnan(bounds[row]).all()
            assert entry["tiles"] == []
            assert entry["min_x"] is None
            continue
        np.testing.assert_array_equal(bounds[row], [*points.min(axis=0), *points.max(axis=0)])
        assert entry["triangles"] == sum(int((c.rows[c.triangles[:, 0]] == row).sum()) for c in chunks)
        holding = [t.index for t in tileset.tiles if any((c.rows == row).any() for c in tileset.read_tile(t.index))]
        assert entry["tiles"] == holding


def test_small_chunks_become_one_tile_and_objects_contiguous(tmp_path: Path) -> None:
    parts = [(cubes([row], (row * 3.0, 0, 0)), 6) for row in (3, 1, 3, 2, 1)]
    tileset = write_tileset(tmp_path / "a.tiles", parts, (object_table(4), property_table([])))
    assert len(tileset.tiles) == 1
    (chunk,) = tileset.read_tile(0)
    assert (np.diff(chunk.rows.astype(int)) >= 0).all()
    assert (np.diff(chunk.rows[chunk.triangles[:, 0]].astype(int)) >= 0).all()
    assert tileset.objects()["triangles"].to_pylist() == [0, 24, 12, 24]


def test_tiles_are_written_while_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "TILE_TRIANGLES", 24)
    seen = []
    writer = TilesetWriter(tmp_path, IDENTITY, lambda tile: seen.append((tile.index, tile.path.exists())))
    for row in range(5):
        writer.geometry(cubes([row]), 6)
    assert seen == [(0, True), (1, True)]


def test_levels_and_transparency_do_not_mix(tmp_path: Path) -> None:
    parts = [(cubes([0]), 6), (cubes([1]), 5), (cubes([2], transparent=True), 6), (cubes([3]), 6)]
    objects = object_table(4, level=[6, 5, 6, 6])
    tileset = write_tileset(tmp_path / "a.tiles", parts, (objects, property_table([])))
    found = {
        (tile.level, chunk.transparent, *np.unique(chunk.rows).tolist())
        for tile in tileset.tiles
        for chunk in tileset.read_tile(tile.index)
    }
    assert found == {(6, False, 0, 3), (5, False, 1), (6, True, 2)}
    assert tileset.meta.levels == (5, 6)


def test_far_chunks_keep_their_precision(tmp_path: Path) -> None:
    parts = [(cubes([row], (row * 40_000.1, 0.0, 0.0)), 6) for row in range(4)]
    tileset = write_tileset(tmp_path / "a.tiles", parts, (object_table(4), property_table([])))
    expected = [[row * 40_000.1, 0, 0, row * 40_000.1 + 1, 1, 1] for row in range(4)]
    np.testing.assert_allclose(tileset.object_bounds_m(), expected, rtol=0, atol=1e-6)


def test_what_is_not_finite_is_left_out_and_told(tmp_path: Path) -> None:
    chunk = cubes([1, 2, 3])
    positions = chunk.positions.copy()
    positions[9, 1] = np.nan
    wrong = cubes([1, 2, 3], positions=positions)
    tileset = write_tileset(tmp_path / "a.tiles", [(wrong, 6)], (object_table(4), property_table([])))
    assert tileset.objects()["triangles"].to_pylist() == [0, 12, 0, 12]
    (finding,) = tileset.report.findings
    assert (finding.code, finding.place, finding.arguments) == ("tileset.not_finite", "2", {"count": 1})


def test_infinite_origin_leaves_nothing(tmp_path: Path) -> None:
    parts = [(cubes([1], (np.inf, 0, 0)), 6)]
    tileset = write_tileset(tmp_path / "a.tiles", parts, (object_table(2), property_table([])))
    assert tileset.tiles == ()
    assert np.isnan(tileset.bounds_m).all()


def test_an_infinite_georeference_is_dropped_and_told(tmp_path: Path) -> None:
    georeference = Georeference("EPSG:4547", translation((np.inf, 0.0, 0.0)))
    tileset = write_tileset(
        tmp_path / "a.tiles", [(cubes([1]), 6)], (object_table(2), property_table([])), georeference
    )
    assert tileset.georeference.crs is None
    assert [finding.code for finding in tileset.report.findings] == ["tileset.bad_georeference"]


def test_hidden_objects_are_not_shown_to_others(tmp_path: Path) -> None:
    hidden = [False, True, False]
    parts = [(cubes([1]), 5), (cubes([2]), 6)]
    objects = object_table(3, hidden=hidden, level=[5, 5, 6])
    tileset = write_tileset(tmp_path / "a.tiles", parts, (objects, property_table([])))
    text = json.dumps(json.loads((tileset.folder / "tileset.json").read_text())["root"])
    assert text.count("tiles/000000.glb") == 1
    assert "tiles/000001.glb" not in text
    assert [tile.level for tile in tileset.tiles] == [6, 5]
    assert [np.unique(tileset.read_tile(i)[0].rows).tolist() for i in (0, 1)] == [[2], [1]]


def test_rows_beyond_the_table_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CityTwinError, match="bad_tables"):
        write_tileset(tmp_path / "a.tiles", [(cubes([9]), 6)], (object_table(3), property_table([])))


def test_chunks_that_contradict_themselves_are_refused(tmp_path: Path) -> None:
    chunk = dataclasses.replace(cubes([1]), rows=np.zeros(3, np.uint32))
    with pytest.raises(CityTwinError, match="bad_chunk"):
        TilesetWriter(tmp_path, IDENTITY).geometry(chunk, 6)


def test_no_tables_no_tileset(tmp_path: Path) -> None:
    writer = TilesetWriter(tmp_path, IDENTITY)
    writer.opened(Opened("SYN 1", Georeference()))
    with pytest.raises(CityTwinError, match="incomplete"):
        writer.finish()
    assert not (tmp_path / "tileset.json").exists()


def test_an_empty_source_is_a_tileset_without_tiles(tmp_path: Path) -> None:
    tileset = write_tileset(tmp_path / "a.tiles", [], (object_table(0, **_none()), property_table([])))
    assert tileset.tiles == ()
    assert tileset.num_objects == 0
    assert tileset.properties_of(0).num_rows == 0
    assert tileset.object_bounds_m().shape == (0, 6)


def _none() -> dict[str, list[object]]:
    names = ("id", "class", "name", "parent", "storey", "level", "hidden", "engine")
    return {name: [] for name in names}


def test_tables_must_have_the_contracts_columns(tmp_path: Path) -> None:
    writer = TilesetWriter(tmp_path, IDENTITY)
    writer.opened(Opened("SYN 1", Georeference()))
    writer.properties(Properties(property_table([])))
    writer.objects(Objects(object_table(2).drop_columns(["hidden"])))
    with pytest.raises(CityTwinError, match="bad_tables"):
        writer.finish()
