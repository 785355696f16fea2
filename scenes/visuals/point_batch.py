"""One point chunk on the graphics card."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkPolyData

from loaders.model.points import PointChunk
from scenes.visuals import vtk_arrays
from scenes.visuals.batch import actor_over
from scenes.visuals.look import Look
from scenes.visuals.object_batch import Elements, Flags, ObjectBatch
from scenes.visuals.point_shading import PointShadings

_SHOWN_GHOSTS = 4  # one of so many points of a ghost is drawn, or it would be a wall


class PointBatch(ObjectBatch):
    """An `ObjectBatch` of points: ``drawn`` and ``ghosts`` (k,) are their numbers."""

    chunk: PointChunk

    def __init__(self, chunk: PointChunk, look: Look, shadings: PointShadings) -> None:
        super().__init__(chunk, np.arange(len(chunk.positions), dtype=np.uint32), look)
        self.chunk = chunk
        self._shadings = shadings
        self._shading = shadings.of(chunk.spacing_m, refined=chunk.refined)
        self._data = _points(chunk, self._elements)
        self._data.GetPointData().SetScalars(vtk_arrays.named(chunk.colours, "colours"))
        self.actors = [self._actor_over(self._data, scalars=True)]
        self.set_opacity(1.0)

    def _actor_over(self, data: Any, *, scalars: bool) -> Any:
        actor = actor_over(data, self._shading, scalars=scalars)
        actor.GetProperty().SetInterpolationToFlat()
        return actor

    @property
    def num_bytes(self) -> int:
        """What it takes on the graphics card, about: positions, colours, indices."""
        return self.chunk.positions.nbytes + self.chunk.colours.nbytes + self._elements.nbytes

    def set_opacity(self, opacity: float) -> None:
        """The layer's opacity, 0..1; points that are wholly their own colour hide what is behind them."""
        self._opacity = opacity
        self.actors[0].GetProperty().SetOpacity(opacity)
        self.actors[0].SetForceOpaque(opacity >= 1.0)
        self.actors[0].SetForceTranslucent(opacity < 1.0)
        self._thin_ghosts()

    def set_object_colours(self, colours: NDArray[np.uint8] | None, flags: Flags) -> None:
        """See `ObjectBatch.set_object_colours`."""
        super().set_object_colours(colours, flags)
        self._draw_by(self._shading)

    def set_live_colours(
        self, colours: NDArray[np.uint8] | None, flags: Flags, rows: NDArray[np.int64] | None = None
    ) -> None:
        """See `ObjectBatch.set_live_colours`; hatching takes another shader."""
        super().set_live_colours(colours, flags, rows)
        chunk = self.chunk
        hatched = self._shadings.of(chunk.spacing_m, refined=chunk.refined, hatched=True) if self._is_live else None
        self._draw_by(hatched or self._shading)

    def rows_of_elements(self) -> NDArray[np.uint32]:
        """See `ObjectBatch.rows_of_elements`."""
        return self.chunk.rows

    def _ghosts_of(self, elements: Elements) -> Elements:
        return elements[::_SHOWN_GHOSTS]

    def _actor_of_ghosts(self, elements: Elements) -> Any:
        return self._actor_over(_points(self.chunk, elements), scalars=False)

    def _set_cells(self, data: Any, elements: Elements) -> None:
        data.SetVerts(vtk_arrays.cells(elements[:, None]))


def _points(chunk: PointChunk, numbers: NDArray[np.uint32]) -> Any:
    data = vtkPolyData()
    data.SetPoints(vtk_arrays.points(chunk.positions))
    data.SetVerts(vtk_arrays.cells(numbers[:, None]))
    return data
