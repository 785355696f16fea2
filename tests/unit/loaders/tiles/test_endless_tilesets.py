"""Tilesets that declare more than anybody can look at, or what is not so: only what is looked at is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loaders.model.errors import CityTwinError, Finding
from loaders.tiles import expanding, faults, tile_json, tree
from loaders.tileset import Tileset
from loaders.tileset.report import read_report
from scenes.model.view import CameraView
from scenes.streaming import Eye, Limits
from tests.unit.loaders.tiles.looking import Look, converted, opened
from tests.unit.loaders.tiles.making import box_glb, loaded, tile, write

EVERYTHING = {"constant": 1}
SIZE_PX = (800, 600)


def implicit(levels: int, subtree_levels: int = 4, scheme: str = "QUADTREE") -> dict[str, Any]:
    tiling = {"subdivisionScheme": scheme, "subtreeLevels": subtree_levels, "availableLevels": levels}
    tiling |= {"subtrees": {"uri": "s/{level}.subtree"}}
    box = [0, 0, 0, 4096, 0, 0, 0, 4096, 0, 0, 0, 8]
    return tile("good.glb", geometricError=1024.0, refine="REPLACE", implicitTiling=tiling, boundingVolume={"box": box})


def subtrees(folder: Path, levels: int, subtree_levels: int = 4, **changed: Any) -> None:
    """Files for a tree in which there is everything: the same for all cells of a level."""
    (folder / "s").mkdir(parents=True)
    text = json.dumps(
        {"tileAvailability": EVERYTHING, "contentAvailability": [EVERYTHING], "childSubtreeAvailability": EVERYTHING}
        | changed
    )
    for level in range(0, levels, subtree_levels):
        (folder / "s" / f"{level}.subtree").write_text(text)


def test_millions_of_declared_tiles_cost_what_is_looked_at(tmp_path: Path) -> None:
    levels = 12  # 22 million tiles
    subtrees(tmp_path / "source", levels)
    path = write(tmp_path / "source", implicit(levels), good__glb=box_glb((1, 1, 1)))
    report = converted(path, tmp_path / "cache")
    assert "tiles.large" in [finding.code for finding in report.findings]
    tiles = opened(report)
    assert len(tiles.nodes()) < 3 * tree.OVERVIEW.tiles
    with Look(tiles) as look:
        look.streamer.limits = Limits(error_px=16.0)
        corner = (-4090.0, -4090.0, 3.0)
        look.streamer.look(Eye.of(CameraView(corner, (-4000.0, -4000.0, 0.0), (0.0, 0.0, 1.0)), SIZE_PX))
        look.streamer.settle()
        known = look.streamer.forest.size
        deepest = float(look.streamer.forest.error_m[:known][look.streamer.forest.shown[:known]].min())
        assert deepest == 1024.0 / 2**11
        assert known < len(tiles.nodes()) + 4000
        before = known
        look.streamer.look(Eye.of(CameraView((0.0, 0.0, 40000.0), (0.0, 1.0, 0.0), (0.0, 1.0, 0.0)), SIZE_PX))
        look.streamer.settle()
        assert look.streamer.forest.size < before + 4000, "from afar, little more is known than before"


def test_an_implicit_tree_has_its_cells_where_its_volume_says(tmp_path: Path) -> None:
    subtrees(tmp_path / "source", 4)
    path = write(tmp_path / "source", implicit(4), good__glb=box_glb((1, 1, 1)))
    with Look(opened(converted(path, tmp_path / "cache", 0))) as look:
        look.at(1e-6)
        forest = look.streamer.forest
        leaves = forest.shown[: forest.size]
        boxes = forest.model_box_m[: forest.size][leaves]
    assert len(boxes) == 64
    assert np.allclose(boxes[:, 3] - boxes[:, 0], 1024.0)
    assert np.allclose(boxes[:, [2, 5]], [-8.0, 8.0])
    assert {tuple(corner) for corner in boxes[:, :2]} == {
        (x, y) for x in range(-4096, 4096, 1024) for y in range(-4096, 4096, 1024)
    }


@pytest.mark.parametrize("scheme", ["QUADTREE", "OCTREE"])
@pytest.mark.parametrize(
    "lie",
    [
        {"tileAvailability": {"constant": 1, "availableCount": 1 << 60}},
        {"contentAvailability": [{"constant": 1, "availableCount": -3}, EVERYTHING, EVERYTHING]},
        {"tileAvailability": {"bitstream": 0}, "bufferViews": [{"buffer": 0, "byteLength": 1}], "buffers": [{}]},
        {"tileAvailability": {"bitstream": 7}},
        {"tileAvailability": 3},
        {"childSubtreeAvailability": {"constant": 0}},
    ],
)
def test_lies_about_what_there_is_are_met(tmp_path: Path, lie: dict[str, Any], scheme: str) -> None:
    subtrees(tmp_path / "source", 3, 2, **lie)
    root = tile(None, tile("good.glb"), implicit(3, 2, scheme))
    path = write(tmp_path / "source", root, good__glb=box_glb())
    with Look(opened(converted(path, tmp_path / "cache", 1))) as look:
        assert look.at(1e-6)
        assert {error.code for error in look.sink.errors} <= {"tiles.damaged", "tiles.missing"}


def test_levels_that_are_not_there_are_told_and_found_when_they_come(tmp_path: Path) -> None:
    subtrees(tmp_path / "source", 4)
    path = write(tmp_path / "source", implicit(5), good__glb=box_glb())
    with Look(opened(converted(path, tmp_path / "cache", 0))) as look:
        assert len(look.at(1e-6)) == 64
        assert {error.code for error in look.sink.errors} == {"tiles.missing"}
        text = (tmp_path / "source" / "s" / "0.subtree").read_text()
        (tmp_path / "source" / "s" / "4.subtree").write_text(text)
        look.streamer.retry(look.tree)
        assert len(look.at(1e-6)) == 256


@pytest.mark.parametrize("uri", ["loop.json", "tileset.json"])
def test_tilesets_in_a_circle_end(tmp_path: Path, uri: str) -> None:
    loop = json.dumps({"asset": {"version": "1.1"}, "geometricError": 1, "root": tile("tileset.json")}).encode()
    root = tile(None, tile("good.glb"), tile(uri))
    path = write(tmp_path / "source", root, loop__json=loop, good__glb=box_glb())
    with Look(opened(converted(path, tmp_path / "cache", 0))) as look:
        assert len(look.at(1e-6)) == 1
        assert [error.code for error in look.sink.errors] == ["tiles.cycle"]


def test_a_chain_of_tilesets_ends(tmp_path: Path) -> None:
    def link(number: int) -> bytes:
        root = tile("good.glb", tile(f"n{number + 1}.json"), refine="ADD")
        return json.dumps({"asset": {"version": "1.1"}, "geometricError": 9, "root": root}).encode()

    files = {f"n{number}__json": link(number) for number in range(200)}
    path = write(tmp_path / "source", tile("good.glb", tile("n0.json"), refine="ADD"), good__glb=box_glb(), **files)
    report = converted(path, tmp_path / "cache")
    codes = {finding.code for finding in report.findings}
    assert codes & {"tiles.cycle", "tiles.large"}
    with Look(opened(report)) as look:
        assert 20 < len(look.at(1e-6)) < 60


def test_a_deep_tree_converts_to_a_folder_that_opens(tmp_path: Path) -> None:
    root = tile("good.glb")
    for _ in range(150):
        root = tile("good.glb", root, refine="ADD")
    report = converted(write(tmp_path / "source", root, good__glb=box_glb()), tmp_path / "cache")
    assert [finding.code for finding in report.findings] == ["tiles.large"]
    with Look(opened(report)) as look:
        assert len(look.at(1e-6)) == 151


def test_a_flat_list_beyond_all_bounds_is_cut_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    bare = expanding.Expander._next
    monkeypatch.setattr(
        expanding.Expander, "_next", lambda self, doc, n, above: made.append(n) or bare(self, doc, n, above)
    )
    monkeypatch.setattr(expanding, "MOST_BELOW", 50)
    root = tile(None, *(tile("good.glb") for _ in range(5000)))
    path = write(tmp_path, root, good__glb=box_glb())
    found = loaded(path)
    assert len(made) <= 52, "no more is looked at than may be shown"
    assert [f.arguments for f in found.findings if f.code == "tiles.crowded"] == [{"shown": "50", "declared": "5,000"}]
    assert len(found.geometry) == 50


def test_a_flat_list_costs_the_overview_no_more_than_a_small_tileset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "SMALL", tree.SMALL._replace(tiles=30))
    path = write(tmp_path, tile(None, *(tile("good.glb") for _ in range(500))), good__glb=box_glb())
    walk = tree.Walk(path, lambda: None)
    tiles = walk.run()
    assert walk.is_large
    assert [each.more for each in tiles] == [True]
    assert not walk.problems.told(), "all of it is read as it is looked at"


@pytest.mark.parametrize("inner", [False, True])
def test_a_document_that_is_nested_too_deeply_says_what_is_so(tmp_path: Path, inner: bool) -> None:
    head = '{"geometricError":1,"boundingVolume":{"sphere":[0,0,0,9]}'
    deep = head + (',"children":[' + head) * 5000 + "}]" * 5000 + "}"
    text = ('{"asset":{"version":"1.1"},"geometricError":9,"root":' + deep + "}").encode()
    if inner:
        path = write(tmp_path, tile(None, tile("good.glb"), tile("deep.json")), good__glb=box_glb(), deep__json=text)
        found = loaded(path)
        assert found.codes == ["tiles.too_deep"]
        assert len(found.geometry) == 1
        return
    (tmp_path / "tileset.json").write_bytes(text)
    with pytest.raises(CityTwinError, match=r"tiles\.too_deep"):
        loaded(tmp_path / "tileset.json")


def test_the_report_lists_each_problem_and_counts_the_rest(tmp_path: Path) -> None:
    names = [f"gone{number}.glb" for number in range(7)]
    root = tile("good.glb", *(tile(name) for name in names), refine="ADD")
    report = converted(write(tmp_path / "source", root, good__glb=box_glb()), tmp_path / "cache")
    assert [(f.code, f.place) for f in report.findings] == [("tiles.missing", names[0]), ("tiles.more", names[0])]
    assert report.findings[1].arguments == {"count": 6}
    listed = read_report(Path(report.tileset)).others
    assert [f.place for f in listed] == names[1:]


def test_what_is_listed_of_one_kind_is_bounded_and_the_count_is_not() -> None:
    problems = faults.Problems()
    for number in range(faults.MOST_LISTED + 500):
        problems.add(Finding.error("tiles.missing", f"{number}.glb"))
    first, more = problems.told()
    assert 1 + len(first.others) == faults.MOST_LISTED
    assert more.finding.arguments == {"count": faults.MOST_LISTED + 499}


def test_a_root_that_is_cut_short_does_not_claim_a_rest(tmp_path: Path) -> None:
    path = write(tmp_path, tile("good.glb"), good__glb=box_glb())
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(CityTwinError, match=r"tiles\.unreadable"):
        loaded(path)


def test_a_document_beyond_all_bounds_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tile_json, "LARGEST_JSON_BYTES", 4000)
    inner = {"asset": {"version": "1.1"}, "geometricError": 9, "root": tile("good.glb"), "extras": "x" * 5000}
    path = write(
        tmp_path,
        tile(None, tile("good.glb"), tile("big.json")),
        big__json=json.dumps(inner).encode(),
        good__glb=box_glb(),
    )
    found = loaded(path)
    assert found.codes == ["tiles.too_large"]
    assert len(found.geometry) == 1


@pytest.mark.parametrize(
    "bad",
    [
        {"transform": [1] * 15},
        {"transform": [1e300] * 16},
        {"geometricError": -1},
        {"geometricError": "x"},
        {"children": 7},
        {"children": [3]},
        {"content": 5},
        {"boundingVolume": {"box": [1e300] * 12}},
        {"boundingVolume": {"region": [9, 9, 9, 9, 9, 9]}},
        {"boundingVolume": {"sphere": [0, 0, 0, -5]}},
        {"boundingVolume": {}},
        {"boundingVolume": {"box": [5000, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]}},
        {"viewerRequestVolume": {"box": [5000, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]}},
        {"implicitTiling": {"subdivisionScheme": "HEXTREE"}},
        {"content": {"uri": "https://example.com/a.glb"}},
        {"content": {"uri": "../../outside.glb"}},
        {"content": {"uri": "empty.glb"}},
    ],
)
def test_bad_tiles_cost_themselves_when_they_are_streamed(tmp_path: Path, bad: dict[str, Any]) -> None:
    inner = tile("good.glb", tile("good.glb", tile("good.glb"), geometricError=2.0) | bad, tile("good.glb"))
    path = write(tmp_path / "source", inner | {"refine": "ADD"}, good__glb=box_glb(), empty__glb=b"")
    with Look(opened(converted(path, tmp_path / "cache", 1))) as look:
        shown = look.at(1e-6)
        assert 2 <= len(shown) <= 4
        assert all(np.abs(chunk.positions).max() < 1.0 for chunk in shown)


def test_a_tile_without_an_error_has_its_parents(tmp_path: Path) -> None:
    child = {key: value for key, value in tile("good.glb", tile("good.glb")).items() if key != "geometricError"}
    path = write(tmp_path / "source", tile("good.glb", child, geometricError=6.0), good__glb=box_glb())
    tileset = opened(converted(path, tmp_path / "cache"))
    assert isinstance(tileset, Tileset)
    errors_m = tileset.nodes().errors_m
    assert sorted(errors_m[np.isfinite(errors_m)].tolist()) == [4.0, 6.0, 6.0]
