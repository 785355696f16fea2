"""The light on every batch: a sun, a sky above, a ground below, haze far off, and sections, in one shader.

All batches share one vtkShaderProperty, so that a change of light, theme or section costs a few
uniforms and not a walk over the batches.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLShaderProperty

from loaders.model.formats import LayerKind
from scenes.visuals.hatching import HATCH
from scenes.visuals.look import Look
from scenes.visuals.point_shading import PointShadings
from scenes.visuals.shading_limits import MAX_CUTS, SUN_ALTITUDE_DEG, SUN_AZIMUTH_DEG

_LIGHT = """
  vec3 facing = normalVCVSOutput;
  float sunCos = dot(facing, sunVC);
  vec3 skyPart = mix(groundLight, skyLight, dot(facing, upVC) * 0.5 + 0.5);
  // A little of the sun's back light keeps two shaded walls of one house apart.
  vec3 lit = skyPart + sunLight * max(sunCos, 0.0) + skyLight * 0.10 * max(-sunCos, 0.0);
  vec3 shown = min(diffuseColor * tone * lit, vec3(1.0));
  float haze = 1.0 - exp(-max(length(vertexVC.xyz) - hazeStart, 0.0) * hazeDensity);
  fragOutput0 = vec4(mix(shown, hazeColour, min(haze, 0.85)), opacity);
"""

_CUT_FACE = """
  if (!gl_FrontFacing) { fragOutput0 = vec4(cutColour, max(opacity, 0.85)); }
"""


def sun_direction() -> NDArray[np.float64]:
    """The unit vector towards the sun, world axes (east, north, up)."""
    azimuth, altitude = np.radians([SUN_AZIMUTH_DEG, SUN_ALTITUDE_DEG])
    return np.array([np.sin(azimuth) * np.cos(altitude), np.cos(azimuth) * np.cos(altitude), np.sin(altitude)])


class CityShading:
    """The shader property that every batch's actor carries; ``ground`` for terrain, which themes tone down.

    ``hatched`` is the same for those in the colours of values.
    """

    def __init__(self, *, ground: bool = False, is_hatched: bool = False) -> None:
        self._ground = ground
        self._is_hatched = is_hatched
        self.hatched: CityShading = self if is_hatched else CityShading(ground=ground, is_hatched=True)
        self.property: Any = vtkOpenGLShaderProperty()
        self._uniforms = self.property.GetFragmentCustomUniforms()
        self._num_cuts = -1
        self._set_cut_count(0)
        for name in ("sunVC", "upVC", "skyLight", "groundLight", "sunLight", "hazeColour", "cutColour", "tone"):
            self._uniforms.SetUniform3f(name, [0.0, 0.0, 1.0])
        self.set_haze(0.0, 0.0)
        for index in range(MAX_CUTS):
            self._uniforms.SetUniform4f(f"cut{index}", [0.0, 0.0, 0.0, -1.0])

    def set_look(self, look: Look) -> None:
        """Take the colours of a theme."""
        self._uniforms.SetUniform3f("skyLight", list(look.sky_light))
        self._uniforms.SetUniform3f("groundLight", list(look.ground_light))
        self._uniforms.SetUniform3f("sunLight", list(look.sun_light))
        self._uniforms.SetUniform3f("hazeColour", list(look.horizon))
        self._uniforms.SetUniform3f("cutColour", list(look.cut))
        self._uniforms.SetUniform3f("tone", list(look.ground_tone) if self._ground else [1.0, 1.0, 1.0])

    def set_haze(self, start_m: float, density_per_m: float) -> None:
        """Haze begins at ``start_m`` from the eye and takes ``1 - exp(-density * metres beyond it)``."""
        self._uniforms.SetUniformf("hazeStart", start_m)
        self._uniforms.SetUniformf("hazeDensity", density_per_m)

    def set_camera(self, view_from_render: NDArray[np.float64], cuts_render: NDArray[np.float64]) -> None:
        """Bring sun, up and cuts into view space, for the next picture.

        ``cuts_render`` (k, 4): what has ``n . p + d > 0`` in render space is cut away.
        """
        linear = view_from_render[:3, :3]
        self._uniforms.SetUniform3f("sunVC", (linear @ sun_direction()).tolist())
        self._uniforms.SetUniform3f("upVC", linear[:, 2].tolist())
        count = min(len(cuts_render), MAX_CUTS)
        self._set_cut_count(count)
        # A plane goes through the inverse transpose: p_view = M p_render.
        in_view = cuts_render[:count] @ np.linalg.inv(view_from_render)
        for index in range(count):
            self._uniforms.SetUniform4f(f"cut{index}", in_view[index].tolist())

    def _set_cut_count(self, count: int) -> None:
        if count == self._num_cuts:
            return
        self._num_cuts = count
        tests = " || ".join(f"dot(cut{i}, vec4(vertexVC.xyz, 1.0)) > 0.0" for i in range(count))
        cut = f"  if ({tests}) {{ discard; }}\n" if count else ""
        text = cut + (HATCH if self._is_hatched else "") + _LIGHT + (_CUT_FACE if count else "")
        self.property.AddFragmentShaderReplacement("//VTK::Light::Impl", True, text, False)


class Shadings:
    """The city's, the ground's and the points' shading, told the same."""

    def __init__(self) -> None:
        self.city = CityShading()
        self.ground = CityShading(ground=True)
        self.points = PointShadings()

    @property
    def _surfaces(self) -> tuple[CityShading, ...]:
        return (self.city, self.ground, self.city.hatched, self.ground.hatched)

    def of(self, kind: LayerKind) -> CityShading:
        """What a layer of some kind is drawn with."""
        return self.ground if kind in (LayerKind.TERRAIN, LayerKind.IMAGERY) else self.city

    def set_look(self, look: Look) -> None:
        """See `CityShading.set_look`."""
        for shading in self._surfaces:
            shading.set_look(look)
        self.points.set_look(look)

    def set_haze(self, start_m: float, density_per_m: float) -> None:
        """See `CityShading.set_haze`."""
        for shading in self._surfaces:
            shading.set_haze(start_m, density_per_m)
        self.points.set_haze(start_m, density_per_m)

    def set_camera(self, view_from_render: NDArray[np.float64], cuts_render: NDArray[np.float64]) -> None:
        """See `CityShading.set_camera`."""
        for shading in self._surfaces:
            shading.set_camera(view_from_render, cuts_render)
        self.points.set_cuts(cuts_render[:MAX_CUTS] @ np.linalg.inv(view_from_render))
