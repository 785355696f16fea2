"""Tilesets that are broken, endless, absurd or hostile: findings and the rest, never a hang."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from loaders.tiles import faults, tree
from loaders.tiles.contents import ContentReader
from tests.unit.loaders.tiles.making import b3dm, box_glb, cmpt, glb, gltf, i3dm, loaded, tile, write

GOOD = {"good__glb": box_glb()}


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("missing.glb", "tiles.missing"),
        ("../outside.glb", "tiles.bad_uri"),
        ("/etc/passwd", "tiles.bad_uri"),
        ("%2e%2e/outside.glb", "tiles.bad_uri"),
        ("sub\\..\\..\\outside.glb", "tiles.bad_uri"),
        ("https://example.com/a.glb", "tiles.remote"),
        ("file:///etc/passwd", "tiles.remote"),
        ("//host/a.glb", "tiles.remote"),
        ("", "tiles.missing"),
        ("tileset.json", "tiles.cycle"),
        ("loop.json", "tiles.cycle"),
        ("broken.json", "tiles.damaged"),
        ("garbage.glb", "tiles.damaged"),
        ("remote.gltf", "tiles.remote"),
    ],
)
def test_a_bad_reference_is_told_and_the_rest_is_shown(tmp_path: Path, uri: str, code: str) -> None:
    (tmp_path / "outside.glb").write_bytes(box_glb())
    loop = json.dumps({"asset": {"version": "1.1"}, "geometricError": 1, "root": tile("loop.json")}).encode()
    remote = {"asset": {"version": "2.0"}, "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}]}
    remote |= {
        "nodes": [{"mesh": 0}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
    }
    remote |= {"bufferViews": [{"buffer": 0, "byteLength": 36}], "buffers": [{"byteLength": 36, "uri": "http://a/b"}]}
    files = {"loop__json": loop, "broken__json": b'{"asset": 1, "root"', "garbage__glb": b"glTF" + bytes(40)}
    files["remote__gltf"] = json.dumps(remote).encode()
    path = write(tmp_path / "set", tile(None, tile(uri), tile("good.glb")), **files, **GOOD)
    found = loaded(path)
    assert set(found.codes) - {"tiles.more"} == {code}
    assert len(found.geometry) == 1


@pytest.mark.parametrize(
    "bad",
    [
        {"transform": [1] * 15},
        {"transform": [1e999] * 16},
        {"transform": [float("nan")] * 16},
        {"transform": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1e18, 0, 0, 1]},
        {"transform": "no"},
        {"geometricError": "x"},
        {"geometricError": -1},
        {"children": 7},
        {"content": 5},
        {"implicitTiling": {"subdivisionScheme": "QUADTREE", "subtreeLevels": 99, "availableLevels": 2}},
        {"implicitTiling": {"subdivisionScheme": "HEXTREE"}},
    ],
)
def test_a_bad_tile_is_told_and_the_rest_is_shown(tmp_path: Path, bad: dict[str, Any]) -> None:
    path = write(tmp_path, tile(None, tile("good.glb") | bad, tile("good.glb")), **GOOD)
    text = path.read_text().replace("Infinity", "1e999")
    path.write_text(text)
    found = loaded(path)
    assert found.codes
    assert found.geometry
    assert max(np.abs(event.chunk.bounds_m).max() for event in found.geometry) < 100.0


def test_absurd_bounds_move_nothing(tmp_path: Path) -> None:
    for volume in ({"box": [1e300] * 12}, {"sphere": [0, 0, 0, -5]}, {"region": [9, 9, 9, 9, 9, 9]}, {}):
        found = loaded(write(tmp_path, tile("good.glb", boundingVolume=volume), **GOOD))
        assert np.abs(found.points_m).max() == 0.5


def test_a_tree_without_end_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "SMALL", tree.SMALL._replace(tiles=3000))
    everything = {"constant": 1}
    subtree = {
        "tileAvailability": everything,
        "contentAvailability": [everything],
        "childSubtreeAvailability": everything,
    }
    tiling = {"subdivisionScheme": "QUADTREE", "subtreeLevels": 6, "availableLevels": 24}
    tiling |= {"subtrees": {"uri": "all.subtree"}}
    root = tile(None, tile("good.glb"), tile("good.glb", implicitTiling=tiling))
    found = loaded(write(tmp_path, root, all__subtree=json.dumps(subtree).encode(), **GOOD))
    assert "tiles.large" in found.codes
    assert len(found.geometry) > 1000


def test_deep_nesting_is_no_crash(tmp_path: Path) -> None:
    text = '{"children":[' * 100_000 + "]}" * 100_000
    path = tmp_path / "tileset.json"
    path.write_text('{"asset":{"version":"1.0"},"geometricError":1,"root":' + text + "}")
    with pytest.raises(CityTwinError, match="tiles"):
        loaded(path)


@pytest.mark.parametrize(
    "change",
    [
        {"count": 1 << 40},
        {"count": -1},
        {"byteOffset": 1 << 30},
        {"componentType": 1},
        {"type": "VEC9"},
        {"bufferView": 99},
        {"sparse": {"count": 9, "indices": {"bufferView": 0, "componentType": 5123}, "values": {"bufferView": 0}}},
    ],
)
def test_absurd_accessors_are_told(tmp_path: Path, change: dict[str, Any]) -> None:
    good = gltf({"POSITION": np.zeros((3, 3), np.float32)})
    size = int.from_bytes(good[12:16], "little")
    document = json.loads(good[20 : 20 + size])
    document["accessors"][0] |= change
    data = glb(document, good[28 + size :])
    found = loaded(write(tmp_path, tile(None, tile("a.glb"), tile("good.glb")), a__glb=data, **GOOD))
    assert found.codes == ["tiles.damaged"]
    assert len(found.geometry) == 1


_POSITION = {"INSTANCES_LENGTH": 1, "POSITION": {"byteOffset": 0}}
_SAMPLES = [
    box_glb(),
    b3dm(box_glb(), {"BATCH_LENGTH": 1}, {"id": ["a"]}),
    i3dm(box_glb(), _POSITION, bytes(12)),
    cmpt(b3dm(box_glb(), {}), i3dm(box_glb(), _POSITION, bytes(12))),
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(range(len(_SAMPLES))), st.data())
def test_any_damage_is_an_error_that_is_met(
    tmp_path_factory: pytest.TempPathFactory, kind: int, data: st.DataObject
) -> None:
    content = bytearray(_SAMPLES[kind])
    for _ in range(data.draw(st.integers(0, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    folder = tmp_path_factory.mktemp("damage")
    (folder / "a.bin").write_bytes(bytes(content[:cut]))
    with contextlib.suppress(*faults.BAD, CityTwinError):
        for piece in ContentReader(folder).read(folder / "a.bin"):
            for part in piece.parts:
                assert not part.triangles.size or int(part.triangles.max()) < len(part.positions)
