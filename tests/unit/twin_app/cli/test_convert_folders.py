"""`convert` of folders as a script sees it: what is converted, kept, told, and taken up again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.commands import citytwin, grid, only_json


def test_a_folder_is_converted_with_its_structure_and_goes_on_after_failures(tmp_path: Path, shared_data: Path) -> None:
    top, out = tmp_path / "models", tmp_path / "out"
    (top / "b" / "c").mkdir(parents=True)
    shutil.copy(shared_data / "ifc" / "furniture_library.ifc", top / "b" / "c" / "one.ifc")
    shutil.copy(shared_data / "ifc" / "tall_building.ifc", top / "two.ifc")
    (top / "a bad one.ifc").write_bytes(b"")
    (top / "read me.txt").write_text("no source", "utf-8")
    code, stdout, noise = citytwin("convert", top, "--out", out, "--jobs", "2", "--json")
    values = only_json(stdout)
    assert code == 1
    assert not noise
    assert [value["error"]["code"] for value in values if "error" in value] == ["registry.empty"]
    made = sorted(Path(value["tileset"]).relative_to(out).as_posix() for value in values if "tileset" in value)
    assert made == ["b/c/one.ifc.tiles", "two.ifc.tiles"]
    assert sorted(p.relative_to(out).as_posix() for p in out.iterdir()) == ["b", "two.ifc.tiles"]

    (top / "a bad one.ifc").unlink()
    code, stdout, _ = citytwin("convert", top, "--out", out, "--json")
    assert code == 0
    assert [value["cached"] for value in only_json(stdout)] == [True, True]
    code, stdout, _ = citytwin("convert", top / "b", "--out", out / "b", "--json", "--no-cache")
    assert [value["cached"] for value in only_json(stdout)] == [False]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_an_empty_folder_is_one_sentence_that_names_it(tmp_path: Path, language: str) -> None:
    folder = tmp_path / "空 empty"
    folder.mkdir()
    code, stdout, err = citytwin("convert", folder, language=language)
    assert (code, stdout) == (2, "")
    assert len(err.splitlines()) == 1
    assert "空 empty" in err


def test_an_empty_folder_beside_a_good_file_is_exit_1(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, stdout, _ = citytwin("convert", tmp_path / "empty", grid(tmp_path / "a.asc"), "--json")
    error, report = only_json(stdout)
    assert code == 1
    assert error["error"]["code"] == "convert.empty_folder"
    assert report["source"].endswith("a.asc")
