"""./run and its tasks: clear sentences on poor machines, nothing done twice, arguments passed on whole."""

from __future__ import annotations

import importlib
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SH = shutil.which("dash") or "/bin/sh"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the script is for POSIX systems")

# Stands for python3 and for .venv's python: tells what it was asked, and makes a .venv like `python3 -m venv`.
FAKE_PYTHON = """#!/bin/sh
case "$1 $2" in
"-c "*) exit 0 ;;
"-m venv") mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
"-m pip") echo "pip $*" >>"$LOG"; exit "${PIP_FAILS:-0}" ;;
*) shift && printf 'task[%s]' "$@" ;;
esac
"""
FAKE_APT = """#!/bin/sh
echo "apt-get $*" >>"$LOG"
case "$*" in *install*) [ -z "$APT_BRINGS" ] || cp "$APT_BRINGS" "${0%/*}/python3" ;; esac
"""


class Machine:
    """A checkout in an awkward folder, on a machine that has only what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "城市 twin's"
        self.checkout.mkdir()
        self.programs = folder / "bin"
        self.programs.mkdir()
        self.log = folder / "log"
        for tool in ("dirname", "cmp", "mkdir", "cp", "rm", "cat"):
            (self.programs / tool).symlink_to(shutil.which(tool) or tool)
        script = (ROOT / "run").read_text("utf-8").replace(" /usr/bin/python3", "")
        self.run_script = self._write(self.checkout / "run", script)
        shutil.copy(ROOT / "requirements-uv.lock", self.checkout)
        self.be("1000")

    @staticmethod
    def _write(path: Path, text: str) -> Path:
        path.write_text(text, "utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def be(self, user: str) -> None:
        """Answer ``id -u`` with ``user``."""
        self.has("id", f"#!/bin/sh\necho {user}\n")

    def has(self, name: str, text: str) -> Path:
        """Put a program on its PATH."""
        return self._write(self.programs / name, text)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environ = {"PATH": str(self.programs), "LOG": str(self.log), **variables}
        command = [SH, str(self.run_script), *arguments]
        return subprocess.run(command, env=environ, cwd="/", capture_output=True, text=True, timeout=60, check=False)

    def logged(self) -> list[str]:
        return self.log.read_text("utf-8").splitlines() if self.log.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("arguments", [(), ("help",), ("--help",)])
def test_help_needs_nothing(machine: Machine, arguments: tuple[str, ...]) -> None:
    done = machine.run(*arguments)
    assert done.returncode == 0
    assert all(f"./run {verb}" in done.stdout for verb in ("demo", "app", "test", "lint", "bench", "help"))


def test_an_unknown_verb_is_refused_before_anything_is_made(machine: Machine) -> None:
    done = machine.run("destroy")
    assert done.returncode == 2
    assert done.stderr == "run: 'destroy' is none of demo, app, test, lint, bench, screenshots, help\n"
    assert not (machine.checkout / ".venv").exists()


def test_without_python_a_user_is_told_what_to_type(machine: Machine) -> None:
    machine.has("apt-get", FAKE_APT)
    done = machine.run("demo")
    assert done.returncode == 2
    assert "sudo apt-get install python3 python3-venv" in done.stderr
    assert not machine.logged()


def test_without_python_and_apt_the_variable_is_named(machine: Machine) -> None:
    done = machine.run("demo")
    assert done.returncode == 2
    assert "CITYTWIN_PYTHON=/path/to/python3" in done.stderr


def test_root_gets_python_installed_and_goes_on(machine: Machine, tmp_path: Path) -> None:
    machine.be("0")
    machine.has("apt-get", FAKE_APT)
    python = machine._write(tmp_path / "fake-python", FAKE_PYTHON)
    done = machine.run("test", "-k", "a b", "*", APT_BRINGS=str(python))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "task[test]task[-k]task[a b]task[*]"
    update, install, pip = machine.logged()
    assert "update" in update
    assert install.endswith("install --no-install-recommends python3 python3-venv")
    assert "--require-hashes" in pip


def test_apt_that_brings_nothing_ends_in_a_sentence(machine: Machine) -> None:
    machine.be("0")
    machine.has("apt-get", FAKE_APT)
    done = machine.run("test", APT_BRINGS="")
    assert done.returncode == 2
    assert "older than 3.11" in done.stderr


def test_a_second_run_makes_nothing_again(machine: Machine) -> None:
    machine.has("python3", FAKE_PYTHON)
    assert machine.run("lint").returncode == 0
    assert len(machine.logged()) == 1
    again = machine.run("app", "一个 文件.ifc")
    assert again.stdout == "task[app]task[一个 文件.ifc]"
    assert again.stderr == ""
    assert len(machine.logged()) == 1


def test_another_uv_is_brought_when_its_lock_changed(machine: Machine) -> None:
    machine.has("python3", FAKE_PYTHON)
    machine.run("lint")
    (machine.checkout / "requirements-uv.lock").write_text("uv==99\n", "utf-8")
    machine.run("lint")
    assert len(machine.logged()) == 2


def test_no_network_ends_in_a_sentence_and_is_tried_again(machine: Machine) -> None:
    machine.has("python3", FAKE_PYTHON)
    failed = machine.run("lint", PIP_FAILS="1")
    assert failed.returncode == 2
    assert "check the network" in failed.stderr
    assert machine.run("lint").returncode == 0
    assert len(machine.logged()) == 2


def test_a_named_python_is_taken_though_its_path_has_blanks(machine: Machine, tmp_path: Path) -> None:
    folder = tmp_path / "my python"
    folder.mkdir()
    python = machine._write(folder / "python", FAKE_PYTHON)
    done = machine.run("lint", CITYTWIN_PYTHON=str(python))
    assert done.stdout == "task[lint]"
    assert str(python) in done.stderr


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    names = ("places", "libraries", "debian", "screen", "checks", "tasks")
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    yield importlib.import_module("tasks")
    for name in names:
        sys.modules.pop(name, None)


DPKG = """#!/bin/sh
printf 'installed\\tlibglib2.0-0t64, libglib2.0-0 (= 2.80.0)\\n'
printf 'not-installed\\txvfb, \\n'
for name in {installed}; do printf 'installed\\t%s, \\n' "$name"; done
"""


def _debian(tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, folder: Path, *, without: set[str], user: int) -> Path:
    debian = tasks.debian
    every = {*debian.WINDOW, *debian.COMFORT, *debian.TESTS} - {"libglib2.0-0"} - without
    log = folder / "apt-log"
    Machine._write(folder / "dpkg-query", DPKG.format(installed=" ".join(sorted(every))))
    Machine._write(folder / "apt-get", f'#!/bin/sh\necho "$*" >>{log}\n')
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(os, "geteuid", lambda: user)
    return log


def test_a_complete_system_needs_no_apt(tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log = _debian(tasks, monkeypatch, tmp_path, without=set(), user=0)
    tasks.debian.ensure(tests=True)
    assert not log.exists()


def test_root_installs_exactly_what_is_missing(
    tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = _debian(tasks, monkeypatch, tmp_path, without={"xvfb", "fonts-noto-cjk"}, user=0)
    tasks.debian.ensure(tests=True)
    update, install = log.read_text("utf-8").splitlines()
    assert update.endswith("update")
    assert install.endswith("install --no-install-recommends xvfb fonts-noto-cjk")


def test_a_user_is_told_and_stopped_where_nothing_would_work(
    tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = _debian(tasks, monkeypatch, tmp_path, without={"libxcb-cursor0", "xvfb"}, user=1000)
    with pytest.raises(tasks.Stop, match=r"type: sudo apt-get install libxcb-cursor0$"):
        tasks.debian.ensure(tests=False)
    assert not log.exists()


def test_a_user_is_told_and_goes_on_without_comforts(
    tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _debian(tasks, monkeypatch, tmp_path, without={"fonts-noto-cjk", "xvfb"}, user=1000)
    tasks.debian.ensure(tests=False)
    assert capsys.readouterr().err.endswith("sudo apt-get install fonts-noto-cjk\n")


@pytest.fixture
def venv(tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    libraries = tasks.libraries
    folder = tmp_path / ".venv"
    folder.mkdir()
    for name, file in (("RUN_TIME_LOCK", "requirements.lock"), ("DEVELOPMENT_LOCK", "requirements-dev.lock")):
        (tmp_path / file).write_text(name, "utf-8")
        monkeypatch.setattr(libraries, name, tmp_path / file)
    monkeypatch.setattr(libraries, "VENV", folder)
    monkeypatch.setattr(libraries, "STAMP", folder / "stamp")
    return folder


def _count_syncs(tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, *, code: int = 0) -> list[str]:
    calls: list[str] = []

    def call(command: list[str], **_more: object) -> int:
        assert "--require-hashes" in command
        calls.append(Path(command[-1]).name)
        return code

    monkeypatch.setattr(tasks.libraries.subprocess, "call", call)
    return calls


def test_packages_are_brought_once_and_the_development_set_serves_run_time(
    tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, venv: Path
) -> None:
    libraries = tasks.libraries
    calls = _count_syncs(tasks, monkeypatch)
    gpl = venv / "lib/python3.11/site-packages/ifcopenshell/ifcopenshell_geometry_kernel_cgal.so"
    gpl.parent.mkdir(parents=True)
    gpl.touch()
    libraries.ensure(libraries.RUN_TIME_LOCK)
    libraries.ensure(libraries.RUN_TIME_LOCK)
    libraries.ensure(libraries.DEVELOPMENT_LOCK)
    libraries.ensure(libraries.RUN_TIME_LOCK)
    assert calls == ["requirements.lock", "requirements-dev.lock"]
    assert not gpl.exists()
    libraries.RUN_TIME_LOCK.write_text("changed", "utf-8")
    libraries.ensure(libraries.RUN_TIME_LOCK)
    assert calls[2:] == ["requirements.lock"]


def test_a_failed_sync_is_not_taken_for_done(tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, venv: Path) -> None:
    libraries = tasks.libraries
    _count_syncs(tasks, monkeypatch, code=1)
    with pytest.raises(tasks.Stop, match="check the network"):
        libraries.ensure(libraries.RUN_TIME_LOCK)
    assert not (venv / "stamp").exists()


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not on this machine")
def test_the_screen_is_there_only_inside_its_block(tasks: ModuleType) -> None:
    with tasks.checks.own_screen() as first, tasks.checks.own_screen() as second:
        assert first["DISPLAY"] != second["DISPLAY"]
        assert all(Path(f"/tmp/.X11-unix/X{s['DISPLAY'][1:]}").exists() for s in (first, second))
        assert Path(first["XDG_RUNTIME_DIR"]).stat().st_mode & 0o777 == 0o700
    assert not Path(f"/tmp/.X11-unix/X{first['DISPLAY'][1:]}").exists()
    assert not Path(first["XDG_RUNTIME_DIR"]).exists()


def test_every_step_runs_and_the_first_failure_counts(tasks: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    steps = [("a", lambda: 0), ("b", lambda: 3), ("c", lambda: 1), ("d", lambda: 0)]
    assert tasks.checks._all(steps) == 3
    said = capsys.readouterr().err.splitlines()
    assert [line.split()[1:3] for line in said] == [["a:", "ok"], ["b:", "FAILED"], ["c:", "FAILED"], ["d:", "ok"]]


def test_the_whole_test_run_fails_when_an_early_step_failed(tasks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.checks, "lint", lambda **_options: 1)
    monkeypatch.setattr(tasks.checks, "_headless", lambda: 0)
    for last, expected in ((0, 1), (5, 5)):
        monkeypatch.setattr(tasks.checks, "_on_screen", lambda _arguments, code=last: code)
        assert tasks.checks.test([]) == expected


def test_qt_and_vtk_can_be_hidden_also_from_children() -> None:
    code = (
        "import importlib.util as u, subprocess, sys, numpy;"
        "names = ['PySide6', 'vtkmodules', 'vtk', 'pyvista', 'shiboken6'];"
        "hidden = [n for n in names if u.find_spec(n) is None];"
        "child = subprocess.run([sys.executable, '-c', 'import PySide6'], capture_output=True, text=True).stderr;"
        "print(len(hidden), child.strip().splitlines()[-1])"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "packaging" / "without_qt_vtk")}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "5 ModuleNotFoundError: No module named 'PySide6'\n"


def test_tasks_refuse_an_unknown_verb(tasks: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert tasks.main(["destroy"]) == 2
    assert "none of demo, app, test, lint, bench" in capsys.readouterr().err


def test_paths_given_to_pytest_are_those_of_the_caller(
    tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "test_mine.py").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tasks.libraries, "ensure", lambda _lock: None)
    monkeypatch.setattr(tasks.debian, "ensure", lambda **_options: None)
    given: list[list[str]] = []
    monkeypatch.setattr(tasks.checks, "test", lambda arguments: given.append(arguments) or 0)
    assert tasks.main(["test", "-k", "x y", "test_mine.py"]) == 0
    assert given == [["-k", "x y", str(tmp_path / "test_mine.py")]]
