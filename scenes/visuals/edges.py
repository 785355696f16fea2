"""Thin edges and soft contact shade, found in the depth buffer; the cost follows the pixels, not the triangles.

One over the view depth is an affine function of the screen position on every plane, so its second
difference is zero on flat faces, whatever their slope, and speaks at creases and silhouettes.
"""

from __future__ import annotations

from typing import Any

from scenes.visuals.look import Look
from scenes.visuals.screen_pass import DepthCopy, full_screen_quad, over_the_scene, shade_screen, tell_camera

SHADE_REACH_M = 8.0

_DECLARE = """
//VTK::Picking::Dec
vec3 placeAt(ivec2 pixel) {
  float depth = texelFetch(actortexture, pixel, 0).r;
  float z = parallel > 0.5 ? nearM + depth * (farM - nearM) : 1.0 / (1.0 / nearM - depth * (1.0 / nearM - 1.0 / farM));
  vec2 beside = (vec2(pixel) + 0.5 - vec2(textureSize(actortexture, 0)) * 0.5) * pixelSize;
  return parallel > 0.5 ? vec3(beside, -z) : vec3(beside * z, -z);
}
// How much of the sky over a point its neighbours take: McGuire et al., "The Alchemy screen-space
// ambient obscurance algorithm", High-Performance Graphics (2011).
float contactShade(ivec2 here, ivec2 last, float unitM) {
  vec3 place = placeAt(here);
  vec3 right = placeAt(here + ivec2(1, 0)) - place, left = place - placeAt(here - ivec2(1, 0));
  vec3 above = placeAt(here + ivec2(0, 1)) - place, below = place - placeAt(here - ivec2(0, 1));
  vec3 across = abs(right.z) < abs(left.z) ? right : left;
  vec3 normal = normalize(cross(across, abs(above.z) < abs(below.z) ? above : below));
  float reachPx = clamp(shadeReach / unitM, 6.0, 70.0);
  float reachM = reachPx * unitM;
  float turn = 6.2832 * fract(52.9829189 * fract(dot(vec2(here), vec2(0.06711056, 0.00583715))));
  float sum = 0.0;
  for (int i = 0; i < 20; i++) {
    float share = (float(i) + 0.5) / 20.0;
    float angle = turn + float(i) * 2.39996;
    ivec2 pixel = clamp(here + ivec2(reachPx * sqrt(share) * vec2(cos(angle), sin(angle))), ivec2(0), last);
    vec3 gap = placeAt(pixel) - place;
    float fall = max(0.0, 1.0 - dot(gap, gap) / (reachM * reachM * 2.0));
    sum += fall * max(0.0, dot(gap, normal) / (length(gap) + 0.02 * reachM) - 0.08);
  }
  return min(0.55, sum * 0.09);
}
"""

_FIND_EDGES = """
  ivec2 here = ivec2(gl_FragCoord.xy);
  ivec2 last = textureSize(actortexture, 0) - 1;
  float centre = texelFetch(actortexture, here, 0).r;
  if (centre >= 1.0 || any(equal(here, ivec2(0))) || any(equal(here, last))) { discard; }
  float left  = texelFetch(actortexture, here - ivec2(1, 0), 0).r;
  float right = texelFetch(actortexture, here + ivec2(1, 0), 0).r;
  float below = texelFetch(actortexture, here - ivec2(0, 1), 0).r;
  float above = texelFetch(actortexture, here + ivec2(0, 1), 0).r;
  // nearness is 1/z in perspective and -z in a parallel view: affine over a plane in both.
  float scale = parallel > 0.5 ? (farM - nearM) : (1.0 / nearM - 1.0 / farM);
  float nearness = parallel > 0.5 ? 1.0 : 1.0 / nearM - centre * scale;
  vec2 bend = scale * vec2(2.0 * centre - left - right, 2.0 * centre - below - above) / nearness;
  vec2 jump = scale * abs(vec2(left - right, below - above)) / nearness;
  // The near side of a silhouette and a ridge bend one way; a valley the other: take it only where nothing jumps.
  vec2 ridge = max(-bend, vec2(0.0));
  vec2 valley = max(bend, vec2(0.0)) * (1.0 - smoothstep(vec2(8.0 * pixelSize), vec2(16.0 * pixelSize), jump));
  // A slope that grows a little steeper, as hills do, is no edge, however steeply it is looked along.
  vec2 told = smoothstep(vec2(0.12), vec2(0.35), abs(bend) / (jump + vec2(2.0 * pixelSize)));
  ridge *= told;
  valley *= told;
  float found = max(max(ridge.x, ridge.y), max(valley.x, valley.y)) / pixelSize;
  float away = parallel > 0.5 ? 1.0 : 1.0 / nearness;
  float unitM = parallel > 0.5 ? pixelSize : away * pixelSize;
  float fade = mix(1.0, 0.22, smoothstep(0.05, 0.5, unitM));
  float trusted = parallel > 0.5 ? 1.0 : 1.0 - smoothstep(900.0, 3500.0, away / nearM);
  float line = smoothstep(0.35, 1.3, found) * strength * fade * trusted;
  float shade = shadeReach > 0.0 ? contactShade(here, last, unitM) * trusted : 0.0;
  float cover = line + shade * (1.0 - line);
  fragOutput0 = vec4((edgeColour * line + vec3(0.05, 0.06, 0.09) * shade * (1.0 - line)) / max(cover, 1e-4), cover);
"""


class ScreenEdges:
    """A renderer over the scene's that reads its depth and draws edges with one full-screen quad."""

    def __init__(self, window: Any) -> None:
        self.renderer = over_the_scene()
        self._depth = DepthCopy(window)
        actor = full_screen_quad()
        actor.SetTexture(self._depth.texture)
        self._uniforms = shade_screen(actor, _DECLARE, _FIND_EDGES, ("strength", "shadeReach"))
        self._uniforms.SetUniform3f("edgeColour", [0.0, 0.0, 0.0])
        self.renderer.AddActor(actor)
        self.renderer.AddObserver("StartEvent", lambda _caller, _event: self._depth.copy())

    def set_look(self, look: Look, *, edges: bool, contact_shade: bool) -> None:
        """Take a theme's edge colour, and what is to be drawn."""
        self._uniforms.SetUniform3f("edgeColour", list(look.edge))
        self._uniforms.SetUniformf("strength", look.edge_strength if edges else 0.0)
        self._uniforms.SetUniformf("shadeReach", SHADE_REACH_M if contact_shade else 0.0)
        self.renderer.SetDraw(edges or contact_shade)

    def set_camera(self, camera: Any, height_px: int) -> None:
        """Tell the shader how depth maps to metres; ``camera`` is the scene's vtkCamera."""
        tell_camera(self._uniforms, camera, height_px)

    def release(self) -> None:
        """Give the texture back while the context still lives."""
        self._depth.release()
