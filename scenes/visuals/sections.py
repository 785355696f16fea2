"""Section planes and box as half-spaces, the same for the shader and for rays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenes.model.view import SectionBox, SectionPlane, ViewState

Floats = NDArray[np.float64]


def half_spaces(view: ViewState) -> Floats:
    """(k, 4) ``n, d`` in world space: what has ``n . p + d > 0`` is cut away. Box first."""
    rows = _box_rows(view.section_box)
    rows += [_plane_row(plane) for plane in view.section_planes if plane.enabled]
    return np.array([row for row in rows if np.isfinite(row).all()], np.float64).reshape(-1, 4)


def _box_rows(box: SectionBox | None) -> list[Floats]:
    if box is None or not box.enabled:
        return []
    rows = []
    for axis in range(3):
        normal = np.eye(3)[axis]
        rows.append(np.append(-normal, box.bounds_m[axis]))
        rows.append(np.append(normal, -box.bounds_m[axis + 3]))
    return rows


def _plane_row(plane: SectionPlane) -> Floats:
    length = float(np.linalg.norm(plane.normal))
    normal = np.asarray(plane.normal, np.float64) / (length or np.nan)
    return np.append(normal, -float(normal @ np.asarray(plane.origin_m)))


def shifted(cuts: Floats, origin_m: Floats) -> Floats:
    """World half-spaces in the space whose origin lies at world ``origin_m``."""
    result = np.array(cuts)
    result[:, 3] += cuts[:, :3] @ origin_m
    return result


def kept_interval(cuts: Floats, origin_m: Floats, direction: Floats) -> tuple[float, float]:
    """The part ``[near, far]`` of a ray, in metres from its origin, that no half-space cuts away.

    Empty when near > far. The kept region is convex, so it is one interval.
    """
    near, far = 0.0, np.inf
    for row in cuts:
        slope = float(row[:3] @ direction)
        height = float(row[:3] @ origin_m + row[3])
        if abs(slope) < 1e-12:
            if height > 0.0:
                return np.inf, -np.inf
        elif slope > 0.0:
            far = min(far, -height / slope)
        else:
            near = max(near, -height / slope)
    return near, far


def is_kept(cuts: Floats, points_m: Floats, slack_m: float = 1e-6) -> NDArray[np.bool_]:
    """Which points (n, 3) are not cut away."""
    heights = np.atleast_2d(points_m) @ cuts[:, :3].T + cuts[:, 3]
    return np.asarray((heights <= slack_m).all(axis=1))
