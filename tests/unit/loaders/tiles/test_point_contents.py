"""Points of foreign tilesets: ``pnts`` and glTF, plain and packed, where and as their writers meant."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import DracoPy
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from loaders.model.errors import CityTwinError
from loaders.model.points import PointChunk
from loaders.tiles.packed_contents import unpack
from loaders.tiles.point_contents import points_of
from tests.unit.loaders.tiles.making import Loaded, b3dm, box_glb, cmpt, gltf, loaded, pnts, tile, write

DRACO = "3DTILES_draco_point_compression"


def table(count: int, **columns: np.ndarray) -> tuple[dict[str, object], bytes]:
    """A feature table of some columns, one after the other."""
    features: dict[str, object] = {"POINTS_LENGTH": count}
    binary = b""
    for name, values in columns.items():
        binary += bytes(-len(binary) % 8)
        features[name] = {"byteOffset": len(binary)}
        binary += np.ascontiguousarray(values).tobytes()
    return features, binary


def only(data: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions, colours and batch ids of one content."""
    (packed,) = unpack(data)
    part, _ = points_of(packed)
    return np.asarray(part.positions), part.colours, part.features.ids


def clouds(found: Loaded) -> list[PointChunk]:
    return [event.chunk for event in found.geometry if isinstance(event.chunk, PointChunk)]


def places(chunk: PointChunk) -> np.ndarray:
    return chunk.positions.astype(np.float64) + chunk.origin_m


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 200), st.integers(0, 2**31), st.tuples(*[st.floats(-7e6, 7e6)] * 3), st.booleans())
def test_positions_plain_and_quantised_about_a_centre(count, seed, centre, binary_centre) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform(-40, 40, (count, 3)).astype(np.float32)
    features, binary = table(count, POSITION=points)
    expected = np.array(centre)
    if binary_centre:
        binary += bytes(-len(binary) % 8)
        features["RTC_CENTER"] = {"byteOffset": len(binary)}
        binary += np.array(centre, np.float32).tobytes()
        expected = np.array(centre, np.float32).astype(np.float64)
    else:
        features["RTC_CENTER"] = list(centre)
    np.testing.assert_array_equal(only(pnts(features, binary))[0], points + expected)
    steps = rng.integers(0, 65536, (count, 3)).astype(np.uint16)
    features, binary = table(count, POSITION_QUANTIZED=steps)
    features |= {"QUANTIZED_VOLUME_OFFSET": [-1.0, 2.0, 3.0], "QUANTIZED_VOLUME_SCALE": [10.0, 20.0, 65535.0]}
    found = only(pnts(features, binary))[0]
    np.testing.assert_allclose(found, steps / 65535.0 * [10.0, 20.0, 65535.0] + [-1.0, 2.0, 3.0], atol=1e-9)


def test_colours_of_every_kind(tmp_path: Path) -> None:
    points = np.zeros((3, 3), np.float32)
    rgb = np.array([[255, 0, 7], [1, 2, 3], [9, 99, 200]], np.uint8)
    rgba = np.column_stack([rgb, [0, 128, 255]]).astype(np.uint8)
    packed = np.array([0b11111_000000_00000, 0b00000_111111_00000, 0b00000_000000_11111], np.uint16)
    features, binary = table(3, POSITION=points, RGB=rgb)
    assert only(pnts(features, binary))[1].tolist() == np.column_stack([rgb, [255] * 3]).tolist()
    features, binary = table(3, POSITION=points, RGB=rgb, RGBA=rgba)
    assert only(pnts(features, binary))[1].tolist() == rgba.tolist()
    features, binary = table(3, POSITION=points, RGB565=packed)
    assert only(pnts(features, binary))[1][:, :3].tolist() == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]
    features, binary = table(3, POSITION=points)
    assert only(pnts(features | {"CONSTANT_RGBA": [5, 6, 7, 8]}, binary))[1].tolist() == [[5, 6, 7, 8]] * 3


@pytest.mark.parametrize(("kind", "name"), [(np.uint8, "UNSIGNED_BYTE"), (np.uint16, ""), (np.uint32, "UNSIGNED_INT")])
def test_batches_are_objects(tmp_path: Path, kind: type, name: str) -> None:
    ids = np.array([1, 0, 1, 1], kind)
    features, binary = table(4, POSITION=np.arange(12, dtype=np.float32).reshape(4, 3), BATCH_ID=ids)
    if name:
        features["BATCH_ID"]["componentType"] = name
    batches = {"name": ["塔", "tree"], "height": [3.5, 7.0]}
    data = pnts(features | {"BATCH_LENGTH": 2}, binary, batches)
    found = loaded(write(tmp_path, tile("a.pnts"), a__pnts=data))
    assert found.objects["name"].to_pylist()[1:] == ["塔", "tree"]
    (chunk,) = clouds(found)
    assert chunk.rows.tolist() == [1, 2, 2, 2]
    assert places(chunk)[0].tolist() == [3.0, 4.0, 5.0]
    assert found.values(2)["height"] == "7.0"


def test_points_with_nothing_known_are_one_object(tmp_path: Path) -> None:
    features, binary = table(50, POSITION=np.random.default_rng(0).random((50, 3)).astype(np.float32))
    found = loaded(write(tmp_path, tile("a.pnts"), a__pnts=pnts(features, binary)))
    assert found.objects.num_rows == 2
    (chunk,) = clouds(found)
    assert set(chunk.rows.tolist()) == {1}
    assert chunk.spacing_m > 0.0


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 300), st.integers(0, 2**31))
def test_draco_points(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform(-50, 50, (count, 3)).astype(np.float32)
    colours = rng.integers(0, 256, (count, 3)).astype(np.uint8)
    packed = DracoPy.encode(points, colors=colours, quantization_bits=16, preserve_order=True)
    numbers = {attribute["attribute_type"]: attribute["unique_id"] for attribute in DracoPy.decode(packed).attributes}
    names = {"POSITION": numbers[0], "RGB": numbers[2]}
    extension = {"properties": names, "byteOffset": 0, "byteLength": len(packed)}
    features = {"POINTS_LENGTH": count, "extensions": {DRACO: extension}}
    features |= {"POSITION": {"byteOffset": 0}, "RGB": {"byteOffset": 0}}
    positions, found, _ = only(pnts(features, packed))
    assert np.abs(np.sort(positions, axis=0) - np.sort(points, axis=0)).max() < 100 / 2**15
    assert np.sort(found[:, :3], axis=0).tolist() == np.sort(colours, axis=0).tolist()


def test_points_on_the_globe_are_placed_point_by_point(tmp_path: Path) -> None:
    to_ecef = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    rng = np.random.default_rng(2)
    longitude, latitude, height = 114.3 + rng.random(200) * 0.1, 30.6 + rng.random(200) * 0.1, rng.random(200) * 50
    ecef = np.column_stack(to_ecef.transform(longitude, latitude, height))
    centre = ecef.mean(axis=0)
    features, binary = table(200, POSITION=(ecef - centre).astype(np.float32))
    features["RTC_CENTER"] = centre.tolist()
    root = tile("a.pnts") | {"boundingVolume": {"sphere": [*centre.tolist(), 10_000.0]}}
    found = loaded(write(tmp_path, root, a__pnts=pnts(features, binary)))
    assert found.georeference.crs == "EPSG:32650"
    world = places(clouds(found)[0]) + found.georeference.world_from_model[:3, 3]
    east, north = Transformer.from_crs("EPSG:4326", "EPSG:32650", always_xy=True).transform(longitude, latitude)
    np.testing.assert_allclose(world, np.column_stack([east, north, height]), atol=2e-3)


def test_a_composite_of_points_and_a_model(tmp_path: Path) -> None:
    features, binary = table(2, POSITION=np.array([[0, 0, 5], [1, 1, 6]], np.float32))
    found = loaded(write(tmp_path, tile("a.cmpt"), a__cmpt=cmpt(b3dm(box_glb(), {}), pnts(features, binary))))
    assert [type(event.chunk).__name__ for event in found.geometry] == ["MeshChunk", "PointChunk"]
    assert places(clouds(found)[0]).tolist() == [[0, 0, 5], [1, 1, 6]], "z is up in pnts already"


def test_gltf_points_turn_up_and_have_features(tmp_path: Path) -> None:
    positions = np.array([[0, 0, 0], [1, 2, 3], [4, 5, 6]], np.float32)
    colours = np.array([[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]], np.uint8)
    ids = np.array([7, 3, 7], np.float32)
    primitive = {"mode": 0, "extensions": {"EXT_mesh_features": {"featureIds": [{"featureCount": 2, "attribute": 0}]}}}
    attributes = {"POSITION": positions, "COLOR_0": colours, "_FEATURE_ID_0": ids}
    data = gltf(attributes, np.array([2, 1], np.uint16), primitive=primitive, node={"translation": [10, 0, 0]})
    found = loaded(write(tmp_path, tile("a.glb"), a__glb=data))
    (chunk,) = clouds(found)
    by_colour = {tuple(c[:3]): p for c, p in zip(chunk.colours.tolist(), places(chunk).tolist(), strict=True)}
    assert by_colour == {(0, 255, 0): [11.0, -3.0, 2.0], (0, 0, 255): [14.0, -6.0, 5.0]}
    assert len(set(chunk.rows.tolist())) == 2


def test_what_others_add_to_is_refined_and_what_they_replace_is_not(tmp_path: Path) -> None:
    features, binary = table(30, POSITION=np.random.default_rng(0).random((30, 3)).astype(np.float32))
    files = {name: pnts(features, binary) for name in ("a__pnts", "b__pnts")}
    for refine, expected in (("ADD", [True, False]), ("REPLACE", [False, False])):
        root = tile("a.pnts", tile("b.pnts")) | {"refine": refine}
        found = loaded(write(tmp_path / refine, root, **files))
        assert [chunk.refined for chunk in clouds(found)] == expected


@pytest.mark.parametrize(
    "change",
    [
        {"POINTS_LENGTH": 9},
        {"POINTS_LENGTH": -1},
        {"POINTS_LENGTH": 10**12},
        {"POINTS_LENGTH": "many"},
        {"POSITION": {"byteOffset": -4}},
        {"POSITION": {"byteOffset": 10**9}},
        {"POSITION": None},
        {"RTC_CENTER": [1, 2]},
        {"RTC_CENTER": ["a", "b", "c"]},
        {"BATCH_ID": {"byteOffset": 0, "componentType": "FLOAT"}},
        {
            "extensions": {
                "3DTILES_draco_point_compression": {"properties": {"POSITION": 0}, "byteOffset": 0, "byteLength": 9}
            }
        },
    ],
)
def test_a_damaged_content_costs_itself(tmp_path: Path, change: dict[str, object]) -> None:
    features, binary = table(4, POSITION=np.arange(12, dtype=np.float32).reshape(4, 3))
    files = {"good__pnts": pnts(features, binary), "bad__pnts": pnts(features | change, binary)}
    found = loaded(write(tmp_path, tile("good.pnts", tile("bad.pnts")), **files))
    assert [len(chunk.rows) for chunk in clouds(found)] == [4]
    assert found.codes == ["tiles.damaged"]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_bytes_are_points_or_an_error(data: st.DataObject) -> None:
    features, binary = table(6, POSITION=np.arange(18, dtype=np.float32).reshape(6, 3), RGB=np.zeros((6, 3), np.uint8))
    whole = bytearray(pnts(features | {"RTC_CENTER": [1.0, 2.0, 3.0]}, binary))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        for packed in unpack(bytes(whole[: data.draw(st.integers(20, len(whole)))])):
            if packed.magic == b"pnts":
                part, _ = points_of(packed)
                assert part.positions.shape == (len(part.colours), 3)
                assert len(part.features.ids) == len(part.colours)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, struct.error, CityTwinError):
        pass
    except json.JSONDecodeError:
        pass
