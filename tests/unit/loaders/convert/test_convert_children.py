"""Children that crash, hang, are killed or cancelled: one file's failure, and nothing left behind."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from loaders import processes
from loaders.convert import ConvertEvent, ConvertOptions, convert, shutdown, warm_up
from loaders.model.errors import Cancelled, CityTwinError
from loaders.model.events import Opened
from tests.unit.loaders.convert.synthetic import write_source
from tests.unit.loaders.convert.test_convert import leftovers

ROOT = Path(__file__).resolve().parents[4]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and process groups are POSIX")


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGABRT])
def test_a_death_is_that_files_error(tmp_path: Path, options: ConvertOptions, number: signal.Signals) -> None:
    source = write_source(tmp_path / "a.syn", signal=int(number))
    with pytest.raises(CityTwinError) as caught:
        convert(source, options)
    assert caught.value.code == "convert.child_died"
    assert caught.value.arguments == {"name": "a.syn", "signal": number.name}
    assert leftovers(tmp_path) == []
    assert convert(write_source(tmp_path / "b.syn"), options).triangles == 108


def test_killed_from_outside(tmp_path: Path, options: ConvertOptions) -> None:
    source = write_source(tmp_path / "a.syn", sleep=30)

    def hear(event: ConvertEvent) -> None:
        if isinstance(event, Opened):
            (pid,) = processes._running
            os.kill(pid, signal.SIGKILL)

    with pytest.raises(CityTwinError, match="SIGKILL"):
        convert(source, options, hear)
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(("kind", "code"), [("typed", "tileset.incomplete"), ("value", "convert.loader_failed")])
def test_loader_errors_cross_the_border(tmp_path: Path, options: ConvertOptions, kind: str, code: str) -> None:
    source = write_source(tmp_path / "a.syn", **{"raise": kind})
    with pytest.raises(CityTwinError) as caught:
        convert(source, options)
    assert caught.value.code == code
    assert caught.value.place == str(source)
    assert leftovers(tmp_path) == []


def _cancel_after(seconds: float) -> threading.Event:
    """An event that sets itself."""
    event = threading.Event()
    threading.Timer(seconds, event.set).start()
    return event


def test_cancel_is_heard_at_a_checkpoint(tmp_path: Path, options: ConvertOptions) -> None:
    source = write_source(tmp_path / "a.syn", objects=200_000)
    cancel = _cancel_after(0.3)
    start = time.monotonic()
    with pytest.raises(Cancelled):
        convert(source, options, is_cancelled=cancel.is_set)
    assert time.monotonic() - start < 2.3
    assert leftovers(tmp_path) == []


def test_cancel_is_enforced_on_deaf_code_and_its_children(tmp_path: Path, options: ConvertOptions) -> None:
    pid_file = tmp_path / "pid"
    source = write_source(tmp_path / "a.syn", grandchild=str(pid_file))
    cancelled_at: list[float] = []

    def is_cancelled() -> bool:
        if pid_file.exists() and pid_file.read_text() and not cancelled_at:
            cancelled_at.append(time.monotonic())
        return bool(cancelled_at)

    with pytest.raises(Cancelled):
        convert(source, options, is_cancelled=is_cancelled)
    assert time.monotonic() - cancelled_at[0] < 2.0
    _assert_gone(int(pid_file.read_text()))
    assert leftovers(tmp_path) == []


def _assert_gone(pid: int) -> None:
    end = time.monotonic() + 2
    while _runs(pid) and time.monotonic() < end:
        time.sleep(0.01)
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_cancelled_before_it_starts(tmp_path: Path, options: ConvertOptions) -> None:
    with pytest.raises(Cancelled):
        convert(write_source(tmp_path / "a.syn"), options, is_cancelled=lambda: True)


def test_waiting_for_another_converter_can_be_cancelled(tmp_path: Path, options: ConvertOptions) -> None:
    source = write_source(tmp_path / "a.syn", sleep=1.5)
    first = threading.Thread(target=convert, args=(source, options))
    first.start()
    try:
        time.sleep(0.5)
        cancel = _cancel_after(0.1)
        start = time.monotonic()
        with pytest.raises(Cancelled):
            convert(source, options, is_cancelled=cancel.is_set)
        assert time.monotonic() - start < 0.7
    finally:
        first.join()


def test_a_dead_fork_server_is_replaced(tmp_path: Path, options: ConvertOptions) -> None:
    convert(write_source(tmp_path / "a.syn"), options)
    shutdown()
    shutdown()
    warm_up()
    assert convert(write_source(tmp_path / "a.syn", objects=12), options).objects == 12


PROGRAM = """
import sys
from pathlib import Path
from loaders.convert import ConvertOptions, convert
from tests.unit.loaders.convert import synthetic
print("main", flush=True)
folder = Path(sys.argv[1])
source = synthetic.write_source(folder / "a.syn", print=1)
report = convert(source, ConvertOptions(cache_folder=folder / "cache", formats=synthetic.formats))
print(report.triangles)
"""


def _run_program(how: list[str], tmp_path: Path, **keywords: object) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, *how, str(tmp_path)]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False, **keywords
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "main\n108\n", "")


def test_programs_without_a_guard_run_once(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    _run_program([str(script)], tmp_path)


def test_programs_from_standard_input_work(tmp_path: Path) -> None:
    _run_program(["-"], tmp_path, input=PROGRAM)


def test_children_end_with_a_killed_program(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    program = PROGRAM.replace("print=1", f"grandchild={str(pid_file)!r}")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as parent:
        end = time.monotonic() + 20
        while not (pid_file.exists() and pid_file.read_text()) and time.monotonic() < end:
            time.sleep(0.02)
        parent.kill()
    _assert_gone(int(pid_file.read_text()))


def test_leftovers_of_a_killed_program_are_swept(tmp_path: Path, options: ConvertOptions) -> None:
    test_children_end_with_a_killed_program(tmp_path)
    assert leftovers(tmp_path) != []
    shared = dataclasses.replace(options, cache_folder=tmp_path / "cache")
    convert(write_source(tmp_path / "b.syn"), shared)
    assert [name for name in leftovers(tmp_path) if name.endswith(".part")] == []


def test_two_programs_convert_the_same_file(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    write_source(tmp_path / "a.syn", objects=400, sleep=0.2)
    program = PROGRAM.replace('synthetic.write_source(folder / "a.syn", print=1)', 'folder / "a.syn"')
    command = [sys.executable, "-c", program, str(tmp_path)]
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [program.communicate()[0] for program in both] == [f"main\n{399 * 12}\n"] * 2
    assert leftovers(tmp_path) == []
