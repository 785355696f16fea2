"""What a picture took."""

from __future__ import annotations

from typing import NamedTuple


class RenderStats(NamedTuple):
    """What was drawn of visible layers, hidden objects left out; wall ``seconds``."""

    triangles_drawn: int
    tiles_drawn: int
    points_drawn: int
    seconds: float
    gl_renderer: str
