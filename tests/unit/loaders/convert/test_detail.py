"""Detail that stays in the source: one tree with the overview, found wherever the source lies, and lost gracefully."""

from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from loaders.convert import ConvertOptions, ConvertReport, convert, job
from loaders.detail import DetailedTiles, open_for_drawing
from loaders.model.errors import CityTwinError
from loaders.model.tiles import NO_NODE
from loaders.tileset import Tileset, origin
from tests.unit.loaders.convert import streaming
from tests.unit.loaders.convert.streaming import LIFT_M, write_streamed


@pytest.fixture
def streamed(options: ConvertOptions) -> ConvertOptions:
    return dataclasses.replace(options, formats=streaming.formats)


def _open(report: ConvertReport) -> DetailedTiles:
    found = open_for_drawing(Path(report.tileset), streaming.formats)
    assert isinstance(found, DetailedTiles)
    return found


def _height_m(tiles: DetailedTiles, node: int) -> float:
    return max(float(chunk.bounds_m[5]) for chunk in tiles.read(node).chunks)


def test_two_sources_are_one_tree(tmp_path: Path, streamed: ConvertOptions) -> None:
    tiles = _open(convert(write_streamed(tmp_path / "a.str"), streamed))
    nodes, own = tiles.nodes(), tiles.tileset.nodes()
    assert not tiles.problems
    assert len(nodes) == len(own) + 4
    assert nodes.first == 0
    np.testing.assert_array_equal(nodes.errors_m[: len(own)], own.errors_m)
    leaves = np.setdiff1d(np.arange(len(own)), own.parents)
    assert set(nodes.parents[len(own) :].tolist()) == set(leaves.tolist())
    assert (own.errors_m[leaves] == 4.0).all()
    for number in range(len(own), len(nodes)):
        parent = int(nodes.parents[number])
        assert _height_m(tiles, number) == pytest.approx(_height_m(tiles, parent) + LIFT_M)
        east_m = [tiles.read(n).chunks[0].bounds_m[0] for n in (number, parent)]
        assert east_m[0] == pytest.approx(east_m[1])


def test_nodes_of_the_folder_know_their_numbers_in_the_tree(tmp_path: Path, streamed: ConvertOptions) -> None:
    tileset = Tileset.open(Path(convert(write_streamed(tmp_path / "a.str"), streamed).tileset))
    given, nodes = tileset.given_numbers, tileset.nodes()
    assert sorted(given[given != NO_NODE].tolist()) == [0, 1, 2]
    east_m = {int(number): float(box[0]) for number, box in zip(given, nodes.bounds_m, strict=True)}
    assert east_m[2] == pytest.approx(10.0)
    assert east_m[1] == pytest.approx(0.0)


def test_layers_of_one_folder_share_the_stream(tmp_path: Path, streamed: ConvertOptions) -> None:
    report = convert(write_streamed(tmp_path / "a.str"), streamed)
    assert _open(report) is _open(report)


def test_the_same_content_elsewhere_is_found_there(tmp_path: Path, streamed: ConvertOptions) -> None:
    first = write_streamed(tmp_path / "a.str")
    second = tmp_path / "b.str"
    shutil.copy(first, second)
    convert(first, streamed)
    first.unlink()
    report = convert(second, streamed)
    assert report.cached
    tiles = _open(report)
    assert not tiles.problems
    tiles.read(len(tiles.tileset.nodes()))
    assert convert(second, streamed).cached, "what is noted of the source is no part of the entry"


def test_an_earlier_path_counts_too(tmp_path: Path, streamed: ConvertOptions) -> None:
    first = write_streamed(tmp_path / "a.str")
    second = Path(shutil.copy2(first, tmp_path / "b.str"))
    for path in (first, second):
        folder = Path(convert(path, streamed).tileset)
    second.unlink()
    assert origin.find_source(folder) == first


def test_a_folder_that_moves_with_its_source_finds_it(tmp_path: Path, streamed: ConvertOptions) -> None:
    home = tmp_path / "home"
    home.mkdir()
    source = write_streamed(home / "a.str")
    report = convert(source, dataclasses.replace(streamed, out=home))
    assert [finding.code for finding in report.findings] == ["convert.detail_in_source"]
    shutil.move(home, tmp_path / "moved")
    folder = tmp_path / "moved" / Path(report.tileset).name
    assert origin.find_source(folder).resolve() == (tmp_path / "moved" / "a.str").resolve()
    again = convert(tmp_path / "moved" / "a.str", dataclasses.replace(streamed, out=tmp_path / "moved"))
    assert again.cached
    assert [finding.code for finding in again.findings] == ["convert.detail_in_source"]


def test_what_belongs_to_the_source_is_found_too(tmp_path: Path, streamed: ConvertOptions) -> None:
    (tmp_path / "a.side").write_text("x", "utf-8")
    folder = Path(convert(write_streamed(tmp_path / "a.str"), streamed).tileset)
    assert origin.find_source(folder, "companion:a.side") == tmp_path / "a.side"
    with pytest.raises(CityTwinError) as caught:
        origin.find_source(folder, "option:drape")
    assert caught.value.code == "tiles.source_missing"


def test_without_its_source_the_overview_stays(tmp_path: Path, streamed: ConvertOptions) -> None:
    source = write_streamed(tmp_path / "a.str")
    report = convert(source, streamed)
    source.unlink()
    tiles = _open(report)
    assert [finding.code for finding in tiles.problems] == ["tiles.source_missing"]
    assert len(tiles.nodes()) == len(tiles.tileset.nodes())
    assert tiles.read(len(tiles.nodes()) - 1).chunks
    write_streamed(source)
    assert not _open(convert(source, streamed)).problems


def test_a_source_that_changed_is_not_read(tmp_path: Path, streamed: ConvertOptions) -> None:
    source = write_streamed(tmp_path / "a.str")
    report = convert(source, streamed)
    tiles = _open(report)
    number = len(tiles.tileset.nodes())
    tiles.read(number)
    os.utime(source, ns=(1, 1))
    with pytest.raises(CityTwinError) as caught:
        tiles.read(number)
    assert caught.value.code == "tiles.source_changed"


def test_a_large_source_is_not_read_whole_for_its_name(
    tmp_path: Path, streamed: ConvertOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "SAMPLED_BYTES", 1000)
    monkeypatch.setattr(job, "content_hash", lambda *_: pytest.fail("read whole"))
    source = write_streamed(tmp_path / "a.str", padding="x" * 20_000_000)
    first = convert(source, streamed)
    assert Tileset.open(Path(first.tileset)).meta.source.sha256.startswith("sampled-")
    assert convert(source, streamed).cached
    data = bytearray(source.read_bytes())
    data[len(data) // 127 * 63 : len(data) // 127 * 63 + 100] = b"y" * 100
    status = source.stat()
    source.write_bytes(bytes(data))
    os.utime(source, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert not convert(source, streamed).cached, "one of the samples"
    os.utime(source, ns=(1, 1))
    assert not convert(source, streamed).cached, "another time"


@pytest.mark.parametrize("text", ["", "[", "[1]", '[{"": {"path": 3}}]', "[" * 100_000])
def test_a_damaged_note_costs_the_detail_only(tmp_path: Path, streamed: ConvertOptions, text: str) -> None:
    report = convert(write_streamed(tmp_path / "a.str"), streamed)
    (Path(report.tileset) / origin.FILE_NAME).write_text(text, "utf-8")
    assert [finding.code for finding in _open(report).problems] == ["tiles.source_missing"]


def test_a_stream_that_does_not_fit_costs_the_detail_only(tmp_path: Path, streamed: ConvertOptions) -> None:
    report = convert(write_streamed(tmp_path / "a.str", children="many"), streamed)
    tiles = _open(report)
    assert [finding.code for finding in tiles.problems] == ["tiles.source_unreadable"]
    lost = open_for_drawing(Path(report.tileset), lambda: ())
    assert [finding.code for finding in lost.problems] == ["tiles.no_stream"]
