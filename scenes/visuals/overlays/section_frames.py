"""The frames of section planes and box, so that one sees where the cut runs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.model.view import SectionBox, SectionPlane, ViewState
from scenes.visuals import vtk_arrays
from scenes.visuals.look import Look
from scenes.visuals.overlays.outlines import line_actor
from scenes.visuals.render_frame import RenderFrame

Floats = NDArray[np.float64]
_BOX_EDGES = np.array([[0, 1], [1, 3], [3, 2], [2, 0], [4, 5], [5, 7], [7, 6], [6, 4], [0, 4], [1, 5], [2, 6], [3, 7]])
_LOOP = np.array([[0, 1], [1, 2], [2, 3], [3, 0]])


class SectionFrames:
    """Accent lines around the section box and each section plane."""

    def __init__(self, renderer: Any) -> None:
        self._renderer = renderer
        self._shown: list[tuple[Any, Floats]] = []

    def show(self, view: ViewState, bounds_m: Floats | None, look: Look) -> None:
        """Draw the frames of what cuts now; a plane's frame spans the scene's box (6,)."""
        for actor, _ in self._shown:
            self._renderer.RemoveActor(actor)
        self._shown = []
        if view.section_box is not None and view.section_box.enabled:
            self._add(box_corners(view.section_box), _BOX_EDGES, look)
        for plane in view.section_planes:
            if plane.enabled and bounds_m is not None and np.any(plane.normal):
                self._add(plane_corners(plane, bounds_m), _LOOP, look)

    def _add(self, corners_m: Floats, edges: NDArray[np.int64], look: Look) -> None:
        if not np.isfinite(corners_m).all():
            return
        middle = corners_m.mean(axis=0)
        actor = line_actor(vtk_arrays.segments(corners_m - middle, edges), look.accent, 1.5)
        actor.GetProperty().SetOpacity(0.8)
        self._renderer.AddActor(actor)
        self._shown.append((actor, middle))

    def prepare(self, frame: RenderFrame) -> None:
        """Go where the render origin says."""
        for actor, middle in self._shown:
            actor.SetPosition(*frame.to_render(middle))


def box_corners(box: SectionBox) -> Floats:
    """The eight corners (8, 3)."""
    low, high = np.array(box.bounds_m[:3]), np.array(box.bounds_m[3:])
    pick = np.array([[i >> 2 & 1, i >> 1 & 1, i & 1] for i in range(8)])
    corners: Floats = np.where(pick, high, low)
    return corners


def plane_corners(plane: SectionPlane, bounds_m: Floats) -> Floats:
    """A rectangle (4, 3) in the plane, as large as the box (6,) looks along its normal."""
    normal = np.asarray(plane.normal, np.float64) / np.linalg.norm(plane.normal)
    helper = np.array([0.0, 0.0, 1.0]) if abs(normal[2]) < 0.9 else np.array([0.0, 1.0, 0.0])
    right = np.cross(helper, normal)
    right /= np.linalg.norm(right)
    up = np.cross(normal, right)
    centre = (bounds_m[:3] + bounds_m[3:]) / 2.0
    centre = centre - normal * float(normal @ (centre - np.asarray(plane.origin_m)))
    half = (bounds_m[3:] - bounds_m[:3]) / 2.0 * 1.03
    across, upward = float(np.abs(right) @ half), float(np.abs(up) @ half)
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    corners: Floats = centre + signs[:, :1] * across * right + signs[:, 1:] * upward * up
    return corners
