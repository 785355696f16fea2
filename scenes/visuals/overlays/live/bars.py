"""Bars and cylinders in the city, all of an overlay in one actor."""

from __future__ import annotations

from typing import Any

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPolyData

from scenes.model.overlays.bars import Bars, BarShape
from scenes.visuals import vtk_arrays
from scenes.visuals.batch import actor_over
from scenes.visuals.overlays.live.picture import Floats, LiveContext, LiveVisual, Picture, box_around
from scenes.visuals.overlays.live.shaders import OverlayShader
from scenes.visuals.overlays.live.solids import SIDES, prism, repeated
from scenes.visuals.shading import sun_direction

# Lighter than the buildings' light: a bar's colour is to be found in the legend.
_FILL = """
  float facing = dot(normalize(normalVCVSOutput), sunVC);
  fragOutput0 = vec4(min(diffuseColor * (0.86 + 0.16 * facing), vec3(1.0)), 1.0);
"""


class BarsVisual(LiveVisual):
    """Drawn among the buildings; rays pass through."""

    overlay: Bars

    def __init__(self, overlay: Bars, context: LiveContext) -> None:
        super().__init__(overlay, context)
        self._data = vtkPolyData()
        self._shader = OverlayShader(_FILL, lit=True)
        self._shader.fragment.SetUniform3f("sunVC", [0.0, 0.0, 1.0])
        self._actor: Any = actor_over(self._data, self._shader, scalars=True)
        self._actor.GetProperty().SetInterpolationToFlat()
        self._actor.ForceOpaqueOn()
        self._origin_m: Floats = np.zeros(3)
        context.stage.city.AddActor(self._actor)

    def refresh(self) -> None:
        """See `LiveVisual.refresh`."""
        overlay = self.overlay
        known = np.isfinite(overlay.places_m).all(axis=1)
        self._actor.SetVisibility(overlay.visible and bool(known.any()))
        if not known.any():
            return
        places, widths = overlay.places_m[known], overlay.widths_m[known]
        self._origin_m = np.round(places[0])
        solid = prism(4 if overlay.shape is BarShape.BAR else SIDES)
        sizes = np.column_stack([widths, widths, overlay.heights_m()[known]])
        points, triangles = repeated(solid, places - self._origin_m, sizes)
        colours = np.repeat(overlay.scale.rgba(overlay.readings)[known], len(solid.points), axis=0)
        data = vtk_arrays.surface(points.astype(np.float32), triangles)
        data.GetPointData().SetScalars(vtk_arrays.named(colours, "colours"))
        self._data.ShallowCopy(data)

    def prepare(self, picture: Picture) -> None:
        """See `LiveVisual.prepare`."""
        self._actor.SetPosition(*self.context.frame.to_render(self._origin_m))
        self._shader.fragment.SetUniform3f("sunVC", (picture.view_from_render[:3, :3] @ sun_direction()).tolist())
        self._shader.set_cuts(picture.cuts_view)

    def bounds_world_m(self) -> Floats | None:
        """See `LiveVisual.bounds_world_m`."""
        overlay = self.overlay
        heights, widths = overlay.heights_m(), overlay.widths_m
        if len(widths) != len(overlay.places_m):
            return None
        return box_around(overlay.places_m, np.maximum(heights, widths))

    def close(self) -> None:
        """See `LiveVisual.close`."""
        self.context.stage.city.RemoveActor(self._actor)
