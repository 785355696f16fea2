"""What a user does, and waiting for what follows."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from scenes.model.layers import Layer, LayerState

if TYPE_CHECKING:
    from twin_app.ui.main_window import MainWindow

WAIT_MS = 8000


def until(true: Callable[[], bool], timeout_ms: int = WAIT_MS) -> None:
    """Let the program run until something is true."""
    from PySide6.QtTest import QTest

    end = time.monotonic() + timeout_ms / 1000
    while not true() and time.monotonic() < end:
        QTest.qWait(5)
    assert true()


def open_folder(window: MainWindow, folder: Path) -> Layer:
    """Open a tileset folder and wait until it is drawn."""
    from PySide6.QtTest import QTest

    window.context.run("file.open", paths=[str(folder)])
    layer = list(window.context.workbench.scene.layers)[-1]
    until(lambda: layer.state is LayerState.READY)
    until(lambda: not window.view.canvas.visuals.pending)
    QTest.qWait(40)
    return layer
