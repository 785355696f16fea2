"""How points are drawn: round, as wide as they are apart, in their own colours under the light of the theme."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLShaderProperty

from scenes.visuals.hatching import HATCH
from scenes.visuals.look import Look
from scenes.visuals.shading_limits import MAX_CUTS, SUN_ALTITUDE_DEG

# Points are not laid out in a grid: drawn this much wider than they are apart, they leave no holes.
_WIDER = 1.6
_LEAST_PX = 1.6
_MOST_PX = 28.0  # of the finest points there are; one that stands alone close by is no wall
_MOST_REFINED_PX = 7.0  # of points with finer ones between them, which stand as far apart as the streaming allows
_STEP = 2.0**0.25  # spacings this near are one

_DECLARE_VERTEX = """//VTK::PositionVC::Dec
uniform mat4 MCVCMatrix;
out vec4 pointVC;
"""
_DECLARE_FRAGMENT = """//VTK::PositionVC::Dec
in vec4 pointVC;
"""
# The clip coordinate w is the depth in perspective, and 1 in a parallel view.
_PLACE = """//VTK::PositionVC::Impl
  pointVC = MCVCMatrix * vertexMC;
  gl_PointSize = clamp(pointWidth * pixelScale / gl_Position.w, leastPx, mostPx);
  // What only goes to the graphics card with this picture is shrunk to nothing: a point never is, so it steps aside.
  if (length(MCVCMatrix[0].xyz) < 1e-4) { gl_Position = vec4(0.0, 0.0, 2.0, 1.0); }
"""
_LIGHT = """
  vec2 within = gl_PointCoord * 2.0 - 1.0;
  if (dot(within, within) > 1.0) { discard; }
  vec3 shown = min(diffuseColor * pointLight, vec3(1.0));
  float haze = 1.0 - exp(-max(length(pointVC.xyz) - hazeStart, 0.0) * hazeDensity);
  fragOutput0 = vec4(mix(shown, hazeColour, min(haze, 0.85)), opacity);
"""


class PointShading:
    """The shader property of points of one spacing; ``refined`` as in `loaders.model.points.PointChunk`.

    ``hatched`` is for those in the colours of values.
    """

    def __init__(self, spacing_m: float, *, refined: bool, hatched: bool = False) -> None:
        self._hatch = HATCH if hatched else ""
        self.property: Any = vtkOpenGLShaderProperty()
        self._fragment = self.property.GetFragmentCustomUniforms()
        self._vertex = self.property.GetVertexCustomUniforms()
        self._num_cuts = -1
        add = self.property.AddVertexShaderReplacement
        add("//VTK::PositionVC::Dec", True, _DECLARE_VERTEX, False)
        add("//VTK::PositionVC::Impl", True, _PLACE, False)
        self.property.AddFragmentShaderReplacement("//VTK::PositionVC::Dec", True, _DECLARE_FRAGMENT, False)
        self._vertex.SetUniformf("pointWidth", spacing_m * _WIDER)
        self._vertex.SetUniformf("leastPx", _LEAST_PX)
        self._vertex.SetUniformf("mostPx", _MOST_REFINED_PX if refined else _MOST_PX)
        self._set_cut_count(0)
        for index in range(MAX_CUTS):
            self._fragment.SetUniform4f(f"cut{index}", [0.0, 0.0, 0.0, -1.0])

    def set_look(self, look: Look) -> None:
        """Take the light of a theme: that on level ground, for nobody knows which way a point faces."""
        share = np.sin(np.radians(SUN_ALTITUDE_DEG))
        light = np.array(look.sky_light) + np.array(look.sun_light) * share
        self._fragment.SetUniform3f("pointLight", light.tolist())
        self._fragment.SetUniform3f("hazeColour", list(look.horizon))

    def set_haze(self, start_m: float, density_per_m: float) -> None:
        """See `scenes.visuals.shading.CityShading.set_haze`."""
        self._fragment.SetUniformf("hazeStart", start_m)
        self._fragment.SetUniformf("hazeDensity", density_per_m)

    def set_pixels(self, scale: float) -> None:
        """How many pixels a metre takes at a metre's distance, or anywhere in a parallel view."""
        self._vertex.SetUniformf("pixelScale", scale)

    def set_cuts(self, cuts_view: NDArray[np.float64]) -> None:
        """Half-spaces (k, 4) in view space that are cut away."""
        self._set_cut_count(len(cuts_view))
        for index, cut in enumerate(cuts_view):
            self._fragment.SetUniform4f(f"cut{index}", cut.tolist())

    def _set_cut_count(self, count: int) -> None:
        if count == self._num_cuts:
            return
        self._num_cuts = count
        tests = " || ".join(f"dot(cut{i}, vec4(pointVC.xyz, 1.0)) > 0.0" for i in range(count))
        cut = f"  if ({tests}) {{ discard; }}\n" if count else ""
        self.property.AddFragmentShaderReplacement("//VTK::Light::Impl", True, cut + self._hatch + _LIGHT, False)


class PointShadings:
    """One shading for each spacing that was asked for, all told the same."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, bool, bool], PointShading] = {}
        self._look: Look | None = None
        self._haze = (0.0, 0.0)
        self._scale = 1.0
        self._cuts: NDArray[np.float64] = np.zeros((0, 4))

    def of(self, spacing_m: float, *, refined: bool, hatched: bool = False) -> PointShading:
        """The shading of points that are about so far apart."""
        step = round(float(np.log(max(spacing_m, 1e-6)) / np.log(_STEP)))
        found = self._known.get((step, refined, hatched))
        if found is None:
            found = PointShading(_STEP**step, refined=refined, hatched=hatched)
            self._known[step, refined, hatched] = found
            if self._look is not None:
                found.set_look(self._look)
            found.set_haze(*self._haze)
            found.set_pixels(self._scale)
            found.set_cuts(self._cuts)
        return found

    def set_look(self, look: Look) -> None:
        """See `PointShading.set_look`."""
        self._look = look
        for shading in self._known.values():
            shading.set_look(look)

    def set_haze(self, start_m: float, density_per_m: float) -> None:
        """See `PointShading.set_haze`."""
        self._haze = (start_m, density_per_m)
        for shading in self._known.values():
            shading.set_haze(start_m, density_per_m)

    def set_pixels(self, camera: Any, height_px: int) -> None:
        """Take how large things look to a vtkCamera in a picture of that height."""
        if camera.GetParallelProjection():
            self._scale = max(1, height_px) / (2.0 * camera.GetParallelScale())
        else:
            self._scale = max(1, height_px) / (2.0 * float(np.tan(np.radians(camera.GetViewAngle()) / 2.0)))
        for shading in self._known.values():
            shading.set_pixels(self._scale)

    def set_cuts(self, cuts_view: NDArray[np.float64]) -> None:
        """See `PointShading.set_cuts`."""
        self._cuts = cuts_view
        for shading in self._known.values():
            shading.set_cuts(cuts_view)
