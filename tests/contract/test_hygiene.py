"""The hygiene plug-in itself: planted dirt fails its test, clean and declared noise passes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PLANTED = """
import logging, os, subprocess, sys, threading, time, warnings
import pytest
from PySide6.QtCore import qWarning
from PySide6.QtWidgets import QApplication, QWidget
from vtkmodules.vtkCommonCore import vtkPoints, vtkOutputWindow
from vtkmodules.vtkFiltersCore import vtkAppendPolyData

app = QApplication([])
kept = []

def test_clean():
    worker = threading.Thread(target=time.sleep, args=(0.3,))
    worker.start()
    window = QWidget()
    window.show()
    window.deleteLater()
    logging.getLogger("x").info("nothing to see")

def test_dirty_thread():
    threading.Thread(target=time.sleep, args=(30,), name="planted", daemon=True).start()

def test_dirty_process():
    kept.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(20)"]))

def test_dirty_grandchild():
    command = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(20)']).wait()"
    kept.append(subprocess.Popen([sys.executable, "-c", command]))

def test_dirty_window():
    kept.append(QWidget())

def test_dirty_log():
    logging.getLogger("x").warning("planted log")

def test_dirty_warning():
    warnings.warn("planted warning")

def test_dirty_qt():
    qWarning("planted Qt message")

def test_dirty_vtk():
    vtkAppendPolyData().Update()

def test_dirty_folder(tmp_path):
    os.chdir(tmp_path)

def test_dirty_variable():
    os.environ["PLANTED"] = "1"

def test_clean_log(caplog):
    logging.getLogger("x").warning("looked at")
    assert "looked at" in caplog.text

@pytest.mark.makes_noise("it says so")
def test_clean_declared():
    logging.getLogger("x").error("declared")

def test_clean_user_folders():
    from platformdirs import user_cache_dir
    assert "citytwin-tests-" in user_cache_dir("x") and "citytwin-tests-" in os.environ["CITYTWIN_CACHE_DIR"]
    assert os.environ["CITYTWIN_LANGUAGE"] == "en"

def test_clean_end():
    for process in kept[:2]:
        process.kill()
        process.wait()
    kept.clear()
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], str]:
    """The worst outcome of each planted test, and the whole output."""
    pytest.importorskip("PySide6")
    folder = tmp_path_factory.mktemp("planted")
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", "utf-8")
    (folder / "test_planted.py").write_text(PLANTED, "utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "tests.support.hygiene", "-rA", "-q", "-p", "no:cacheprovider"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen", "CITYTWIN_TEST_GRACE_SECS": "0.6"}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=120, check=False)
    found: dict[str, str] = {}
    for outcome, name in re.findall(r"^(PASSED|FAILED|ERROR) test_planted.py::(\w+)", done.stdout, re.MULTILINE):
        found[name] = outcome if found.get(name, "PASSED") == "PASSED" else found[name]
    return found, done.stdout + done.stderr


def test_every_clean_test_passes(outcomes: tuple[dict[str, str], str]) -> None:
    found, output = outcomes
    clean = {name: outcome for name, outcome in found.items() if name.startswith("test_clean")}
    assert len(clean) == 5, output
    assert set(clean.values()) == {"PASSED"}, output


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("thread", r"thread 'planted' left running, started at .*test_planted.py:\d+"),
        ("process", r"child process \d+ left running: .*time.sleep"),
        ("grandchild", r"child process \d+ left running: .*time.sleep"),
        ("window", r"window left: QWidget '' \(hidden\)"),
        ("log", r"log WARNING from x at .*: planted log"),
        ("warning", r"UserWarning: planted warning"),
        ("qt", r"Qt QtWarningMsg \(default\): planted Qt message"),
        ("vtk", r"VTK: [^~]*vtkAppendPolyData"),
        ("folder", r"working folder changed to"),
        ("variable", r"environment variable PLANTED left changed"),
    ],
)
def test_planted_dirt_fails(outcomes: tuple[dict[str, str], str], name: str, sentence: str) -> None:
    found, output = outcomes
    assert found.get(f"test_dirty_{name}") in {"FAILED", "ERROR"}, output
    assert re.search(sentence, output), output
