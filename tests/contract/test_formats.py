"""Every format of the registry keeps the contract: knows its own files, refuses others, never falls over."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from assets import __file__ as assets_file
from loaders import registry
from loaders.convert import ConvertOptions, ConvertReport, convert
from loaders.model.errors import CityTwinError
from loaders.model.formats import Format
from loaders.model.points import PointChunk
from loaders.tileset import Tileset

SAMPLES = {
    "ifc": ("ifc/sample_house_ifc4.ifc", "ifc/infra_bridge.ifc"),
    "cityjson": ("city/cityjson/rotterdam_subset.json", "city/cityjson/multi_lod.json"),
    "3dtiles": ("tiles/1.0/TilesetWithTreeBillboards/tileset.json", "tiles/1.1/SparseImplicitQuadtree/tileset.json"),
    "terrain": ("terrain/elev_luxembourg.tif",),
    "las": ("city/3dfier_delft/ahn3_2.laz", "pointcloud/simple.las"),
    "copc": ("pointcloud/lone_star.copc.laz", "pointcloud/simple.copc.laz"),
    "imagery": ("terrain/autzen.jpg", "terrain/autzen_height.tif"),
}
FORMATS = {one.id: one for one in registry.formats()}
BUILTIN = {one.id: one for one in registry.builtin_formats()}


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> ConvertOptions:
    return ConvertOptions(cache_folder=tmp_path_factory.mktemp("cache"))


def sample_of(shared_data: Path, one: Format) -> Path:
    """The first real file of a format."""
    return shared_data / SAMPLES[one.id][0]


def test_ids_are_unique_and_every_format_has_samples() -> None:
    assert len(FORMATS) == len(registry.formats())
    assert set(BUILTIN) == set(SAMPLES)
    for one in FORMATS.values():
        assert registry.format_by_id(one.id) is one
        assert one.extensions
        assert all(ending.startswith(".") and ending == ending.lower() for ending in one.extensions)


@pytest.mark.parametrize("format_id", SAMPLES)
def test_real_files_are_known_by_name_and_content(shared_data: Path, format_id: str) -> None:
    for name in SAMPLES[format_id]:
        assert registry.choose(shared_data / name) is BUILTIN[format_id], name


@pytest.mark.parametrize("format_id", SAMPLES)
def test_each_format_leaves_the_others_files(shared_data: Path, format_id: str) -> None:
    for other, names in SAMPLES.items():
        for name in names:
            path = shared_data / name
            score = BUILTIN[format_id].sniff(path, path.read_bytes()[: registry.HEAD_BYTES])
            own = BUILTIN[other].sniff(path, path.read_bytes()[: registry.HEAD_BYTES])
            assert 0 <= score <= 100
            assert format_id == other or score < own, name


@pytest.mark.parametrize("format_id", FORMATS)
def test_sniffing_never_fails(tmp_path: Path, format_id: str) -> None:
    rng = np.random.default_rng(0)
    heads = [b"", b"\0" * 4096, rng.bytes(4096), b"(" * 4096, "城市".encode("gb18030") * 600, b"{" * 4096, b"II*\0"]
    for ending in (*FORMATS[format_id].extensions, ".xyz", ""):
        for head in heads:
            assert 0 <= FORMATS[format_id].sniff(tmp_path / f"a{ending}", head) <= 100


@pytest.mark.parametrize("format_id", FORMATS)
def test_real_files_become_the_same_tileset_twice(shared_data: Path, tmp_path: Path, format_id: str) -> None:
    path = sample_of(shared_data, FORMATS[format_id])
    reports = [convert(path, ConvertOptions(out=tmp_path / name, use_cache=False)) for name in ("one", "two")]
    one, two = (Tileset.open(Path(report.tileset)) for report in reports)
    ids = one.objects()["id"].to_pylist()
    assert ids == two.objects()["id"].to_pylist()
    assert len(set(ids)) == len(ids)
    np.testing.assert_array_equal(one.object_bounds_m(), two.object_bounds_m())
    assert one.meta.counts == two.meta.counts
    _check_whole(one, reports[0])


def _check_whole(tileset: Tileset, report: ConvertReport) -> None:
    """The object table and the tiles say the same."""
    triangles, points = np.zeros((2, tileset.num_objects), np.int64)
    bounds = tileset.object_bounds_m()
    for tile in [tile for tile in tileset.tiles if not tile.stands_in]:
        for chunk in tileset.read_tile(tile.index):
            if isinstance(chunk, PointChunk):
                np.add.at(points, chunk.rows, 1)
                assert chunk.spacing_m > 0.0
            else:
                np.add.at(triangles, chunk.rows[chunk.triangles[:, 0]], 1)
                assert (chunk.rows[chunk.triangles] == chunk.rows[chunk.triangles[:, :1]]).all()
            corners = chunk.positions + chunk.origin_m
            assert (corners >= bounds[chunk.rows, :3] - 1e-3).all()
            assert (corners <= bounds[chunk.rows, 3:] + 1e-3).all()
    np.testing.assert_array_equal(triangles, tileset.objects()["triangles"])
    np.testing.assert_array_equal(points, tileset.objects()["points"])
    assert (triangles.sum(), points.sum()) == (report.triangles, tileset.meta.counts.points)
    assert report.points == tileset.num_points >= points.sum()
    assert report.triangles + report.points > 0
    parents = np.asarray(tileset.objects()["parent"])
    assert (parents < tileset.num_objects).all()
    assert tileset.index.roots.size >= 1
    for row in range(min(tileset.num_objects, 20)):
        assert set(tileset.properties_of(row)["object"].to_pylist()) <= {row}


def _bad_files(sample: bytes) -> Iterator[tuple[str, bytes]]:
    rng = np.random.default_rng(7)
    yield "garbage", rng.bytes(20_000)
    yield "zeros", bytes(20_000)
    yield "brackets", b"(" * 10_000_000
    yield "head", sample[:200]
    yield "cut", sample[: len(sample) // 2]
    scrambled = bytearray(sample)
    for place in rng.integers(0, len(sample), 60):
        scrambled[place] = int(rng.integers(0, 256))
    yield "scrambled", bytes(scrambled)
    yield "head then garbage", sample[:1000] + rng.bytes(20_000)


@pytest.mark.parametrize("kind", ["garbage", "zeros", "brackets", "head", "cut", "scrambled", "head then garbage"])
@pytest.mark.parametrize("format_id", FORMATS)
def test_bad_files_cost_an_error_or_a_finding(
    shared_data: Path, tmp_path: Path, options: ConvertOptions, format_id: str, kind: str
) -> None:
    sample = sample_of(shared_data, FORMATS[format_id])
    path = tmp_path / f"bad{sample.suffix}"
    path.write_bytes(dict(_bad_files(sample.read_bytes()))[kind])
    code = _outcome(path, options)
    assert code in TEXTS or (code == "done" and kind not in ("garbage", "zeros", "brackets", "head"))
    assert code not in ("convert.loader_failed", "convert.child_died")


def _outcome(path: Path, options: ConvertOptions) -> str:
    """``done`` with a tileset that opens, or the error's code."""
    try:
        report = convert(path, options)
    except CityTwinError as error:
        return error.code
    Tileset.open(Path(report.tileset))
    return "done"


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    empty = tmp_path / "empty.ifc"
    empty.touch()
    unknown = tmp_path / "a.xyz"
    unknown.write_text("what is this")
    cases = {tmp_path: "directory", tmp_path / "none.ifc": "missing", empty: "empty", unknown: "unknown"}
    for path, code in cases.items():
        with pytest.raises(CityTwinError) as caught:
            registry.choose(path)
        assert caught.value.code == f"registry.{code}"
        assert caught.value.code in TEXTS
    with pytest.raises(CityTwinError, match=r"registry\.(missing|unreadable)"):
        registry.choose(tmp_path / ("x" * 5000))
    with pytest.raises(CityTwinError, match=r"registry\.(missing|unreadable)"):
        registry.choose(tmp_path / "a\0b")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the administrator may read everything")
def test_unreadable_files_are_said(tmp_path: Path) -> None:
    path = tmp_path / "a.ifc"
    path.write_text("ISO-10303-21;")
    path.chmod(0)
    with pytest.raises(CityTwinError, match="unreadable"):
        registry.choose(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.ifc")
    with pytest.raises(CityTwinError, match="unreadable"):
        registry.choose(tmp_path / "a.ifc")


def _texts(language: str) -> dict[str, str]:
    found: dict[str, str] = {}

    def flatten(table: dict[str, object], prefix: str) -> None:
        for key, value in table.items():
            if isinstance(value, dict):
                flatten(value, f"{prefix}{key}.")
            else:
                found[prefix + key] = str(value)

    for file in (Path(assets_file).parent / "translations" / language).glob("*.toml"):
        flatten(tomllib.loads(file.read_text("utf-8")), "")
    return found


TEXTS = _texts("en").keys() & _texts("zh_CN").keys()
