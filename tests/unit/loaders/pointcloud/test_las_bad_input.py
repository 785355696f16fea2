"""Damaged, lying and hostile LAS files: what can be read is shown, the rest is told, nothing hangs."""

from __future__ import annotations

import struct
from pathlib import Path

import laspy
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from tests.unit.loaders.pointcloud.making import assert_same_points, hills, load_all, write_las

COUNT = 120_000


def altered(path: Path, *changes: tuple[int, bytes]) -> Path:
    data = bytearray(path.read_bytes())
    for at, value in changes:
        data[at : at + len(value)] = value
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(("ending", "least"), [(".las", 59_000), (".laz", 50_000)])
def test_a_truncated_file_keeps_what_is_there(tmp_path: Path, ending: str, least: int) -> None:
    path = write_las(tmp_path / f"a{ending}", hills(COUNT))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    loaded = load_all(path, tmp_path / "s")
    assert "pointcloud.truncated" in loaded.codes
    assert least <= len(loaded.points_m()) < COUNT


@pytest.mark.parametrize("ending", [".las", ".laz"])
@pytest.mark.parametrize("claimed", [COUNT + 1, 10**9, 2**63])
def test_a_count_that_lies_is_told(tmp_path: Path, ending: str, claimed: int) -> None:
    path = altered(write_las(tmp_path / f"a{ending}", hills(COUNT)), (247, struct.pack("<Q", claimed)))
    loaded = load_all(path, tmp_path / "s")
    assert loaded.codes.count("pointcloud.truncated") == 1
    assert COUNT - 10_000 <= len(loaded.points_m()) <= COUNT


def test_a_count_of_none_is_taken_from_the_size(tmp_path: Path) -> None:
    points = hills(700)
    path = altered(write_las(tmp_path / "a.las", points), (107, bytes(4)), (247, bytes(8)))
    loaded = load_all(path, tmp_path / "s")
    assert "pointcloud.no_count" in loaded.codes
    assert_same_points(loaded.points_m(), points)


@pytest.mark.parametrize("size", [0, 4, 100, 226, 300])
def test_a_header_that_ends_early(tmp_path: Path, size: int) -> None:
    path = write_las(tmp_path / "a.las", hills(10))
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(CityTwinError, match=r"pointcloud\.(truncated_header|not_las)"):
        load_all(path, tmp_path / "s")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ([(24, b"\x02\x00")], "version"),
        ([(25, b"\x09")], "version"),
        ([(104, b"\x3f")], "point_format"),
        ([(105, b"\x05\x00")], "point_format"),
        ([(96, b"\xff\xff\xff\x7f")], "truncated_header"),
        ([(104, b"\x86")], "no_laszip"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, changes: list[tuple[int, bytes]], code: str) -> None:
    path = altered(write_las(tmp_path / "a.las", hills(10)), *changes)
    with pytest.raises(CityTwinError, match=rf"pointcloud\.{code}"):
        load_all(path, tmp_path / "s")


def test_bounds_that_lie_are_measured(tmp_path: Path) -> None:
    points = hills(COUNT)
    for name, values in (
        ("far", (9e5, 8e5) * 3),
        ("mad", (np.nan,) * 6),
        ("flat", (0.0,) * 6),
        ("vast", (1e9, -1e9) * 3),
    ):
        path = altered(write_las(tmp_path / f"{name}.las", points), (179, struct.pack("<6d", *values)))
        loaded = load_all(path, tmp_path / "s")
        assert "pointcloud.bad_bounds" in loaded.codes, name
        assert_same_points(loaded.points_m(), points)


def test_points_outside_of_believed_bounds_are_found_later(tmp_path: Path) -> None:
    """The header, and the first points, tell of another place than the last."""
    points = np.concatenate([hills(150_000), hills(500) + 5000.0])
    path = write_las(tmp_path / "a.las", points)
    altered(path, (179, struct.pack("<6d", 100.0, 0.0, 100.0, 0.0, 6.0, -6.0)))
    loaded = load_all(path, tmp_path / "s")
    assert "pointcloud.bad_bounds" in loaded.codes
    assert_same_points(loaded.points_m(), points)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, -np.inf])
def test_a_scale_that_is_none(tmp_path: Path, value: float) -> None:
    path = altered(write_las(tmp_path / "a.las", hills(500)), (131, struct.pack("<d", value)))
    loaded = load_all(path, tmp_path / "s")
    assert "pointcloud.bad_scale" in loaded.codes
    assert len(loaded.points_m()) == 500


def test_records_that_reach_beyond_the_header_are_left_out(tmp_path: Path) -> None:
    vlrs = [laspy.VLR("LASF_Projection", 2112, "", b"nonsense\0"), laspy.VLR("x", 7, "", b"abc")]
    path = write_las(tmp_path / "a.las", hills(500), vlrs=vlrs)
    altered(path, (375 + 20, b"\xff\xff"))
    loaded = load_all(path, tmp_path / "s")
    assert {"pointcloud.bad_records", "pointcloud.no_crs"} <= set(loaded.codes)
    altered(path, (100, b"\xff\xff\xff\xff"), (375 + 20, b"\x09\x00"))
    loaded = load_all(path, tmp_path / "s")
    assert {"pointcloud.bad_records", "pointcloud.unknown_crs"} <= set(loaded.codes)
    assert len(loaded.points_m()) == 500


@pytest.mark.parametrize(("at", "value"), [(235, 2**63), (235, 10), (243, 2**32 - 1)])
def test_extended_records_that_lie(tmp_path: Path, at: int, value: int) -> None:
    path = write_las(tmp_path / "a.las", hills(500))
    changes = [(235, struct.pack("<Q", path.stat().st_size)), (243, struct.pack("<I", 5))]
    altered(path, *changes, (at, struct.pack("<Q" if at == 235 else "<I", value)))
    assert len(load_all(path, tmp_path / "s").points_m()) == 500


def test_a_geocentric_system_off_the_globe_is_not_believed(tmp_path: Path) -> None:
    from pyproj import CRS

    text = CRS.from_epsg(4978).to_wkt("WKT1_GDAL").encode()
    path = write_las(tmp_path / "a.las", hills(500), vlrs=[laspy.VLR("LASF_Projection", 2112, "", text)])
    loaded = load_all(path, tmp_path / "s")
    assert loaded.codes == ["pointcloud.wrong_crs"]
    assert loaded.georeference.crs is None
    assert_same_points(loaded.points_m(), np.round(hills(500), 3))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bytes_changed_are_read_or_told(tmp_path: Path, data: st.DataObject) -> None:
    """Neither a crash nor anything but `CityTwinError`, whatever stands in header, records and points."""
    ending = data.draw(st.sampled_from([".las", ".laz"]))
    path = write_las(tmp_path / f"fuzz{ending}", hills(300), vlrs=[laspy.VLR("LASF_Projection", 34735, "", bytes(40))])
    size = path.stat().st_size
    head = st.integers(0, 700)
    places = data.draw(st.lists(head | st.integers(0, size - 1), min_size=1, max_size=12))
    altered(path, *[(min(at, size - 1), bytes([data.draw(st.integers(0, 255))])) for at in places])
    try:
        loaded = load_all(path, tmp_path / "s")
    except CityTwinError:
        return
    assert np.isfinite(loaded.points_m()).all()
