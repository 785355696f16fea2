"""Smooth repeatable noise for landforms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Noise:
    """Value noise on a lattice of random numbers, cubic-smoothed; pure once made."""

    def __init__(self, seed: int, lattice: int = 64) -> None:
        self._values = np.random.default_rng(seed).uniform(-1.0, 1.0, (lattice, lattice))

    def __call__(self, x_m: Array, y_m: Array, wavelength_m: float) -> Array:
        """Noise in -1..1 at points, with features about ``wavelength_m`` wide."""
        lattice = self._values.shape[0]
        u, v = np.asarray(x_m) / wavelength_m, np.asarray(y_m) / wavelength_m
        column, row = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
        fu, fv = smooth(u - column), smooth(v - row)
        c0, c1, r0, r1 = column % lattice, (column + 1) % lattice, row % lattice, (row + 1) % lattice
        low = self._values[r0, c0] * (1 - fu) + self._values[r0, c1] * fu
        high = self._values[r1, c0] * (1 - fu) + self._values[r1, c1] * fu
        return np.asarray(low * (1 - fv) + high * fv)

    def fractal(self, x_m: Array, y_m: Array, wavelength_m: float, octaves: int = 3) -> Array:
        """A sum of octaves, each half as wide and half as high, in about -1..1."""
        total = np.zeros(np.broadcast(x_m, y_m).shape)
        for octave in range(octaves):
            total = total + self(np.asarray(x_m) + 977.0 * octave, y_m, wavelength_m / 2**octave) / 2**octave
        return total / (2 - 0.5 ** (octaves - 1))


def smooth(share: Array) -> Array:
    """The cubic 3t² - 2t³ of ``share`` clipped to 0..1."""
    t = np.clip(share, 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t))
