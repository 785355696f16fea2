"""The sky: a dome around the eye that fades from the zenith to a soft horizon and on to the ground's haze."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

from scenes.model.view import CameraView
from scenes.visuals import vtk_arrays
from scenes.visuals.look import Look

AROUND = 36
# Altitude in degrees of each ring of the dome; dense where the colour turns.
ALTITUDES_DEG = (-90.0, -65.0, -45.0, -28.0, -16.0, -7.0, -3.0, -1.0, 0.5, 2.5, 6.0, 12.0, 22.0, 40.0, 64.0, 90.0)


class Sky:
    """The renderer behind everything; it turns with the camera and never moves."""

    def __init__(self) -> None:
        self.renderer: Any = vtkRenderer()
        self.renderer.InteractiveOff()
        self._data = vtk_arrays.surface(_dome_points(), _dome_triangles())
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._data)
        mapper.SetColorModeToDirectScalars()
        actor = vtkActor()
        actor.SetMapper(mapper)
        actor.GetProperty().LightingOff()
        self.renderer.AddActor(actor)

    def set_look(self, look: Look) -> None:
        """Paint the dome in a theme's colours."""
        rings = np.array([ring_colour(altitude, look) for altitude in ALTITUDES_DEG])
        colours = np.repeat(np.round(rings * 255.0).astype(np.uint8), AROUND, axis=0)
        self._data.GetPointData().SetScalars(vtk_arrays.named(colours, "sky"))
        self._data.Modified()
        self.renderer.SetBackground(*look.sky)

    def follow(self, view: CameraView) -> None:
        """Look where the camera looks. A parallel view sees the sky through a wide lens."""
        camera = self.renderer.GetActiveCamera()
        camera.SetPosition(0.0, 0.0, 0.0)
        direction = np.subtract(view.target_m, view.position_m)
        length = float(np.linalg.norm(direction)) or 1.0
        camera.SetFocalPoint(*(direction / length))
        camera.SetViewUp(*view.up)
        camera.SetViewAngle(50.0 if view.orthographic else view.field_of_view_deg)
        camera.SetClippingRange(0.1, 3.0)


def ring_colour(altitude_deg: float, look: Look) -> NDArray[np.float64]:
    """The sky's colour (3,) at an altitude above the horizon, sRGB 0..1."""
    if altitude_deg < 0.0:
        share = min(1.0, -altitude_deg / 65.0) ** 0.75
        below: NDArray[np.float64] = np.asarray(look.horizon) * (1.0 - share) + np.asarray(look.ground) * share
        return below
    low = np.exp(-altitude_deg / 7.0)
    high = min(1.0, altitude_deg / 64.0) ** 0.8
    body = np.asarray(look.sky) * (1.0 - high) + np.asarray(look.zenith) * high
    colour: NDArray[np.float64] = body * (1.0 - low) + np.asarray(look.horizon) * low
    return colour


def _dome_points() -> NDArray[np.float32]:
    altitude = np.repeat(np.radians(ALTITUDES_DEG), AROUND)
    azimuth = np.tile(np.linspace(0.0, 2.0 * np.pi, AROUND, endpoint=False), len(ALTITUDES_DEG))
    flat = np.cos(altitude)
    return np.column_stack([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(altitude)]).astype(np.float32)


def _dome_triangles() -> NDArray[np.uint32]:
    ring = np.arange(AROUND)
    after = (ring + 1) % AROUND
    quads = [
        np.column_stack([base + ring, base + after, base + AROUND + after, base + AROUND + ring])
        for base in range(0, (len(ALTITUDES_DEG) - 1) * AROUND, AROUND)
    ]
    corners = np.concatenate(quads)
    return np.concatenate([corners[:, [0, 1, 2]], corners[:, [0, 2, 3]]]).astype(np.uint32)
