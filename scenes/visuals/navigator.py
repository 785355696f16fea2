"""Moves the scene's camera: presets, fits, orbits, zooms and walks, with or without a way in between."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from scenes.model.scene import Scene
from scenes.model.view import CameraView, Vector, ViewPreset
from scenes.visuals import camera
from scenes.visuals.motion import Motion

Floats = NDArray[np.float64]
DEFAULT_BOUNDS_M = np.array([-50.0, -50.0, 0.0, 50.0, 50.0, 30.0])


class Navigator:
    """Writes ``scene.view.camera``. ``bounds()`` gives the box (6,) of all that is visible, or None.

    ``on_start`` is called when a move begins that `step` has to bring on.
    """

    def __init__(
        self,
        scene: Scene,
        size_px: Callable[[], tuple[int, int]],
        bounds: Callable[[], Floats | None],
        *,
        animated: bool = True,
        clock: Callable[[], float] = time.monotonic,
        on_start: Callable[[], None] = lambda: None,
    ) -> None:
        self._scene = scene
        self._size_px = size_px
        self._bounds = bounds
        self._animated = animated
        self._clock = clock
        self._on_start = on_start
        self._motion: Motion | None = None

    @property
    def view(self) -> CameraView:
        """Where the camera is now."""
        return self._scene.view.camera

    @property
    def destination(self) -> CameraView:
        """Where the camera is going, or is."""
        return self._motion.end if self._motion else self.view

    @property
    def moving(self) -> bool:
        """Whether a move is under way."""
        return self._motion is not None

    def go(self, view: CameraView, *, animate: bool = True) -> None:
        """Move to a view; a move under way ends where it is."""
        self._motion = None
        if animate and self._animated:
            self._motion = Motion(self.view, view, self._clock())
            self._on_start()
        else:
            self._scene.view.camera = view

    def step(self) -> bool:
        """Bring a move to the present; tells whether one is under way."""
        if self._motion is None:
            return False
        now = self._clock()
        motion = self._motion
        if motion.done(now):
            self._motion = None
        self._scene.view.camera = motion.at(now)
        return True

    def interrupt(self) -> None:
        """Stop a move where it is."""
        self._motion = None

    def look(self, preset: ViewPreset, *, animate: bool = True) -> None:
        """Everything, from a preset direction."""
        self.go(self._fitted(self._whole(), camera.PRESET_AIMS[preset]), animate=animate)

    def look_along(self, aim: camera.Aim, *, animate: bool = True) -> None:
        """Turn about the target to another aim, at the same distance."""
        view = self.destination
        distance = camera.distance_of(view)
        position = np.asarray(view.target_m) + camera.basis(aim)[:, 2] * distance
        self.go(camera.aimed(view, position, aim, distance), animate=animate)

    def fit(self, bounds_m: Floats | None = None, *, animate: bool = True) -> None:
        """A box (6,), or everything, from the present direction."""
        self.go(self._fitted(self._whole() if bounds_m is None else bounds_m, None), animate=animate)

    def set_orthographic(self, orthographic: bool) -> None:
        """Parallel or perspective."""
        self.go(camera.with_projection(self.destination, orthographic), animate=False)

    def go_to(self, point_m: Vector, *, animate: bool = True) -> None:
        """Come close to a point: a third of the way left, looking at it as before."""
        view = self.view
        aim = camera.aim_of(view)
        gap = float(np.linalg.norm(np.subtract(point_m, view.position_m)))
        distance = max(gap / 3.0, 2.0)
        position = np.asarray(point_m) + camera.basis(aim)[:, 2] * distance
        closer = camera.aimed(view, position, aim, distance)
        if view.orthographic:
            closer = camera.zoom(closer, point_m, 1.0 / 3.0)
        self.go(closer, animate=animate)

    def orbit(self, pivot_m: Vector, turn_rad: float, tilt_rad: float) -> None:
        """See `camera.orbit`."""
        self.go(camera.orbit(self.view, pivot_m, turn_rad, tilt_rad), animate=False)

    def pan(self, grabbed_m: Vector, shift_px: tuple[float, float]) -> None:
        """See `camera.pan`."""
        self.go(camera.pan(self.view, grabbed_m, shift_px, self._size_px()[1]), animate=False)

    def zoom(self, anchor_m: Vector, factor: float) -> None:
        """See `camera.zoom`."""
        self.go(camera.zoom(self.view, anchor_m, factor), animate=False)

    def _whole(self) -> Floats:
        bounds = self._bounds()
        return DEFAULT_BOUNDS_M if bounds is None else bounds

    def _fitted(self, bounds_m: Floats, aim: camera.Aim | None) -> CameraView:
        width, height = self._size_px()
        return camera.fit(self.destination, bounds_m, width / max(1, height), aim)
