"""Thin lines from places on the screen to the labels that belong to them."""

from __future__ import annotations

from typing import Any

import numpy as np
from vtkmodules.vtkRenderingCore import vtkActor2D, vtkPolyDataMapper2D

from scenes.visuals import vtk_arrays
from scenes.visuals.look import Look
from scenes.visuals.overlays.live.picture import Floats

INSET_PX = 8.0  # so far inside a label ends its line, beneath it


class Leaders:
    """All lines of one overlay; what is added to the renderer later lies over them."""

    def __init__(self, renderer: Any) -> None:
        self._renderer = renderer
        self._mapper = vtkPolyDataMapper2D()
        self._actor: Any = vtkActor2D()
        self._actor.SetMapper(self._mapper)
        self._actor.GetProperty().SetLineWidth(1.0)
        self._actor.VisibilityOff()
        renderer.AddViewProp(self._actor)

    def set_look(self, look: Look) -> None:
        """Their colour."""
        self._actor.GetProperty().SetColor(*look.text)
        self._actor.GetProperty().SetOpacity(0.55)

    def show(self, anchors: Floats, rectangles: Floats, height_px: int) -> None:
        """From ``anchors`` (n, 2) to ``rectangles`` (n, 4), pixels from the top left of a window of that height."""
        self._actor.SetVisibility(len(anchors) > 0)
        if not len(anchors):
            return
        low, high = rectangles[:, :2] + INSET_PX, rectangles[:, 2:] - INSET_PX
        ends = np.clip(anchors, np.minimum(low, high), np.maximum(low, high))
        corners = np.stack([anchors, ends], axis=1)
        points = np.concatenate([corners, np.zeros((len(corners), 2, 1))], axis=2)
        points[:, :, 1] = height_px - points[:, :, 1]
        pairs = np.arange(2 * len(corners)).reshape(-1, 2)
        self._mapper.SetInputData(vtk_arrays.segments(points.reshape(-1, 3), pairs))

    def hide(self) -> None:
        """Show none."""
        self._actor.VisibilityOff()

    def remove(self) -> None:
        """Take them off their renderer."""
        self._renderer.RemoveViewProp(self._actor)
