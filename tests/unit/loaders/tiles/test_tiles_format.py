"""What a tileset's folder means for the cache and for whole folders: its files, however many there are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from loaders.convert import ConvertOptions, convert, gather
from loaders.tiles import tiles_format
from loaders.tiles.tiles_format import FORMAT
from tests.unit.loaders.tiles.making import box_glb, tile, write
from tests.unit.loaders.tiles.realscene import Scene, write_scene

SMALL = Scene(blocks=2, levels=2, cells=2, picture_px=8)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_scene(tmp_path / "source", SMALL)


def test_a_small_folder_is_known_by_its_content(source: Path) -> None:
    files = [file for file in source.parent.rglob("*") if file.is_file() and file != source]
    assert sorted(FORMAT.companions(source)) == sorted(files)
    assert FORMAT.telling_name(source) == str(source)


def test_a_large_folder_is_known_by_names_sizes_and_times(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles_format, "_MOST_FILES", 5)
    assert FORMAT.companions(source) == ()
    before = FORMAT.telling_name(source)
    assert FORMAT.telling_name(source) == before
    content = source.parent / "Tile_+001_+001" / "L.glb"
    os.utime(content, ns=(1, 1))
    after = FORMAT.telling_name(source)
    assert after != before
    content.rename(content.with_name("M.glb"))
    assert FORMAT.telling_name(source) not in (before, after)


def test_only_the_first_files_of_a_folder_are_looked_at(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles_format, "_MOST_FILES", 5)
    monkeypatch.setattr(tiles_format, "_MOST_LOOKED_AT", 7)
    assert len(tiles_format._files(source.parent, 7)) == 7
    before = FORMAT.telling_name(source)
    (source.parent / "Tile_+001_+001" / "z.glb").write_bytes(b"x")
    assert FORMAT.telling_name(source) == before


@pytest.mark.parametrize("most_files", [5, 2000])
def test_a_folder_of_tilesets_holds_its_outermost_ones(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_files: int
) -> None:
    monkeypatch.setattr(tiles_format, "_MOST_FILES", most_files)
    second = write(tmp_path / "other", tile("a.glb", tile("b.json")), a__glb=box_glb())
    (second.parent / "b.json").write_text(second.read_text().replace("b.json", "c.json"))
    assert {one.source for one in gather([tmp_path]).sources} == {source, second}


def test_contents_of_one_name_in_several_folders_all_count(source: Path, tmp_path: Path) -> None:
    options = ConvertOptions(cache_folder=tmp_path / "cache")
    assert not convert(source, options).cached
    assert convert(source, options).cached
    first, second = (source.parent / f"Tile_+00{i}_+000" / "L.glb" for i in (0, 1))
    data = [first.read_bytes(), second.read_bytes()]
    first.write_bytes(data[1])
    assert not convert(source, options).cached
    first.write_bytes(data[0])
    second.write_bytes(data[0])
    assert not convert(source, options).cached
