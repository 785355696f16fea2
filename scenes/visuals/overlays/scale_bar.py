"""A bar that tells how long a round number of metres is, at the depth of what one looks at."""

from __future__ import annotations

from typing import Any

import numpy as np
from vtkmodules.vtkRenderingCore import vtkActor2D, vtkPolyDataMapper2D

from scenes.model.view import CameraView
from scenes.visuals import camera, vtk_arrays
from scenes.visuals.look import Look
from scenes.visuals.overlays.text import Label

LONGEST_PX = 150
MARGIN_PX = 22


class ScaleBar:
    """Sits at the bottom left."""

    def __init__(self, renderer: Any, look: Look) -> None:
        self._mapper = vtkPolyDataMapper2D()
        self._actor = vtkActor2D()
        self._actor.SetMapper(self._mapper)
        self._label = Label(renderer, look, 13)
        self.set_look(look)
        renderer.AddViewProp(self._actor)

    def set_look(self, look: Look) -> None:
        """Take a theme's colours."""
        self._label.set_look(look)
        self._actor.GetProperty().SetColor(*look.text)
        self._actor.GetProperty().SetLineWidth(2.0)

    def prepare(self, view: CameraView, size_px: tuple[int, int], words: dict[str, str], *, visible: bool) -> None:
        """Measure anew before a picture."""
        size_m = camera.metres_per_pixel(view, view.target_m, size_px[1])
        length_m = round_length_m(size_m * min(LONGEST_PX, size_px[0] // 3))
        shown = visible and length_m > 0.0
        self._actor.SetVisibility(shown)
        if not shown:
            self._label.hide()
            return
        width = length_m / size_m
        left, bottom = MARGIN_PX, MARGIN_PX
        corners = [[left, bottom + 7], [left, bottom], [left + width, bottom], [left + width, bottom + 7]]
        points = np.column_stack([np.array(corners), np.zeros(4)])
        self._mapper.SetInputData(vtk_arrays.segments(points, np.array([[0, 1], [1, 2], [2, 3]])))
        middle = left + width / 2.0
        self._label.show(scale_text(length_m, words), middle, size_px[1] - bottom - 17.0, size_px[1])


def round_length_m(longest_m: float) -> float:
    """The longest of 1, 2, 5 × 10^k metres within a length; 0 when there is none to tell."""
    if not np.isfinite(longest_m) or longest_m <= 1e-6:
        return 0.0
    power = 10.0 ** np.floor(np.log10(longest_m))
    return float(power * max(step for step in (1.0, 2.0, 5.0) if step * power <= longest_m * (1 + 1e-9)))


def scale_text(length_m: float, words: dict[str, str]) -> str:
    """``500 m``, ``2 km``, ``5 cm``."""
    if length_m >= 1000.0:
        return f"{length_m / 1000.0:,.0f} {words['kilometre']}"
    if length_m >= 1.0:
        return f"{length_m:.0f} {words['metre']}"
    return f"{length_m * 100.0:g} {words['centimetre']}"
