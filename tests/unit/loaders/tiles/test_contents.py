"""Contents of every kind against closed forms and against other libraries' writers."""

from __future__ import annotations

import base64
import dataclasses
import io
from pathlib import Path

import DracoPy
import meshoptimizer
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pyproj import Transformer

from loaders.model.meshes import Texture
from loaders.model.pictures import commonly_encoded, pixels_of, unpacked
from loaders.tiles.gltf_packed import draco, meshopt
from tests.unit.loaders.tiles.making import Loaded, b3dm, box_glb, cmpt, gltf, i3dm, loaded, tile, write

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 0, -1], [0, 0, -1]], np.float32)  # y up: flat on the ground
HALVES = np.array([0, 1, 2, 0, 2, 3], np.uint16)


def _box(found: Loaded) -> list[float]:
    points = found.points_m
    return [*points.min(axis=0).round(4).tolist(), *points.max(axis=0).round(4).tolist()]


def _one(tmp_path: Path, data: bytes, name: str = "a__glb", **more: object) -> Loaded:
    return loaded(write(tmp_path, tile(name.replace("__", "."), **more), **{name: data}))


def test_y_becomes_z_and_transforms_multiply(tmp_path: Path) -> None:
    turn = [0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0, 100, 0, 0, 1]  # a quarter turn about z, then 100 m east
    found = _one(tmp_path, box_glb((1, 2, 3), (10, 0, 0)), transform=turn)
    # (x, y, z) of glTF is (x, -z, y) here; then x goes north and y goes west.
    assert _box(found) == [98.5, 9.5, -1.0, 101.5, 10.5, 1.0]


def test_batches_have_rows_names_and_properties(tmp_path: Path) -> None:
    ids = np.array([0, 0, 0, 1, 1, 1], np.float32)
    glb = gltf({"POSITION": np.concatenate([SQUARE[:3], SQUARE[:3] + 2]), "_BATCHID": ids})
    table = {"name": ["甲楼", "B"], "Height": {"byteOffset": 0, "componentType": "FLOAT", "type": "SCALAR"}}
    heights = np.array([12.5, 40.0], np.float32).tobytes()
    found = _one(tmp_path, b3dm(glb, {"BATCH_LENGTH": 2, "RTC_CENTER": [5.0, 6.0, 7.0]}, table, heights), "a__b3dm")
    assert found.objects is not None
    assert found.objects["name"].to_pylist()[1:] == ["甲楼", "B"]
    assert found.values(2) == {"name": "B", "Height": "40.0"}
    assert {int(row) for event in found.geometry for row in event.chunk.rows} == {1, 2}
    assert _box(found)[:3] == [5.0, 4.0, 7.0]


def test_a_composite_holds_all_its_parts(tmp_path: Path) -> None:
    one, two = b3dm(box_glb(at=(0, 0, 0)), {}), b3dm(box_glb(at=(9, 0, 0)), {})
    found = _one(tmp_path, cmpt(one, cmpt(two)), "a__cmpt")
    assert _box(found)[::3] == [-0.5, 9.5]


@pytest.mark.parametrize("kind", ["vectors", "oct", "east_north_up"])
def test_instances_stand_upright_where_they_are_put(tmp_path: Path, kind: str) -> None:
    """On the globe, with the model's z axis away from its centre."""
    to_ecef = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    place = np.array(to_ecef.transform(114.3, 30.6, 20.0))
    up = np.array(to_ecef.transform(114.3, 30.6, 21.0)) - place
    east = np.array(to_ecef.transform(114.3 + 1e-6, 30.6, 20.0)) - place
    east /= np.linalg.norm(east)
    features: dict[str, object] = {"INSTANCES_LENGTH": 1, "RTC_CENTER": place.tolist(), "POSITION": {"byteOffset": 0}}
    binary = np.zeros(3, np.float32).tobytes()
    if kind == "vectors":
        features |= {"NORMAL_UP": {"byteOffset": 12}, "NORMAL_RIGHT": {"byteOffset": 24}}
        binary += np.array([up, east], np.float32).tobytes()
    elif kind == "oct":
        features |= {"NORMAL_UP_OCT32P": {"byteOffset": 12}, "NORMAL_RIGHT_OCT32P": {"byteOffset": 16}}
        binary += np.concatenate([_oct(up), _oct(east)]).tobytes()
    else:
        features["EAST_NORTH_UP"] = True
    data = i3dm(box_glb((2, 10, 4), (0, 5, 0)), features, binary)
    volume = {"region": [*np.radians([114.29, 30.59, 114.31, 30.61]).tolist(), 0, 50]}
    found = _one(tmp_path, data, "a__i3dm", boundingVolume=volume)
    size = found.points_m.max(axis=0) - found.points_m.min(axis=0)
    assert found.georeference.crs == "EPSG:32650"
    assert size[2] == pytest.approx(10.0, abs=0.02)
    # The zone's grid north lies off true north by a degree at most here.
    assert size[:2] == pytest.approx([2.0, 4.0], abs=0.15)
    assert found.points_m[:, 2].min() == pytest.approx(20.0, abs=0.02)


def _oct(vector: np.ndarray) -> np.ndarray:
    """Octahedral encoding (Cigolle et al. 2014)."""
    x, y, z = vector / np.abs(vector).sum()
    if z < 0:
        x, y = (1 - abs(y)) * np.copysign(1, x), (1 - abs(x)) * np.copysign(1, y)
    return np.rint((np.array([x, y]) * 0.5 + 0.5) * 65535).astype(np.uint16)


@pytest.mark.parametrize(
    ("mode", "order", "area"),
    [(4, [0, 1, 2, 0, 2, 3], 1.0), (5, [0, 1, 3, 2], 1.0), (6, [0, 1, 2, 3], 1.0), (4, [0, 1, 2, 0], 0.5)],
)
def test_strips_and_fans_are_triangles(tmp_path: Path, mode: int, order: list[int], area: float) -> None:
    found = _one(tmp_path, gltf({"POSITION": SQUARE}, np.array(order, np.uint16), primitive={"mode": mode}))
    a, b, c = found.points_m.reshape(-1, 3, 3).transpose(1, 0, 2)
    normals = np.cross(b - a, c - a) / 2.0
    assert normals[:, 2].sum() == pytest.approx(area)
    assert (normals[:, 2] > 0).all(), "all look up, the turned ones of a strip too"


def test_quantised_positions_and_colours_are_scaled(tmp_path: Path) -> None:
    positions = (SQUARE * 32767).astype(np.int16)
    colours = np.tile(np.array([255, 0, 0, 255], np.uint8), (4, 1))
    data = gltf({"POSITION": positions, "COLOR_0": colours}, HALVES, node={"scale": [8, 8, 8]})
    found = _one(tmp_path, data)
    assert _box(found) == [0.0, 0.0, 0.0, 8.0, 8.0, 0.0]
    assert found.geometry[0].chunk.colours[0].tolist() == [255, 0, 0, 255]


def test_instances_are_multiplied_and_mirrored_ones_turned(tmp_path: Path) -> None:
    shifts = np.array([[0, 0, 0], [5, 0, 0], [10, 0, 0]], np.float32)
    scales = np.array([[1, 1, 1], [1, 1, 1], [-1, 1, 1]], np.float32)
    data = gltf(
        {"POSITION": SQUARE, "_SHIFT": shifts, "_SCALE": scales},
        HALVES,
        node={"extensions": {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 1, "SCALE": 2}}}},
    )
    found = _one(tmp_path, data)
    a, b, c = found.points_m.reshape(-1, 3, 3).transpose(1, 0, 2)
    assert np.cross(b - a, c - a)[:, 2].tolist() == pytest.approx([1.0] * 6)
    assert _box(found)[::3] == [0.0, 10.0]


def test_lines_are_told(tmp_path: Path) -> None:
    lines = gltf({"POSITION": SQUARE}, primitive={"mode": 1})
    found = loaded(write(tmp_path, tile("box.glb", tile("l.glb")), box__glb=box_glb(), l__glb=lines))
    assert found.codes == ["tiles.lines"]


@settings(max_examples=25, deadline=None)
@given(st.integers(4, 200), st.integers(0, 2**31))
def test_draco_gives_back_what_it_packed(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform(-50, 50, (count, 3))
    faces = np.array([rng.permutation(count)[:3] for _ in range(count)], np.uint32)
    packed = DracoPy.encode(points, faces, quantization_bits=16, preserve_order=True)
    found = draco(packed, {"POSITION": 0})
    corners = found["POSITION"][found["indices"].astype(int)]
    assert np.abs(corners - points[faces.ravel()]).max() < 100 / 2**15


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 300), st.integers(1, 16), st.integers(0, 2**31))
def test_meshopt_gives_back_what_it_packed(count: int, words: int, seed: int) -> None:
    rows = np.random.default_rng(seed).integers(0, 256, (count, 4 * words)).astype(np.uint8)
    packed = meshoptimizer.encode_vertex_buffer(rows, count, 4 * words)
    data = np.frombuffer(bytes(packed), np.uint8)
    about = {"count": count, "byteStride": 4 * words, "mode": "ATTRIBUTES"}
    assert meshopt(about, data).tobytes() == rows.tobytes()
    with pytest.raises(ValueError, match="mode"):
        meshopt(about | {"mode": "X"}, data)


def test_what_lies_beside_another_is_not_above_it_and_parents_stand_in(tmp_path: Path) -> None:
    root = tile("low.glb", tile("high.glb", geometricError=0.0), refine="REPLACE")
    found = loaded(write(tmp_path / "a", root, low__glb=box_glb((2, 2, 2)), high__glb=box_glb()))
    assert found.objects is not None
    assert found.objects["name"].to_pylist()[1:] == ["high.glb"], "what stands in is no object of its own"
    added = loaded(write(tmp_path / "b", root | {"refine": "ADD"}, low__glb=box_glb((2, 2, 2)), high__glb=box_glb()))
    assert added.objects is not None
    assert added.objects.num_rows == 3


def _with_webp(alpha: bool, fallback: bool) -> bytes:
    """A square with a picture that is red in the north and blue in the south."""
    pixels = np.zeros((32, 32, 4 if alpha else 3), np.uint8)
    pixels[:16, :, 0], pixels[16:, :, 2] = 230, 230
    if alpha:
        pixels[..., 3] = 200
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", lossless=True)
    texture = {"extensions": {"EXT_texture_webp": {"source": 0}}} | ({"source": 0} if fallback else {})
    return gltf(
        {"POSITION": SQUARE, "TEXCOORD_0": np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32)},
        HALVES,
        primitive={"material": 0},
        materials=[{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        textures=[texture],
        images=[{"uri": "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()}],
    )


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("fallback", [False, True])
def test_webp_becomes_what_every_viewer_reads(tmp_path: Path, alpha: bool, fallback: bool) -> None:
    found = _one(tmp_path, _with_webp(alpha, fallback))
    texture = found.geometry[0].chunk.texture
    assert texture is not None
    assert texture.media_type == ("image/png" if alpha else "image/jpeg")
    picture = np.asarray(Image.open(io.BytesIO(texture.data))).astype(int)
    assert picture[4, 16, 0] > 200 > 60 > picture[28, 16, 0]
    again = pixels_of(texture)
    assert again is not None
    assert again.pixels is not None
    assert again.pixels[28, 16, 0] > 200, "the lowest row comes first"


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"RIFF1234WEBPnone", b"\x89PNG\r\n\x1a\n" + bytes(50)])
def test_a_picture_that_cannot_be_read_is_left_out(tmp_path: Path, data: bytes) -> None:
    assert pixels_of(Texture(data, "image/png")) is None
    chunk = _one(tmp_path, _with_webp(False, True)).geometry[0].chunk
    broken = dataclasses.replace(chunk, texture=Texture(data, "image/webp"))
    assert unpacked(broken).texture is None
    assert commonly_encoded(broken).texture is None
