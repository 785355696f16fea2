"""The command ``render``: a picture, its contract, and what it says when there is none."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def render(tmp_path: Path, *arguments: str) -> tuple[int, str, str]:
    folders = {
        name: str(tmp_path / name) for name in ("CITYTWIN_CACHE_DIR", "CITYTWIN_CONFIG_DIR", "CITYTWIN_DATA_DIR")
    }
    done = subprocess.run(
        [sys.executable, "-m", "twin_app", "render", *arguments],
        env=os.environ | folders | {"CITYTWIN_LANGUAGE": "en", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    path = tmp_path / "hill.asc"
    rows = "\n".join(" ".join(str(20 + x * y) for x in range(12)) for y in range(12))
    path.write_text(f"ncols 12\nnrows 12\nxllcorner 532000\nyllcorner 3380000\ncellsize 10\n{rows}\n")
    path.with_suffix(".prj").write_text("EPSG:4547")
    return path


def test_a_picture_is_written_and_nothing_else_is_said(tmp_path: Path, grid: Path) -> None:
    out = tmp_path / "hill.png"
    code, stdout, stderr = render(tmp_path, str(grid), "--out", str(out), "--size", "320x200", "--json")
    assert (code, stderr) == (0, "")
    value = json.loads(stdout)
    assert value["size"] == [320, 200]
    assert value["triangles_drawn"] > 0
    assert struct.unpack(">II", out.read_bytes()[16:24]) == (320, 200)


@pytest.mark.parametrize(
    ("name", "code"), [("nowhere/a.png", "render.cannot_write"), ("", "render.not_png"), ("a.jpg", "render.not_png")]
)
def test_where_no_picture_can_be_is_said_first(tmp_path: Path, grid: Path, name: str, code: str) -> None:
    status, stdout, _ = render(tmp_path, str(grid), "--out", str(tmp_path / name), "--json")
    assert status == 2
    assert json.loads(stdout)["error"]["code"] == code


def test_an_empty_picture_is_said(tmp_path: Path, grid: Path) -> None:
    out = tmp_path / "a.png"
    code, _, stderr = render(tmp_path, str(grid), "--out", str(out), "--section", "z=-1000")
    assert code == 0
    assert out.exists()
    assert "nothing to see" not in stderr, "it was drawn, though cut away"
    empty = tmp_path / "a.city.json"
    empty.write_text(
        '{"type": "CityJSON", "version": "1.0", "vertices": [], "CityObjects": {"b": {"type": "Building"}}}'
    )
    code, _, stderr = render(tmp_path, str(empty), "--out", str(out))
    assert code == 0
    assert "nothing to see" in stderr


def test_where_nothing_can_be_opened_no_picture_is_written(tmp_path: Path) -> None:
    empty, out = tmp_path / "tileset.json", tmp_path / "a.png"
    root = {"geometricError": 1, "boundingVolume": {"sphere": [0, 0, 0, 9]}, "refine": "ADD"}
    empty.write_text(json.dumps({"asset": {"version": "1.1"}, "geometricError": 9, "root": root}))
    code, _, stderr = render(tmp_path, str(empty), "--out", str(out))
    assert code == 2
    assert stderr.strip().count("\n") == 0
    assert "nothing to show" in stderr
    assert not out.exists()


def test_one_source_can_be_shown_with_less_detail(tmp_path: Path, shared_data: Path) -> None:
    house, out = shared_data / "ifc" / "fzk_haus.ifc", tmp_path / "a.png"
    drawn = {}
    for name in ("", "fzk_haus.ifc=CIM2", "fzk_haus=2", "CIM2"):
        levels = ["--level", name] if name else []
        code, stdout, stderr = render(tmp_path, str(house), "--out", str(out), "--size", "200x150", "--json", *levels)
        assert (code, stderr) == (0, "")
        drawn[name] = json.loads(stdout)["triangles_drawn"]
    assert drawn[""] > 1000
    assert drawn["fzk_haus.ifc=CIM2"] == drawn["fzk_haus=2"] == drawn["CIM2"] < 200
    code, stdout, _ = render(tmp_path, str(house), "--out", str(out), "--level", "other=CIM2", "--json")
    assert (code, json.loads(stdout)["error"]["code"]) == (2, "render.no_layer")


def test_memory_can_be_limited_and_unread_tiles_are_said(tmp_path: Path, shared_data: Path) -> None:
    house, out, folder = shared_data / "ifc" / "fzk_haus.ifc", tmp_path / "a.png", tmp_path / "house.tiles"
    code, stdout, stderr = render(tmp_path, str(house), "--out", str(out), "--json", "--memory-limit", "300")
    assert (code, stderr) == (0, "")
    drawn = json.loads(stdout)["triangles_drawn"]
    assert render(tmp_path, str(house), "--out", str(out), "--memory-limit", "-1")[0] == 2

    (converted,) = (tmp_path / "CITYTWIN_CACHE_DIR" / "tilesets").glob("*.tiles")
    shutil.copytree(converted, folder)
    tile = max((folder / "tiles").glob("*.glb"), key=lambda path: path.stat().st_size)
    tile.write_bytes(bytes(tile.stat().st_size))
    code, stdout, stderr = render(tmp_path, str(folder), "--out", str(out), "--json")
    assert code == 0
    assert "1 tiles of the layer could not be read" in stderr
    assert 0 < json.loads(stdout)["triangles_drawn"] < drawn
