"""The centre line of something long: a pipe, a road, a cable."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST_SLENDERNESS = 2.0  # length to width: what is stouter has no line
NUM_SLICES = 33
STRAIGHT = 0.02  # of the width: what bends less has two ends and nothing between
NARROW, WIDE = 0.6, 2.5  # times the middle width: a cut of an end's corner, or of two arms of a bend, says nothing

Floats = NDArray[np.float64]


def centre_line(triangles_m: Floats) -> Floats | None:
    """(k, 3) along the middle of triangles (n, 3, 3), all metres; None where they are not longer than wide.

    Planes across the principal axis of the corners cut the edges; the middle of each cut is a point of the line. What
    is bent so far that it comes back beside itself is followed as far as one cut tells one place.
    """
    corners = triangles_m.reshape(-1, 3)
    corners = np.unique(corners[np.isfinite(corners).all(axis=1)], axis=0)
    if len(corners) < 3:
        return None
    middle = corners.mean(axis=0)
    _, spread, axes = np.linalg.svd(corners - middle, full_matrices=False)
    if not spread[0] > 0.0:
        return None
    local = (triangles_m - middle) @ axes.T
    flat = local.reshape(-1, 3)
    flat = flat[np.isfinite(flat).all(axis=1)]
    low, high = flat.min(axis=0), flat.max(axis=0)
    length, width = high[0] - low[0], float(np.max(high[1:] - low[1:]))
    if length < LEAST_SLENDERNESS * width:
        return None
    inset = 1e-6 * length
    points, width = _slices(local, np.linspace(low[0] + inset, high[0] - inset, NUM_SLICES))
    if len(points) < 2:
        return None
    step = points[-1] - points[0]
    straight = points[0] + ((points[:, 0] - points[0, 0]) / step[0])[:, None] * step
    if np.abs(points - straight).max() <= STRAIGHT * width:  # as long as it is: an axis aslant cuts the ends' corners
        reach = (np.array([low[0], high[0]]) - points[0, 0]) / step[0]
        points = points[0] + reach[:, None] * step
    line: Floats = points @ axes + middle
    return line


def _slices(local: Floats, at: Floats) -> tuple[Floats, float]:
    """The middles (k, 3) of the cuts at ``at`` along the first axis, but of corners and of two arms; their width."""
    begins, ends = local.reshape(-1, 3), np.roll(local, -1, axis=1).reshape(-1, 3)
    middles, widths = [], []
    for along in at:
        crossing = (begins[:, 0] < along) != (ends[:, 0] < along)
        a, b = begins[crossing], ends[crossing]
        if not len(a):
            continue
        share = ((along - a[:, 0]) / (b[:, 0] - a[:, 0]))[:, None]
        cut = a + share * (b - a)
        low, high = cut.min(axis=0), cut.max(axis=0)
        middles.append((low + high) / 2.0)
        widths.append(float(np.max(high[1:] - low[1:])))
    if not middles:
        return np.zeros((0, 3)), 0.0
    usual = float(np.median(widths))
    shares = np.array(widths) / max(usual, 1e-12)
    return np.array(middles)[(shares >= NARROW) & (shares <= WIDE)], usual
