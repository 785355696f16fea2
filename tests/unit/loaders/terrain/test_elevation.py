"""Elevation rasters become the ground they say: heights, holes, units, place, whole surface."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import CRS, Transformer

from loaders.model.errors import CityTwinError
from loaders.model.tables import OBJECTS_SCHEMA, PROPERTIES_SCHEMA
from loaders.terrain import raster_format
from tests.unit.loaders.terrain.rasters import EAST, NORTH, NORTH_UP, centres, plane, run, write


def plane_file(path: Path, shape: tuple[int, int] = (40, 60), matrix: Affine = NORTH_UP, **profile: object) -> Path:
    return write(path, plane(*centres(shape, matrix)).astype(np.float32), transform=matrix, **profile)


def assert_faces_up(corners: np.ndarray) -> None:
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (normal[:, 2] > 0).all()


ROTATED = Affine(8.0, 6.0, EAST, 6.0, -8.0, NORTH)
SOUTH_UP = Affine(10.0, 0.0, EAST, 0.0, 10.0, NORTH - 400)


@pytest.mark.parametrize("matrix", [NORTH_UP, ROTATED, SOUTH_UP])
def test_a_plane_stays_a_plane(tmp_path: Path, matrix: Affine) -> None:
    found = run(plane_file(tmp_path / "a.tif", matrix=matrix))
    points = found.vertices()
    assert len(points) == 40 * 60
    np.testing.assert_allclose(points[:, 2], plane(points[:, 0], points[:, 1]), atol=1e-3)
    x, y = centres((40, 60), matrix)
    np.testing.assert_allclose(points.min(axis=0)[:2], [x.min(), y.min()], atol=1e-3)
    np.testing.assert_allclose(points.max(axis=0)[:2], [x.max(), y.max()], atol=1e-3)
    assert len(found.corners()) == 2 * 39 * 59
    assert_faces_up(found.corners())
    normals = np.concatenate([chunk.normals for chunk in found.chunks])
    expected = np.array([-0.05, 0.03, 1.0]) / np.linalg.norm([-0.05, 0.03, 1.0])
    np.testing.assert_allclose(normals, np.broadcast_to(expected, normals.shape), atol=1e-5)


def test_the_object_and_what_is_known_about_it(tmp_path: Path) -> None:
    found = run(plane_file(tmp_path / "hill.tif"))
    assert found.tables.objects.schema.equals(OBJECTS_SCHEMA)
    assert found.tables.properties.schema.equals(PROPERTIES_SCHEMA)
    (row,) = found.tables.objects.to_pylist()
    assert (row["class"], row["name"], row["level"], row["parent"]) == ("Terrain", "hill", 1, -1)
    facts = found.facts
    heights = plane(*centres((40, 60)))
    assert (facts["rows"], facts["columns"], facts["cell size x"]) == (40, 60, 10)
    got = [facts[f"{name} height"] for name in ("minimum", "maximum", "mean")]
    assert got == pytest.approx([heights.min(), heights.max(), heights.mean()], abs=1e-3)
    assert facts["crs"] == "EPSG:32650"
    assert found.opened.georeference.crs == "EPSG:32650"
    assert found.fractions == sorted(found.fractions)
    assert found.fractions[-1] == 1.0


def test_tiles_meet_without_cracks(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(300, 80, (300, 280)).astype(np.float32)
    found = run(write(tmp_path / "a.tif", values, transform=Affine(7.3, 0, EAST + 0.123, 0, -7.3, NORTH)))
    assert len(found.chunks) == 9
    corners = found.corners()
    assert len(corners) == 2 * 299 * 279
    points, number = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)
    assert len(points) == 300 * 280, "the same sample has different coordinates in two tiles"
    edges = np.sort(number.reshape(-1, 3)[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    _, uses = np.unique(edges, axis=0, return_counts=True)
    assert (uses <= 2).all()
    assert (uses == 1).sum() == 2 * (299 + 279)
    normals = np.concatenate([chunk.normals for chunk in found.chunks])
    places = np.concatenate([chunk.positions.astype(float) + chunk.origin_m for chunk in found.chunks])
    _, first, same = np.unique(places, axis=0, return_index=True, return_inverse=True)
    np.testing.assert_array_equal(normals, normals[first][same.ravel()])


@pytest.mark.parametrize("kind", ["nodata", "nan", "mask", "undeclared", "integer"])
def test_holes_are_cut_out(tmp_path: Path, kind: str) -> None:
    values = plane(*centres((30, 30))).astype(np.float32)
    hole = np.zeros((30, 30), bool)
    hole[10:14, 5:9] = True
    profile: dict[str, object] = {}
    if kind in ("nodata", "undeclared"):
        values[hole] = -9999
        profile = {"nodata": -9999} if kind == "nodata" else {}
    elif kind == "nan":
        values[hole] = np.nan
    elif kind == "integer":
        values = values.astype(np.int16)
        values[hole] = -32768
        profile = {"nodata": -32768}
    path = write(tmp_path / "a.tif", values, **profile)
    if kind == "mask":
        with rasterio.open(path, "r+") as out:
            out.write_mask(~hole)
    found = run(path)
    # 4 x 4 missing samples take 5 x 5 cells; at each of the four outer corners half a cell stays.
    assert len(found.corners()) == 2 * (29 * 29 - 25) + 4
    assert len(found.vertices()) == 900 - 16
    assert_faces_up(found.corners())
    assert found.facts["share without height"] == pytest.approx(16 / 900)
    assert found.facts["minimum height"] > 0
    assert ("terrain.odd_heights" in found.codes) == (kind == "undeclared")


def test_scale_offset_and_unit(tmp_path: Path) -> None:
    values = np.arange(900, dtype=np.int16).reshape(30, 30)
    found = run(write(tmp_path / "a.tif", values, scales=(0.1,), offsets=(5.0,), units=("ft",)))
    assert found.facts["minimum height"] == pytest.approx(5 * 0.3048, abs=1e-4)
    assert found.facts["maximum height"] == pytest.approx((89.9 + 5) * 0.3048, abs=1e-3)
    assert not found.codes


@pytest.mark.parametrize(
    ("crs", "unit", "assumed"),
    [
        ("EPSG:2992", 0.3048, True),
        ("EPSG:2926", 1200 / 3937, True),
        ("EPSG:2992+8228", 0.3048, False),
        ("EPSG:2992+5703", 1.0, False),
    ],
)
def test_feet_become_metres(tmp_path: Path, crs: str, unit: float, assumed: bool) -> None:
    across = 0.3048 if "2992" in crs else 1200 / 3937
    matrix = Affine(10.0, 0, 636_000, 0, -10.0, 850_000)
    values = np.full((20, 20), 100.0, np.float32)
    values[0, 0] = 200
    found = run(write(tmp_path / "a.tif", values, transform=matrix, crs=CRS(crs).to_wkt()))
    points = found.vertices()
    assert found.facts["cell size x"] == pytest.approx(10 * across)
    assert found.facts["minimum height"] == pytest.approx(100 * unit, rel=1e-6)
    assert ("terrain.unit_assumed" in found.codes) == assumed
    world = CRS(found.opened.georeference.crs)
    assert all(axis.unit_conversion_factor == 1.0 for axis in world.axis_info)
    peak = points[points[:, 2].argmax()]
    got = Transformer.from_crs(world, "EPSG:4326", always_xy=True).transform(*peak[:2])
    horizontal = CRS(crs.partition("+")[0])
    expected = Transformer.from_crs(horizontal, "EPSG:4326", always_xy=True).transform(636_005, 849_995)
    np.testing.assert_allclose(got, expected, atol=2e-8)


def test_degrees_are_warped_and_heights_stay(tmp_path: Path) -> None:
    """A plane in UTM metres, sampled in degrees: the warped mesh must lie on the plane again."""
    matrix = Affine(1 / 3600, 0, 114.30, 0, -1 / 3600, 30.62)
    longitude, latitude = centres((80, 100), matrix)
    to_utm = Transformer.from_crs("EPSG:4326", "EPSG:32650", always_xy=True)
    values = plane(*to_utm.transform(longitude, latitude)).astype(np.float32)
    found = run(write(tmp_path / "a.tif", values, transform=matrix, crs="EPSG:4326"))
    assert found.opened.georeference.crs == "EPSG:32650"
    assert "terrain.warped" in found.codes
    points = found.vertices()
    assert len(points) > 0.8 * values.size
    np.testing.assert_allclose(points[:, 2], plane(points[:, 0], points[:, 1]), atol=1e-3)
    assert_faces_up(found.corners())


@pytest.mark.parametrize(
    ("crs", "place", "wanted", "expected"),
    [
        ("EPSG:4490", (114.3, 30.6), None, "EPSG:4547"),
        ("EPSG:4490", (114.3, 30.6), "EPSG:4526", "EPSG:4526"),
        ("EPSG:4326", (-71.0, -33.0), None, "EPSG:32719"),
        ("EPSG:4269", (-123.0, 44.0), None, "EPSG:26910"),
        ("EPSG:4258", (5.0, 52.0), "EPSG:4326", "EPSG:25831"),
        ("EPSG:4326", (10.0, 86.0), None, "EPSG:32661"),
    ],
)
def test_which_system_degrees_go_to(
    tmp_path: Path, crs: str, place: tuple[float, float], wanted: str | None, expected: str
) -> None:
    matrix = Affine(0.001, 0, place[0], 0, -0.001, place[1])
    path = write(tmp_path / "a.tif", np.ones((20, 20), np.float32), transform=matrix, crs=crs)
    assert run(path, **({"crs": wanted} if wanted else {})).opened.georeference.crs == expected


def test_wide_and_global_rasters_have_a_place_too(tmp_path: Path) -> None:
    for size, projection in ((0.5, "Lambert Azimuthal Equal Area"), (3.0, "Lambert Cylindrical Equal Area")):
        matrix = Affine(size, 0, -60 * size, 0, -size, 28 * size)
        path = write(tmp_path / f"{size}.tif", np.ones((56, 120), np.float32), transform=matrix, crs="EPSG:4326")
        crs = CRS(run(path).opened.georeference.crs)
        assert projection in crs.coordinate_operation.method_name
        assert crs.axis_info[0].unit_name == "metre"


def test_the_wanted_system_of_a_metric_raster(tmp_path: Path) -> None:
    path = plane_file(tmp_path / "a.tif")
    found = run(path, crs="EPSG:4547")
    assert found.opened.georeference.crs == "EPSG:4547"
    back = Transformer.from_crs("EPSG:4547", "EPSG:32650", always_xy=True)
    points = found.vertices()
    x, y = back.transform(points[:, 0], points[:, 1])
    np.testing.assert_allclose(points[:, 2], plane(x, y), atol=2e-3)
    assert "terrain.warped" not in run(path, crs="EPSG:32650").codes
    assert run(path, crs="no such system").opened.georeference.crs == "EPSG:32650"


def test_points_and_areas_stand_where_they_should(tmp_path: Path) -> None:
    """With AREA_OR_POINT=Point the file's tie point is the first sample itself (GeoTIFF 1.1, section 2.5.2.2)."""
    for kind in ("Area", "Point"):
        path = write(tmp_path / f"{kind}.tif", np.ones((20, 20), np.float32), tags={"AREA_OR_POINT": kind})
        tie = _tie_point(path)
        first = run(path).vertices()
        corner = np.array([first[:, 0].min(), first[:, 1].max()])
        expected = np.array(tie) + (0.0 if kind == "Point" else np.array([5.0, -5.0]))
        np.testing.assert_allclose(corner, expected, atol=1e-3)
        assert run(path).facts["samples stand for"] == f"{kind.lower()}s"


def _tie_point(path: Path) -> tuple[float, float]:
    """x and y of tag 33922, read by hand from a little-endian classic TIFF."""
    data = path.read_bytes()
    at = int.from_bytes(data[4:8], "little")
    for entry in range(int.from_bytes(data[at : at + 2], "little")):
        place = at + 2 + 12 * entry
        if int.from_bytes(data[place : place + 2], "little") == 33922:
            values = np.frombuffer(data, "<f8", 6, int.from_bytes(data[place + 8 : place + 12], "little"))
            return float(values[3]), float(values[4])
    raise AssertionError("no tie point")


def test_large_grids_of_text_are_decimated_to_the_budget(tmp_path: Path) -> None:
    path = tmp_path / "a.asc"
    values = plane(*centres((300, 250)))
    header = f"ncols 250\nnrows 300\nxllcorner {EAST}\nyllcorner {NORTH - 3000}\ncellsize 10\nNODATA_value -9999\n"
    path.write_text(header + "\n".join(" ".join(f"{v:.4f}" for v in row) for row in values), "utf-8")
    found = run(path, samples=50)
    (finding,) = [f for f in found.findings if f.code == "terrain.decimated"]
    assert finding.arguments["factor"] == pytest.approx(np.sqrt(300 * 250) / 50, abs=0.05)
    points = found.vertices()
    assert 0.9 * 50**2 <= len(points) <= 1.1 * 50**2
    # Within one source cell of slope; the mean of a block stands at its middle.
    np.testing.assert_allclose(points[:, 2], plane(points[:, 0], points[:, 1]), atol=0.45)
    assert abs((points[:, 2] - plane(points[:, 0], points[:, 1])).mean()) < 0.1
    assert np.ptp(points[:, 0]) == pytest.approx(2500 - 2500 / found.facts["sample columns"], abs=0.1)


def test_ascii_grids(tmp_path: Path) -> None:
    path = tmp_path / "高程.asc"
    values = plane(*centres((12, 15)))
    header = f"ncols 15\nnrows 12\nxllcorner {EAST}\nyllcorner {NORTH - 120}\ncellsize 10\nNODATA_value -9999\n"
    values[3, 3] = -9999
    path.write_text(header + "\n".join(" ".join(f"{v:.4f}" for v in row) for row in values), "utf-8")
    found = run(path)
    assert found.opened.schema == "ESRI ASCII grid"
    assert found.opened.georeference.crs is None
    assert "terrain.no_crs" in found.codes
    points = found.vertices()
    assert len(points) == 12 * 15 - 1
    np.testing.assert_allclose(points[:, 2], plane(points[:, 0], points[:, 1]), atol=1e-3)
    path.with_suffix(".prj").write_text(CRS("EPSG:4547").to_wkt("WKT1_ESRI"), "utf-8")
    assert run(path).opened.georeference.crs == "EPSG:4547"


def test_hgt_tiles(tmp_path: Path) -> None:
    values = np.full((1201, 1201), 500, ">i2")
    values[100:110] = -32768
    path = tmp_path / "N30E114.hgt"
    path.write_bytes(values.tobytes())
    found = run(path, samples=64)
    assert found.opened.schema == "SRTM HGT"
    assert found.opened.georeference.crs == "EPSG:32650"
    assert found.facts["maximum height"] == pytest.approx(500, abs=1e-3)
    assert found.facts["minimum height"] == pytest.approx(500, abs=1e-3)
    assert found.facts["samples stand for"] == "points"
    west, south = Transformer.from_crs("EPSG:4326", "EPSG:32650", always_xy=True).transform(114.5, 30.0)
    assert found.vertices()[:, 1].min() == pytest.approx(south, abs=2500)
    assert found.vertices()[:, 0].mean() == pytest.approx(west, abs=2500)


def test_several_float_bands_take_the_one_that_is_named(tmp_path: Path) -> None:
    values = np.stack([np.full((20, 20), v, np.float32) for v in (1, 2, 3)])
    profile = {"photometric": "MINISBLACK"}
    first = run(write(tmp_path / "a.tif", values, **profile))
    named = run(write(tmp_path / "b.tif", values, names=("slope", "Elevation", ""), **profile))
    assert (first.facts["mean height"], named.facts["mean height"]) == (1, 2)
    assert "terrain.several_bands" in named.codes


def test_without_a_place(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        write(path, np.ones((20, 30), np.float32), crs=None, transform=None)
    found = run(path)
    assert "terrain.no_place" in found.codes
    points = found.vertices()
    np.testing.assert_allclose(points.min(axis=0)[:2], [0.5, 0.5])
    np.testing.assert_allclose(points.max(axis=0)[:2], [29.5, 19.5])
    assert_faces_up(found.corners())


@pytest.mark.parametrize(
    ("values", "profile", "code"),
    [
        (np.ones((3, 20, 20), np.uint8), {"photometric": "RGB"}, "terrain.is_picture"),
        (np.ones((20, 20), np.complex64), {}, "terrain.is_picture"),
        (np.full((20, 20), -1, np.float32), {"nodata": -1}, "terrain.no_heights"),
        (np.full((20, 20), np.nan, np.float32), {}, "terrain.no_heights"),
        (np.ones((1, 20), np.float32), {}, "terrain.too_small"),
    ],
)
def test_what_is_no_elevation_is_said(tmp_path: Path, values: np.ndarray, profile: dict, code: str) -> None:
    path = write(tmp_path / "a.tif", values, **profile)
    with pytest.raises(CityTwinError) as caught:
        run(path)
    assert caught.value.code == code


def test_lone_samples_make_no_ground(tmp_path: Path) -> None:
    values = np.full((9, 9), np.nan, np.float32)
    values[::3, ::3] = 5
    with pytest.raises(CityTwinError, match="no_heights"):
        run(write(tmp_path / "a.tif", values))


def test_colours_rise_in_lightness(tmp_path: Path) -> None:
    values = np.repeat(np.linspace(0, 900, 50, dtype=np.float32)[:, None], 20, axis=1)
    (chunk,) = run(write(tmp_path / "a.tif", values)).chunks
    order = np.argsort(chunk.positions[:, 2])
    light = chunk.colours[order, :3] @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(light[::20]) >= 0).all()
    assert light[-1] - light[0] > 60
    assert (chunk.colours[:, 3] == 255).all()


@pytest.mark.parametrize("west", [179.96, -180.04, 359.96])
def test_what_crosses_the_date_line_stays_whole(tmp_path: Path, west: float) -> None:
    matrix = Affine(0.001, 0, west, 0, -0.001, -16.0)
    values = np.full((60, 80), 12.0, np.float32)
    found = run(write(tmp_path / "a.tif", values, transform=matrix, crs="EPSG:4326"))
    assert "terrain.partly_outside" not in found.codes
    assert len(found.vertices()) > 0.8 * values.size


def test_coordinates_that_can_only_be_degrees_are_taken_as_such(tmp_path: Path) -> None:
    matrix = Affine(0.0001, 0, 114.3, 0, -0.0001, 30.5)
    found = run(write(tmp_path / "a.tif", np.full((40, 40), 30.0, np.float32), transform=matrix, crs=None))
    assert "terrain.degrees_assumed" in found.codes
    points = found.vertices()
    assert np.ptp(points[:, 0]) == pytest.approx(39 * 0.0001 * 111_320 * np.cos(np.radians(30.5)), rel=0.05)


def test_web_mercator_is_said_to_stretch(tmp_path: Path) -> None:
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform(114.3, 30.6)
    matrix = Affine(10.0, 0, x, 0, -10.0, y)
    found = run(write(tmp_path / "a.tif", np.full((20, 20), 30.0, np.float32), transform=matrix, crs="EPSG:3857"))
    (finding,) = [f for f in found.findings if f.code == "terrain.stretched"]
    assert finding.arguments["percent"] == pytest.approx(100 * (1 / np.cos(np.radians(30.6)) - 1), abs=1.0)
    plain = run(write(tmp_path / "b.tif", np.full((20, 20), 30.0, np.float32), transform=NORTH_UP, crs="EPSG:32650"))
    assert "terrain.stretched" not in plain.codes


def test_the_name_of_an_srtm_tile_is_part_of_what_it_is() -> None:
    tell = raster_format.FORMAT.telling_name
    assert tell(Path("a/N30E114.hgt")) != tell(Path("a/S30W114.HGT"))
    assert tell(Path("a/x.tif")) == tell(Path("b/y.TIF"))
