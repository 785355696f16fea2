"""How much memory and detail the drawing of tiles may take: what the settings say, else what suits the machine."""

from __future__ import annotations

from scenes.streaming import Limits
from twin_app.services.machine import memory_bytes
from twin_app.services.settings import Settings

MEGABYTE = 1_000_000
# Shares of the machine's memory; a graphics card tells nobody how much it has, and the processor's is the machine's.
DATA_SHARE, GRAPHICS_SHARE = 0.20, 0.15
LEAST_MB, MOST_MB = 256, 16_000
ERROR_PX = {"quick": 16.0, "balanced": 8.0, "fine": 4.0}
LIMIT_SETTINGS = ("memory.tiles_mb", "memory.graphics_mb", "view.detail")


def machine_mb(share: float) -> int:
    """That share of the machine's memory in MB, within reason; where it is unknown, what the streaming takes alone."""
    total = memory_bytes()
    if total is None:
        standard = Limits()
        return (standard.data_bytes if share == DATA_SHARE else standard.graphics_bytes) // MEGABYTE
    return min(max(round(total * share / MEGABYTE), LEAST_MB), MOST_MB)


def automatic_mb(key: str) -> int:
    """What the machine gives for a setting of memory."""
    return machine_mb(DATA_SHARE if key == "memory.tiles_mb" else GRAPHICS_SHARE)


def limits_of(settings: Settings) -> Limits:
    """The limits that the settings stand for."""
    data_mb, graphics_mb = (int(settings.get(key)) or automatic_mb(key) for key in LIMIT_SETTINGS[:2])
    error_px = ERROR_PX[settings.get("view.detail")]
    return Limits(
        error_px=error_px,
        moving_error_px=2 * error_px,
        data_bytes=data_mb * MEGABYTE,
        graphics_bytes=graphics_mb * MEGABYTE,
    )
