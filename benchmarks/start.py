"""From the start of the process to a window that answers, beside a bare Qt window with an empty VTK view."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.open import machine
from loaders.model.errors import CityTwinError
from twin_app.services.display import has_display

ROOT = Path(__file__).resolve().parents[1]
LIMIT_SECS = 120.0
OWN_FOLDERS = ("CITYTWIN_CONFIG_DIR", "CITYTWIN_DATA_DIR", "CITYTWIN_CACHE_DIR")
# Each program says so when the system shows its window and its event loop is free again after drawing it.
WHEN_USABLE = """
from PySide6.QtCore import QTimer
def when_usable(window, leave):
    def look():
        if window.windowHandle() is None or not window.windowHandle().isExposed():
            QTimer.singleShot(1, look)
            return
        window.repaint()
        QTimer.singleShot(0, finish)
    def finish():
        print("usable", flush=True)
        leave()
    look()
"""
OURS = """
from twin_app.app import run_window
def shown(window):
    def leave():
        window.shut_down()
        window.close()
    when_usable(window, leave)
run_window([], on_shown=shown)
"""
BARE = """
import sys
from PySide6.QtWidgets import QApplication, QMainWindow
from vtkmodules.qt.QVTKRenderWindowInteractor import QVTKRenderWindowInteractor
from vtkmodules.vtkRenderingCore import vtkRenderer
import vtkmodules.vtkRenderingOpenGL2
application = QApplication(sys.argv)
window = QMainWindow()
window.resize(1280, 800)
view = QVTKRenderWindowInteractor(window)
view.GetRenderWindow().AddRenderer(vtkRenderer())
window.setCentralWidget(view)
window.show()
view.Initialize()
def leave():
    view.Finalize()
    window.close()
QTimer.singleShot(0, lambda: when_usable(window, leave))
application.exec()
"""


def run(runs: int = 3) -> dict[str, Any]:
    """Seconds to a usable window, the median of ``runs``; raises `CityTwinError` without a display."""
    if not has_display():
        raise CityTwinError("cli.no_display", "DISPLAY")
    _seconds(OURS)  # the first start reads from the disk what the others find in memory
    _seconds(BARE)
    ours = [_seconds(OURS) for _ in range(runs)]
    bare = [_seconds(BARE) for _ in range(runs)]
    mine, theirs = statistics.median(ours), statistics.median(bare)
    return {
        "bench": "start",
        "ours": round(mine, 3),
        "theirs": {"bare_qt_vtk_window": round(theirs, 3)},
        "ratio": round(mine / theirs, 3),
        "unit": "s",
        "runs": runs,
        "seconds": {"ours": [round(s, 3) for s in ours], "bare_qt_vtk_window": [round(s, 3) for s in bare]},
        "machine": machine(),
    }


def _seconds(program: str) -> float:
    with tempfile.TemporaryDirectory(prefix="citytwin-bench-") as folder:
        own = dict.fromkeys(OWN_FOLDERS, folder)
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        environment = os.environ | own | {"PYTHONPATH": path}
        start = time.perf_counter()
        command = [sys.executable, "-c", WHEN_USABLE + program]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
            assert process.stdout is not None
            line = process.stdout.readline()
            seconds = time.perf_counter() - start
            try:
                process.wait(LIMIT_SECS)
            except subprocess.TimeoutExpired:
                process.kill()
        if line.strip() != "usable":
            raise CityTwinError("ui.bench.no_window", "DISPLAY", exit_code=process.returncode)
        return seconds
