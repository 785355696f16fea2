"""LAS and LAZ of every version and point format: every point is there once, where laspy says, in its own colour."""

from __future__ import annotations

from pathlib import Path

import laspy
import numpy as np
import pytest
from pyproj import CRS

from loaders.model.errors import CityTwinError
from loaders.model.points import PointChunk
from loaders.pointcloud.classes import NAMES
from loaders.pointcloud.header import RECORD_BYTES, read_header
from loaders.pointcloud.las_format import sniff
from loaders.pointcloud.records import batches, record_type
from tests.unit.loaders.pointcloud.making import assert_same_points, by_place, hills, load_all, write_las

FORMATS = [("1.2", 0), ("1.2", 1), ("1.2", 2), ("1.2", 3), ("1.3", 4), ("1.3", 5), *(("1.4", n) for n in range(11))]
# Nobody here writes compressed wave packets, which formats 4, 5, 9 and 10 have.
KINDS = [(v, n, e) for v, n in FORMATS for e in (".las", ".laz") if e == ".las" or n not in (4, 5, 9, 10)]


@pytest.mark.parametrize(("version", "point_format", "ending"), KINDS)
def test_every_format(tmp_path: Path, version: str, point_format: int, ending: str) -> None:
    points = hills(500)
    rng = np.random.default_rng(1)
    fields = {"classification": rng.integers(0, 19, 500), "intensity": rng.integers(0, 5000, 500)}
    if point_format in (2, 3, 5, 7, 8, 10):
        fields |= {name: rng.integers(0, 1 << 16, 500) for name in ("red", "green", "blue")}
    if point_format not in (0, 2):
        fields["gps_time"] = np.linspace(1000.0, 2000.0, 500)
    path = write_las(tmp_path / f"a{ending}", points, version=version, point_format=point_format, **fields)
    judge = laspy.read(path)
    header = read_header(path)
    assert (header.count, header.version) == (500, tuple(map(int, version.split("."))))
    (records,) = batches(path, header)
    np.testing.assert_array_equal(records["xyz"], np.column_stack([judge.X, judge.Y, judge.Z]))
    np.testing.assert_array_equal(records["intensity"], judge.intensity)
    if "gps_time" in fields:
        np.testing.assert_array_equal(records["gps"], judge.gps_time)
    if "red" in fields:
        np.testing.assert_array_equal(records["rgb"], np.column_stack([judge.red, judge.green, judge.blue]))
    loaded = load_all(path, tmp_path / "s")
    assert_same_points(loaded.points_m(), np.asarray(judge.xyz))
    classes = loaded.tables.objects["class"].to_pylist()[1:]
    assert classes == [NAMES[code] for code in np.unique(judge.classification)]


def test_record_sizes_are_laspys() -> None:
    for point_format, size in enumerate(RECORD_BYTES):
        assert laspy.PointFormat(point_format).size == size == record_type(point_format, size).itemsize


def test_points_beside_extra_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.laz"
    header = laspy.LasHeader(version="1.4", point_format=6)
    header.add_extra_dim(laspy.ExtraBytesParams("height", np.float64))
    las = laspy.LasData(header)
    las.x, las.y, las.z = hills(300).T
    las.height = np.arange(300.0)
    las.write(path)
    assert len(load_all(path, tmp_path / "s").points_m()) == 300


def test_a_large_cloud_is_a_tree_that_holds_every_point_once(tmp_path: Path) -> None:
    points = hills(300_000)
    path = write_las(tmp_path / "a.las", points, classification=np.where(points[:, 0] > 50.0, 2, 6))
    loaded = load_all(path, tmp_path / "s")
    assert_same_points(loaded.points_m(), points)
    tree = loaded.tree
    nodes: dict[int, list[PointChunk]] = {}
    for number, chunk in loaded.tiles:
        nodes.setdefault(number, []).append(chunk)
    assert sorted(nodes) == list(range(len(tree.parents)))
    assert (tree.parents < np.arange(len(tree.parents))).all()
    assert not tree.replaces.any()
    for number, chunks in nodes.items():
        inner = number in tree.parents
        assert any(chunk.refined for chunk in chunks) == inner
        assert (tree.errors_m[number] > 0.0) == inner
        places = np.concatenate([chunk.positions + chunk.origin_m for chunk in chunks])
        assert len(places) <= 80_000
        parent = tree.parents[number]
        if parent >= 0 and inner:
            assert tree.errors_m[number] == pytest.approx(tree.errors_m[parent] / 2.0)
        if inner:
            # As evenly spread as its cells: few points have a neighbour much nearer than those are wide.
            gaps = np.linalg.norm(places[:: max(1, len(places) // 200), None] - places[None], axis=2)
            nearest = np.median(np.sort(gaps, axis=1)[:, 1])
            spacing_m = max(chunk.spacing_m for chunk in chunks)
            assert 0.4 * spacing_m < nearest < 1.5 * spacing_m


def test_thin_parts_of_a_dense_cloud_are_drawn_wider_than_its_dense_ones(tmp_path: Path) -> None:
    """A wall with one point a square metre beside a ground with a hundred: what is thin ends in an upper node."""
    rng = np.random.default_rng(5)
    ground = np.column_stack([rng.random((200_000, 2)) * 45.0, np.zeros(200_000)])
    wall = np.column_stack([np.full(2_000, 60.0), rng.random((2_000, 2)) * 45.0])
    path = write_las(tmp_path / "a.las", np.concatenate([ground, wall]))
    chunks = [chunk for _, chunk in load_all(path, tmp_path / "s").tiles if not chunk.refined]
    east_m = np.concatenate([chunk.positions[:, 0] + chunk.origin_m[0] for chunk in chunks])
    spacings_m = np.concatenate([np.full(len(chunk.rows), chunk.spacing_m) for chunk in chunks])
    assert (east_m > 29.0).sum() > 1_400
    assert 0.5 < np.median(spacings_m[east_m > 29.0]) < 2.0
    assert 0.05 < np.median(spacings_m[east_m < 20.0]) < 0.2


def test_subtrees_and_disk_make_the_same_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small limits bring out on a small cloud what happens to a large one."""
    from loaders.pointcloud import octree, records, spill

    points = np.concatenate([hills(60_000), np.random.default_rng(3).normal(size=(40_000, 3)) * 0.02 + 50.0])
    path = write_las(tmp_path / "a.laz", points, scale=0.0001)
    monkeypatch.setattr(spill, "IN_MEMORY_POINTS", 20_000)
    monkeypatch.setattr(octree, "SUBTREE_POINTS", 4_000)
    monkeypatch.setattr(octree, "LEAF_POINTS", 1_500)
    monkeypatch.setattr(octree, "SMALL_POINTS", 50)
    monkeypatch.setattr(records.batches, "__defaults__", (7_000,))
    loaded = load_all(path, tmp_path / "s")
    assert_same_points(loaded.points_m(), points, 0.0001, 4e-5)
    tree = loaded.tree
    assert len(tree.parents) > 60
    assert (tree.parents == -1).sum() == 1
    assert {node for node, _ in loaded.tiles} >= set(range(1, len(tree.parents))) - set(tree.parents.tolist())


def test_points_on_one_place_end(tmp_path: Path) -> None:
    points = np.concatenate([np.full((40_000, 3), 7.0), [[0.0, 0.0, 0.0], [10.0, 10.0, 10.0]]])
    loaded = load_all(write_las(tmp_path / "a.las", points), tmp_path / "s")
    assert len(loaded.points_m()) == 40_002


def test_a_single_point_and_no_point(tmp_path: Path) -> None:
    loaded = load_all(write_las(tmp_path / "a.las", np.array([[5.0, 6.0, 7.0]])), tmp_path / "s")
    np.testing.assert_allclose(loaded.points_m(), [[5.0, 6.0, 7.0]])
    for ending in (".las", ".laz"):
        with pytest.raises(CityTwinError, match=r"pointcloud\.empty"):
            load_all(write_las(tmp_path / f"b{ending}", np.zeros((0, 3))), tmp_path / "s")


def test_colours_of_sixteen_and_of_eight_bits(tmp_path: Path) -> None:
    points = hills(400)
    rgb = np.random.default_rng(0).integers(0, 256, (400, 3))
    for name, factor in (("wide", 256), ("narrow", 1)):
        fields = dict(zip(("red", "green", "blue"), (rgb * factor).T, strict=True))
        path = write_las(tmp_path / f"{name}.las", points, point_format=7, **fields)
        loaded = load_all(path, tmp_path / "s")
        shown = np.concatenate([chunk.colours for _, chunk in loaded.tiles])
        assert {tuple(c) for c in shown.tolist()} == {(*c, 255) for c in rgb.tolist()}


def test_without_colours_intensity_then_class_then_height_tell(tmp_path: Path) -> None:
    points = hills(1000)

    def spread(**fields) -> dict[str, float]:
        """How much the colours of high and low points differ, and how many there are."""
        loaded = load_all(write_las(tmp_path / "a.las", points, **fields), tmp_path / "s")
        colours = np.concatenate([chunk.colours[:, :3] for _, chunk in loaded.tiles]).astype(float)
        heights = loaded.points_m()[:, 2]
        low, high = colours[heights < -3.0].mean(axis=0), colours[heights > 3.0].mean(axis=0)
        return {
            "heights": np.abs(low - high).max(),
            "all": colours.std(axis=0).max(),
            "kinds": len(np.unique(colours, axis=0)),
        }

    by_height = spread()
    assert by_height["heights"] > 60.0
    by_class = spread(classification=np.where(points[:, 0] > 50.0, 2, 6))
    assert by_class["kinds"] == 2
    by_intensity = spread(intensity=(points[:, 0] * 100).astype(int))
    assert by_intensity["kinds"] > 50
    assert by_intensity["heights"] < 40.0


def test_classes_are_objects_with_their_counts(tmp_path: Path) -> None:
    classes = np.repeat([2, 6, 6, 77], 100)
    loaded = load_all(write_las(tmp_path / "网格.las", hills(400), classification=classes), tmp_path / "s")
    objects = loaded.tables.objects
    assert objects["class"].to_pylist() == ["PointCloud", "Ground", "Building", "Class77"]
    assert objects["parent"].to_pylist() == [-1, 0, 0, 0]
    assert objects["name"][0].as_py() == "网格"
    assert (loaded.facts(2)["points"], loaded.facts(2)["share"]) == ("200", "50.0")
    rows = np.concatenate([chunk.rows for _, chunk in loaded.tiles])
    assert np.bincount(rows).tolist() == [0, 100, 200, 100]
    for _, chunk in loaded.tiles:
        assert (np.diff(chunk.rows.astype(int)) >= 0).all()


def test_facts(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    fields = {"return_number": rng.integers(1, 3, 20_000), "number_of_returns": np.full(20_000, 2)}
    fields["gps_time"] = np.linspace(4e8, 4e8 + 60.0, 20_000)
    header = {"global_encoding": laspy.header.GlobalEncoding(1)}
    path = write_las(tmp_path / "a.las", hills(20_000, size_m=50.0), header=header, **fields)
    loaded = load_all(path, tmp_path / "s")
    facts = loaded.facts()
    assert facts["points"] == "20000"
    assert float(facts["density"]) == pytest.approx(8.0, rel=0.1)
    assert int(facts["return 1"]) == int((fields["return_number"] == 1).sum())
    # 1.4e9 s of GPS time, 18 leap seconds before UTC: worked out from the epoch by hand.
    assert (facts["first time"], facts["last time"]) == ("2024-05-17T16:53:02+00:00", "2024-05-17T16:54:02+00:00")


def test_previews_come_before_tiles_and_are_few(tmp_path: Path) -> None:
    loaded = load_all(write_las(tmp_path / "a.las", hills(2000)), tmp_path / "s")
    kinds = [type(event).__name__ for event in loaded.events]
    assert kinds.index("Preview") < kinds.index("Geometry")
    assert sum(len(chunk.rows) for chunk in loaded.previews) == 2000


def wkt_vlr(text: str) -> laspy.VLR:
    return laspy.VLR("LASF_Projection", 2112, "", text.encode() + b"\0")


def test_a_compound_system_in_feet_is_counted_in_metres(tmp_path: Path) -> None:
    points = hills(50) + np.array([1_300_000.0, 450_000.0, 400.0])
    text = CRS.from_user_input("EPSG:2992+6360").to_wkt("WKT1_GDAL")  # international feet, heights in US feet
    loaded = load_all(write_las(tmp_path / "a.las", points, vlrs=[wkt_vlr(text)]), tmp_path / "s")
    assert loaded.codes == []
    expected = np.round(points, 3) * (0.3048, 0.3048, 1200 / 3937)
    np.testing.assert_allclose(by_place(loaded.points_m()), by_place(expected), atol=1e-4)
    assert CRS.from_user_input(loaded.georeference.crs).axis_info[0].unit_name == "metre"
    assert "NAVD88" in loaded.georeference.details["vertical"]


def test_geotiff_keys_name_a_system(tmp_path: Path) -> None:
    points = hills(50) + np.array([85_000.0, 447_000.0, 2.0])
    keys = np.array([1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 28992], "<u2").tobytes()
    vlr = laspy.VLR("LASF_Projection", 34735, "", keys)
    path = write_las(tmp_path / "a.las", points, version="1.2", point_format=1, vlrs=[vlr])
    loaded = load_all(path, tmp_path / "s")
    assert (loaded.georeference.crs, loaded.codes) == ("EPSG:28992", [])
    assert_same_points(loaded.points_m(), points)


def test_degrees_are_projected_point_by_point(tmp_path: Path) -> None:
    from pyproj import Transformer

    rng = np.random.default_rng(0)
    points = np.column_stack([114.3 + rng.random(200) * 0.02, 30.5 + rng.random(200) * 0.02, rng.random(200) * 9])
    text = CRS.from_epsg(4490).to_wkt("WKT1_GDAL")  # CGCS2000
    path = write_las(tmp_path / "a.las", points, scale=1e-7, vlrs=[wkt_vlr(text)], header={"offsets": np.zeros(3)})
    loaded = load_all(path, tmp_path / "s")
    assert loaded.georeference.crs == "EPSG:4547"
    to_map = Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True)
    judge = np.asarray(laspy.read(path).xyz)
    expected = np.column_stack([*to_map.transform(judge[:, 0], judge[:, 1]), judge[:, 2]])
    np.testing.assert_allclose(by_place(loaded.points_m()), by_place(expected), atol=2e-3)


def test_the_signature_tells_and_the_ending_only_asks(tmp_path: Path) -> None:
    assert sniff(tmp_path / "a.bin", b"LASF....") > 90
    assert 0 < sniff(tmp_path / "a.LAZ", b"PK..") < 50
    assert sniff(tmp_path / "a.txt", b"hello") == 0
