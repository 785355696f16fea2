"""One point chunk on the graphics card; answers what `scenes.visuals.batch.Batch` does for triangles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from loaders.model.frames import Matrix, translation
from loaders.model.points import PointChunk
from scenes.model.layers import ObjectFlag
from scenes.visuals import vtk_arrays
from scenes.visuals.batch import flags_of, tinted
from scenes.visuals.look import Look
from scenes.visuals.object_runs import ObjectRuns
from scenes.visuals.point_shading import PointShadings

_DOT = 1e-7  # metres a metre: the shader leaves such a batch out of the picture
_SHOWN_GHOSTS = 4  # one of so many points of a ghost is drawn, or it would be a wall


class PointBatch:
    """A chunk's actors. ``actors[0]`` draws it; ``actors[1]`` draws its ghosts, once there are any.

    ``drawn`` and ``ghosts`` (k,) are the numbers of the points of each; ``generation`` counts their changes.
    """

    def __init__(self, chunk: PointChunk, look: Look, shadings: PointShadings) -> None:
        self.chunk = chunk
        self.generation = 0
        self._all = np.arange(len(chunk.positions), dtype=np.uint32)
        self.drawn: NDArray[np.uint32] = self._all
        self.ghosts: NDArray[np.uint32] = self._all[:0]
        self.bounds_m = chunk.bounds_m
        self._runs: ObjectRuns | None = None
        self._look = look
        self._shading = shadings.of(chunk.spacing_m, refined=chunk.refined)
        self._opacity = 1.0
        self._visible = True
        self._base: NDArray[np.uint8] = chunk.colours
        self._colours: NDArray[np.uint8] = chunk.colours
        self._data = _points(chunk, self._all)
        self._data.GetPointData().SetScalars(vtk_arrays.named(chunk.colours, "colours"))
        self.matrix: Matrix = np.eye(4)
        self.actors: list[Any] = [self._actor_over(self._data, scalars=True)]
        self.set_opacity(1.0)

    def _actor_over(self, data: Any, *, scalars: bool) -> Any:
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(data)
        mapper.SetScalarVisibility(scalars)
        mapper.SetColorModeToDirectScalars()
        mapper.SetVBOShiftScaleMethod(0)  # positions are near their origin already
        mapper.SetStatic(True)
        actor = vtkActor()
        actor.SetMapper(mapper)
        actor.SetShaderProperty(self._shading.property)
        actor.GetProperty().SetInterpolationToFlat()
        return actor

    @property
    def num_bytes(self) -> int:
        """What it takes on the graphics card, about: positions, colours, indices."""
        return self.chunk.positions.nbytes + self.chunk.colours.nbytes + self._all.nbytes

    @property
    def runs(self) -> ObjectRuns:
        """Where each object's points are."""
        if self._runs is None:
            self._runs = ObjectRuns(self.chunk.rows)
        return self._runs

    def place(self, render_from_model: Matrix) -> None:
        """Put the chunk where its layer and the render origin say."""
        self.matrix = render_from_model @ translation(self.chunk.origin_m)
        for actor in self.actors:
            actor.SetUserMatrix(vtk_arrays.vtk_matrix(self.matrix))

    def warm_at(self, point_render_m: NDArray[np.float64]) -> None:
        """Have the next picture take the chunk to the graphics card without showing it."""
        matrix = np.diag([_DOT, _DOT, _DOT, 1.0])
        matrix[:3, 3] = point_render_m
        self.actors[0].SetUserMatrix(vtk_arrays.vtk_matrix(matrix))
        self.actors[0].SetVisibility(self.drawn.size > 0)

    def warmed(self) -> None:
        """After that picture: as before."""
        self.actors[0].SetUserMatrix(vtk_arrays.vtk_matrix(self.matrix))
        self.set_visible(self._visible)

    def set_visible(self, visible: bool) -> None:
        """Draw it or not."""
        self._visible = visible
        self.actors[0].SetVisibility(visible and self.drawn.size > 0)
        for ghost in self.actors[1:]:
            ghost.SetVisibility(visible and self.ghosts.size > 0)

    def set_cut_open(self, cut_open: bool) -> None:
        """Points have no backs: sections change nothing but what is cut away."""

    def set_opacity(self, opacity: float) -> None:
        """The layer's opacity, 0..1; points that are wholly their own colour hide what is behind them."""
        self._opacity = opacity
        self.actors[0].GetProperty().SetOpacity(opacity)
        self.actors[0].SetForceOpaque(opacity >= 1.0)
        self.actors[0].SetForceTranslucent(opacity < 1.0)
        for ghost in self.actors[1:]:
            ghost.GetProperty().SetOpacity(opacity * self._look.ghost_opacity)

    def set_look(self, look: Look, flags: NDArray[np.uint8]) -> None:
        """Take another theme's accent and ghost colours."""
        self._look = look
        for ghost in self.actors[1:]:
            ghost.GetProperty().SetColor(*look.neutral)
        self.set_opacity(self._opacity)
        self._recolour(flags, None)

    def set_object_colours(self, colours: NDArray[np.uint8] | None, flags: NDArray[np.uint8]) -> None:
        """Colours (num_objects, 4) that stand in for the points' own, or None."""
        self._base = self.chunk.colours
        if colours is not None and len(colours):
            self._base = np.array(self.chunk.colours)
            known = self.chunk.rows < len(colours)
            self._base[known, :3] = colours[self.chunk.rows[known], :3]
        self._show_colours(self._base)
        self._recolour(flags, None)

    def _show_colours(self, colours: NDArray[np.uint8]) -> None:
        self._colours = colours
        self._data.GetPointData().SetScalars(vtk_arrays.named(colours, "colours"))
        self._data.Modified()

    def apply_flags(self, flags: NDArray[np.uint8], changed_rows: NDArray[np.int64] | None = None) -> bool:
        """Show the objects as their layer's flags say; tells whether anything here changed.

        ``changed_rows`` limits the work to those objects; None looks at all of them.
        """
        if changed_rows is not None and not self.runs.find(changed_rows).size:
            return False
        any_flag = ObjectFlag.HIDDEN | ObjectFlag.GHOST | ObjectFlag.SELECTED
        if changed_rows is None and self._is_plain and not flags_of(flags, self.runs.rows, any_flag).any():
            return False
        self._recolour(flags, changed_rows)
        self._redraw(flags)
        return True

    @property
    def _is_plain(self) -> bool:
        return self._colours is self._base and self.drawn is self._all

    def _recolour(self, flags: NDArray[np.uint8], changed_rows: NDArray[np.int64] | None) -> None:
        members = slice(None) if changed_rows is None else self.runs.members(changed_rows)
        selected = flags_of(flags, self.chunk.rows[members], ObjectFlag.SELECTED)
        if self._colours is self._base:
            if not selected.any():
                return
            self._show_colours(np.array(self._base))
        self._colours[members] = tinted(self._base[members], selected, self._look)
        self._data.GetPointData().GetScalars().Modified()
        self._data.Modified()

    def _redraw(self, flags: NDArray[np.uint8]) -> None:
        drawn, ghosts = self._all, self._all[:0]
        if flags_of(flags, self.runs.rows, ObjectFlag.HIDDEN | ObjectFlag.GHOST).any():
            hidden = flags_of(flags, self.chunk.rows, ObjectFlag.HIDDEN)
            ghost = flags_of(flags, self.chunk.rows, ObjectFlag.GHOST) & ~hidden
            drawn, ghosts = self._all[~hidden & ~ghost], self._all[ghost][::_SHOWN_GHOSTS]
        if not np.array_equal(drawn, self.drawn):
            self._data.SetVerts(vtk_arrays.cells(drawn[:, None]))
            self.generation += 1
        self.drawn = drawn
        if not np.array_equal(ghosts, self.ghosts):
            self._set_ghosts(ghosts)
        self.set_visible(self._visible)

    def _set_ghosts(self, ghosts: NDArray[np.uint32]) -> None:
        self.ghosts = ghosts
        self.generation += 1
        if len(self.actors) == 1:
            actor = self._actor_over(_points(self.chunk, ghosts), scalars=False)
            actor.GetProperty().SetColor(*self._look.neutral)
            actor.GetProperty().SetOpacity(self._opacity * self._look.ghost_opacity)
            actor.ForceTranslucentOn()
            actor.SetUserMatrix(vtk_arrays.vtk_matrix(self.matrix))
            self.actors.append(actor)
        self.actors[1].GetMapper().GetInput().SetVerts(vtk_arrays.cells(ghosts[:, None]))


def _points(chunk: PointChunk, numbers: NDArray[np.uint32]) -> Any:
    data = vtkPolyData()
    data.SetPoints(vtk_arrays.points(chunk.positions))
    data.SetVerts(vtk_arrays.cells(numbers[:, None]))
    return data
