"""Hides Qt and VTK from Python, as if they were not installed; on PYTHONPATH it reaches child processes too."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any

HIDDEN = frozenset({"PySide6", "shiboken6", "qtpy", "qtawesome", "pyvistaqt", "vtk", "vtkmodules", "pyvista"})


class _Finder(PathFinder):
    @classmethod
    def find_spec(cls, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname.partition(".")[0] in HIDDEN:
            return None
        return super().find_spec(fullname, path, target)


sys.meta_path = [_Finder if finder is PathFinder else finder for finder in sys.meta_path]
