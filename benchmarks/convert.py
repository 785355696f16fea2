"""``bench convert``: twenty IFC files one after the other, two at a time, and on a Dask cluster of two workers."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.open import machine
from loaders.model.errors import CityTwinError

ROOT = Path(__file__).resolve().parents[1]
NUM_FILES = 20
LIMIT_SECS = 600.0
START_SECS = 30.0
END_SECS = 20.0
_DATA = ROOT.parent / "shared" / "data" / "ifc"


def run(files: list[Path] | None = None, runs: int = 3) -> dict[str, Any]:
    """Seconds of whole commands, the median of ``runs`` that alternate; ``ratio`` is jobs 1 / jobs 2.

    Every run converts all files anew. Dask is measured where it is installed; its workers have converted
    something before, as those of a standing cluster.
    """
    paths = sorted(_DATA.glob("*.ifc")) if files is None else files
    if not paths:
        raise CityTwinError("registry.missing", str(_DATA), name=_DATA.name)
    seconds: dict[str, list[float]] = {"jobs_1": [], "jobs_2": []}
    with tempfile.TemporaryDirectory(prefix="citytwin-bench-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        models = _copies(paths, folder / "models")
        sides: dict[str, tuple[str, ...]] = {"jobs_1": ("--jobs", "1"), "jobs_2": ("--jobs", "2")}
        if find_spec("distributed") is not None:
            sides["dask_2"] = ("--scheduler", stack.enter_context(_cluster(folder)))
            seconds["dask_2"] = []
            _seconds(_copies(paths[:2], folder / "few"), folder, sides["dask_2"])
        _seconds(models, folder, sides["jobs_2"])  # the first run reads from the disk what the others find in memory
        for _ in range(runs):
            for side, options in sides.items():
                seconds[side].append(_seconds(models, folder, options))
    return _summary(seconds, runs, len(list(paths)))


def _copies(paths: list[Path], folder: Path) -> Path:
    """`NUM_FILES` sources of different content: real ones, each copy with another comment."""
    folder.mkdir()
    for number in range(NUM_FILES):
        source = paths[number % len(paths)]
        text = source.read_bytes().replace(b"DATA;", b"/* copy %d */\nDATA;" % number, 1)
        (folder / f"{number:02d} {source.name}").write_bytes(text)
    return folder


def _environment(folder: Path) -> dict[str, str]:
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return os.environ | {"CITYTWIN_CACHE_DIR": str(folder / "cache"), "PYTHONPATH": path}


def _seconds(models: Path, folder: Path, options: tuple[str, ...]) -> float:
    with tempfile.TemporaryDirectory(dir=folder) as out:
        command = [sys.executable, "-m", "twin_app", "convert", str(models), "--out", out, "--json", *options]
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, env=_environment(folder), timeout=LIMIT_SECS, check=False)
        seconds = time.perf_counter() - start
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    for row in rows:
        if "error" in row:
            raise CityTwinError("bench.failed", row["error"]["place"], reason=row["error"]["message"])
    if done.returncode or any(row["cached"] for row in rows):
        raise CityTwinError("bench.failed", str(models), reason=f"exit {done.returncode}")
    return seconds


@contextlib.contextmanager
def _cluster(folder: Path) -> Iterator[str]:
    """The address of a scheduler with two workers of one thread each on this computer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    worker = ("worker", address, "--nthreads", "1", "--host", "127.0.0.1", "--local-directory", str(folder))
    with contextlib.ExitStack() as stack:
        stack.enter_context(_dask(folder, "scheduler", "--host", "127.0.0.1", "--port", str(port)))
        _wait_for(port)
        for _ in range(2):
            stack.enter_context(_dask(folder, *worker))
        _wait_for_workers(address, 2)
        yield address


@contextlib.contextmanager
def _dask(folder: Path, *arguments: str) -> Iterator[None]:
    command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=_environment(folder), stdout=quiet, stderr=quiet, cwd=folder) as process:
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(END_SECS)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_for(port: int) -> None:
    end = time.monotonic() + START_SECS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError as error:
            if time.monotonic() > end:
                raise CityTwinError("bench.failed", f"tcp://127.0.0.1:{port}", reason=str(error)) from error
            time.sleep(0.05)
        else:
            return


def _wait_for_workers(address: str, count: int) -> None:
    from distributed import Client

    with Client(address, timeout=START_SECS, set_as_default=False) as client:
        try:
            client.wait_for_workers(count, timeout=START_SECS)
        except TimeoutError as error:
            raise CityTwinError("bench.failed", address, reason=str(error)) from error


def _summary(seconds: dict[str, list[float]], runs: int, num_sources: int) -> dict[str, Any]:
    medians = {side: statistics.median(each) for side, each in seconds.items()}
    two, one = medians["jobs_2"], medians["jobs_1"]
    value = {
        "bench": "convert",
        "ours": round(two, 3),
        "theirs": {"jobs_1": round(one, 3)},
        "ratio": round(one / two, 3),
        "unit": "s",
        "runs": runs,
        "files": NUM_FILES,
        "sources": num_sources,
        "seconds": {side: [round(s, 3) for s in each] for side, each in seconds.items()},
        "machine": machine(),
    }
    if "dask_2" in medians:
        value |= {"dask_2": round(medians["dask_2"], 3), "ratio_dask": round(one / medians["dask_2"], 3)}
    return value
