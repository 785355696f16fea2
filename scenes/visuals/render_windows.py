"""Render windows without a screen, and VTK's own messages led to Python's log."""

from __future__ import annotations

import logging
import sys
from functools import cache
from typing import Any

from vtkmodules import vtkRenderingOpenGL2 as opengl
from vtkmodules.vtkCommonCore import VTK_STRING, vtkLogger, vtkOutputWindow
from vtkmodules.vtkRenderingCore import vtkRenderWindow

LOG = logging.getLogger("citytwin.vtk")
WEAK_RENDERERS = ("llvmpipe", "softpipe", "swrast", "swr", "software", "gdi generic", "basic render", "svga3d")


@cache
def route_messages() -> Any:
    """Send VTK's errors and warnings to the logger ``citytwin.vtk`` instead of standard error."""
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)
    window: Any = vtkOutputWindow()
    window.SetDisplayModeToNever()
    window.AddObserver("ErrorEvent", _teller(logging.ERROR))
    window.AddObserver("WarningEvent", _teller(logging.WARNING))
    vtkOutputWindow.SetInstance(window)
    return window


def _teller(level: int) -> Any:
    def tell(_caller: Any, _event: str, text: str) -> None:
        LOG.log(level, "%s", text.strip())

    tell.CallDataType = VTK_STRING  # type: ignore[attr-defined]
    return tell


def off_screen_window(size_px: tuple[int, int]) -> Any:
    """A window that is never shown, of ``size_px`` (width, height) device pixels.

    On Linux it asks for EGL by name: VTK's own choice first knocks at the X server and complains
    on standard error when there is none.
    """
    route_messages()
    kind = getattr(opengl, "vtkEGLRenderWindow", None) if sys.platform.startswith("linux") else None
    window = kind() if kind is not None else vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetSize(*size_px)
    return window


def renderer_name(window: Any) -> str:
    """What OpenGL calls its renderer, "" when there is no context. Needs one picture drawn before."""
    return capability(window, "OpenGL renderer string")


def capability(window: Any, heading: str) -> str:
    """One line of the window's OpenGL report, "" when it is missing."""
    for line in str(window.ReportCapabilities() or "").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == heading:
            return value.strip()
    return ""


def is_weak(renderer: str) -> bool:
    """Whether a renderer of that name draws on the processor (or nobody knows what it does)."""
    return not renderer or any(word in renderer.lower() for word in WEAK_RENDERERS)
