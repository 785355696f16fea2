"""What the program may ask of whoever draws the scene; `scenes.visuals.canvas.SceneCanvas` answers."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from scenes.model.scene import ObjectRef
from scenes.model.view import Vector, ViewPreset


class PickHit(NamedTuple):
    """What is under a screen point. ``snapped`` is ``face``, ``edge`` or ``vertex``."""

    ref: ObjectRef
    point_world_m: Vector
    normal_world: Vector
    snapped: str = "face"


class Mode(enum.StrEnum):
    """What the left button does."""

    SELECT = "select"  # click selects, drag orbits about the picked point
    WALK = "walk"  # drag looks around, W A S D walk on the ground, with gravity
    MEASURE = "measure"  # two clicks with snaps make a `Measurement`
    SECTION = "section"  # a click on a face puts a section plane there
    POINT = "point"  # a click tells a place to whoever asked for one, and does nothing else


class Canvas(Protocol):
    """The 3D view. Screen points are device pixels from the top left. GUI thread only."""

    mode: Mode

    def look(self, preset: ViewPreset, *, animate: bool = True) -> None:
        """Look at everything visible from a preset direction."""

    def fit(self, *, animate: bool = True) -> None:
        """Bring everything visible into view, keeping the direction."""

    def fit_objects(self, refs: tuple[ObjectRef, ...], *, animate: bool = True) -> None:
        """Bring some objects into view, keeping the direction."""

    def fit_bounds(self, bounds_m: NDArray[np.float64] | None, *, animate: bool = True) -> None:
        """Bring a world box (6,) into view, keeping the direction; nothing without one."""

    def pick(self, x_px: int, y_px: int, *, snap: bool = False) -> PickHit | None:
        """The visible object under a screen point."""

    def ground_height_m(self, x_m: float, y_m: float) -> float | None:
        """Height of the terrain at a world point, None where there is none."""

    def screenshot(self, path: Path, size_px: tuple[int, int] | None = None) -> None:
        """Write what is shown as a PNG, off screen at ``size_px`` when given."""

    def request_render(self) -> None:
        """Draw soon; many requests make one picture."""
