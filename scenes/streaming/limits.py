"""How much the streaming of tiles may take."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """``error_px`` is what may be wrong on the screen at rest, ``moving_error_px`` while the camera moves.

    ``data_bytes`` bounds the arrays of tiles in memory, ``graphics_bytes`` those on the graphics card; when
    what is on screen needs more, or more than ``num_tiles`` tiles, it is shown with less detail.
    ``num_reading`` tiles are read at a time.
    ``upload_bytes`` are handed to the graphics card between two pictures. What no view needed for ``idle_secs`` is
    let go, though there is room: a long way through a city ends with as much in memory as it began with.
    """

    error_px: float = 8.0
    moving_error_px: float = 16.0
    data_bytes: int = 1500 * MEGABYTE
    graphics_bytes: int = 1000 * MEGABYTE
    num_tiles: int = 1500
    num_reading: int = 4
    upload_bytes: int = 6 * MEGABYTE
    idle_secs: float = 20.0
