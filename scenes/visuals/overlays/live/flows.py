"""Lines with dashes that run along them, as wide on the screen as told."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkPolyData

from scenes.model.overlays.flows import Flows
from scenes.visuals import vtk_arrays
from scenes.visuals.batch import actor_over
from scenes.visuals.overlays.live.picture import Floats, LiveContext, LiveVisual, Picture, box_around
from scenes.visuals.overlays.live.shaders import OverlayShader

DASH_PX = 34.0  # from one dash to the next, about, at the depth looked at
DASH_SPEED_PX = 30.0  # a second, of the median of all speeds: what is fast in the world may be slow on the screen
_POINTS = 0  # vtkDataObject::FIELD_ASSOCIATION_POINTS

_DECLARE = """
in vec3 alongMC;
in vec3 pathMC;
out vec3 pathVS;
out float sideVS;
"""
_TAKE = """
in vec3 pathVS;
in float sideVS;
"""
# Each corner stands on the line and steps aside on the screen: across the way that the line goes there.
_WIDEN = """
  gl_Position = MCDCMatrix * vertexMC;
  vec4 onward = MCDCMatrix * vec4(vertexMC.xyz + alongMC, 1.0);
  vec2 way = (onward.xy / onward.w - gl_Position.xy / gl_Position.w) * pictureSize;
  if (onward.w <= 0.0) { way = vec2(1.0, 0.0); }
  vec2 aside = normalize(vec2(-way.y, way.x) + vec2(1e-9, 0.0));
  sideVS = sign(pathMC.z);
  gl_Position.xy += aside * sideVS * (abs(pathMC.z) + 1.0) / pictureSize * gl_Position.w;
  gl_Position.z -= 2e-4 * gl_Position.w;
  pathVS = vec3(pathMC.xy, abs(pathMC.z));
"""
_DASHES = """
  float across = abs(sideVS) * (pathVS.z + 1.0);
  float body = 1.0 - smoothstep(pathVS.z * 0.5 - 0.5, pathVS.z * 0.5 + 0.5, across * 0.5);
  float phase = fract(pathVS.x / dashLength - movedShare * pathVS.y);
  float dash = pathVS.y == 0.0 ? 0.0 : smoothstep(0.0, 0.55, phase) * (1.0 - smoothstep(0.9, 1.0, phase));
  vec3 shown = mix(diffuseColor, vec3(1.0), 0.55 * dash);
  // A darker rim, so that pale classes show on pale ground.
  float rim = smoothstep(pathVS.z * 0.5 - 1.1, pathVS.z * 0.5 - 0.1, across * 0.5);
  shown *= 1.0 - 0.34 * rim;
  float cover = pathVS.y == 0.0 ? 0.85 : 0.55 + 0.45 * dash;
  if (told == 1) { shown = diffuseColor; cover = 0.85; }
  fragOutput0 = vec4(shown, cover * body * coverage);
"""


class FlowsVisual(LiveVisual):
    """Over the city, and faintly through what stands before them; rays pass through."""

    overlay: Flows

    def __init__(self, overlay: Flows, context: LiveContext) -> None:
        super().__init__(overlay, context)
        stage = context.stage
        self._data = vtkPolyData()
        self._layers = [(stage.notes, OverlayShader(_DASHES, _WIDEN, declare=_DECLARE, take=_TAKE), 1.0)]
        self._layers += [(stage.front, OverlayShader(_DASHES, _WIDEN, declare=_DECLARE, take=_TAKE), 0.0)]
        self._actors: list[Any] = []
        for renderer, shader, _ in self._layers:
            actor = actor_over(self._data, shader, scalars=True)
            actor.GetMapper().MapDataArrayToVertexAttribute("alongMC", "along", _POINTS, -1)
            actor.GetMapper().MapDataArrayToVertexAttribute("pathMC", "path", _POINTS, -1)
            actor.GetProperty().LightingOff()
            actor.ForceTranslucentOn()
            actor.VisibilityOff()
            renderer.AddActor(actor)
            self._actors.append(actor)
        self._origin_m: Floats = np.zeros(3)
        self._unit_speed = 1.0

    def refresh(self) -> None:
        """See `LiveVisual.refresh`."""
        overlay = self.overlay
        starts, ends = segments_of(overlay)
        shown = overlay.visible and len(starts) > 0
        for actor, through in zip(self._actors, (1.0, overlay.through), strict=True):
            actor.SetVisibility(shown and through > 0.0)
        if not len(starts):
            return
        line = np.searchsorted(overlay.starts, starts, side="right") - 1
        self._origin_m = np.round(overlay.points_m[starts[0]])
        speeds = np.where(overlay.readings.empty, 0.0, overlay.speeds)
        moving = np.abs(speeds[speeds != 0.0])
        self._unit_speed = float(np.median(moving)) if moving.size else 1.0
        pace = np.sign(speeds) * np.clip(np.abs(speeds) / self._unit_speed, 0.25, 4.0)
        data = ribbons(overlay.points_m - self._origin_m, starts, ends, pace[line], overlay.widths_px[line])
        colours = np.repeat(overlay.scale.rgba(overlay.readings)[line], 4, axis=0)
        data.GetPointData().SetScalars(vtk_arrays.named(colours, "colours"))
        self._data.ShallowCopy(data)

    def prepare(self, picture: Picture) -> None:
        """See `LiveVisual.prepare`."""
        from scenes.visuals import camera

        overlay = self.overlay
        pixel_m = camera.metres_per_pixel(picture.view, picture.view.target_m, picture.size_px[1])
        # In steps of two, so that a slow zoom does not make the dashes creep.
        dash_m = 2.0 ** round(float(np.log2(max(DASH_PX * pixel_m, 1e-6))))
        can_move = overlay.visible and bool((overlay.speeds != 0.0).any()) and not (overlay.still or picture.still)
        self.moves = can_move and picture.sees(overlay.points_m)
        share = (picture.time_s * DASH_SPEED_PX / DASH_PX) % 1024.0 if can_move else 0.0
        for (_, shader, share_of_all), actor in zip(self._layers, self._actors, strict=True):
            actor.SetPosition(*self.context.frame.to_render(self._origin_m))
            shader.vertex.SetUniform2f("pictureSize", [float(side) for side in picture.size_px])
            shader.fragment.SetUniformf("dashLength", dash_m)
            shader.fragment.SetUniformf("movedShare", share)
            shader.fragment.SetUniformf("coverage", share_of_all or overlay.through)
            shader.set_cuts(picture.cuts_view)

    def bounds_world_m(self) -> Floats | None:
        """See `LiveVisual.bounds_world_m`."""
        return box_around(self.overlay.points_m) if len(self.overlay.points_m) else None

    def close(self) -> None:
        """See `LiveVisual.close`."""
        for (renderer, _, _), actor in zip(self._layers, self._actors, strict=True):
            renderer.RemoveActor(actor)


def segments_of(overlay: Flows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first and second points of all segments that have a length and a place."""
    index = np.arange(len(overlay.points_m))
    is_last = np.zeros(len(index), np.bool_)
    lengths = overlay.lengths()
    is_last[(overlay.starts + lengths - 1)[lengths > 0]] = True
    first = index[~is_last]
    ways = overlay.points_m[first + 1] - overlay.points_m[first]
    first = first[np.isfinite(ways).all(axis=1) & (np.abs(ways).max(axis=1, initial=0.0) > 0.0)]
    return first, first + 1


def ribbons(
    points_m: Floats, starts: NDArray[np.int64], ends: NDArray[np.int64], pace: Floats, widths_px: Floats
) -> Any:
    """vtkPolyData of four corners a segment: ``along`` its unit way, ``path`` metres along the line, pace, ± width."""
    ways = points_m[ends] - points_m[starts]
    lengths = np.linalg.norm(ways, axis=1)
    # A line's own metres: they begin anew wherever the next segment does not go on from the last one.
    total = np.cumsum(lengths) - lengths
    begins = np.append(True, starts[1:] != ends[:-1])
    total -= np.maximum.accumulate(np.where(begins, total, 0.0))
    corner = np.stack([points_m[starts], points_m[starts], points_m[ends], points_m[ends]], axis=1)
    metres = np.stack([total, total, total + lengths, total + lengths], axis=1)
    side = np.array([1.0, -1.0, 1.0, -1.0])
    path = np.stack([metres, np.repeat(pace[:, None], 4, axis=1), widths_px[:, None] * side], axis=2)
    along = np.repeat((ways / lengths[:, None])[:, None], 4, axis=1)
    base = np.arange(len(starts), dtype=np.uint32)[:, None] * np.uint32(4)
    triangles = np.concatenate([base + np.array([0, 1, 3], np.uint32), base + np.array([0, 3, 2], np.uint32)])
    data = vtk_arrays.surface(corner.reshape(-1, 3).astype(np.float32), triangles)
    data.GetPointData().AddArray(vtk_arrays.named(along.reshape(-1, 3).astype(np.float32), "along"))
    data.GetPointData().AddArray(vtk_arrays.named(path.reshape(-1, 3).astype(np.float32), "path"))
    return data
