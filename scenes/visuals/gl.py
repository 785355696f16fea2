"""What OpenGL this machine has, asked in a child process: a broken driver must not take the program down."""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing.connection import Connection
from typing import Any

TIMEOUT_SECS = 30.0
_NOTHING: dict[str, Any] = {"ok": False, "renderer": "", "version": "", "weak": True}


def gl_info() -> dict[str, Any]:
    """``ok``, ``renderer``, ``version`` and ``weak`` (drawn by the processor) of an off-screen context.

    Works without a display; without OpenGL, or when the driver crashes or hangs, ``ok`` is False.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_ask, args=(theirs,), daemon=True)
    child.start()
    theirs.close()
    try:
        found: dict[str, Any] = ours.recv() if ours.poll(TIMEOUT_SECS) else dict(_NOTHING)
    except (EOFError, OSError):
        found = dict(_NOTHING)
    ours.close()
    child.join(2.0)
    if child.is_alive():
        child.kill()
        child.join()
    child.close()
    return found


def _ask(answer: Connection) -> None:
    # Drivers write to standard error as they please; nobody asked them.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    from scenes.visuals.render_windows import capability, is_weak, off_screen_window, renderer_name

    window = off_screen_window((16, 16))
    window.Render()
    renderer = renderer_name(window)
    version = capability(window, "OpenGL version string")
    answer.send({"ok": bool(renderer), "renderer": renderer, "version": version, "weak": is_weak(renderer)})
    answer.close()
    window.Finalize()
