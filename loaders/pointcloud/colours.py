"""The colour of each point: its own, else by how much it reflects and by its class, else by its height."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.pointcloud.classes import are_telling, palette
from loaders.pointcloud.statistics import Statistics

_PALETTE = palette().astype(np.float32)
_PLAIN = np.array([206, 204, 198], np.float32)
_DARKEST = 0.34  # what reflects nothing is still seen
# From low to high, for clouds of which nothing else is known.
_TINT = np.array([[72, 104, 132], [110, 150, 120], [196, 186, 130], [190, 140, 100], [232, 226, 216]], np.float32)
_DARK, _BRIGHT = 0.02, 0.98  # shares of the points that are darkest and brightest

Colours = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class ColourRule:
    """How the points of a cloud are coloured, by what is known of all of them, or of those seen so far.

    ``own``: they have colours, of which ``shift`` bits are too many. ``intensity`` are those of dark and bright
    points, ``telling`` tells that classes differ, ``heights_m`` are those of the lowest and the highest point.
    """

    own: bool
    shift: int
    intensity: tuple[float, float] | None
    telling: bool
    heights_m: tuple[float, float]

    @staticmethod
    def of(known: Statistics, *, has_rgb: bool) -> ColourRule:
        """The rule for a cloud."""
        low, high = known.intensity_at(_DARK), known.intensity_at(_BRIGHT)
        return ColourRule(
            own=has_rgb and known.largest_rgb > 0,
            # Some writers put 8 bits where 16 belong (LAS 1.4 R15, section 2.6, "Red, Green, Blue").
            shift=8 if known.largest_rgb > 255 else 0,
            intensity=(float(low), float(high)) if high > low else None,
            telling=are_telling(np.flatnonzero(known.classes)),
            heights_m=(float(known.low_m[2]), float(known.high_m[2])),
        )

    @staticmethod
    def from_notes(notes: Mapping[str, Any]) -> ColourRule:
        """The rule that `dataclasses.asdict` gave; raises KeyError, TypeError or ValueError for anything else."""
        pair, heights = notes["intensity"], notes["heights_m"]
        intensity = None if pair is None else (float(pair[0]), float(pair[1]))
        heights_m = (float(heights[0]), float(heights[1]))
        return ColourRule(bool(notes["own"]), int(notes["shift"]), intensity, bool(notes["telling"]), heights_m)

    def __call__(
        self,
        rgb: NDArray[np.uint16] | None,
        intensities: NDArray[np.uint16],
        classes: NDArray[np.uint8],
        heights_m: NDArray[np.float64],
    ) -> Colours:
        """(n, 4) of points."""
        if self.own and rgb is not None:
            return _opaque((rgb >> self.shift).astype(np.uint8))
        if self.intensity is None and not self.telling:
            return _opaque(np.rint(self._tint(heights_m)).astype(np.uint8))
        shades = _PALETTE[classes] if self.telling else np.tile(_PLAIN, (len(classes), 1))
        if self.intensity is not None:
            low, high = self.intensity
            shares = np.clip((intensities.astype(np.float32) - low) / (high - low), 0.0, 1.0)
            # Reflection is spread over orders of magnitude: its root lets dark things be told apart.
            shades = shades * (_DARKEST + (1.18 - _DARKEST) * np.sqrt(shares))[:, None]
        return _opaque(np.rint(np.minimum(shades, 255.0)).astype(np.uint8))

    def _tint(self, heights_m: NDArray[np.float64]) -> NDArray[np.float64]:
        low, high = self.heights_m
        places = np.clip((heights_m - low) / max(high - low, 1e-9), 0.0, 1.0) * (len(_TINT) - 1)
        return np.column_stack([np.interp(places, np.arange(len(_TINT)), _TINT[:, axis]) for axis in range(3)])


def _opaque(rgb: NDArray[np.uint8]) -> Colours:
    return np.column_stack([rgb, np.full(len(rgb), 255, np.uint8)])
