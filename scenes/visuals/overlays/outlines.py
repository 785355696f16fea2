"""Accent lines along the creases of chosen objects, faint where something stands before them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkPlane
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from scenes.model.scene import ObjectRef
from scenes.visuals import vtk_arrays
from scenes.visuals.batch import Batch
from scenes.visuals.feature_edges import feature_edges
from scenes.visuals.layer_visuals import LayerVisuals
from scenes.visuals.look import Colour
from scenes.visuals.stage import Stage

MAX_TRIANGLES = 200_000  # beyond that the tint alone tells what is selected
_VTK_MAX_PLANES = 6


class Outlines:
    """Lines around some objects, in one colour."""

    def __init__(self, stage: Stage, visuals: LayerVisuals, *, behind_opacity: float) -> None:
        self._stage = stage
        self._visuals = visuals
        self._behind_opacity = behind_opacity
        self._shown: list[tuple[Batch, Any, Any]] = []

    def show(self, refs: tuple[ObjectRef, ...], colour: Colour, width_px: float) -> None:
        """Outline ``refs`` and nothing else."""
        self.clear()
        left = MAX_TRIANGLES
        rows_of: dict[str, list[int]] = {}
        for ref in refs:
            rows_of.setdefault(ref.layer_id, []).append(ref.row)
        for layer_id, found in rows_of.items():
            visual = self._visuals.get(layer_id)
            if left < 0 or visual is None or not visual.layer.visible:
                continue
            rows = np.array(found, np.int64)
            for batch in visual.batches:
                if not isinstance(batch, Batch):
                    continue  # points have no edges: their tint tells
                triangles = drawn_triangles(batch, rows)
                left -= len(triangles)
                if len(triangles) and left >= 0:
                    self._add(batch, feature_edges(batch.chunk.positions, triangles), colour, width_px)

    def _add(self, batch: Batch, edges: NDArray[np.int64], colour: Colour, width_px: float) -> None:
        if not len(edges):
            return
        data = vtk_arrays.segments(batch.chunk.positions, edges)
        actors = []
        for renderer, opacity in ((self._stage.notes, 1.0), (self._stage.front, self._behind_opacity)):
            actor = line_actor(data, colour, width_px)
            actor.GetProperty().SetOpacity(opacity)
            actor.SetVisibility(opacity > 0.0)
            renderer.AddActor(actor)
            actors.append(actor)
        self._shown.append((batch, actors[0], actors[1]))

    def prepare(self, cuts_render: NDArray[np.float64]) -> None:
        """Follow the batches and the sections, before a picture."""
        planes = [_plane(row) for row in cuts_render[:_VTK_MAX_PLANES]]
        for batch, *actors in self._shown:
            for actor in actors:
                actor.SetUserMatrix(vtk_arrays.vtk_matrix(batch.matrix))
                actor.GetMapper().RemoveAllClippingPlanes()
                for plane in planes:
                    actor.GetMapper().AddClippingPlane(plane)

    def clear(self) -> None:
        """Outline nothing."""
        for _, near, behind in self._shown:
            self._stage.notes.RemoveActor(near)
            self._stage.front.RemoveActor(behind)
        self._shown = []


def drawn_triangles(batch: Batch, rows: NDArray[np.int64]) -> NDArray[np.uint32]:
    """The triangles of some objects that a batch draws, ghosts included."""
    if not batch.runs.find(rows).size:
        return batch.chunk.triangles[:0]
    parts = []
    for triangles in (batch.drawn, batch.ghosts):
        if triangles.size:
            parts.append(triangles[np.isin(batch.chunk.rows[triangles[:, 0]], rows)])
    return np.concatenate(parts) if parts else batch.chunk.triangles[:0]


def line_actor(data: Any, colour: Colour, width_px: float) -> Any:
    """Unlit lines that win against the faces they lie on."""
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(data)
    mapper.ScalarVisibilityOff()
    mapper.SetResolveCoincidentTopologyToPolygonOffset()
    mapper.SetRelativeCoincidentTopologyLineOffsetParameters(0.0, -4.0)
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().SetColor(*colour)
    actor.GetProperty().SetLineWidth(width_px)
    actor.GetProperty().LightingOff()
    return actor


def _plane(row: NDArray[np.float64]) -> Any:
    plane = vtkPlane()
    # VTK keeps what the normal points to; ours points to what is cut away.
    plane.SetNormal(*(-row[:3]))
    plane.SetOrigin(*(-row[3] * row[:3]))
    return plane
