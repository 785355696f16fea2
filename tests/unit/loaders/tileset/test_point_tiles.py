"""Points in tiles: written, read without copies, counted by object; nothing else is believed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from loaders.model.events import Objects, Opened, Properties, Tree
from loaders.model.formats import LayerKind
from loaders.model.frames import Georeference
from loaders.model.points import PointChunk, spacing_of
from loaders.tileset import Tileset, TilesetWriter, read_glb, write_glb
from loaders.tileset.objects import have_shapes
from tests.unit.loaders.convert.synthetic import cubes, object_table, property_table
from tests.unit.loaders.tileset.making import IDENTITY, write_tileset
from tests.unit.loaders.tileset.test_glb import document_of


def cloud(rows: list[int], each: int = 50, *, origin=(0.0, 0.0, 0.0), seed: int = 0, **about) -> PointChunk:
    rng = np.random.default_rng(seed)
    count = each * len(rows)
    return PointChunk(
        np.array(origin),
        rng.normal(size=(count, 3)).astype(np.float32),
        np.repeat(rows, each).astype(np.uint32),
        rng.integers(0, 256, (count, 4)).astype(np.uint8),
        **({"spacing_m": 0.25} | about),
    )


@given(
    rows=st.lists(st.integers(0, 1000), min_size=1, max_size=5, unique=True),
    each=st.integers(1, 40),
    origin=st.tuples(*[st.floats(-5e6, 5e6)] * 3),
    spacing=st.floats(0.0, 1e3),
    refined=st.booleans(),
)
def test_round_trip_is_exact(tmp_path_factory, rows, each, origin, spacing, refined) -> None:
    path = tmp_path_factory.mktemp("glb") / "tile.glb"
    one = cloud(rows, each, origin=origin, spacing_m=spacing, refined=refined)
    mesh = cubes([3])
    assert write_glb(path, [one, mesh], one.origin_m) == path.stat().st_size
    read, other = read_glb(path, one.origin_m)
    assert isinstance(read, PointChunk)
    assert not isinstance(other, PointChunk)
    for name in ("positions", "rows", "colours", "origin_m"):
        np.testing.assert_array_equal(getattr(one, name), getattr(read, name))
    assert (read.spacing_m, read.refined) == (spacing, refined)


def test_arrays_are_views_of_the_map(tmp_path: Path) -> None:
    path = tmp_path / "tile.glb"
    write_glb(path, [cloud([1, 2])], np.zeros(3))
    (chunk,) = read_glb(path, (0, 0, 0))
    for array in (chunk.positions, chunk.colours):
        assert not array.flags.owndata
        base = array
        while isinstance(base.base, np.ndarray):
            base = base.base
        assert type(base).__name__ == "memmap"


def test_a_primitive_of_points_is_unlit_with_ids_and_without_indices(tmp_path: Path) -> None:
    path = tmp_path / "tile.glb"
    write_glb(path, [cloud([4, 9])], np.zeros(3))
    document = document_of(path)
    (primitive,) = document["meshes"][0]["primitives"]
    assert primitive["mode"] == 0
    assert "indices" not in primitive
    assert primitive["extensions"]["EXT_mesh_features"]["featureIds"] == [{"featureCount": 2, "attribute": 0}]
    assert document["materials"][primitive["material"]]["extensions"] == {"KHR_materials_unlit": {}}


@pytest.mark.parametrize(
    ("before", "after"),
    [(b'"count":100', b'"count":101'), (b'"spacing_m":0.25', b'"spacing_m":null'), (b'"refined"', b'"ref_ned"')],
)
def test_what_was_altered_is_damage(tmp_path: Path, before: bytes, after: bytes) -> None:
    path = tmp_path / "tile.glb"
    write_glb(path, [cloud([1, 2])], np.zeros(3))
    data = path.read_bytes().replace(before, after)
    assert data != path.read_bytes()
    path.write_bytes(data[:8] + len(data).to_bytes(4, "little") + data[12:])
    with pytest.raises(CityTwinError, match="damaged"):
        read_glb(path, (0, 0, 0))


def test_points_are_counted_by_object_and_meshes_stay(tmp_path: Path) -> None:
    tables = (object_table(6), property_table([1]))
    chunks = [(cubes([0, 1]), 6), (cloud([2, 4], 30), 3), (cloud([4], 7, origin=(50.0, 0.0, 0.0)), 3)]
    tileset = write_tileset(tmp_path / "t", chunks, tables, kind=LayerKind.BUILDING)
    assert (tileset.meta.counts.points, tileset.meta.counts.triangles > 0) == (67, True)
    objects = tileset.objects()
    assert objects["points"].to_pylist() == [0, 0, 30, 0, 37, 0]
    assert have_shapes(objects).tolist() == [True, True, True, False, True, False]
    assert (tileset.object_bounds_m()[4, 3]) > 40.0
    kinds = {type(chunk).__name__ for tile in tileset.tiles for chunk in tileset.read_tile(tile.index)}
    assert kinds == {"MeshChunk", "PointChunk"}


def test_a_tree_of_points_is_kept_and_adds(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    folder.mkdir()
    writer = TilesetWriter(folder, IDENTITY)
    writer.opened(Opened("SYN 1", Georeference()))
    for node, seed in ((0, 1), (1, 2), (2, 3)):
        writer.geometry(cloud([1], 20, seed=seed, refined=node == 0), 1, node=node)
    writer.tree(Tree(np.array([-1, 0, 0]), np.array([1.0, 0.0, 0.0]), np.zeros(3, np.bool_)))
    writer.properties(Properties(property_table([1])))
    writer.objects(Objects(object_table(3), {}))
    writer.finish()
    tileset = Tileset.open(folder)
    nodes = tileset.nodes()
    assert nodes.parents.tolist() == [-1, 0, 1, 1], "below a root that only holds the transform to the globe"
    assert not nodes.replaces.any()
    assert nodes.errors_m.tolist() == [np.inf, 1.0, 0.0, 0.0]
    assert tileset.meta.counts.points == 60
    assert tileset.read(1).chunks[0].refined


def test_points_at_infinity_are_left_out_and_told(tmp_path: Path) -> None:
    chunk = cloud([1], 40)
    chunk.positions[[3, 7], 1] = (np.nan, np.inf)
    tileset = write_tileset(tmp_path / "t", [(chunk, 1)], (object_table(2), property_table([1])))
    assert tileset.meta.counts.points == 38
    (finding,) = tileset.report.findings
    assert (finding.code, finding.arguments["count"]) == ("tileset.points_not_finite", 2)


@pytest.mark.parametrize("count", [500, 20_000])
@pytest.mark.parametrize("step_m", [0.05, 3.0])
def test_the_spacing_of_a_plane_is_the_root_of_area_over_count(count: int, step_m: float) -> None:
    points = np.random.default_rng(1).random((count, 3)) * step_m * np.sqrt(count)
    points[:, 2] *= 0.001
    assert spacing_of(points) == pytest.approx(step_m, rel=0.35)


def test_the_spacing_of_nothing_is_none() -> None:
    assert spacing_of(np.zeros((0, 3))) == spacing_of(np.zeros((1, 3))) == spacing_of(np.zeros((50, 3))) == 0.0
