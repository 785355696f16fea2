"""What runs or is open in this process tree: threads, child processes, top-level windows."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

# Kept warm on purpose between conversions, and ended with the session.
_WARM = ("from multiprocessing.forkserver", "from multiprocessing.resource_tracker")

_started_at: WeakKeyDictionary[threading.Thread, str] = WeakKeyDictionary()


def remember_where_threads_start() -> None:
    """Have every thread's start recorded, for a leak's message."""
    start = threading.Thread.start
    if getattr(start, "remembers", False):
        return

    def remembering(self: threading.Thread) -> None:
        _started_at[self] = _caller()
        start(self)

    remembering.remembers = True  # type: ignore[attr-defined]
    threading.Thread.start = remembering  # type: ignore[method-assign]


def _caller() -> str:
    frames = traceback.extract_stack()[:-2]
    ours = [f for f in frames if "site-packages" not in f.filename and f"{sys.base_prefix}/lib" not in f.filename]
    frame = (ours or frames)[-1]
    return f"{frame.filename}:{frame.lineno}"


@dataclass(frozen=True)
class Inventory:
    """A moment's threads, processes (id -> command) and windows."""

    threads: frozenset[threading.Thread]
    processes: dict[int, str]
    windows: frozenset[int]

    @classmethod
    def now(cls) -> Inventory:
        """This moment."""
        return cls(frozenset(threading.enumerate()), _descendants(), frozenset(map(id, _windows())))

    def beyond(self, before: Inventory) -> list[str]:
        """What is here and was not ``before``, a sentence each."""
        threads = [
            f"thread '{t.name}' left running, started at {_started_at.get(t, 'an unknown place')}"
            for t in self.threads - before.threads
            if t.is_alive() and not isinstance(t, threading._DummyThread)  # type: ignore[attr-defined]
        ]
        processes = [
            f"child process {pid} left running: {command}"
            for pid, command in self.processes.items()
            if pid not in before.processes
        ]
        windows = [f"window left: {_described(w)}" for w in _windows() if id(w) not in before.windows]
        return threads + processes + windows


def _descendants() -> dict[int, str]:
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            # The name in brackets may hold blanks and brackets itself.
            state, parent, *_ = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:  # ended meanwhile
            continue
        if state not in "ZX":
            parents[int(entry.name)] = int(parent)
    found = {pid for pid, parent in parents.items() if parent == os.getpid()}
    grown = True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        found |= more
        grown = bool(more)
    commands = {pid: _command(pid) for pid in found}
    return {pid: command for pid, command in commands.items() if not _warm(pid, command, parents)}


def _warm(pid: int, command: str, parents: dict[int, int]) -> bool:
    # A fork server's children show its command line too; only the servers themselves, our own children, may stay.
    return not command or (parents[pid] == os.getpid() and any(w in command for w in _WARM))


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()[:200]
    except OSError:
        return ""


def _windows() -> list[Any]:
    widgets = sys.modules.get("PySide6.QtWidgets")
    application = widgets.QApplication.instance() if widgets else None
    if application is None or not hasattr(application, "topLevelWidgets"):
        return []
    # Qt keeps its last tool tip for reuse.
    return [w for w in application.topLevelWidgets() if w.metaObject().className() != "QTipLabel"]


def _described(window: Any) -> str:
    shown = "visible" if window.isVisible() else "hidden"
    return f"{type(window).__name__} '{window.objectName() or window.windowTitle()}' ({shown})"


def let_qt_delete() -> None:
    """Carry out pending ``deleteLater`` calls."""
    core = sys.modules.get("PySide6.QtCore")
    if core is not None and core.QCoreApplication.instance() is not None:
        core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete)
