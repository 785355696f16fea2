"""Which objects are closed and turned outwards: nobody outside sees the back of their triangles.

An edge of a closed, consistently turned surface is run along once in each direction. Every corner gets two random
numbers from its coordinates; the "area" of a triangle in the plane of these numbers, modulo 2^64, adds up to that of
what is left open: to nothing for a closed surface, and to something else for any other but for one in some 2^60.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]

_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)


def closed_runs(
    positions: NDArray[np.float32], triangles: NDArray[np.uint32], firsts: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(k,) whether each run of triangles, from ``firsts[i]`` to the next, is closed and encloses its inside.

    Corners at exactly one place are one; a surface whose inside is outside, or nothing, is not closed.
    """
    if not len(firsts):
        return np.zeros(0, np.bool_)
    one, other = _random(positions, 0), _random(positions, 1)
    a, b, c = (np.ascontiguousarray(triangles[:, corner]) for corner in range(3))
    left_open = one[a] * (other[b] - other[c]) + one[b] * (other[c] - other[a]) + one[c] * (other[a] - other[b])
    shut: NDArray[np.bool_] = np.add.reduceat(left_open, firsts) == 0
    if shut.any():
        shut &= _volumes_m3(positions, triangles, firsts) > 0.0
    return shut


def _random(positions: NDArray[np.float32], salt: int) -> Words:
    """A number (n,) for each place, the same for equal coordinates."""
    bits = (positions + np.float32(0.0)).view(np.uint32).astype(np.uint64)  # minus nought is nought
    word = np.full(len(positions), 0x2545F4914F6CDD1D + salt, np.uint64)
    for axis in range(3):
        word = (word ^ bits[:, axis]) * _FACTORS[(axis + salt) % 3]
        word ^= word >> np.uint64(29)
    word *= _FACTORS[salt]
    return word ^ (word >> np.uint64(32))


def _volumes_m3(
    positions: NDArray[np.float32], triangles: NDArray[np.uint32], firsts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """What each run encloses (divergence theorem), about its first corner for the sake of the last digits."""
    counts = np.diff(np.append(firsts, len(triangles)))
    about = np.repeat(positions[triangles[firsts, 0]], counts, axis=0)
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = ((positions[triangles[:, i]] - about).T for i in range(3))
    six_times = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
    return np.add.reduceat(six_times.astype(np.float64), firsts) / 6.0
