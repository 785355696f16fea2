"""Tiles: what is written is read, without copies, and nothing else is believed."""

from __future__ import annotations

import dataclasses
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from loaders.model.meshes import MeshChunk
from loaders.tileset import read_glb, write_glb
from loaders.tileset.glb_write import LINEAR_FROM_SRGB, MAX_ROWS
from tests.unit.loaders.convert.synthetic import cubes
from tests.unit.loaders.tileset.strategies import assert_same, mesh_chunks


@given(chunks=st.lists(mesh_chunks(), min_size=1, max_size=3))
def test_round_trip_is_exact(tmp_path_factory: pytest.TempPathFactory, chunks: list[MeshChunk]) -> None:
    path = tmp_path_factory.mktemp("glb") / "tile.glb"
    origin_m = chunks[0].origin_m
    assert write_glb(path, chunks, origin_m) == path.stat().st_size
    read = read_glb(path, origin_m)
    assert len(read) == len(chunks)
    for one, other in zip(chunks, read, strict=True):
        assert_same(one, other)


def test_arrays_are_views_of_the_map(tmp_path: Path) -> None:
    path = tmp_path / "tile.glb"
    write_glb(path, [cubes([1, 2])], np.zeros(3))
    (chunk,) = read_glb(path, (0, 0, 0))
    for array in (chunk.positions, chunk.triangles, chunk.colours):
        assert not array.flags.writeable
        assert not array.flags.owndata
        base = array
        while isinstance(base.base, np.ndarray):
            base = base.base
        assert type(base).__name__ == "memmap"


def document_of(path: Path) -> dict[str, object]:
    """The JSON part, read without our reader."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    return json.loads(data[20 : 20 + length])


def test_document_is_z_up_with_ids_and_materials(tmp_path: Path) -> None:
    path = tmp_path / "tile.glb"
    glass = cubes([7], (10.0, 0.0, 0.0), transparent=True)
    write_glb(path, [cubes([1, 70_000]), glass], np.zeros(3))
    document = document_of(path)
    root, first, second = document["nodes"]
    x, y, z, w = root["rotation"]
    up = np.array([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)])
    np.testing.assert_allclose(up, [0, 1, 0], atol=1e-12)
    assert "translation" not in first
    assert second["translation"] == [10.0, 0.0, 0.0]
    assert all(material["doubleSided"] for material in document["materials"])
    assert [material.get("alphaMode") for material in document["materials"]] == [None, "BLEND"]
    features = document["meshes"][0]["primitives"][0]["extensions"]["EXT_mesh_features"]["featureIds"]
    assert features == [{"featureCount": 2, "attribute": 0}]
    np.testing.assert_array_equal(read_glb(path, (0, 0, 0))[0].rows[[0, -1]], [1, 70_000])


def test_what_is_closed_is_said_to_have_one_side(tmp_path: Path) -> None:
    path = tmp_path / "tile.glb"
    closed = dataclasses.replace(cubes([1]), closed=True)
    write_glb(path, [closed, cubes([2])], np.zeros(3))
    document = document_of(path)
    materials = [document["materials"][mesh["primitives"][0]["material"]] for mesh in document["meshes"]]
    assert [material["doubleSided"] for material in materials] == [False, True]
    assert [chunk.closed for chunk in read_glb(path, (0, 0, 0))] == [True, False]


def test_other_viewers_get_linear_colours() -> None:
    assert LINEAR_FROM_SRGB[[0, 255]].tolist() == [0, 255]
    assert LINEAR_FROM_SRGB[188] == 128  # middle grey of light, IEC 61966-2-1
    assert (np.diff(LINEAR_FROM_SRGB.astype(int)) >= 0).all()


def test_normals_are_made_unit_length(tmp_path: Path) -> None:
    normals = np.array([[0, 0, 5], [0, 0, 0], [np.nan, 0, 0], [1, 0, 0]] * 2, np.float32)
    path = tmp_path / "tile.glb"
    write_glb(path, [cubes([1], normals=normals)], np.zeros(3))
    (chunk,) = read_glb(path, (0, 0, 0))
    np.testing.assert_allclose(np.linalg.norm(chunk.normals, axis=1), 1.0, atol=1e-6)
    np.testing.assert_array_equal(chunk.normals[0], [0, 0, 1])


def test_ids_beyond_float_precision_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CityTwinError, match="too_many_objects"):
        write_glb(tmp_path / "tile.glb", [cubes([MAX_ROWS])], np.zeros(3))


@given(data=st.data())
def test_damage_is_an_error_and_never_a_crash(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("glb") / "tile.glb"
    write_glb(path, [cubes([1, 2])], np.zeros(3))
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans(), "truncate"):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        for _ in range(data.draw(st.integers(1, 8))):
            content[data.draw(st.integers(0, 1500))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        chunks = read_glb(path, (0, 0, 0))
    except CityTwinError:
        return
    for chunk in chunks:  # whatever is believed must be safe to draw
        assert not chunk.triangles.size or int(chunk.triangles.max()) < len(chunk.positions)
        assert len(chunk.rows) == len(chunk.colours) == len(chunk.positions)


@pytest.mark.parametrize("content", [b"", b"glTF", b"{}", b"\0" * 5000])
def test_garbage_is_damage(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "tile.glb"
    path.write_bytes(content)
    with pytest.raises(CityTwinError, match="damaged"):
        read_glb(path, (0, 0, 0))


def test_missing_is_damage(tmp_path: Path) -> None:
    with pytest.raises(CityTwinError, match="damaged"):
        read_glb(tmp_path / "none.glb", (0, 0, 0))


def test_an_index_beyond_the_vertices_is_damage(tmp_path: Path) -> None:
    chunk = cubes([1])
    wrong = dataclasses.replace(chunk, triangles=chunk.triangles + np.uint32(1))
    path = tmp_path / "tile.glb"
    write_glb(path, [wrong], np.zeros(3))
    with pytest.raises(CityTwinError, match="vertex index"):
        read_glb(path, (0, 0, 0))
