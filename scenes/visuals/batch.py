"""One mesh chunk on the graphics card: at most two actors, whatever the number of objects in it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from loaders.model.frames import Matrix, translation
from loaders.model.meshes import MeshChunk
from scenes.model.layers import ObjectFlag
from scenes.visuals import vtk_arrays
from scenes.visuals.look import Look
from scenes.visuals.object_runs import ObjectRuns
from scenes.visuals.shading import CityShading
from scenes.visuals.shared_arrays import surface_of
from scenes.visuals.textures import Picture

_DOT = 1e-7  # metres a metre: no triangle of a chunk covers the middle of a pixel then
_INSIDE = 0.501  # of a picture, from its middle: rounding apart


class Batch:
    """A chunk's actors. ``actors[0]`` draws it; ``actors[1]`` draws its ghosts, once there are any.

    ``drawn`` and ``ghosts`` (k, 3) are the triangles of each; ``generation`` counts their changes.
    """

    def __init__(self, chunk: MeshChunk, look: Look, shading: CityShading) -> None:
        self.chunk = chunk
        self.generation = 0
        self.drawn: NDArray[np.uint32] = chunk.triangles
        self.ghosts: NDArray[np.uint32] = chunk.triangles[:0]
        self.bounds_m = chunk.bounds_m
        self._runs: ObjectRuns | None = None
        self._look = look
        self._shading = shading
        self._opacity = 1.0
        self._visible = True
        self._covered = False
        self._cut_open = False
        self._base: NDArray[np.uint8] = chunk.colours
        self._colours: NDArray[np.uint8] = chunk.colours
        self._texture: Any = None
        self._texture_bytes = 0
        self._data = surface_of(chunk)
        self.matrix: Matrix = np.eye(4)
        self.actors: list[Any] = [self._main_actor()]

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
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(data)
        mapper.SetScalarVisibility(scalars)
        mapper.SetColorModeToDirectScalars()
        mapper.SetVBOShiftScaleMethod(0)  # positions are near their origin already
        mapper.SetStatic(True)
        actor = vtkActor()
        actor.SetMapper(mapper)
        actor.SetShaderProperty(self._shading.property)
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

    @property
    def runs(self) -> ObjectRuns:
        """Where each object's vertices are."""
        if self._runs is None:
            self._runs = ObjectRuns(self.chunk.rows)
        return self._runs

    @property
    def rows_of_triangles(self) -> NDArray[np.uint32]:
        """The object row of every triangle of the chunk, (t,)."""
        return self.chunk.rows[self.chunk.triangles[:, 0]]

    def place(self, render_from_model: Matrix) -> None:
        """Put the chunk where its layer and the render origin say."""
        self.matrix = render_from_model @ translation(self.chunk.origin_m)
        for actor in self.actors:
            actor.SetUserMatrix(vtk_arrays.vtk_matrix(self.matrix))
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

    def warm_at(self, point_render_m: NDArray[np.float64]) -> None:
        """Have the next picture take the chunk to the graphics card, as a dot too small to be seen."""
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
        shown = visible and not self._covered
        self.actors[0].SetVisibility(shown and self.drawn.size > 0)
        for ghost in self.actors[1:]:
            ghost.SetVisibility(shown and self.ghosts.size > 0)

    def set_covered(self, covered: bool) -> None:
        """Whether it stands behind other things, so that drawing it would show nothing."""
        self._covered = covered
        self.set_visible(self._visible)

    def set_opacity(self, opacity: float) -> None:
        """The layer's opacity, 0..1, on top of what the objects have."""
        self._opacity = opacity
        translucent = self.chunk.transparent or opacity < 1.0
        self.actors[0].GetProperty().SetOpacity(opacity)
        self.actors[0].SetForceOpaque(not translucent)
        self.actors[0].SetForceTranslucent(translucent)
        self._leave_out_backs()
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
        """Colours (num_objects, 4) that stand in for the objects' own, or None; own transparency stays."""
        self._base = self.chunk.colours
        if colours is not None and len(colours):
            self._base = np.array(self.chunk.colours)
            known = self.chunk.rows < len(colours)
            self._base[known, :3] = colours[self.chunk.rows[known], :3]
        self.actors[0].SetTexture(self._texture if colours is None else None)
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
        if changed_rows is None and self._colours is self._base and not _any_flag(flags, self.runs.rows):
            return False
        self._recolour(flags, changed_rows)
        self._redraw(flags)
        return True

    def _recolour(self, flags: NDArray[np.uint8], changed_rows: NDArray[np.int64] | None) -> None:
        if changed_rows is None:
            members: NDArray[np.int64] | slice = slice(None)
        else:
            members = self.runs.members(changed_rows)
        selected = flags_of(flags, self.chunk.rows[members], ObjectFlag.SELECTED)
        if self._colours is self._base:
            if not selected.any():
                return
            self._show_colours(np.array(self._base))
        self._colours[members] = tinted(self._base[members], selected, self._look)
        self._data.GetPointData().GetScalars().Modified()
        self._data.Modified()

    def _redraw(self, flags: NDArray[np.uint8]) -> None:
        run_flags = flags_of(flags, self.runs.rows, ObjectFlag.HIDDEN | ObjectFlag.GHOST)
        if not run_flags.any():
            drawn, ghosts = self.chunk.triangles, self.chunk.triangles[:0]
        else:
            rows = self.rows_of_triangles
            hidden = flags_of(flags, rows, ObjectFlag.HIDDEN)
            ghost = flags_of(flags, rows, ObjectFlag.GHOST) & ~hidden
            drawn, ghosts = self.chunk.triangles[~hidden & ~ghost], self.chunk.triangles[ghost]
        if drawn.size != self.drawn.size or not np.array_equal(drawn, self.drawn):
            self.drawn = drawn
            self._data.SetPolys(vtk_arrays.cells(drawn))
            self.generation += 1
        if ghosts.size != self.ghosts.size or not np.array_equal(ghosts, self.ghosts):
            self._set_ghosts(ghosts)
        self.set_visible(self._visible)

    def _set_ghosts(self, ghosts: NDArray[np.uint32]) -> None:
        self.ghosts = ghosts
        self.generation += 1
        if len(self.actors) == 1:
            actor = self._actor_over(vtk_arrays.surface(self.chunk.positions, ghosts), scalars=False)
            actor.GetProperty().SetColor(*self._look.neutral)
            actor.GetProperty().SetOpacity(self._opacity * self._look.ghost_opacity)
            actor.ForceTranslucentOn()
            actor.SetUserMatrix(vtk_arrays.vtk_matrix(self.matrix))
            self.actors.append(actor)
        self.actors[1].GetMapper().GetInput().SetPolys(vtk_arrays.cells(ghosts))


def flags_of(flags: NDArray[np.uint8], rows: NDArray[np.integer], flag: ObjectFlag) -> NDArray[np.bool_]:
    """Which of ``rows`` carry any bit of ``flag``; rows beyond the table carry none."""
    if flags.size == 0:
        return np.zeros(rows.shape, np.bool_)
    known = rows < flags.size
    carried: NDArray[np.bool_] = (flags[np.where(known, rows, 0)] & np.uint8(flag)) != 0
    return carried & known


def _any_flag(flags: NDArray[np.uint8], rows: NDArray[np.int64]) -> bool:
    return bool(flags_of(flags, rows, ObjectFlag.HIDDEN | ObjectFlag.GHOST | ObjectFlag.SELECTED).any())


def tinted(colours: NDArray[np.uint8], selected: NDArray[np.bool_], look: Look) -> NDArray[np.uint8]:
    """``colours`` (n, 4) with the selected ones drawn towards the accent and made solid enough to be seen."""
    result = np.array(colours)
    accent = np.array(look.accent) * 255.0
    mixed = colours[selected, :3] * (1.0 - look.tint) + accent * look.tint
    result[selected, :3] = np.round(mixed).astype(np.uint8)
    result[selected, 3] = np.maximum(colours[selected, 3], 170)
    return result
