"""Shader properties of overlays that are drawn in a way of their own, and still cut by sections."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLShaderProperty

from scenes.visuals.hatching import HATCH
from scenes.visuals.shading_limits import MAX_CUTS

_DECLARE = "//VTK::PositionVC::Dec\nout vec4 placeVC;\n"
_DECLARE_UNLIT = "uniform mat4 MCVCMatrix;\n"  # what is lit has it already
_DECLARE_FRAGMENT = """//VTK::PositionVC::Dec
in vec4 placeVC;
"""


class OverlayShader:
    """``fragment`` fills ``fragOutput0``; it finds the place in ``placeVC``, stripes in ``stripe`` and ``told``.

    ``vertex`` sets ``gl_Position`` where it is not ``lit``; ``declare`` are its attributes and what it hands on, which
    the fragment has to ``take``.
    """

    def __init__(
        self, fragment: str, vertex: str = "", *, declare: str = "", take: str = "", lit: bool = False
    ) -> None:
        self.property: Any = vtkOpenGLShaderProperty()
        self.fragment: Any = self.property.GetFragmentCustomUniforms()
        self.vertex: Any = self.property.GetVertexCustomUniforms()
        self._text = fragment
        self._num_cuts = -1
        add = self.property.AddVertexShaderReplacement
        add("//VTK::PositionVC::Dec", True, _DECLARE + ("" if lit else _DECLARE_UNLIT) + declare, False)
        place = "  placeVC = MCVCMatrix * vertexMC;\n"
        add("//VTK::PositionVC::Impl", True, "//VTK::PositionVC::Impl\n" * lit + place + vertex, False)
        self.property.AddFragmentShaderReplacement("//VTK::PositionVC::Dec", True, _DECLARE_FRAGMENT + take, False)
        self.set_cuts(np.zeros((0, 4)))

    def set_cuts(self, cuts_view: NDArray[np.float64]) -> None:
        """Half-spaces (k, 4) in view space that are cut away."""
        count = min(len(cuts_view), MAX_CUTS)
        for index in range(count):
            self.fragment.SetUniform4f(f"cut{index}", cuts_view[index].tolist())
        if count != self._num_cuts:
            self._num_cuts = count
            tests = " || ".join(f"dot(cut{i}, vec4(placeVC.xyz, 1.0)) > 0.0" for i in range(count))
            cut = f"  if ({tests}) {{ discard; }}\n" if count else ""
            self.property.AddFragmentShaderReplacement("//VTK::Light::Impl", True, cut + HATCH + self._text, False)
