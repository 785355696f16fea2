"""What the overlays' visuals share, and what each is told before a picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.model.frames import Matrix
from scenes.model.view import CameraView
from scenes.visuals import camera
from scenes.visuals.layer_visuals import LayerVisuals
from scenes.visuals.overlays.live.colour_board import ColourBoard
from scenes.visuals.probe import Probe
from scenes.visuals.render_frame import RenderFrame
from scenes.visuals.stage import Stage

Floats = NDArray[np.float64]


@dataclass
class LiveContext:
    """Where the overlays of one canvas are drawn."""

    stage: Stage
    visuals: LayerVisuals
    probe: Probe
    board: ColourBoard
    language: str = "en"

    @property
    def frame(self) -> RenderFrame:
        """The space of what is drawn."""
        return self.visuals.context.frame


@dataclass
class Picture:
    """The picture that is about to be drawn.

    ``cuts_render`` and ``cuts_view`` (k, 4) are what sections cut away, in render and in view space; ``time_s`` is what
    moves by; ``taken_px`` are rectangles (x0, y0, x1, y1) that labels must leave free,
    ``hidden_px`` (k, 4) those of them where nothing below is to be seen.
    """

    view: CameraView
    size_px: tuple[int, int]
    cuts_render: Floats
    view_from_render: Matrix
    time_s: float
    still: bool
    taken_px: list[tuple[float, float, float, float]] = field(default_factory=list)
    hidden_px: Floats = field(default_factory=lambda: np.zeros((0, 4)))

    @property
    def cuts_view(self) -> Floats:
        """See above."""
        cuts: Floats = self.cuts_render @ np.linalg.inv(self.view_from_render)
        return cuts

    def project(self, points_m: Floats) -> Floats:
        """World points (n, 3) as (n, 3) pixels from the top left and depth; NaN for what is behind the eye."""
        return camera.project(self.view, points_m, self.size_px)

    def sees(self, points_m: Floats, reach_m: float = 0.0) -> bool:
        """Whether any of some world points, or what is within ``reach_m`` of it, may be in the picture."""
        if not len(points_m):
            return False
        at = self.project(points_m)
        pixel_m = camera.metres_per_pixel(self.view, self.view.target_m, self.size_px[1])
        slack = 48.0 + reach_m / max(pixel_m, 1e-9)
        with np.errstate(invalid="ignore"):
            inside = (at[:, :2] > -slack).all(axis=1) & (at[:, :2] < np.asarray(self.size_px) + slack).all(axis=1)
        return bool(inside.any())


class LiveVisual:
    """Draws one overlay. ``moves`` tells whether something of it moves or blinks in the last picture.

    Those that ``write`` come last in each picture, by the number there: they keep clear of what the others take.
    """

    moves = False
    must_move = False  # whether that is how one notices it
    writes = 0

    def __init__(self, overlay: Any, context: LiveContext) -> None:
        self.overlay = overlay
        self.context = context
        self.is_stale = True

    def refresh(self) -> None:
        """Take over what changed of the overlay, the look or the language; called before the next picture."""
        raise NotImplementedError

    def stake(self, picture: Picture) -> None:
        """Take what must stay free, before anything is written in a picture."""

    def prepare(self, picture: Picture) -> None:
        """Follow the camera, before each picture."""

    def key_at(self, _x_px: float, _y_px: float) -> str:
        """The key of what can be clicked at there, "" where there is nothing."""
        return ""

    def bounds_world_m(self) -> Floats | None:
        """(6,) around what must not be clipped, None where nothing stands up."""
        return None

    def close(self) -> None:
        """Take everything away."""
        raise NotImplementedError


def box_around(points_m: Floats, reach_m: Floats | float = 0.0) -> Floats | None:
    """The box (6,) around points (n, 3) with some reach, None around none."""
    finite = np.isfinite(points_m).all(axis=1)
    if not finite.any():
        return None
    reach = np.broadcast_to(np.asarray(reach_m, np.float64), (len(points_m),))[finite, None]
    return np.concatenate([(points_m[finite] - reach).min(axis=0), (points_m[finite] + reach).max(axis=0)])
