"""Listens to log records, Qt messages and VTK messages, warnings and worse."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any


class Ears:
    """Collects complaints, a sentence each, while `listening`."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen to everything that is loaded by now."""
        with ExitStack() as stack:
            stack.enter_context(_logs(self.heard.append))
            stack.enter_context(_qt(self.heard.append))
            stack.enter_context(_vtk(self.heard.append))
            yield


class _LogEar(logging.Handler):
    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        place = f"{record.pathname}:{record.lineno}"
        self._tell(f"log {record.levelname} from {record.name} at {place}: {record.getMessage()}")


@contextmanager
def _logs(tell: Callable[[str], None]) -> Iterator[None]:
    ear = _LogEar(tell)
    logging.getLogger().addHandler(ear)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(ear)


@contextmanager
def _qt(tell: Callable[[str], None]) -> Iterator[None]:
    core = sys.modules.get("PySide6.QtCore")
    if core is None:
        yield
        return
    quiet = {core.QtMsgType.QtDebugMsg, core.QtMsgType.QtInfoMsg}

    def hear(kind: Any, context: Any, message: str) -> None:
        if kind not in quiet:
            tell(f"Qt {kind.name} ({context.category}): {message}")

    earlier = core.qInstallMessageHandler(hear)
    try:
        yield
    finally:
        core.qInstallMessageHandler(earlier)


@contextmanager
def _vtk(tell: Callable[[str], None]) -> Iterator[None]:
    core = sys.modules.get("vtkmodules.vtkCommonCore")
    if core is None:
        yield
        return
    # A string window keeps VTK from writing to the terminal as well.
    window, earlier = core.vtkStringOutputWindow(), core.vtkOutputWindow.GetInstance()
    core.vtkOutputWindow.SetInstance(window)
    try:
        yield
    finally:
        core.vtkOutputWindow.SetInstance(earlier)
        said = window.GetOutput().strip()
        if said:
            tell(f"VTK: {said[:2000]}")
