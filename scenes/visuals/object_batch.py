"""What every chunk on the graphics card can do, whatever it is made of: show, hide, ghost, colour its objects."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.model.frames import Matrix, translation
from loaders.model.meshes import MeshChunk
from loaders.model.points import PointChunk
from scenes.model.layers import ObjectFlag
from scenes.model.overlays.scale import KEEP, PLAIN
from scenes.visuals import vtk_arrays
from scenes.visuals.look import Look
from scenes.visuals.object_runs import ObjectRuns

_DOT = 1e-7  # metres a metre: nothing of a chunk covers the middle of a pixel then
_ANY = ObjectFlag.HIDDEN | ObjectFlag.GHOST | ObjectFlag.SELECTED

Flags = NDArray[np.uint8]
Elements = NDArray[np.uint32]  # triangles (k, 3), or numbers of points (k,)


class ObjectBatch:
    """A chunk's actors. ``actors[0]`` draws it; ``actors[1]`` draws its ghosts, once there are any.

    ``drawn`` and ``ghosts`` are the elements of each; ``generation`` counts their changes.
    """

    chunk: MeshChunk | PointChunk
    actors: list[Any]
    _data: Any  # vtkPolyData of actors[0]

    def __init__(self, chunk: MeshChunk | PointChunk, elements: Elements, look: Look) -> None:
        self.generation = 0
        self._elements = elements
        self.drawn = elements
        self.ghosts = elements[:0]
        self.bounds_m = chunk.bounds_m
        self._runs: ObjectRuns | None = None
        self._look = look
        self._opacity = 1.0
        self._visible = True
        self._covered = False
        self._under: NDArray[np.uint8] = chunk.colours  # without the colours of values
        self._is_live = False
        self._base: NDArray[np.uint8] = chunk.colours
        self._colours: NDArray[np.uint8] = chunk.colours
        self.matrix: Matrix = np.eye(4)

    # -- what those made of triangles and of points do each in its way ---------------------------

    def set_opacity(self, opacity: float) -> None:
        """The layer's opacity, 0..1, on top of what the objects have."""
        raise NotImplementedError

    def set_cut_open(self, cut_open: bool) -> None:
        """Whether sections show what is inside."""

    def rows_of_elements(self) -> NDArray[np.uint32]:
        """The object row of every element of the chunk."""
        raise NotImplementedError

    def _ghosts_of(self, elements: Elements) -> Elements:
        """Those that are drawn of what is a ghost."""
        return elements

    def _actor_of_ghosts(self, elements: Elements) -> Any:
        raise NotImplementedError

    def _set_cells(self, data: Any, elements: Elements) -> None:
        raise NotImplementedError

    # -- place and sight -------------------------------------------------------------------------

    @property
    def runs(self) -> ObjectRuns:
        """Where each object's vertices are."""
        if self._runs is None:
            self._runs = ObjectRuns(self.chunk.rows)
        return self._runs

    def place(self, render_from_model: Matrix) -> None:
        """Put the chunk where its layer and the render origin say."""
        self.matrix = render_from_model @ translation(self.chunk.origin_m)
        for actor in self.actors:
            actor.SetUserMatrix(vtk_arrays.vtk_matrix(self.matrix))

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

    def _thin_ghosts(self) -> None:
        for ghost in self.actors[1:]:
            ghost.GetProperty().SetOpacity(self._opacity * self._look.ghost_opacity)

    # -- colours and flags -----------------------------------------------------------------------

    def set_look(self, look: Look, flags: Flags) -> None:
        """Take another theme's accent and ghost colours."""
        self._look = look
        for ghost in self.actors[1:]:
            ghost.GetProperty().SetColor(*look.neutral)
        self.set_opacity(self._opacity)
        self._recolour(flags, None)

    def set_object_colours(self, colours: NDArray[np.uint8] | None, flags: Flags) -> None:
        """Colours (num_objects, 4) that stand in for the objects' own, or None; own transparency stays."""
        self._under = self.chunk.colours
        if colours is not None and len(colours):
            self._under = np.array(self.chunk.colours)
            known = self.chunk.rows < len(colours)
            self._under[known, :3] = colours[self.chunk.rows[known], :3]
        self._base, self._is_live = self._under, False
        self._show_colours(self._base)
        self._recolour(flags, None)

    def set_live_colours(
        self, colours: NDArray[np.uint8] | None, flags: Flags, rows: NDArray[np.int64] | None = None
    ) -> None:
        """Colours of values as `Layer.live_colours` has them, over the objects' own; None takes them away.

        ``rows`` are the objects whose colours changed since the last call, None all.
        """
        was_live, self._is_live = self._is_live, colours is not None and len(colours) > 0
        if not was_live and not self._is_live:
            return
        if colours is None or not self._is_live or not was_live or rows is None:
            self._base = self._under if colours is None else with_values(self._under, self.chunk.rows, colours)
            self._show_colours(self._base)
            self._recolour(flags, None)
            return
        members = self.runs.members(rows)
        if members.size:
            self._base[members] = with_values(self._under[members], self.chunk.rows[members], colours)
            self._data.GetPointData().GetScalars().Modified()
            self._data.Modified()
            self._recolour(flags, rows)

    def _draw_by(self, shading: Any) -> None:
        """Take another shader for what is drawn."""
        if self.actors[0].GetShaderProperty() is not shading.property:
            self.actors[0].SetShaderProperty(shading.property)
            # VTK looks at when a property changed, not at which one it is.
            self.actors[0].GetMapper().Modified()

    def _show_colours(self, colours: NDArray[np.uint8]) -> None:
        self._colours = colours
        self._data.GetPointData().SetScalars(vtk_arrays.named(colours, "colours"))
        self._data.Modified()

    def apply_flags(self, flags: Flags, changed_rows: NDArray[np.int64] | None = None) -> bool:
        """Show the objects as their layer's flags say; tells whether anything here changed.

        ``changed_rows`` limits the work to those objects; None looks at all of them.
        """
        if changed_rows is not None and not self.runs.find(changed_rows).size:
            return False
        if changed_rows is None and self._is_plain and not flags_of(flags, self.runs.rows, _ANY).any():
            return False
        self._recolour(flags, changed_rows)
        self._redraw(flags)
        return True

    @property
    def _is_plain(self) -> bool:
        return self._colours is self._base and self.drawn is self._elements

    def _recolour(self, flags: Flags, changed_rows: NDArray[np.int64] | None) -> None:
        members = slice(None) if changed_rows is None else self.runs.members(changed_rows)
        selected = flags_of(flags, self.chunk.rows[members], ObjectFlag.SELECTED)
        if self._colours is self._base:
            if not selected.any():
                return
            self._show_colours(np.array(self._base))
        self._colours[members] = tinted(self._base[members], selected, self._look)
        self._data.GetPointData().GetScalars().Modified()
        self._data.Modified()

    def _redraw(self, flags: Flags) -> None:
        drawn, ghosts = self._elements, self._elements[:0]
        if flags_of(flags, self.runs.rows, ObjectFlag.HIDDEN | ObjectFlag.GHOST).any():
            rows = self.rows_of_elements()
            hidden = flags_of(flags, rows, ObjectFlag.HIDDEN)
            ghost = flags_of(flags, rows, ObjectFlag.GHOST) & ~hidden
            drawn, ghosts = self._elements[~hidden & ~ghost], self._ghosts_of(self._elements[ghost])
        if drawn.size != self.drawn.size or not np.array_equal(drawn, self.drawn):
            self._set_cells(self._data, drawn)
            self.generation += 1
        self.drawn = drawn
        if ghosts.size != self.ghosts.size or not np.array_equal(ghosts, self.ghosts):
            self._set_ghosts(ghosts)
        self.set_visible(self._visible)

    def _set_ghosts(self, ghosts: Elements) -> None:
        self.ghosts = ghosts
        self.generation += 1
        if len(self.actors) == 1:
            actor = self._actor_of_ghosts(ghosts)
            actor.GetProperty().SetColor(*self._look.neutral)
            actor.ForceTranslucentOn()
            actor.SetUserMatrix(vtk_arrays.vtk_matrix(self.matrix))
            self.actors.append(actor)
            self._thin_ghosts()
        self._set_cells(self.actors[1].GetMapper().GetInput(), ghosts)


def flags_of(flags: Flags, rows: NDArray[np.integer], flag: ObjectFlag) -> NDArray[np.bool_]:
    """Which of ``rows`` carry any bit of ``flag``; rows beyond the table carry none."""
    if flags.size == 0:
        return np.zeros(rows.shape, np.bool_)
    known = rows < flags.size
    carried: NDArray[np.bool_] = (flags[np.where(known, rows, 0)] & np.uint8(flag)) != 0
    return carried & known


def with_values(under: NDArray[np.uint8], rows: NDArray[np.integer], colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The colours (n, 4) of vertices that belong to ``rows``: of their values, or those ``under`` them.

    The two lowest bits of alpha tell the shader how to draw them: 3 plain, 2 faded, 1 empty.
    """
    known = rows < len(colours)
    picked = colours[np.where(known, rows, 0)]
    shown = known & (picked[:, 3] > KEEP)
    result: NDArray[np.uint8] = np.array(under)
    result[shown, :3] = picked[shown, :3]
    result[:, 3] = (result[:, 3] | np.uint8(3)) - np.where(shown, np.uint8(PLAIN) - picked[:, 3], np.uint8(0))
    return result


def tinted(colours: NDArray[np.uint8], selected: NDArray[np.bool_], look: Look) -> NDArray[np.uint8]:
    """``colours`` (n, 4) with the selected ones drawn towards the accent and made solid enough to be seen."""
    result = np.array(colours)
    accent = np.array(look.accent) * 255.0
    mixed = colours[selected, :3] * (1.0 - look.tint) + accent * look.tint
    result[selected, :3] = np.round(mixed).astype(np.uint8)
    result[selected, 3] = np.maximum(colours[selected, 3], 168 | colours[selected, 3] & 3)  # see `with_values`
    return result
