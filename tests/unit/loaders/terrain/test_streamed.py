"""Rasters beyond the budget: the overview and the tiles of the file, against rasterio and closed forms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Transformer

from loaders.terrain import quadtree
from loaders.terrain.raster import ElevationGrid, composed
from tests.unit.loaders.terrain.rasters import EAST, NORTH, plane, run, write
from tests.unit.loaders.terrain.rasters import centres as pixel_centres
from tests.unit.loaders.terrain.streamed import SHAPE, Streamed, waves

LAYOUTS = [{}, {"tiled": True, "blockxsize": 128, "blockysize": 64, "compress": "deflate"}]


@pytest.mark.parametrize("profile", LAYOUTS)
def test_the_finest_level_holds_every_sample_as_it_is(streamed, profile: dict[str, object], tmp_path: Path) -> None:
    s = streamed(**profile)
    found = np.unique(np.concatenate([s.surface(node) for node in s.of_level(0)]), axis=0)
    assert len(found) == SHAPE[0] * SHAPE[1]
    with rasterio.open(tmp_path / "a.tif") as source:
        heights = source.read(1)
        row, column = rasterio.transform.rowcol(source.transform, found[:, 0], found[:, 1])
    np.testing.assert_allclose(found[:, 2], heights[row, column], atol=1e-3)
    assert s.codes == {"terrain.streams"}


def test_a_plane_is_a_plane_at_every_level(streamed) -> None:
    s = streamed(plane)
    numbers = [n for n in range(len(s.nodes)) if s.nodes.has_content[n]]
    assert len({float(e) for e in s.nodes.errors_m}) > 2
    for node in numbers:
        points = s.surface(node)
        np.testing.assert_allclose(points[:, 2], plane(points[:, 0], points[:, 1]), atol=2e-3)
    whole = np.concatenate([s.surface(n) for n in numbers if n < s.num_own])
    assert np.ptp(whole[:, 0]) == pytest.approx((SHAPE[1] - 1) * 10.0, abs=1e-3)
    assert np.ptp(whole[:, 1]) == pytest.approx((SHAPE[0] - 1) * 10.0, abs=1e-3)


def test_errors_are_not_less_than_what_is_wrong(streamed) -> None:
    s = streamed()
    for node in range(len(s.nodes)):
        if not s.nodes.has_content[node]:
            continue
        points = s.surface(node)
        wrong_m = np.abs(points[:, 2] - waves(points[:, 0], points[:, 1])).max()
        assert wrong_m <= s.nodes.errors_m[node] + 1e-3
        parent = int(s.nodes.parents[node])
        assert parent < 0 or s.nodes.errors_m[parent] >= s.nodes.errors_m[node]


def test_boxes_hold_what_is_in_them(streamed) -> None:
    s = streamed()
    for node in range(s.num_own, len(s.nodes)):
        points = s.surface(node) - s.world_m
        box = s.nodes.bounds_m[node]
        assert (points.min(axis=0) >= box[:3] - 0.01).all()
        assert (points.max(axis=0) <= box[3:] + 0.01).all()


def _border(points: np.ndarray, axis: int, at: float) -> np.ndarray:
    return points[points[:, axis] == at]


def test_neighbours_of_a_level_share_their_borders_exactly(streamed) -> None:
    s = streamed()
    for level in (0, 1):
        surfaces = [s.surface(node) for node in s.of_level(level)]
        shared = 0
        for one in range(len(surfaces)):
            for other in range(one + 1, len(surfaces)):
                a, b = surfaces[one], surfaces[other]
                for axis in (0, 1):
                    if a[:, axis].max() == b[:, axis].min():
                        left, right = _border(a, axis, a[:, axis].max()), _border(b, axis, b[:, axis].min())
                        same = np.intersect1d(left[:, 1 - axis], right[:, 1 - axis])
                        if len(same) > 1:
                            shared += 1
                            keep = [np.isin(side[:, 1 - axis], same) for side in (left, right)]
                            np.testing.assert_array_equal(left[keep[0]], right[keep[1]])
        assert shared >= 2


def test_normals_agree_across_tiles(streamed) -> None:
    s = streamed()
    chunks = [s.chunk(node) for node in s.of_level(0)]
    points = np.concatenate([chunk.positions.astype(np.float64) + chunk.origin_m for chunk in chunks])
    normals = np.concatenate([chunk.normals for chunk in chunks])
    _, place, counts = np.unique(points.round(4), axis=0, return_inverse=True, return_counts=True)
    assert (counts > 1).sum() > SHAPE[0]
    low, high = np.full((len(counts), 3), 2.0), np.full((len(counts), 3), -2.0)
    np.minimum.at(low, place.ravel(), normals)
    np.maximum.at(high, place.ravel(), normals)
    assert (high - low).max() < 1e-4


def test_children_cover_what_their_parent_covers(streamed) -> None:
    s = streamed()
    for node in range(len(s.nodes)):
        below = np.flatnonzero(s.nodes.parents == node)
        if not len(below) or not s.nodes.has_content[node]:
            continue
        own, theirs = s.surface(node), np.concatenate([s.surface(int(n)) for n in below])
        for end in (np.min, np.max):
            np.testing.assert_allclose(end(own[:, :2], axis=0), end(theirs[:, :2], axis=0), atol=2e-3)


def test_holes_stay_and_nothing_else_is_lost(streamed) -> None:
    def islands(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        values = np.full(x.shape, -9999.0)
        values[50:300, 40:200] = 100.0
        values[400, 500] = 70.0  # a single height: no triangle can be made of it
        values[430:432, 300:302] = 50.0
        return values

    s = streamed(islands, nodata=-9999.0)
    found = np.unique(np.concatenate([s.surface(node) for node in s.of_level(0) if s.tiles.read(node).chunks]), axis=0)
    assert len(found) == 250 * 160 + 4
    assert set(found[:, 2].round(3)) == {100.0, 50.0}


def test_marks_that_nobody_declared_are_holes_at_every_level(streamed) -> None:
    def marked(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        values = waves(x, y)
        values[100:180, 200:400] = -9999.0
        return values

    s = streamed(marked)
    assert "terrain.odd_heights" in s.codes
    for node in range(len(s.nodes)):
        if s.nodes.has_content[node]:
            assert s.surface(node)[:, 2].min() > 100.0


def test_scale_offset_and_unit_count(tmp_path: Path) -> None:
    stored = np.round(waves(*pixel_centres(SHAPE)) * 10.0).astype(np.int16)
    stored[20:30, 40:60] = -32768
    path = write(tmp_path / "a.tif", stored, scales=(0.1,), offsets=(5.0,), units=("ft",), nodata=-32768)
    s = Streamed(path, tmp_path)
    points = np.unique(np.concatenate([s.surface(node) for node in s.of_level(0)]), axis=0)
    assert len(points) == SHAPE[0] * SHAPE[1] - 10 * 20
    np.testing.assert_allclose(points[:, 2], (waves(points[:, 0], points[:, 1]) + 5.0) * 0.3048, atol=0.02)


@pytest.mark.parametrize(
    "matrix", [Affine(9.0, 3.0, EAST, 3.0, -9.0, NORTH), Affine(10.0, 0.0, EAST, 0.0, 10.0, NORTH)]
)
def test_turned_and_mirrored_rasters_face_up(tmp_path: Path, matrix: Affine) -> None:
    values = plane(*pixel_centres(SHAPE, matrix)).astype(np.float32)
    s = Streamed(write(tmp_path / "a.tif", values, transform=matrix), tmp_path)
    for node in (*s.of_level(0)[:3], 0, s.num_own - 1):
        if not s.nodes.has_content[node]:
            continue
        chunk = s.chunk(node)
        corners = (chunk.positions.astype(np.float64) + chunk.origin_m)[chunk.triangles]
        up = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2]
        assert (up > -1e-6).all()
        points = s.surface(node)
        np.testing.assert_allclose(points[:, 2], plane(points[:, 0], points[:, 1]), atol=3e-3)


def test_skirts_hang_between_tiles_and_face_outwards(streamed) -> None:
    s = streamed(lambda x, y: 0.0 * x + 30.0)
    node = next(n for n in s.of_level(0) if s.key(n)[1:] == (1, 1))
    chunk = s.chunk(node)
    corners = (chunk.positions.astype(np.float64) + chunk.origin_m)[chunk.triangles]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    walls = np.abs(across[:, 2]) < 1e-9
    assert walls.sum() == 4 * 128 * 2
    middle = chunk.bounds_m.reshape(2, 3).mean(axis=0)
    outwards = corners[walls].mean(axis=1) - middle
    assert ((across[walls] * outwards)[:, :2].sum(axis=1) > 0).all()
    corner = next(n for n in s.of_level(0) if s.key(n)[1:] == (0, 0))
    edge = s.chunk(corner)
    flat = (edge.positions.astype(np.float64) + edge.origin_m)[edge.triangles]
    up = np.cross(flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0])[:, 2]
    assert (np.abs(up) < 1e-9).sum() == 2 * 128 * 2, "nothing stands beyond the border of the raster"


def test_a_raster_in_degrees_is_warped_tile_by_tile(tmp_path: Path) -> None:
    size = 1e-4
    matrix = Affine(size, 0.0, 114.3, 0.0, -size, 30.6)
    longitude, latitude = pixel_centres(SHAPE, matrix)
    values = (100 + 3000 * (longitude - 114.3) + 40 * np.sin((latitude - 30.5) * 900)).astype(np.float32)
    path = write(tmp_path / "a.tif", values, crs="EPSG:4326", transform=matrix)
    s = Streamed(path, tmp_path)
    assert s.report.crs == "EPSG:32650"
    grid = ElevationGrid(values, composed(matrix, Affine(1, 0, 0.5, 0, 1, 0.5)), "EPSG:4326")
    back = Transformer.from_crs("EPSG:32650", "EPSG:4326", always_xy=True)
    seen = 0
    for node in s.of_level(0):
        points = s.surface(node)
        seen += len(points)
        expected = grid.height_at(*back.transform(points[:, 0], points[:, 1]))
        np.testing.assert_allclose(points[:, 2], expected, atol=0.02)
    assert seen > 0.8 * SHAPE[0] * SHAPE[1]


def test_colours_are_those_of_the_whole_at_every_level(streamed) -> None:
    s = streamed()
    colours: dict[int, set[tuple[int, ...]]] = {}
    for node in range(len(s.nodes)):
        if s.nodes.has_content[node]:
            chunk = s.chunk(node)
            z = (chunk.positions[:, 2] + chunk.origin_m[2]).round(0).astype(int)
            top = np.abs(chunk.normals[:, 2]) > 0.99
            for height in np.unique(z[top])[::20].tolist():
                colours.setdefault(height, set()).update(map(tuple, chunk.colours[top & (z == height)].tolist()))
    assert len(colours) > 5
    for shades in colours.values():
        assert max(np.ptp(np.array(list(shades)), axis=0)) < 60


def test_the_overview_is_a_whole_tileset_of_its_own(streamed) -> None:
    s = streamed()
    tileset = s.tiles.tileset
    assert tileset.objects().num_rows == 1
    facts = {row["name"]: row["number"] for row in tileset.properties_of(0).to_pylist()}
    assert (facts["rows"], facts["columns"]) == SHAPE
    assert facts["sample rows"] == (SHAPE[0] - 1) // 2 + 2
    assert tileset.meta.counts.triangles == sum(t.num_triangles for t in tileset.tiles if not t.stands_in)
    assert tileset.bounds_m[3] - tileset.bounds_m[0] == pytest.approx((SHAPE[1] - 1) * 10.0, abs=0.01)


def test_a_raster_with_too_many_tiles_is_shown_as_fine_as_they_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.tif", waves(*pixel_centres(SHAPE)).astype(np.float32))
    monkeypatch.setattr(quadtree, "MOST_NODES", 10)
    found = run(path, samples=100)
    (told,) = [finding for finding in found.findings if finding.code == "terrain.finest_left_out"]
    assert told.arguments["cells"] == 2
    s = Streamed(path, tmp_path, samples=100)
    assert {s.key(node)[0] for node in range(s.num_own, len(s.nodes))} == {1, 2}
    finest = s.of_level(1)
    assert (s.nodes.errors_m[finest] == 0.0).all()
    assert len(np.unique(np.concatenate([s.surface(node) for node in finest]), axis=0)) == 236 * 301


def test_srtm_tiles_stream_too(tmp_path: Path) -> None:
    rows, columns = np.mgrid[0:1201, 0:1201]
    values = (300 + rows // 4 + columns // 3).astype(">i2")
    values[600:640, 600:640] = -32768
    path = tmp_path / "N30E114.hgt"
    path.write_bytes(values.tobytes())
    s = Streamed(path, tmp_path, samples=400)
    heights = np.where(values == -32768, np.nan, values).astype(np.float32)
    grid = ElevationGrid(heights, Affine(1 / 1200, 0.0, 114.0, 0.0, -1 / 1200, 31.0), "EPSG:4326")
    back = Transformer.from_crs(str(s.report.crs), "EPSG:4326", always_xy=True)
    for node in s.of_level(0)[::7]:
        points = s.surface(node)
        np.testing.assert_allclose(
            points[:, 2], grid.height_at(*back.transform(points[:, 0], points[:, 1])), atol=0.02, equal_nan=True
        )
