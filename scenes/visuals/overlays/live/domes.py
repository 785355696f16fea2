"""Translucent domes, clearest where one looks at them straight, all of an overlay in one actor."""

from __future__ import annotations

from typing import Any

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPolyData

from scenes.model.overlays.domes import Domes
from scenes.visuals import vtk_arrays
from scenes.visuals.batch import actor_over
from scenes.visuals.overlays.live.picture import Floats, LiveContext, LiveVisual, Picture, box_around
from scenes.visuals.overlays.live.shaders import OverlayShader
from scenes.visuals.overlays.live.solids import half_sphere, repeated

_FILL = """
  vec3 towards = parallelView > 0.5 ? vec3(0.0, 0.0, -1.0) : normalize(placeVC.xyz);
  float rim = 1.0 - abs(dot(normalize(normalVCVSOutput), towards));
  float cover = 0.05 + 0.10 * rim + 0.42 * pow(rim, 5.0);
  if (told == 1 || told == 2) { cover = 0.06 + 0.30 * stripe + 0.30 * pow(rim, 5.0); }
  fragOutput0 = vec4(diffuseColor, cover);
"""


class DomesVisual(LiveVisual):
    """Over the city and still behind what stands before it; rays pass through."""

    overlay: Domes

    def __init__(self, overlay: Domes, context: LiveContext) -> None:
        super().__init__(overlay, context)
        self._shader = OverlayShader(_FILL, lit=True)
        self._shader.fragment.SetUniformf("parallelView", 0.0)
        self._data = vtkPolyData()
        self._actor: Any = actor_over(self._data, self._shader, scalars=True)
        self._actor.ForceTranslucentOn()
        self._actor.GetProperty().BackfaceCullingOn()
        self._origin_m: Floats = np.zeros(3)
        context.stage.notes.AddActor(self._actor)

    def refresh(self) -> None:
        """See `LiveVisual.refresh`."""
        overlay = self.overlay
        radii = overlay.radii_m if len(overlay.radii_m) == len(overlay.places_m) else np.zeros(len(overlay.places_m))
        known = np.isfinite(overlay.places_m).all(axis=1) & (radii > 0.0)
        self._actor.SetVisibility(overlay.visible and bool(known.any()))
        if not known.any():
            return
        places, solid = overlay.places_m[known], half_sphere()
        self._origin_m = np.round(places[0])
        points, triangles = repeated(solid, places - self._origin_m, np.repeat(radii[known, None], 3, axis=1))
        data = vtk_arrays.surface(points.astype(np.float32), triangles)
        normals = np.tile(solid.normals, (len(places), 1)).astype(np.float32)
        data.GetPointData().SetNormals(vtk_arrays.named(normals, "normals"))
        colours = np.repeat(overlay.scale.rgba(overlay.readings)[known], len(solid.points), axis=0)
        data.GetPointData().SetScalars(vtk_arrays.named(colours, "colours"))
        self._data.ShallowCopy(data)

    def prepare(self, picture: Picture) -> None:
        """See `LiveVisual.prepare`."""
        self._actor.SetPosition(*self.context.frame.to_render(self._origin_m))
        self._shader.fragment.SetUniformf("parallelView", float(picture.view.orthographic))
        self._shader.set_cuts(picture.cuts_view)

    def bounds_world_m(self) -> Floats | None:
        """See `LiveVisual.bounds_world_m`."""
        overlay = self.overlay
        return box_around(overlay.places_m, overlay.radii_m) if len(overlay.radii_m) else None

    def close(self) -> None:
        """See `LiveVisual.close`."""
        self.context.stage.notes.RemoveActor(self._actor)
