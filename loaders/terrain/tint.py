"""A soft hypsometric palette: green lowlands over tan hills to pale grey heights, lighter as it rises."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Shares of the height range and their sRGB colours; lightness rises steadily (CIE L* 66 to 92).
_STOPS = np.array([0.0, 0.18, 0.38, 0.58, 0.78, 1.0])
_COLOURS = np.array(
    [(140, 168, 130), (168, 186, 142), (197, 198, 156), (212, 200, 170), (221, 213, 199), (236, 234, 230)], np.float64
)
# A plain must not show its last metres as if they were mountains.
MIN_RANGE_M = 120.0


def tint(heights_m: NDArray[np.float32], low_m: float, high_m: float) -> NDArray[np.uint8]:
    """Colours (..., 4) of heights between ``low_m`` and ``high_m``; NaN gets the lowest one."""
    span = max(high_m - low_m, MIN_RANGE_M)
    share = np.clip((np.nan_to_num(heights_m, nan=low_m).astype(np.float64) - low_m) / span, 0.0, 1.0)
    channels = [np.interp(share, _STOPS, _COLOURS[:, channel]) for channel in range(3)]
    found = np.empty((*heights_m.shape, 4), np.uint8)
    for channel, values in enumerate(channels):
        found[..., channel] = np.round(values)
    found[..., 3] = 255
    return found
