"""Depth told on points that have no faces: each is darkened by what stands nearer beside it.

Boucheny, "Interactive scientific visualization of large datasets: towards a perceptive-based approach" (2009).
Points are told from faces by the depth as it was before they were drawn.
"""

from __future__ import annotations

from typing import Any

from scenes.visuals.screen_pass import DepthCopy, full_screen_quad, over_the_scene, shade_screen, tell_camera

PROGRAM_POINT_SIZE = 0x8642  # GLPROGRAM_POINT_SIZE: the shader says how large each point is

_DECLARE = """
//VTK::Picking::Dec
// 1/z in perspective and -z in a parallel view: affine over a plane in both, as in `edges`.
float nearnessAt(ivec2 pixel) {
  float depth = texelFetch(actortexture, pixel, 0).r;
  return parallel > 0.5 ? -nearM - depth * (farM - nearM) : 1.0 / nearM - depth * (1.0 / nearM - 1.0 / farM);
}
"""

_SHADE = """
  ivec2 here = ivec2(gl_FragCoord.xy);
  ivec2 last = textureSize(actortexture, 0) - 1;
  float depth = texelFetch(actortexture, here, 0).r;
  if (depth >= 1.0 || depth == texelFetch(facesDepth, here, 0).r) { discard; }
  float nearness = nearnessAt(here);
  float unit = pixelSize * (parallel > 0.5 ? 1.0 : nearness);
  float sum = 0.0;
  for (int ring = 1; ring <= 2; ring++) {
    for (int i = 0; i < 4; i++) {
      float reach = ring == 1 ? 1.5 : 5.0;
      float angle = (float(i) + 0.5 * float(ring - 1)) * 0.785398;
      ivec2 step = ivec2(round(reach * vec2(cos(angle), sin(angle))));
      float one = nearnessAt(clamp(here + step, ivec2(0), last));
      float other = nearnessAt(clamp(here - step, ivec2(0), last));
      // Two neighbours nearer than a plane through this point would have them: something stands before it.
      // What two overlapping points make of a slope is less.
      float bend = max(0.0, (one + other - 2.0 * nearness) / (unit * reach) - 0.6);
      sum += min(1.0, log2(1.0 + bend) / 6.0);
    }
  }
  float trusted = parallel > 0.5 ? 1.0 : 1.0 - smoothstep(900.0, 3500.0, 1.0 / (nearness * nearM));
  fragOutput0 = vec4(vec3(0.04, 0.05, 0.08), min(0.72, sum * 0.14) * trusted);
"""


class EyeDome:
    """A renderer over that of the points, with one full-screen quad; ``watch`` tells it where they begin."""

    def __init__(self, window: Any) -> None:
        self._window = window
        self.renderer = over_the_scene()
        self._before, self._after = DepthCopy(window), DepthCopy(window)
        actor = full_screen_quad()
        actor.SetTexture(self._after.texture)
        actor.GetProperty().SetTexture("facesDepth", self._before.texture)
        self._uniforms = shade_screen(actor, _DECLARE, _SHADE)
        self.renderer.AddActor(actor)
        self.renderer.AddObserver("StartEvent", lambda _caller, _event: self._after.copy())

    def watch(self, points: Any) -> None:
        """Follow a renderer that draws points over the depth of everything else."""
        points.AddObserver("StartEvent", self._before_points)
        points.AddObserver("EndEvent", self._after_points)

    def _before_points(self, _caller: Any, _event: str) -> None:
        self._window.GetState().vtkglEnable(PROGRAM_POINT_SIZE)
        if self.renderer.GetDraw():
            self._before.copy()

    def _after_points(self, _caller: Any, _event: str) -> None:
        """Other points, as at the ends of a measurement, have sizes of their own."""
        self._window.GetState().vtkglDisable(PROGRAM_POINT_SIZE)

    def set_camera(self, camera: Any, height_px: int) -> None:
        """Tell the shader how depth maps to metres; ``camera`` is the scene's vtkCamera."""
        tell_camera(self._uniforms, camera, height_px)

    def release(self) -> None:
        """Give the textures back while the context still lives."""
        for depth in (self._before, self._after):
            depth.release()
