"""The colour of each point: its own, else by how much it reflects and by its class, else by its height."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from loaders.pointcloud.classes import are_telling, palette
from loaders.pointcloud.statistics import Statistics

_PLAIN = np.array([206, 204, 198], np.float32)
_DARKEST = 0.34  # what reflects nothing is still seen
# From low to high, for clouds of which nothing else is known.
_TINT = np.array([[72, 104, 132], [110, 150, 120], [196, 186, 130], [190, 140, 100], [232, 226, 216]], np.float32)
_DARK, _BRIGHT = 0.02, 0.98  # shares of the points that are darkest and brightest

Colours = NDArray[np.uint8]


class ColourRule:
    """How the points of a cloud are coloured, by what is known of all of them, or of those seen so far."""

    def __init__(self, known: Statistics, *, has_rgb: bool) -> None:
        self._own = has_rgb and known.largest_rgb > 0
        # Some writers put 8 bits where 16 belong (LAS 1.4 R15, section 2.6, "Red, Green, Blue").
        self._shift = 8 if known.largest_rgb > 255 else 0
        low, high = known.intensity_at(_DARK), known.intensity_at(_BRIGHT)
        self._intensity = (float(low), float(high)) if high > low else None
        self._classes = palette().astype(np.float32) if are_telling(np.flatnonzero(known.classes)) else None
        self._heights = (float(known.low_m[2]), float(known.high_m[2]))

    def __call__(
        self,
        rgb: NDArray[np.uint16] | None,
        intensities: NDArray[np.uint16],
        classes: NDArray[np.uint8],
        heights_m: NDArray[np.float64],
    ) -> Colours:
        """(n, 4) of points."""
        if self._own and rgb is not None:
            return _opaque((rgb >> self._shift).astype(np.uint8))
        if self._intensity is None and self._classes is None:
            return _opaque(np.rint(self._tint(heights_m)).astype(np.uint8))
        shades = self._classes[classes] if self._classes is not None else np.tile(_PLAIN, (len(classes), 1))
        if self._intensity is not None:
            low, high = self._intensity
            shares = np.clip((intensities.astype(np.float32) - low) / (high - low), 0.0, 1.0)
            # Reflection is spread over orders of magnitude: its root lets dark things be told apart.
            shades = shades * (_DARKEST + (1.18 - _DARKEST) * np.sqrt(shares))[:, None]
        return _opaque(np.rint(np.minimum(shades, 255.0)).astype(np.uint8))

    def _tint(self, heights_m: NDArray[np.float64]) -> NDArray[np.float64]:
        low, high = self._heights
        places = np.clip((heights_m - low) / max(high - low, 1e-9), 0.0, 1.0) * (len(_TINT) - 1)
        return np.column_stack([np.interp(places, np.arange(len(_TINT)), _TINT[:, axis]) for axis in range(3)])


def _opaque(rgb: NDArray[np.uint8]) -> Colours:
    return np.column_stack([rgb, np.full(len(rgb), 255, np.uint8)])
