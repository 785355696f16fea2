"""One mesh chunk on the graphics card: at most two actors, whatever the number of objects in it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from loaders.model.frames import Matrix
from loaders.model.meshes import MeshChunk
from scenes.visuals import vtk_arrays
from scenes.visuals.look import Look
from scenes.visuals.object_batch import Elements, Flags, ObjectBatch
from scenes.visuals.shading import CityShading
from scenes.visuals.shared_arrays import surface_of
from scenes.visuals.textures import Picture

_INSIDE = 0.501  # of a picture, from its middle: rounding apart


class Batch(ObjectBatch):
    """An `ObjectBatch` of triangles: ``drawn`` and ``ghosts`` are (k, 3)."""

    chunk: MeshChunk

    def __init__(self, chunk: MeshChunk, look: Look, shading: CityShading) -> None:
        super().__init__(chunk, chunk.triangles, look)
        self.chunk = chunk
        self._shading = shading
        self._cut_open = False
        self._texture: Any = None
        self._texture_bytes = 0
        self._data = surface_of(chunk)
        self.actors = [self._main_actor()]

    def _main_actor(self) -> Any:
        actor = self._actor_over(self._data, scalars=True)
        chunk = self.chunk
        actor.SetForceTranslucent(chunk.transparent)
        actor.SetForceOpaque(not chunk.transparent)
        if chunk.texture is not None and chunk.uvs is not None:
            flipped = np.column_stack([chunk.uvs[:, 0], 1.0 - chunk.uvs[:, 1]]).astype(np.float32)
            self._data.GetPointData().SetTCoords(vtk_arrays.named(flipped, "uvs"))
            picture = Picture(chunk.texture, repeats=bool((np.abs(chunk.uvs - 0.5) > _INSIDE).any()))
            self._texture, self._texture_bytes = picture.texture, picture.num_bytes
            actor.SetTexture(self._texture)
        return actor

    def _actor_over(self, data: Any, *, scalars: bool) -> Any:
        actor = actor_over(data, self._shading, scalars=scalars)
        if self.chunk.normals is None:
            actor.GetProperty().SetInterpolationToFlat()
        return actor

    @property
    def num_bytes(self) -> int:
        """What it takes on the graphics card, about: positions and colours, normals, indices."""
        chunk = self.chunk
        normals = 0 if chunk.normals is None else chunk.normals.nbytes
        uvs = 0 if chunk.uvs is None else chunk.uvs.nbytes
        arrays = chunk.positions.nbytes + chunk.colours.nbytes + normals + chunk.triangles.nbytes + uvs
        return arrays + self._texture_bytes

    def place(self, render_from_model: Matrix) -> None:
        """See `ObjectBatch.place`."""
        super().place(render_from_model)
        self._leave_out_backs()

    def set_cut_open(self, cut_open: bool) -> None:
        """Whether sections show what is inside, and with it the backs of what is closed."""
        self._cut_open = cut_open
        self._leave_out_backs()

    def _leave_out_backs(self) -> None:
        """Draw the fronts alone where nobody can see a back: half of the triangles."""
        solid = self.chunk.closed and not self.chunk.transparent and self._opacity >= 1.0
        mirrored = float(np.linalg.det(self.matrix[:3, :3])) <= 0.0
        self.actors[0].GetProperty().SetBackfaceCulling(solid and not self._cut_open and not mirrored)

    def set_opacity(self, opacity: float) -> None:
        """See `ObjectBatch.set_opacity`."""
        self._opacity = opacity
        translucent = self.chunk.transparent or opacity < 1.0
        self.actors[0].GetProperty().SetOpacity(opacity)
        self.actors[0].SetForceOpaque(not translucent)
        self.actors[0].SetForceTranslucent(translucent)
        self._leave_out_backs()
        self._thin_ghosts()

    def set_object_colours(self, colours: NDArray[np.uint8] | None, flags: Flags) -> None:
        """See `ObjectBatch.set_object_colours`; a picture on the triangles gives way."""
        self.actors[0].SetTexture(self._texture if colours is None else None)
        super().set_object_colours(colours, flags)
        self._draw_by(self._shading)

    def set_live_colours(
        self, colours: NDArray[np.uint8] | None, flags: Flags, rows: NDArray[np.int64] | None = None
    ) -> None:
        """See `ObjectBatch.set_live_colours`; hatching takes another shader."""
        super().set_live_colours(colours, flags, rows)
        if self._is_live:
            self.actors[0].SetTexture(None)
        self._draw_by(self._shading.hatched if self._is_live else self._shading)

    def rows_of_elements(self) -> NDArray[np.uint32]:
        """See `ObjectBatch.rows_of_elements`."""
        return self.chunk.rows[self.chunk.triangles[:, 0]]

    def _actor_of_ghosts(self, elements: Elements) -> Any:
        return self._actor_over(vtk_arrays.surface(self.chunk.positions, elements), scalars=False)

    def _set_cells(self, data: Any, elements: Elements) -> None:
        data.SetPolys(vtk_arrays.cells(elements))


def actor_over(data: Any, shading: Any, *, scalars: bool) -> Any:
    """A vtkActor over data with colours of its own; ``shading`` has the shader property."""
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(data)
    mapper.SetScalarVisibility(scalars)
    mapper.SetColorModeToDirectScalars()
    mapper.SetVBOShiftScaleMethod(0)  # positions are near their origin already
    mapper.SetStatic(True)
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.SetShaderProperty(shading.property)
    return actor
