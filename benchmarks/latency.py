"""How long the window keeps events waiting while a file loads, beside loading it in a Python thread.

A timer of the window's own event loop, outside of all loading code, notes how late each of its beats comes.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.open import machine
from loaders.model.errors import CityTwinError
from twin_app.services.display import has_display

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "ifc"
LIMIT_SECS, BEAT_MS = 300, 5
OWN_FOLDERS = ("CITYTWIN_CONFIG_DIR", "CITYTWIN_DATA_DIR", "CITYTWIN_CACHE_DIR")
BEATS = """
import json, sys, time
from pathlib import Path
from PySide6.QtCore import QTimer, Qt
from twin_app.app import run_window
late, last = [], [0.0]
def beat():
    now = time.perf_counter()
    late.append((now - last[0]) * 1000 - BEAT_MS)
    last[0] = now
def shown(window):
    timer = QTimer(window)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setInterval(BEAT_MS)
    timer.timeout.connect(beat)
    def begin():
        busy = start_loading(window)
        last[0] = time.perf_counter()
        timer.start()
        def look():
            if busy():
                QTimer.singleShot(20, look)
                return
            timer.stop()
            print(json.dumps(late), flush=True)
            window.context.workbench.project.set(None, dirty=False)
            window.shut_down()
            window.close()
        QTimer.singleShot(200, look)
    # The start of the program itself is another measurement.
    QTimer.singleShot(1500, begin)
"""
OURS = """
def start_loading(window):
    workbench = window.context.workbench
    window.context.run("file.open", paths=[sys.argv[1]])
    def busy():
        return bool(workbench.jobs.running) or bool(window.view.canvas.visuals.pending)
    return busy
run_window([], on_shown=shown)
"""
THREAD = """
import threading
import ifcopenshell, ifcopenshell.geom
def start_loading(window):
    def work():
        model = ifcopenshell.open(sys.argv[1])
        iterator = ifcopenshell.geom.iterator(ifcopenshell.geom.settings(), model, 1)
        more = iterator.initialize()
        while more:
            iterator.get().geometry.verts
            more = iterator.next()
    thread = threading.Thread(target=work)
    thread.start()
    return thread.is_alive
run_window([], on_shown=shown)
"""


def run(files: list[Path] | None = None, runs: int = 3) -> dict[str, Any]:
    """The longest wait in ms, median over runs, worst over files. Raises `CityTwinError` without a display."""
    if not has_display():
        raise CityTwinError("cli.no_display", "DISPLAY")
    paths = files or [DATA / "fzk_haus.ifc"]
    rows: list[dict[str, Any]] = []
    for path in paths:
        ours = [_late_ms(OURS, path) for _ in range(runs)]
        theirs = [_late_ms(THREAD, path) for _ in range(runs)]
        rows.append({"file": path.name, "ours": _summary(ours), "python_thread": _summary(theirs)})
    ours_ms = max(row["ours"]["longest"] for row in rows)
    theirs_ms = max(row["python_thread"]["longest"] for row in rows)
    return {
        "bench": "latency",
        "ours": ours_ms,
        "theirs": {"python_thread": theirs_ms},
        "ratio": round(ours_ms / theirs_ms, 3),
        "unit": "ms",
        "runs": runs,
        "files": rows,
        "machine": machine(),
    }


def _summary(runs_ms: list[list[float]]) -> dict[str, float]:
    def middle(figure: Any) -> float:
        return float(round(statistics.median(float(figure(sorted(late))) for late in runs_ms), 1))

    return {
        "longest": middle(lambda late: late[-1]),
        "p99": middle(lambda late: late[int(0.99 * (len(late) - 1))]),
        "median": middle(lambda late: late[len(late) // 2]),
        "beats": middle(len),
    }


def _late_ms(program: str, path: Path) -> list[float]:
    """How late each beat came, in a fresh program with an empty cache."""
    with tempfile.TemporaryDirectory(prefix="citytwin-bench-") as folder:
        own = dict.fromkeys(OWN_FOLDERS, folder)
        search = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        command = [sys.executable, "-c", f"BEAT_MS = {BEAT_MS}\n{BEATS}{program}", str(path)]
        environment = os.environ | own | {"PYTHONPATH": search}
        done = subprocess.run(
            command, stdout=subprocess.PIPE, env=environment, text=True, timeout=LIMIT_SECS, check=False
        )
    late = json.loads(done.stdout or "[]")
    if done.returncode or len(late) < 2:
        raise CityTwinError("ui.bench.not_loaded", str(path))
    return [max(0.0, float(value)) for value in late]
