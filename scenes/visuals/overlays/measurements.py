"""Measured distances: a line, its ends, and a card with metres."""

from __future__ import annotations

from typing import Any

import numpy as np

from scenes.model.view import CameraView, Measurement, Vector
from scenes.visuals import camera, vtk_arrays
from scenes.visuals.look import Look
from scenes.visuals.overlays.outlines import line_actor
from scenes.visuals.overlays.text import Label
from scenes.visuals.render_frame import RenderFrame


class MeasureLine:
    """One distance on the picture, always in front."""

    def __init__(self, renderer: Any, measurement: Measurement, look: Look, text: str) -> None:
        self.measurement = measurement
        self._renderer = renderer
        self._text = text
        self._label = Label(renderer, look)
        self._middle_m = (np.asarray(measurement.start_m) + np.asarray(measurement.end_m)) / 2.0
        # About the middle, so that float32 keeps millimetres at any coordinates.
        ends = np.array([measurement.start_m, measurement.end_m]) - self._middle_m
        self._line = line_actor(vtk_arrays.segments(ends, np.array([[0, 1]])), look.accent, 2.5)
        self._ends = end_actor(ends, look)
        for actor in (self._line, self._ends):
            renderer.AddActor(actor)

    def prepare(self, view: CameraView, frame: RenderFrame, size_px: tuple[int, int]) -> None:
        """Go where the camera now sees it."""
        for actor in (self._line, self._ends):
            actor.SetPosition(*frame.to_render(self._middle_m))
        x_px, y_px, depth_m = camera.project(view, self._middle_m[None], size_px)[0]
        if depth_m > 0.0 or view.orthographic:
            self._label.show(self._text, float(x_px), float(y_px) - 16.0, size_px[1])
        else:
            self._label.hide()

    def remove(self) -> None:
        """Take it off the picture."""
        self._label.remove()
        for actor in (self._line, self._ends):
            self._renderer.RemoveActor(actor)


def end_actor(points_m: Any, look: Look) -> Any:
    """Dots at points."""
    data = vtk_arrays.surface(points_m, np.zeros((0, 3), np.uint32))
    data.SetVerts(vtk_arrays.cells(np.arange(len(points_m))[:, None]))
    actor = line_actor(data, look.accent, 1.0)
    actor.GetProperty().SetPointSize(9.0)
    actor.GetProperty().RenderPointsAsSpheresOn()
    return actor


def length_text(metres: float, unit: str, largest: float | None = None) -> str:
    """A length to the millimetre below 100 m, else to the centimetre, thousands apart.

    ``largest`` decides instead, where several stand together.
    """
    digits = 3 if abs(metres if largest is None else largest) < 100.0 else 2
    return f"{metres:,.{digits}f}".replace(",", "\u202f") + f" {unit}"


def measurement_text(measurement: Measurement, words: dict[str, str]) -> str:
    """What the card says: the distance, and plan and height when they differ from it."""
    total = length_text(measurement.distance_m, words["metre"])
    if min(measurement.horizontal_m, abs(measurement.rise_m)) < 0.0005:
        return total
    return words["measured"].format(
        total=total,
        plan=length_text(measurement.horizontal_m, words["metre"], measurement.distance_m),
        rise=length_text(measurement.rise_m, words["metre"], measurement.distance_m),
    )


class SnapMarker:
    """A mark on the point that the next click would take."""

    def __init__(self, renderer: Any, look: Look) -> None:
        self._actor = end_actor(np.zeros((1, 3)), look)
        self._actor.GetProperty().SetPointSize(12.0)
        self._actor.SetVisibility(False)
        self._point_m: Vector | None = None
        renderer.AddActor(self._actor)

    def show(self, point_m: Vector | None, look: Look) -> bool:
        """Mark a world point or none; tells whether that changes the picture."""
        if point_m == self._point_m:
            return False
        self._point_m = point_m
        self._actor.GetProperty().SetColor(*look.hover)
        self._actor.SetVisibility(point_m is not None)
        return True

    def prepare(self, frame: RenderFrame) -> None:
        """Go where the render origin says."""
        if self._point_m is not None:
            self._actor.SetPosition(*frame.to_render(self._point_m))
