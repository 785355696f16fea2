"""Walking through the city: eyes 1.6 m above what one stands on, with gravity, steps and walls."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scenes.model.view import CameraView
from scenes.visuals import camera

EYE_M = 1.6
STEP_M = 0.6  # what a walker climbs without noticing: a stair, a kerb
CHEST_M = 1.1
BODY_RADIUS_M = 0.35
WALK_M_PER_SEC = 4.0
RUN_FACTOR = 4.0
GRAVITY_M_PER_SEC2 = 9.81
LONGEST_STEP_SECS = 0.1  # a slow picture must not make giants

Floats = NDArray[np.float64]
# Height of the floor under (x, y) at or below a height, None over nothing.
FloorUnder = Callable[[float, float, float], float | None]
# What stands in the way from a point along a unit direction: (distance, unit normal), None when nothing.
Obstacle = Callable[[Floats, Floats], tuple[float, Floats] | None]


class Stride(NamedTuple):
    """What the walker wants: shares -1..1 forward and to the right, and whether running."""

    forward: float = 0.0
    right: float = 0.0
    running: bool = False


class Walker:
    """A body that stands, walks and falls. ``standing`` is False while it falls."""

    def __init__(self, floor_under: FloorUnder, obstacle: Obstacle) -> None:
        self._floor_under = floor_under
        self._obstacle = obstacle
        self._fall_m_per_sec = 0.0
        self.standing = False

    def step(self, view: CameraView, stride: Stride, elapsed_secs: float) -> CameraView:
        """The view after some time of walking and falling."""
        elapsed = min(max(elapsed_secs, 0.0), LONGEST_STEP_SECS)
        eye = np.asarray(view.position_m, np.float64)
        eye = eye + self._sideways(view, stride, eye, elapsed)
        eye[2] = self._height(eye, elapsed)
        return camera.aimed(view, eye, camera.aim_of(view), camera.distance_of(view))

    def _sideways(self, view: CameraView, stride: Stride, eye: Floats, elapsed: float) -> Floats:
        axes = camera.basis(camera.Aim(camera.aim_of(view).heading_rad, 0.0))
        wish = axes[:, 0] * stride.right - axes[:, 2] * stride.forward
        length = float(np.linalg.norm(wish))
        if length == 0.0:
            return np.zeros(3)
        speed = WALK_M_PER_SEC * (RUN_FACTOR if stride.running else 1.0)
        wish = wish / max(length, 1.0) * speed * elapsed
        return self._past_walls(eye - [0.0, 0.0, EYE_M - CHEST_M], wish)

    def _past_walls(self, chest: Floats, wish: Floats) -> Floats:
        """``wish`` without what a wall takes of it; in a corner nothing is left."""
        for _ in range(2):
            length = float(np.linalg.norm(wish))
            if length < 1e-9:
                return np.zeros(3)
            met = self._obstacle(chest, wish / length)
            if met is None or met[0] > length + BODY_RADIUS_M:
                return wish
            flat = np.array([met[1][0], met[1][1], 0.0])
            flat = flat / (float(np.linalg.norm(flat)) or 1.0)
            wish = wish - flat * min(0.0, float(wish @ flat))
        return np.zeros(3)

    def _height(self, eye: Floats, elapsed: float) -> float:
        feet = float(eye[2]) - EYE_M
        floor = self._floor_under(float(eye[0]), float(eye[1]), feet + STEP_M)
        if floor is None:
            # Over nothing one floats rather than falls out of the world.
            self._fall_m_per_sec, self.standing = 0.0, False
            return float(eye[2])
        if feet - floor <= (STEP_M if self.standing else 0.0):
            self._fall_m_per_sec, self.standing = 0.0, True
            return floor + EYE_M
        self._fall_m_per_sec += GRAVITY_M_PER_SEC2 * elapsed
        feet = max(floor, feet - self._fall_m_per_sec * elapsed)
        self.standing = feet == floor
        if self.standing:
            self._fall_m_per_sec = 0.0
        return feet + EYE_M
