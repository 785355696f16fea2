"""Folders appear whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loaders.tileset import folders


def names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


def test_publish_moves_and_replaces(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "a.tiles"
    for text in ("one", "two"):
        part = folders.part_folder(target)
        (part / "x").write_text(text)
        folders.publish(part, target)
        assert (target / "x").read_text() == text
    assert names(target.parent) == ["a.tiles"]


def test_publish_fails_loudly_without_a_source(tmp_path: Path) -> None:
    target = tmp_path / "a.tiles"
    target.mkdir()
    (target / "x").write_text("kept")
    with pytest.raises(OSError, match=r"part"):
        folders.publish(tmp_path / f"none{folders.PART_SUFFIX}", target)
    assert (target / "x").read_text() == "kept"


@pytest.mark.skipif(os.name != "posix", reason="elsewhere leftovers go by age")
def test_sweep_takes_the_dead_and_leaves_the_living(tmp_path: Path) -> None:
    target = tmp_path / "a.tiles"
    ours = folders.part_folder(target)
    command = "import sys, pathlib; from loaders.tileset import folders; folders.part_folder(pathlib.Path(sys.argv[1]))"
    root = Path(__file__).resolve().parents[4]
    subprocess.run([sys.executable, "-c", command, str(target)], check=True, cwd=root)
    assert len(names(tmp_path)) == 2
    assert folders.sweep(tmp_path) == 1
    assert names(tmp_path) == [ours.name]


def test_sweep_takes_foreign_folders_by_age(tmp_path: Path) -> None:
    foreign = tmp_path / f".a.tiles.00000000.1.abcdef{folders.PART_SUFFIX}"
    foreign.mkdir()
    assert folders.sweep(tmp_path) == 0
    old = time.time() - 2 * 24 * 3600
    os.utime(foreign, (old, old))
    assert folders.sweep(tmp_path) == 1
    assert folders.sweep(tmp_path / "none") == 0
