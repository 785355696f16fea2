"""COPC: an overview in the folder, the rest from the file, page by page; together every point once."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import laspy
import numpy as np
import pytest

from loaders.convert import ConvertOptions, convert
from loaders.detail import DetailedTiles, open_for_drawing
from loaders.model.tiles import NO_NODE, TileContent
from loaders.pointcloud import copc_overview
from loaders.pointcloud.copc import Key
from scenes.streaming.forest import Forest
from tests.unit.loaders.pointcloud.copc_files import write_copc
from tests.unit.loaders.pointcloud.making import assert_same_points, hills


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ConvertOptions:
    """Converted here and not in a child, where small clouds could not be made large ones."""
    return ConvertOptions(cache_folder=tmp_path / "cache")


def tiles_of(path: Path, options: ConvertOptions) -> DetailedTiles:
    found = open_for_drawing(Path(convert(path, options).tileset))
    assert isinstance(found, DetailedTiles)
    assert not found.problems
    return found


class Walk:
    """Reads a whole tree as the streamer does: nodes that tell of others first, in some order."""

    def __init__(self, tiles: DetailedTiles, *, backwards: bool = False) -> None:
        self.forest = Forest()
        self.contents: dict[int, TileContent] = {}
        self.forest.add(0, tiles.nodes(), np.eye(4))
        waiting = list(range(len(tiles.nodes())))
        while waiting:
            number = waiting.pop(-1 if backwards else 0)
            row = self.forest.rows_of(0)[number]
            if not (self.forest.has_content[row] or self.forest.expands[row]):
                continue
            content = self.contents[number] = tiles.read(number)
            if content.nodes is not None:
                self.forest.add(0, content.nodes, np.eye(4))
                waiting += range(content.nodes.first, content.nodes.first + len(content.nodes))

    @property
    def points_m(self) -> np.ndarray:
        chunks = [chunk for content in self.contents.values() for chunk in content.chunks]
        return np.concatenate([chunk.positions.astype(np.float64) + chunk.origin_m for chunk in chunks])


def test_the_crafted_files_are_copc_for_laspy(tmp_path: Path) -> None:
    points = hills(20_000)
    write_copc(tmp_path / "a.copc.laz", points, depth=3, per_cell=200, paged_from=2)
    with laspy.CopcReader.open(str(tmp_path / "a.copc.laz")) as reader:
        found = reader.query()
    low = points.min(axis=0)
    places = np.column_stack([found.x, found.y, found.z])
    assert_same_points(places - low, np.round((points - low) / 0.001) * 0.001)


def test_a_real_file_streams_and_holds_every_point_once(shared_data: Path, options: ConvertOptions) -> None:
    path = shared_data / "pointcloud" / "lone_star.copc.laz"
    tiles = tiles_of(path, options)
    judge = laspy.read(path)
    assert tiles.tileset.num_points == len(judge)
    assert 0 < tiles.tileset.meta.counts.points <= copc_overview.OVERVIEW_POINTS
    points = Walk(tiles).points_m + tiles.tileset.georeference.world_from_model[:3, 3]
    assert len(points) == len(judge)
    expected = np.asarray(judge.xyz)
    np.testing.assert_allclose(points.mean(axis=0), expected.mean(axis=0), atol=1e-4)
    np.testing.assert_allclose(np.sort(points[:, 0]), np.sort(expected[:, 0]), atol=1e-4)
    np.testing.assert_allclose(np.sort(points[:, 2]), np.sort(expected[:, 2]), atol=1e-4)


def test_a_small_file_is_converted_whole(shared_data: Path, options: ConvertOptions) -> None:
    report = convert(shared_data / "pointcloud" / "simple.copc.laz", options)
    assert report.points == 1065
    assert not isinstance(open_for_drawing(Path(report.tileset)), DetailedTiles)


EMPTY = (Key(1, 0, 0, 0), Key(2, 1, 1, 0))


@pytest.fixture(params=[99, 1, 2, 3], ids=["one page", "pages at 1", "pages at 2", "pages at 3"])
def paged(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, np.ndarray]:
    points = hills(300_000)
    path = tmp_path / "a.copc.laz"
    write_copc(path, points, depth=4, per_cell=6_000, paged_from=request.param, empty=EMPTY)
    return path, points


@pytest.mark.parametrize("backwards", [False, True])
def test_pages_and_empty_cells(paged: tuple[Path, np.ndarray], options: ConvertOptions, backwards: bool) -> None:
    path, points = paged
    tiles = tiles_of(path, options)
    walk = Walk(tiles, backwards=backwards)
    low = points.min(axis=0)
    found = walk.points_m + tiles.tileset.georeference.world_from_model[:3, 3]
    assert_same_points(found - low, np.rint((points - low) / 0.001) * 0.001)
    forest = walk.forest
    rows = np.arange(forest.size)
    children, owners = forest.children(rows)
    assert (forest.parent[children] == owners).all(), "siblings stand side by side"
    assert len(children) == (forest.parent[: forest.size] != NO_NODE).sum()
    for number, content in walk.contents.items():
        row = forest.rows_of(0)[number]
        for chunk in content.chunks:
            assert (chunk.bounds_m >= forest.box_m[row] + [-0.01, -0.01, -0.01, -1e9, -1e9, -1e9]).all()
            assert (chunk.bounds_m <= forest.box_m[row] + [1e9, 1e9, 1e9, 0.01, 0.01, 0.01]).all()
            assert chunk.refined == (forest.error_m[row] > 0.0)


def test_a_page_tells_the_same_whenever_it_is_asked(paged: tuple[Path, np.ndarray], options: ConvertOptions) -> None:
    tiles = tiles_of(paged[0], options)
    nodes = tiles.nodes()
    for number in np.flatnonzero(nodes.expands).tolist():
        one, two = tiles.read(number).nodes, tiles.read(number).nodes
        assert one is two
        assert one is not None
        assert one.parents[0] == number


@pytest.mark.parametrize("paged", [2], indirect=True)
def test_classes_and_facts_of_what_streams(paged: tuple[Path, np.ndarray], options: ConvertOptions) -> None:
    path, points = paged
    tileset = tiles_of(path, options).tileset
    assert tileset.objects()["class"].to_pylist() == ["PointCloud", "Ground", "Building"]
    facts = {one["name"]: one["value"] for one in tileset.properties_of(0).to_pylist()}
    assert facts["points"] == str(len(points))
    assert "return 0" not in facts
    share = {one["name"]: one["value"] for one in tileset.properties_of(2).to_pylist()}
    assert "points" not in share
    assert 0.0 < float(share["share"]) < 100.0


@pytest.mark.parametrize("paged", [2], indirect=True)
def test_a_file_that_is_gone_costs_the_detail(paged: tuple[Path, np.ndarray], options: ConvertOptions) -> None:
    path, _ = paged
    folder = Path(convert(path, options).tileset)
    data = path.read_bytes()
    path.unlink()
    found = open_for_drawing(folder)
    assert [problem.code for problem in found.problems] == ["tiles.source_missing"]
    assert found.nodes().has_content.any()
    path.write_bytes(data[:-1])
    assert [problem.code for problem in open_for_drawing(folder).problems] == ["tiles.source_changed"]


def altered(path: Path, at: int, value: bytes) -> Path:
    data = bytearray(path.read_bytes())
    data[at : at + len(value)] = value
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("paged", [2], indirect=True)
def test_an_octree_that_cannot_be_read_is_made_anew(paged: tuple[Path, np.ndarray], options: ConvertOptions) -> None:
    path, points = paged
    altered(path, 375 + 54 + 40, b"\xff" * 8)  # where the first page is
    report = convert(path, options)
    assert [finding.code for finding in report.findings] == ["pointcloud.bad_octree", "pointcloud.no_crs"]
    assert report.points == len(points)


def test_damaged_cells_and_pages_cost_themselves(tmp_path: Path, options: ConvertOptions) -> None:
    path = tmp_path / "a.copc.laz"
    cells = write_copc(path, hills(300_000), depth=3, per_cell=6_000)
    whole = path.read_bytes()
    rng = np.random.default_rng(1)
    middle = len(whole) // 2
    altered(path, middle, rng.bytes(2_000))  # of some cell's points
    at = len(whole) - 32 * len(cells)
    altered(path, at + 32 * (len(cells) - 1), b"\x40\x00\x00\x00")  # the depth of the last cell
    report = convert(path, options)
    assert "pointcloud.damaged_cells" in [finding.code for finding in report.findings]
    tiles = open_for_drawing(Path(report.tileset))
    walk = Walk(tiles)
    assert 200_000 < len(walk.points_m) < 300_000
    told = [problem.code for content in walk.contents.values() for problem in content.problems]
    assert set(told) <= {"pointcloud.damaged_cells"}


@pytest.mark.parametrize("paged", [2], indirect=True)
def test_rows_are_those_of_the_folder(paged: tuple[Path, np.ndarray], options: ConvertOptions) -> None:
    tiles = tiles_of(paged[0], dataclasses.replace(options))
    for content in Walk(tiles).contents.values():
        for chunk in content.chunks:
            high = chunk.positions[:, 2] + chunk.origin_m[2]
            low_m = hills(300_000)[:, 2].min()
            assert set(chunk.rows[high > low_m + 5.1].tolist()) <= {2}
            assert set(chunk.rows[high < low_m + 4.9].tolist()) <= {1}
