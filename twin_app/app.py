"""The window's composition root: settings, workbench, look, window, event loop."""

from __future__ import annotations

import contextlib
import gc
import os
import re
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from twin_app.ui.main_window import MainWindow
    from twin_app.usecases.workbench import Workbench

SIGNAL_CHECK_MS, SCREEN_TIMEOUT_SECS = 250, 5.0


def application() -> QApplication:
    """The one QApplication of the process."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication

    known = QApplication.instance()
    if isinstance(known, QApplication):
        return known
    _require_screen()
    # VTK draws through X11; under Wayland that is XWayland, where there is one.
    if sys.platform.startswith("linux") and os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "xcb")
    # The 3D view is a native window; its neighbours need not become one each.
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontCreateNativeWidgetSiblings)
    QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    made = QApplication(["citytwin"])
    made.setApplicationName("citytwin")
    made.setDesktopFileName("citytwin")
    return made


def _require_screen() -> None:
    """Qt ends the whole process when it cannot reach the X server, so ask before; raises `CityTwinError`."""
    from loaders.model.errors import CityTwinError

    display = os.environ.get("DISPLAY", "")
    local = re.fullmatch(r"(?:unix)?:(\d+)(?:\.\d+)?", display)
    if not sys.platform.startswith("linux") or local is None or os.environ.get("QT_QPA_PLATFORM", "xcb") != "xcb":
        return
    path = f"/tmp/.X11-unix/X{local[1]}"
    for address in (path, f"\0{path}"):
        with socket.socket(socket.AF_UNIX) as link, contextlib.suppress(OSError):
            link.settimeout(SCREEN_TIMEOUT_SECS)
            link.connect(address)
            return
    raise CityTwinError("cli.no_display", display)


def build_workbench() -> Workbench:
    """A workbench with the user's own settings."""
    from twin_app.services.settings import chosen_language, user_settings
    from twin_app.usecases.moments import follow_time
    from twin_app.usecases.workbench import new_workbench

    settings = user_settings()
    workbench = new_workbench(settings, chosen_language(settings))
    follow_time(workbench)
    for finding in settings.findings:
        workbench.messages.finding(finding)
    return workbench


def build_window(workbench: Workbench) -> MainWindow:
    """The window over a workbench; not shown yet. Needs `application` first."""
    from twin_app.commands.catalogue import build_registry
    from twin_app.ui.appearance import Appearance
    from twin_app.ui.context import UiContext
    from twin_app.ui.main_window import MainWindow
    from twin_app.ui.texts import Texts

    look = Appearance(workbench.settings.get("ui.theme"))
    context = UiContext(workbench, build_registry(), Texts(workbench.tr), look)
    return MainWindow(context)


def run_window(
    paths: list[Path], *, demo: bool = False, on_shown: Callable[[MainWindow], None] = lambda _window: None
) -> int:
    """Open the window with sources or a project, or the demo city; gives the exit code once it is closed.

    ``on_shown`` is called once, when the window answers for the first time.
    """
    from PySide6.QtCore import QTimer

    running = application()
    workbench = build_workbench()
    window = build_window(workbench)
    window.show()

    def begin() -> None:
        if demo:
            window.context.run("demo.open")
        elif paths:
            window.context.run("file.open", paths=[str(path) for path in paths])
        else:
            _begin_empty(window)
        on_shown(window)
        # What the program itself is made of stays: looking through it again and again would keep the window waiting.
        gc.freeze()

    QTimer.singleShot(0, window, begin)
    _obey_signals(window)
    code = running.exec()
    window.shut_down()
    window.deleteLater()
    running.sendPostedEvents()
    running.processEvents()
    _end_children()
    return int(code)


def _begin_empty(window: MainWindow) -> None:
    from twin_app.usecases.projects import offer_recovery

    workbench = window.context.workbench
    if offer_recovery(workbench) or not workbench.settings.get("ui.reopen_last_project"):
        return
    recent = [Path(text) for text in workbench.settings.get("recent.paths")]
    last = next((path for path in recent if path.suffix == ".citytwin" and path.exists()), None)
    if last is not None:
        window.context.run("file.open", paths=[str(last)])


def _obey_signals(window: MainWindow) -> None:
    """Ctrl+C in the terminal and a polite kill close the window; Python sees signals only when it runs."""
    from PySide6.QtCore import QTimer

    def leave(_number: int, _frame: object) -> None:
        window.shut_down()
        window.close()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
    beat = QTimer(window)
    beat.timeout.connect(lambda: None)
    beat.start(SIGNAL_CHECK_MS)


def _end_children() -> None:
    """Conversions keep processes warm between files; they end with the program."""
    if "loaders.convert" in sys.modules:
        from loaders.convert import shutdown

        shutdown()
