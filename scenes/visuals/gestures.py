"""What pointer and keys mean to a canvas. Screen points in device pixels from the top left."""

from __future__ import annotations

import enum
import math
from typing import NamedTuple

import numpy as np

from scenes.model.canvas import Mode
from scenes.model.view import Vector
from scenes.visuals import camera
from scenes.visuals.canvas import SceneCanvas
from scenes.visuals.walking import Stride

CLICK_SLACK_PX = 4.0
WHEEL_FACTOR = 0.86  # of the distance left, per notch
TURN_RAD_PER_HEIGHT = math.pi  # dragging over the whole height turns by half a circle


class Button(enum.StrEnum):
    """A pointer's buttons."""

    LEFT = "left"
    MIDDLE = "middle"
    RIGHT = "right"


class Drag(NamedTuple):
    """What a pressed button does while it moves. ``pivot_m`` is what was under it when pressed."""

    button: Button
    start_px: tuple[float, float]
    pivot_m: Vector
    panning: bool
    extend: bool


WALK_KEYS = {"w": (1, 0), "up": (1, 0), "s": (-1, 0), "down": (-1, 0)}
WALK_KEYS |= {"a": (0, -1), "left": (0, -1), "d": (0, 1), "right": (0, 1)}


class Gestures:
    """Turns presses, moves, wheels and keys into what `SceneCanvas` does."""

    def __init__(self, canvas: SceneCanvas) -> None:
        self._canvas = canvas
        self._drag: Drag | None = None
        self._last_px = (0.0, 0.0)
        self._moved = False
        self._keys: set[str] = set()

    def press(self, button: Button, x_px: float, y_px: float, *, shift: bool = False, extend: bool = False) -> None:
        """A button went down. ``shift`` makes the left button pan; ``extend`` (Ctrl) adds to the selection."""
        self._canvas.navigator.interrupt()
        pivot = self._pivot(x_px, y_px)
        panning = button is not Button.LEFT or shift
        self._drag = Drag(button, (x_px, y_px), pivot, panning, shift or extend)
        self._last_px, self._moved = (x_px, y_px), False

    def move(self, x_px: float, y_px: float) -> None:
        """The pointer moved, with a button down or without."""
        drag = self._drag
        if drag is None:
            self._canvas.point_at(x_px, y_px)
            return
        if not self._moved and math.dist(drag.start_px, (x_px, y_px)) < CLICK_SLACK_PX:
            return
        if not self._moved:
            self._canvas.point_away()  # the mark on what was under the pointer would stay behind
        self._moved = True
        shift = (x_px - self._last_px[0], y_px - self._last_px[1])
        self._last_px = (x_px, y_px)
        if drag.panning:
            self._canvas.navigator.pan(drag.pivot_m, shift)
        else:
            self._turn(drag, shift)

    def _turn(self, drag: Drag, shift_px: tuple[float, float]) -> None:
        per_px = TURN_RAD_PER_HEIGHT / max(1, self._canvas.size_px()[1])
        navigator = self._canvas.navigator
        if self._canvas.mode is Mode.WALK:
            view = camera.look_around(navigator.view, shift_px[0] * per_px * 0.6, -shift_px[1] * per_px * 0.6)
            navigator.go(view, animate=False)
        else:
            navigator.orbit(drag.pivot_m, shift_px[0] * per_px, -shift_px[1] * per_px)

    def release(self, x_px: float, y_px: float) -> None:
        """The button went up: a click when the pointer stayed where it was."""
        drag, self._drag = self._drag, None
        if drag is None or self._moved:
            self._canvas.point_at(x_px, y_px)
            return
        if drag.button is Button.RIGHT:
            self._canvas.context_requested.emit(int(x_px), int(y_px), self._canvas.pick(int(x_px), int(y_px)))
        elif drag.button is Button.LEFT:
            self._canvas.click(int(x_px), int(y_px), extend=drag.extend)

    def double_click(self, x_px: float, y_px: float) -> None:
        """Go there."""
        self._drag = None
        if self._canvas.mode is not Mode.SELECT or self._canvas.notes.cube_aim_at(x_px, y_px) is not None:
            return
        hit = self._canvas.pick(int(x_px), int(y_px))
        if hit is not None:
            self._canvas.navigator.go_to(hit.point_world_m)

    def wheel(self, x_px: float, y_px: float, notches: float) -> None:
        """Come nearer (notches > 0) to what is under the pointer; touch pads give parts of a notch."""
        self._canvas.navigator.interrupt()
        if self._canvas.mode is Mode.WALK:
            return
        self._canvas.navigator.zoom(self._pivot(x_px, y_px), WHEEL_FACTOR ** float(np.clip(notches, -8.0, 8.0)))

    def pinch(self, x_px: float, y_px: float, factor: float) -> None:
        """Two fingers: ``factor`` > 1 comes nearer."""
        if factor > 0.0:
            self._canvas.navigator.zoom(self._pivot(x_px, y_px), 1.0 / factor)

    def key_down(self, key: str, *, shift: bool = False) -> bool:
        """A key went down; tells whether it means something here."""
        name = key.lower()
        if self._canvas.mode is not Mode.WALK or name not in WALK_KEYS:
            return False
        self._keys.add(name)
        self._tell_stride(shift)
        return True

    def key_up(self, key: str, *, shift: bool = False) -> None:
        """A key went up."""
        self._keys.discard(key.lower())
        self._tell_stride(shift)

    def leave(self) -> None:
        """The pointer or the keyboard's focus went elsewhere."""
        self._drag = None
        self._keys.clear()
        self._tell_stride(False)
        self._canvas.point_away()

    def _tell_stride(self, running: bool) -> None:
        ways = [WALK_KEYS[key] for key in self._keys]
        forward, right = sum(w[0] for w in ways), sum(w[1] for w in ways)
        self._canvas.stride = Stride(float(np.clip(forward, -1, 1)), float(np.clip(right, -1, 1)), running)

    def _pivot(self, x_px: float, y_px: float) -> Vector:
        """What is under the pointer, else the point of its ray at the target's depth."""
        found = self._canvas.find(x_px, y_px)
        if found is not None:
            return camera.vector(found.hit.point_m)
        view = self._canvas.navigator.view
        origin, direction = camera.ray(view, (x_px, y_px), self._canvas.size_px())
        forward = -camera.basis(camera.aim_of(view))[:, 2]
        depth = float(np.subtract(view.target_m, origin) @ forward) / max(float(direction @ forward), 1e-6)
        return camera.vector(origin + direction * depth)
