"""Chance that can be asked for any moment: the same seed, stream and time give the same numbers, on every machine."""

from __future__ import annotations

import hashlib
import math

import numpy as np
from numpy.typing import NDArray

_GOLDEN, _MIX_A, _MIX_B = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_ALL = (1 << 64) - 1
_NORMAL = 1_000_000  # channels of the two even numbers that make a normal one
STEPS = 16  # of a drift in the time in which it forgets
_MEMORY = 5 * STEPS  # what is older weighs less than a hundredth
_WEIGHTS = np.exp(-np.arange(_MEMORY) / STEPS)
_WEIGHTS /= math.sqrt(float((_WEIGHTS**2).sum()))


class Chance:
    """The chance of one stream. ``channel`` keeps what has nothing to do with each other apart."""

    def __init__(self, seed: int, key: str) -> None:
        self._base = int.from_bytes(hashlib.blake2b(f"{seed}/{key}".encode(), digest_size=8).digest(), "big")
        self._known: dict[int, tuple[int, float, float]] = {}

    def uniform(self, channel: int, index: int) -> float:
        """Evenly from 0 to 1, without 1."""
        mixed = (self._base + channel * _MIX_B + index * _GOLDEN) & _ALL
        mixed = (mixed ^ (mixed >> 30)) * _MIX_A & _ALL
        mixed = (mixed ^ (mixed >> 27)) * _MIX_B & _ALL
        return float(((mixed ^ (mixed >> 31)) >> 11) * 2.0**-53)

    def normal(self, channel: int, index: int) -> float:
        """Of mean 0 and deviation 1."""
        first, second = (self.uniform(_NORMAL + 2 * channel + half, index) for half in (0, 1))
        return math.sqrt(-2.0 * math.log1p(-first)) * math.cos(2.0 * math.pi * second)

    def drift(self, channel: int, t_s: float, relax_s: float) -> float:
        """A walk that is drawn back to 0, of deviation 1: an Ornstein-Uhlenbeck process that forgets in ``relax_s``.

        It is the sum of the last normal numbers with weights that fall off, straight between `STEPS` grid points in
        ``relax_s``; thus it needs no history.
        """
        at = t_s * STEPS / relax_s
        step = math.floor(at)
        known = self._known.get(channel)
        if known is None or known[0] != step:
            numbers = self._normal(channel, np.arange(step + 1, step - _MEMORY, -1))
            known = (step, float(_WEIGHTS @ numbers[1:]), float(_WEIGHTS @ numbers[:-1]))
            self._known[channel] = known
        share = at - step
        return (1.0 - share) * known[1] + share * known[2]

    def _uniform(self, channel: int, index: NDArray[np.int64]) -> NDArray[np.float64]:
        """As `uniform`: SplitMix64 of stream, channel and index."""
        start = np.uint64((self._base + channel * _MIX_B) & _ALL)
        mixed = start + index.astype(np.uint64) * np.uint64(_GOLDEN)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(_MIX_A)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(_MIX_B)
        return np.asarray(((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53, np.float64)

    def _normal(self, channel: int, index: NDArray[np.int64]) -> NDArray[np.float64]:
        """As `normal`: Box-Muller of two even numbers."""
        first, second = (self._uniform(_NORMAL + 2 * channel + half, index) for half in (0, 1))
        return np.asarray(np.sqrt(-2.0 * np.log1p(-first)) * np.cos(2.0 * math.pi * second), np.float64)
