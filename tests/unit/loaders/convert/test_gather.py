"""Folders stand for the sources below them."""

from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path

import pytest

from loaders.convert import ConvertOptions, ConvertReport, Placed, convert, convert_many, gather, is_source_folder
from loaders.model.formats import Format
from tests.unit.loaders.convert import synthetic
from tests.unit.loaders.convert.synthetic import write_source

FORMATS: tuple[Format, ...] = (
    dataclasses.replace(synthetic.FORMAT, companions=lambda path: (path.with_suffix(".beside"),)),
)


def _below(folder: Path) -> list[str]:
    return [one.source.relative_to(folder).as_posix() for one in gather([folder], FORMATS).sources]


def _folder(tmp_path: Path, *names: str) -> Path:
    top = tmp_path / "top"
    for name in names:
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_source(path)
    return top


def test_sources_below_a_folder_are_sorted_and_keep_their_places(tmp_path: Path) -> None:
    top = _folder(tmp_path, "b.syn", "a/z.syn", "a/b/c.syn", "z/a.syn")
    assert _below(top) == ["a/b/c.syn", "a/z.syn", "b.syn", "z/a.syn"]
    assert [one.subfolder.as_posix() for one in gather([top], FORMATS).sources] == ["a/b", "a", ".", "z"]


def test_what_is_no_source_is_left_out(tmp_path: Path, options: ConvertOptions) -> None:
    top = _folder(tmp_path, "a.syn", "a.beside", ".hidden.syn", ".hidden/b.syn", "._a.syn")
    (top / "notes.txt").write_text("nothing", "utf-8")
    (top / "broken link").symlink_to(tmp_path / "none")
    os.mkfifo(top / "pipe.syn")
    made = convert(top / "a.syn", dataclasses.replace(options, out=top / "tiles"))
    write_source(Path(made.tileset) / "inside.syn")
    assert _below(top) == ["a.syn"]
    assert not is_source_folder(Path(made.tileset))


def test_damaged_sources_stay_so_that_they_are_told(tmp_path: Path) -> None:
    top = _folder(tmp_path, "a.syn")
    (top / "empty.syn").touch()
    (top / "empty.txt").touch()
    assert _below(top) == ["a.syn", "empty.syn"]


def test_links_are_followed_once_and_never_in_circles(tmp_path: Path) -> None:
    top = _folder(tmp_path, "real/x.syn")
    elsewhere = write_source(tmp_path / "elsewhere.syn")
    (tmp_path / "outside").mkdir()
    write_source(tmp_path / "outside" / "y.syn")
    (top / "a loop").symlink_to(top)
    (top / "real" / "up").symlink_to(tmp_path)
    (top / "a link").symlink_to(top / "real")
    (top / "a file").symlink_to(top / "real" / "x.syn")
    (top / "in").symlink_to(tmp_path / "outside")
    (top / "other.syn").symlink_to(elsewhere)
    found = _below(top)
    assert found[-1] == "real/x.syn"
    assert {(top / name).resolve().name for name in found} == {"x.syn", "y.syn", "elsewhere.syn"}
    assert len(found) == 3


def test_a_file_named_and_found_is_converted_once(tmp_path: Path) -> None:
    top = _folder(tmp_path, "a.syn", "b/c.syn")
    gathered = gather([top / "b" / "c.syn", top, top / "b"], FORMATS)
    assert gathered.sources == (Placed(top / "b" / "c.syn"), Placed(top / "a.syn"))
    assert not gathered.problems


def test_a_folder_without_sources_is_a_problem_that_names_it(tmp_path: Path) -> None:
    empty = tmp_path / "nothing here"
    empty.mkdir()
    gathered = gather([empty, tmp_path / "none.syn"], FORMATS)
    assert gathered.sources == (Placed(tmp_path / "none.syn"),)
    (problem,) = gathered.problems
    assert (problem.code, problem.arguments["name"]) == ("convert.empty_folder", "nothing here")


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    top = _folder(tmp_path, "a.syn", "locked/b.syn")
    scandir = os.scandir

    def refusing(path: Path) -> object:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    gathered = gather([top], FORMATS)
    assert [one.source.name for one in gathered.sources] == ["a.syn"]
    assert [(p.code, p.arguments["reason"]) for p in gathered.problems] == [
        ("registry.unreadable", "Permission denied")
    ]


def test_the_output_has_the_folders_of_the_input(tmp_path: Path, options: ConvertOptions) -> None:
    top = _folder(tmp_path, "a.syn", "x/a.syn", "x/y/a.syn")
    out = top / "tiles"
    sources = gather([top], FORMATS).sources
    outcomes = convert_many(sources, dataclasses.replace(options, out=out), jobs=2)
    found = [Path(o.tileset).relative_to(out).as_posix() for o in outcomes if isinstance(o, ConvertReport)]
    assert found == ["a.syn.tiles", "x/a.syn.tiles", "x/y/a.syn.tiles"]
    assert gather([top], FORMATS).sources == sources


def test_numbered_folders_never_meet_real_ones(tmp_path: Path, options: ConvertOptions) -> None:
    top = _folder(tmp_path, "1/a.syn")
    others = []
    for name in ("p", "q"):
        (tmp_path / name).mkdir()
        others.append(write_source(tmp_path / name / "a.syn", objects=5))
    outcomes = convert_many(gather([top, *others], FORMATS).sources, dataclasses.replace(options, out=tmp_path / "o"))
    found = [Path(o.tileset).relative_to(tmp_path / "o").as_posix() for o in outcomes if isinstance(o, ConvertReport)]
    assert found == ["1/a.syn.tiles", "2/a.syn.tiles", "3/a.syn.tiles"]


def test_companions_of_real_rasters_are_no_sources(tmp_path: Path) -> None:
    grid = "ncols 2\nnrows 2\nxllcorner 0\nyllcorner 0\ncellsize 1\n1 2\n3 4\n"
    (tmp_path / "dem.asc").write_text(grid, "utf-8")
    (tmp_path / "dem.prj").write_text('LOCAL_CS["x"]', "utf-8")
    # GDAL's overviews are rasters by their content.
    shutil.copy(tmp_path / "dem.asc", tmp_path / "dem.asc.ovr")
    assert [one.source.name for one in gather([tmp_path]).sources] == ["dem.asc"]
