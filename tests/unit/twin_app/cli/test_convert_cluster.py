"""`convert --scheduler` on a real Dask cluster, some of which dies meanwhile."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loaders.tileset import Tileset
from tests.support.commands import ROOT, citytwin, command_line, environment, grid, only_json
from tests.support.dask_cluster import Cluster, free_port, processes_of, silent_server

pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")
NAMES = ("furniture_library", "tall_building", "sample_project_small", "large_building", "duplex_electrical")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler and two workers, all gone afterwards with everything they started."""
    folder = tmp_path / "dask"
    folder.mkdir()
    with Cluster(folder) as running:
        yield running
    _none_left(folder)


def _none_left(folder: Path) -> None:
    end = time.monotonic() + 10
    while processes_of(folder) and time.monotonic() < end:
        time.sleep(0.05)
    assert not processes_of(folder)


def _models(folder: Path, shared_data: Path, copies: int) -> Path:
    """Real models, each several times with another comment, so that each is converted."""
    folder.mkdir()
    for number in range(copies):
        for name in NAMES:
            target = folder / str(number) / f"{name}.ifc"
            target.parent.mkdir(exist_ok=True)
            text = (shared_data / "ifc" / f"{name}.ifc").read_bytes()
            target.write_bytes(text.replace(b"DATA;", b"/* copy %d */\nDATA;" % number, 1))
    return folder


def _start(cluster: Cluster, tmp_path: Path, models: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command_line("convert", models, "--out", tmp_path / "out", "--scheduler", cluster.address, "--json"),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _finish(process: subprocess.Popen[bytes]) -> tuple[int, list[dict[str, Any]], str]:
    stdout, noise = process.communicate(timeout=120)
    return process.returncode, only_json(stdout.decode("utf-8")), noise.decode("utf-8")


def _wait_until_amid(folder: Path) -> None:
    end = time.monotonic() + 60
    while not list(folder.rglob(".*.part")) and time.monotonic() < end:
        time.sleep(0.005)


def test_a_worker_killed_amid_its_work_costs_no_file(cluster: Cluster, tmp_path: Path, shared_data: Path) -> None:
    models = _models(tmp_path / "models", shared_data, 3)
    process = _start(cluster, tmp_path, models)
    assert process.stdout is not None
    first = process.stdout.readline()
    cluster.alone.kill()
    cluster.alone.wait()  # or it would look alive
    code, values, noise = _finish(process)
    values += only_json(first.decode("utf-8"))
    assert (code, noise) == (0, "")
    assert len({value["tileset"] for value in values}) == len(values) == 3 * len(NAMES)
    for value in values:
        assert Tileset.open(Path(value["tileset"])).num_objects == value["objects"]
    made = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").glob("*/[!.]*"))
    assert made == sorted(f"{number}/{name}.ifc.tiles" for number in range(3) for name in NAMES)
    assert "Traceback" not in cluster.said()

    # The same command once more has nothing left to convert, and clears what the killed worker left.
    code, values, noise = _finish(_start(cluster, tmp_path, models))
    assert (code, noise) == (0, "")
    assert all(value["cached"] for value in values)
    assert not list((tmp_path / "out").rglob(".*"))


def test_each_file_has_its_own_fate(cluster: Cluster, tmp_path: Path, shared_data: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    shutil.copy(shared_data / "ifc" / "tall_building.ifc", models / "good.ifc")
    (models / "bad.ifc").write_bytes(b"ISO-10303-21;\nHEADER;\n")
    code, values, noise = _finish(_start(cluster, tmp_path, models))
    assert (code, noise) == (1, "")
    error, report = sorted(values, key=lambda value: "error" not in value)
    assert error["error"]["place"].endswith("bad.ifc")
    assert report["source"].endswith("good.ifc")
    assert report["objects"] > 10


def test_ctrl_c_cancels_what_waits_and_what_runs(cluster: Cluster, tmp_path: Path, shared_data: Path) -> None:
    process = _start(cluster, tmp_path, _models(tmp_path / "models", shared_data, 3))
    _wait_until_amid(tmp_path / "out")
    process.send_signal(signal.SIGINT)
    code, values, noise = _finish(process)
    assert code == 128 + signal.SIGINT
    assert noise == "Cancelled.\n"
    end = time.monotonic() + 4
    while list((tmp_path / "out").rglob(".*.part")) and time.monotonic() < end:
        time.sleep(0.02)
    made = len(list((tmp_path / "out").glob("*/[!.]*")))
    time.sleep(1)
    assert made == len(list((tmp_path / "out").glob("*/[!.]*"))) < 3 * len(NAMES)
    assert len(values) <= made
    assert not list((tmp_path / "out").rglob(".*.part"))


def test_a_scheduler_lost_amid_the_run_is_told(cluster: Cluster, tmp_path: Path, shared_data: Path) -> None:
    process = _start(cluster, tmp_path, _models(tmp_path / "models", shared_data, 3))
    assert process.stdout is not None
    first = process.stdout.readline()
    cluster.scheduler.kill()
    start = time.monotonic()
    code, values, noise = _finish(process)
    assert time.monotonic() - start < 20
    assert (code, noise) == (1, "")
    assert "tileset" in only_json(first.decode("utf-8"))[0]
    assert {value["error"]["code"] for value in values if "error" in value} == {"cluster.lost"}


def test_workers_that_are_not_like_this_computer_are_told(cluster: Cluster, tmp_path: Path) -> None:
    elsewhere = tmp_path / "other"
    elsewhere.mkdir()
    (elsewhere / "loaders").mkdir()
    (elsewhere / "loaders" / "__init__.py").write_text("", "utf-8")
    cluster.worker("--name", "foreign", PYTHONPATH=str(elsewhere))
    end = time.monotonic() + 20
    while cluster.said().count("Registered to:") < 3 and time.monotonic() < end:
        time.sleep(0.05)
    source = grid(tmp_path / "a.asc")
    code, stdout, noise = citytwin("convert", source, "--out", tmp_path, "--scheduler", cluster.address, "--json")
    (value,) = only_json(stdout)
    assert (code, noise) == (2, "")
    assert value["error"]["code"] == "cluster.no_program"


@pytest.mark.parametrize(
    ("address", "code"), [("nonsense", "bad_address"), ("http://a:1", "bad_address"), ("", "needs_out")]
)
def test_arguments_are_checked(tmp_path: Path, address: str, code: str) -> None:
    more = () if code == "needs_out" else ("--out", tmp_path / "out")
    source = grid(tmp_path / "a.asc")
    exit_code, stdout, _ = citytwin("convert", source, *more, "--scheduler", address or "tcp://127.0.0.1:1", "--json")
    (value,) = only_json(stdout)
    assert exit_code == 2
    assert value["error"]["code"] == f"cluster.{code}"


@pytest.mark.parametrize("kind", ["nobody", "no scheduler", "no such host"])
def test_no_scheduler_is_one_sentence_within_ten_seconds(tmp_path: Path, kind: str) -> None:
    addresses = {"nobody": f"tcp://127.0.0.1:{free_port()}", "no such host": "tcp://scheduler.invalid:8786"}
    source = grid(tmp_path / "a.asc")
    with silent_server() as silent:
        address = addresses.get(kind, silent)
        start = time.monotonic()
        code, stdout, err = citytwin("convert", source, "--out", tmp_path / "out", "--scheduler", address)
        seconds = time.monotonic() - start
    assert (code, stdout) == (2, "")
    assert len(err.splitlines()) == 1
    assert address in err
    assert seconds < 10


def test_a_scheduler_without_workers_is_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "dask"
    folder.mkdir()
    lonely = Cluster(folder)
    try:
        lonely.scheduler = lonely.start("scheduler", "--host", "127.0.0.1", "--port", lonely.address.rpartition(":")[2])
        lonely._wait_for_port()
        source = grid(tmp_path / "a.asc")
        code, stdout, err = citytwin("convert", source, "--out", tmp_path / "out", "--scheduler", lonely.address)
    finally:
        lonely.stop()
    assert (code, stdout) == (2, "")
    assert len(err.splitlines()) == 1
    assert "dask worker" in err


def test_without_dask_the_sentence_says_what_to_install(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    code = "import sys\nsys.modules['distributed'] = None\n"
    (hidden / "sitecustomize.py").write_text(code, "utf-8")
    more = ("--out", tmp_path / "out", "--scheduler", "tcp://127.0.0.1:8786", "--json")
    exit_code, stdout, noise = citytwin("convert", grid(tmp_path / "a.asc"), *more, PYTHONPATH=f"{hidden}:{ROOT}")
    (value,) = only_json(stdout)
    assert (exit_code, noise) == (2, "")
    assert value["error"]["code"] == "cluster.no_dask"
    assert "pip install dask distributed" in value["error"]["message"]
