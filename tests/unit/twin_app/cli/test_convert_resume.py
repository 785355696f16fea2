"""A `convert` that was interrupted is taken up where it ended, and what it left behind never looks whole."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loaders.tileset import Tileset
from tests.support.commands import ROOT, citytwin, command_line, environment, only_json
from tests.support.dask_cluster import processes_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="looks at processes and signals of POSIX")
NAMES = ("furniture_library", "tall_building", "sample_project_small", "large_building")


@pytest.fixture
def models(tmp_path: Path, shared_data: Path) -> Path:
    """A folder of real models."""
    folder = tmp_path / "models"
    folder.mkdir()
    for number, name in enumerate(NAMES):
        shutil.copy(shared_data / "ifc" / f"{name}.ifc", folder / f"{number} {name}.ifc")
    return folder


def _interrupt(folder: Path, out: Path | None, cache: Path, number: int) -> int:
    """End a run with a signal once its first file is done; gives how many were told as done."""
    more = () if out is None else ("--out", out)
    process = subprocess.Popen(
        command_line("convert", folder, *more, "--json"),
        cwd=ROOT,
        env=environment(CITYTWIN_CACHE_DIR=str(cache)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    end = time.monotonic() + 20
    place = cache / "tilesets" if out is None else out
    while not list(place.glob(".*.part")) and time.monotonic() < end:  # amid the second file
        time.sleep(0.002)
    process.send_signal(number)
    rest, noise = process.communicate(timeout=20)
    assert b"Traceback" not in noise
    assert process.returncode == (128 + number if number == signal.SIGINT else -number)
    while processes_of(cache) and time.monotonic() < end:
        time.sleep(0.02)
    assert not processes_of(cache)
    return len((first + rest).splitlines())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("into", ["cache", "out"])
def test_only_what_is_missing_is_converted(tmp_path: Path, models: Path, into: str, number: int) -> None:
    cache, out = tmp_path / "cache", tmp_path / "out" if into == "out" else None
    told = _interrupt(models, out, cache, number)
    assert 1 <= told < len(NAMES)
    if out is not None:
        for made in out.glob("[!.]*"):
            Tileset.open(made)  # whole or not there
    more = () if out is None else ("--out", out)
    code, stdout, noise = citytwin("convert", models, *more, "--json", CITYTWIN_CACHE_DIR=str(cache))
    values = only_json(stdout)
    assert (code, noise) == (0, "")
    cached = [value["cached"] for value in values]
    # The one that was being published when the signal came may be done without having been told.
    assert told <= sum(cached) <= told + 1
    assert cached == sorted(cached, reverse=True)
    assert not list((out or cache).rglob(".*"))


@pytest.mark.parametrize("damage", ["tile", "table", "report"])
def test_a_damaged_result_is_made_anew(tmp_path: Path, shared_data: Path, damage: str) -> None:
    source = shared_data / "ifc" / "tall_building.ifc"
    _, stdout, _ = citytwin("convert", source, "--out", tmp_path, "--json")
    folder = Path(only_json(stdout)[0]["tileset"])
    broken = {"tile": "tiles/000000.glb", "table": "properties.parquet", "report": "report.json"}[damage]
    (folder / broken).write_bytes((folder / broken).read_bytes()[:-20])
    _, stdout, _ = citytwin("convert", source, "--out", tmp_path, "--json")
    assert only_json(stdout)[0]["cached"] is False
    Tileset.open(folder)
    _, stdout, _ = citytwin("convert", source, "--out", tmp_path, "--json")
    assert only_json(stdout)[0]["cached"] is True


def test_another_source_of_the_same_name_takes_its_place(tmp_path: Path, shared_data: Path) -> None:
    source = tmp_path / "a.ifc"
    shutil.copy(shared_data / "ifc" / "furniture_library.ifc", source)
    citytwin("convert", source, "--out", tmp_path / "out", "--json")
    shutil.copy(shared_data / "ifc" / "tall_building.ifc", source)
    _, stdout, _ = citytwin("convert", source, "--out", tmp_path / "out", "--json")
    assert only_json(stdout)[0]["cached"] is False
