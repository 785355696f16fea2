"""What a picture took."""

from __future__ import annotations

from typing import NamedTuple


class RenderStats(NamedTuple):
    """``triangles_drawn`` and ``tiles_drawn`` of visible layers, hidden objects left out; wall ``seconds``."""

    triangles_drawn: int
    tiles_drawn: int
    seconds: float
    gl_renderer: str
