"""Signs of sensors and alarms: each level of alarm in a shape and a colour of its own, always in front."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPolyData
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLTexture

from scenes.model.overlays.signs import BLINK_HZ, AlarmLevel, SensorField, Signs
from scenes.visuals import vtk_arrays
from scenes.visuals.batch import actor_over
from scenes.visuals.eye_dome import PROGRAM_POINT_SIZE
from scenes.visuals.look import Look
from scenes.visuals.overlays.live.icons import icon_sheet
from scenes.visuals.overlays.live.picture import Floats, LiveContext, LiveVisual, Picture, box_around
from scenes.visuals.overlays.live.shaders import OverlayShader

SIGN_PX, DOT_PX, ICON_SIGN_PX = (
    88.0,
    22.0,
    42.0,
)  # of the sprites; an alarm's sign takes two fifths of its, the rest is for the ring

_SIZE = """
  gl_Position = MCDCMatrix * vertexMC;
  int coded = int(scalarColor.a * 255.0 + 0.5);
  fieldVS = fieldMC;
  gl_PointSize = pixelScale * (coded / 16 > 0 ? signPx : fieldMC > 0.5 ? iconPx : dotPx);
"""
_DRAW = """
  int coded = int(vertexColorVSOutput.a * 255.0 + 0.5);
  int level = coded / 16;
  vec2 p = vec2(gl_PointCoord.x, 1.0 - gl_PointCoord.y) * 2.0 - 1.0;
  int field = int(fieldVS + 0.5);
  float pixel = 2.0 / (pixelScale * (level > 0 ? signPx : field > 0 ? iconPx : dotPx));
  float far = length(p) - 0.62;
  if (level == 1) { far = length(p) - 0.30; }
  if (level == 2) { far = max(abs(p.x), abs(p.y)) - 0.27; }
  if (level == 3) { far = max(abs(p.x) * 0.866 + p.y * 0.5, -p.y) - 0.20; p.y += 0.04; }
  if (level == 4) { far = (abs(p.x) + abs(p.y)) * 0.707 - 0.29; }
  if (level == 0 && field > 0) { far = length(p) - 0.74; }
  float rim = level > 0 ? 0.055 : field > 0 ? 0.11 : 0.24;
  float body = 1.0 - smoothstep(-pixel, pixel, far);
  float edge = 1.0 - smoothstep(-pixel, pixel, far - rim);
  float halo = 0.30 * (1.0 - smoothstep(0.0, level > 0 ? 0.10 : field > 0 ? 0.15 : 0.30, far - rim));
  float mark = 0.0;
  if (level > 0) {
    float stem = max(abs(p.x) - 0.036, abs(p.y - 0.055) - 0.105);
    float point = max(abs(p.x) - 0.036, abs(p.y + 0.115) - 0.036);
    mark = 1.0 - smoothstep(-pixel, pixel, min(stem, point));
  }
  if (level == 0 && field > 0 && told == 3 && max(abs(p.x), abs(p.y)) < 0.5) {
    mark = texture(iconMap, vec2((float(field) + p.x + 0.5) / numIcons, p.y + 0.5)).a;
  }
  float ring = 0.0;
  bool waits = level > 0 && (coded / 8) % 2 == 0;
  if (waits) {
    float share = movedShare < 0.0 ? 0.42 : fract(movedShare + phaseVS);
    float radius = mix(0.42, 0.93, share);
    float width = mix(0.075, 0.03, share);
    ring = (1.0 - smoothstep(width - pixel, width + pixel, abs(length(p) - radius))) * (1.0 - share * share);
  }
  bool onLight = level == 2 || (level == 0 && dot(diffuseColor, vec3(0.299, 0.587, 0.114)) > 0.55);
  vec3 ink = onLight ? vec3(0.10, 0.11, 0.13) : vec3(1.0);
  vec3 shown = mix(mix(outline, diffuseColor, body), ink, mark);
  float cover = max(edge, max(halo, ring));
  if (cover < 0.004) { discard; }
  shown = edge > 0.5 ? shown : (ring > halo ? diffuseColor : outline);
  fragOutput0 = vec4(shown, cover);
"""

_DECLARE = "in float fieldMC;\nout float phaseVS;\nout float fieldVS;\n"
_TAKE = "in float phaseVS;\nin float fieldVS;\n"
_POINTS = 0  # vtkDataObject::FIELD_ASSOCIATION_POINTS


class SignsVisual(LiveVisual):
    """Sprites of the same size wherever they stand; rays pass through."""

    overlay: Signs
    must_move = True

    def __init__(self, overlay: Signs, context: LiveContext) -> None:
        super().__init__(overlay, context)
        vertex = _SIZE + "  phaseVS = fract(float(gl_VertexID) * 0.37);\n"
        self._shader = OverlayShader(_DRAW, vertex, declare=_DECLARE, take=_TAKE)
        for uniforms in (self._shader.fragment, self._shader.vertex):
            uniforms.SetUniformf("signPx", SIGN_PX)
            uniforms.SetUniformf("dotPx", DOT_PX)
            uniforms.SetUniformf("iconPx", ICON_SIGN_PX)
        self._shader.fragment.SetUniformf("numIcons", float(len(SensorField)))
        self._shader.property.AddFragmentShaderReplacement("//VTK::TCoord::Impl", True, "", False)
        self._data = vtkPolyData()
        self._actor: Any = actor_over(self._data, self._shader, scalars=True)
        self._actor.GetProperty().LightingOff()
        self._actor.GetProperty().SetTexture("iconMap", _icons())
        self._actor.GetMapper().MapDataArrayToVertexAttribute("fieldMC", "field", _POINTS, -1)
        self._actor.ForceTranslucentOn()
        self._origin_m: Floats = np.zeros(3)
        context.stage.front.AddActor(self._actor)
        front, state = context.stage.front, context.stage.window.GetState()
        # Other points in front have sizes of their own: the shader says ours while they are drawn and no longer.
        self._tags = [
            self._actor.GetMapper().AddObserver("StartEvent", lambda *_: state.vtkglEnable(PROGRAM_POINT_SIZE)),
            front.AddObserver("EndEvent", lambda *_: state.vtkglDisable(PROGRAM_POINT_SIZE)),
        ]

    def refresh(self) -> None:
        """See `LiveVisual.refresh`."""
        overlay, look = self.overlay, self.context.stage.look
        known = np.asarray(np.isfinite(overlay.places_m).all(axis=1))
        self._actor.SetVisibility(overlay.visible and bool(known.any()))
        for uniforms in (self._shader.fragment, self._shader.vertex):
            uniforms.SetUniformf("pixelScale", look.scale)
        self._shader.fragment.SetUniform3f("outline", list(look.paper))
        if not known.any():
            return
        # The most urgent ones last, over the others.
        order = np.argsort(overlay.levels, kind="stable")
        order = order[known[order]]
        self._origin_m = np.round(overlay.places_m[order[0]])
        data = vtkPolyData()
        data.SetPoints(vtk_arrays.points((overlay.places_m[order] - self._origin_m).astype(np.float32)))
        data.SetVerts(vtk_arrays.cells(np.arange(len(order), dtype=np.uint32)[:, None]))
        data.GetPointData().SetScalars(vtk_arrays.named(packed(overlay, look)[order], "colours"))
        fields = overlay.fields[order].astype(np.float32)
        data.GetPointData().AddArray(vtk_arrays.named(fields, "field"))
        # VTK gives textures to what has coordinates for them; these are not looked at.
        data.GetPointData().SetTCoords(vtk_arrays.named(np.zeros((len(order), 2), np.float32), "uv"))
        self._data.ShallowCopy(data)

    def prepare(self, picture: Picture) -> None:
        """See `LiveVisual.prepare`."""
        overlay = self.overlay
        waiting = (overlay.levels > 0) & ~overlay.acknowledged
        can_move = overlay.visible and bool(waiting.any()) and not (overlay.still or picture.still)
        self.moves = can_move and picture.sees(overlay.places_m[waiting])
        share = picture.time_s * BLINK_HZ % 1.0 if can_move else -1.0
        self._shader.fragment.SetUniformf("movedShare", share)
        self._actor.SetPosition(*self.context.frame.to_render(self._origin_m))
        self._shader.set_cuts(picture.cuts_view)
        if overlay.visible:
            self._keep_clear(picture)

    def _keep_clear(self, picture: Picture) -> None:
        """No label may stand on an alarm."""
        half = 0.2 * SIGN_PX * self.context.stage.look.scale
        at = picture.project(self.overlay.places_m[self.overlay.levels > AlarmLevel.NONE])[:, :2]
        for x, y in at[np.isfinite(at).all(axis=1)].tolist():
            picture.taken_px.append((x - half, y - half, x + half, y + half))

    def bounds_world_m(self) -> Floats | None:
        """See `LiveVisual.bounds_world_m`."""
        return box_around(self.overlay.places_m) if len(self.overlay.places_m) else None

    def close(self) -> None:
        """See `LiveVisual.close`."""
        for owner, tag in zip((self._actor.GetMapper(), self.context.stage.front), self._tags, strict=True):
            owner.RemoveObserver(tag)
        self.context.stage.front.RemoveActor(self._actor)


def _icons() -> Any:
    """The sheet of icons as a texture."""
    sheet = icon_sheet()
    image = vtkImageData()
    image.SetDimensions(sheet.shape[1], sheet.shape[0], 1)
    image.GetPointData().SetScalars(vtk_arrays.named(sheet.reshape(-1, 4), "icons"))
    texture = vtkOpenGLTexture()
    texture.SetInputData(image)
    texture.InterpolateOn()
    texture.MipmapOn()
    texture.SetRepeat(False)
    return texture


def packed(overlay: Signs, look: Look) -> NDArray[np.uint8]:
    """Colours (n, 4); alpha holds the level, whether it is acknowledged, and how the value is drawn."""
    result = overlay.scale.rgba(overlay.readings)
    alarmed = overlay.levels > AlarmLevel.NONE
    alarms = np.round(np.array(look.alarms) * 255.0).astype(np.uint8)
    result[alarmed, :3] = alarms[overlay.levels[alarmed] - 1]
    code = np.where(alarmed, 3, result[:, 3] & 3)  # an alarm is an alarm, whatever became of its value
    result[:, 3] = (overlay.levels << 4) | (overlay.acknowledged.astype(np.uint8) << 3) | code.astype(np.uint8)
    return result
