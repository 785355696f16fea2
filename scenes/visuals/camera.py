"""How a camera moves: pure functions from one `CameraView` to the next, in world metres.

A camera here never rolls: its right vector is horizontal, so it is told by a position, a heading and
a pitch, and it can look straight up or down but never further over.
"""

from __future__ import annotations

import dataclasses
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scenes.model.view import CameraView, Vector, ViewPreset

MAX_PITCH_RAD = math.pi / 2.0
MIN_DISTANCE_M = 0.05
MAX_DISTANCE_M = 2e7
FIT_MARGIN = 1.08

Floats = NDArray[np.float64]


class Aim(NamedTuple):
    """Where a camera looks: ``heading_rad`` clockwise from north, ``pitch_rad`` above the horizon."""

    heading_rad: float
    pitch_rad: float


PRESET_AIMS = {
    ViewPreset.ISO: Aim(math.radians(-35.0), math.radians(-32.0)),
    ViewPreset.TOP: Aim(0.0, -MAX_PITCH_RAD),
    ViewPreset.BOTTOM: Aim(0.0, MAX_PITCH_RAD),
    ViewPreset.NORTH: Aim(0.0, 0.0),
    ViewPreset.EAST: Aim(math.pi / 2.0, 0.0),
    ViewPreset.SOUTH: Aim(math.pi, 0.0),
    ViewPreset.WEST: Aim(-math.pi / 2.0, 0.0),
}


def basis(aim: Aim) -> Floats:
    """Right, up and backward (3, 3) as columns, world axes."""
    sin_h, cos_h = math.sin(aim.heading_rad), math.cos(aim.heading_rad)
    sin_p, cos_p = math.sin(aim.pitch_rad), math.cos(aim.pitch_rad)
    right = np.array([cos_h, -sin_h, 0.0])
    forward = np.array([sin_h * cos_p, cos_h * cos_p, sin_p])
    return np.column_stack([right, np.cross(right, forward), -forward])


def aim_of(view: CameraView) -> Aim:
    """Where a view looks; a roll is dropped."""
    forward = np.subtract(view.target_m, view.position_m)
    length = float(np.linalg.norm(forward))
    if not math.isfinite(length) or length == 0.0:
        return PRESET_AIMS[ViewPreset.ISO]
    forward = forward / length
    pitch = math.asin(float(np.clip(forward[2], -1.0, 1.0)))
    flat = math.hypot(forward[0], forward[1])
    if flat > 1e-6:
        return Aim(math.atan2(forward[0], forward[1]), pitch)
    # Straight up or down: the heading is where the top of the picture points.
    up = np.asarray(view.up) * (1.0 if forward[2] < 0 else -1.0)
    return Aim(math.atan2(up[0], up[1]) if math.hypot(up[0], up[1]) > 1e-9 else 0.0, pitch)


def distance_of(view: CameraView) -> float:
    """From the eye to the target, metres."""
    return max(float(np.linalg.norm(np.subtract(view.target_m, view.position_m))), MIN_DISTANCE_M)


def aimed(view: CameraView, position_m: Floats, aim: Aim, distance_m: float) -> CameraView:
    """``view``'s lens at another place and aim."""
    axes = basis(aim)
    return dataclasses.replace(
        view,
        position_m=vector(position_m),
        target_m=vector(position_m - axes[:, 2] * distance_m),
        up=vector(axes[:, 1]),
    )


def vector(values: Floats) -> Vector:
    """Three plain floats."""
    return (float(values[0]), float(values[1]), float(values[2]))


def clamped(aim: Aim) -> Aim:
    """An aim that does not go over the zenith or the nadir; headings within ±180°."""
    heading = math.remainder(aim.heading_rad, 2.0 * math.pi)
    return Aim(heading, min(MAX_PITCH_RAD, max(-MAX_PITCH_RAD, aim.pitch_rad)))


def orbit(view: CameraView, pivot_m: Vector, turn_rad: float, tilt_rad: float) -> CameraView:
    """Turn about the vertical through ``pivot_m`` and tilt, the pivot staying on its pixel."""
    before = aim_of(view)
    after = clamped(Aim(before.heading_rad + turn_rad, before.pitch_rad + tilt_rad))
    pivot = np.asarray(pivot_m, np.float64)
    in_camera = basis(before).T @ (np.asarray(view.position_m) - pivot)
    return aimed(view, pivot + basis(after) @ in_camera, after, distance_of(view))


def look_around(view: CameraView, turn_rad: float, tilt_rad: float) -> CameraView:
    """Turn the head where it is."""
    before = aim_of(view)
    after = clamped(Aim(before.heading_rad + turn_rad, before.pitch_rad + tilt_rad))
    return aimed(view, np.asarray(view.position_m, np.float64), after, distance_of(view))


def metres_per_pixel(view: CameraView, point_m: Vector | Floats, height_px: int) -> float:
    """The size of a pixel at the depth of a point, metres."""
    if view.orthographic:
        return view.height_m / max(1, height_px)
    depth = float(-basis(aim_of(view))[:, 2] @ np.subtract(point_m, view.position_m))
    return 2.0 * abs(depth) * math.tan(math.radians(view.field_of_view_deg) / 2.0) / max(1, height_px)


def pan(view: CameraView, grabbed_m: Vector, shift_px: tuple[float, float], height_px: int) -> CameraView:
    """Move sideways so that ``grabbed_m`` follows the pointer by ``shift_px`` (right, down)."""
    axes = basis(aim_of(view))
    size = metres_per_pixel(view, grabbed_m, height_px)
    offset = axes[:, 0] * (-shift_px[0] * size) + axes[:, 1] * (shift_px[1] * size)
    return moved(view, offset)


def moved(view: CameraView, offset_m: Floats) -> CameraView:
    """The same view from a place ``offset_m`` away."""
    return dataclasses.replace(
        view, position_m=vector(view.position_m + offset_m), target_m=vector(view.target_m + offset_m)
    )


def zoom(view: CameraView, anchor_m: Vector, factor: float) -> CameraView:
    """Come nearer to ``anchor_m`` (``factor`` < 1) or go away, the anchor staying on its pixel."""
    anchor = np.asarray(anchor_m, np.float64)
    away = distance_of(view) * factor
    if not MIN_DISTANCE_M < away < MAX_DISTANCE_M:
        return view
    return dataclasses.replace(
        view,
        position_m=vector(anchor + (np.asarray(view.position_m) - anchor) * factor),
        target_m=vector(anchor + (np.asarray(view.target_m) - anchor) * factor),
        height_m=view.height_m * factor,
    )


def fit(view: CameraView, bounds_m: Floats, aspect: float, aim: Aim | None = None) -> CameraView:
    """``bounds_m`` (6,) filling the picture, seen along ``aim`` (as now when None)."""
    aim = aim or aim_of(view)
    axes = basis(aim)
    centre = (bounds_m[:3] + bounds_m[3:]) / 2.0
    corners = np.array([[bounds_m[x], bounds_m[y], bounds_m[z]] for x in (0, 3) for y in (1, 4) for z in (2, 5)])
    local = (corners - centre) @ axes
    tan_up = math.tan(math.radians(view.field_of_view_deg) / 2.0) / FIT_MARGIN
    height = 2.0 * FIT_MARGIN * max(float(np.abs(local[:, 1]).max()), float(np.abs(local[:, 0]).max()) / aspect, 0.5)
    fitted = dataclasses.replace(view, height_m=height)
    size = float(np.linalg.norm(bounds_m[3:] - bounds_m[:3]))
    if view.orthographic:
        # A parallel eye stands clear of everything, else the near plane cuts it.
        distance = max(size, 1.0)
        return aimed(fitted, centre + axes[:, 2] * distance, aim, distance)
    distance, aside = _framed(local, np.array([tan_up * aspect, tan_up]), 0.05 * size)
    return aimed(fitted, centre + axes[:, :2] @ aside + axes[:, 2] * distance, aim, distance)


def _framed(local: Floats, tangents: Floats, clear_m: float) -> tuple[float, Floats]:
    """How far back and aside (2,) an eye must stand for points (n, 3) right, up, backward to fill the picture.

    In perspective what is near looks larger, so the middle of a box is not the middle of its picture:
    a few rounds bring that to the middle.
    """
    aside = np.zeros(2)
    distance = 1.0
    for _ in range(4):
        flat = local[:, :2] - aside
        needed = (np.abs(flat) / tangents).max(axis=1) + local[:, 2]
        # What is seen end on needs no width, but the eye must still stand before it.
        distance = max(float(needed.max()), float(local[:, 2].max()) + clear_m, 1.0)
        seen = flat / np.maximum(distance - local[:, 2], 1e-6)[:, None]
        aside = aside + (seen.min(axis=0) + seen.max(axis=0)) / 2.0 * distance
    flat = local[:, :2] - aside
    needed = (np.abs(flat) / tangents).max(axis=1) + local[:, 2]
    return max(float(needed.max()), float(local[:, 2].max()) + clear_m, 1.0), aside


def with_projection(view: CameraView, orthographic: bool) -> CameraView:
    """Perspective or parallel, what is at the target keeping its size on the screen."""
    if orthographic == view.orthographic:
        return view
    tangent = 2.0 * math.tan(math.radians(view.field_of_view_deg) / 2.0)
    if orthographic:
        return dataclasses.replace(view, orthographic=True, height_m=distance_of(view) * tangent)
    eye = np.asarray(view.target_m) + basis(aim_of(view))[:, 2] * (view.height_m / tangent)
    return dataclasses.replace(view, orthographic=False, position_m=vector(eye))


def ray(view: CameraView, point_px: tuple[float, float], size_px: tuple[int, int]) -> tuple[Floats, Floats]:
    """The ray (origin, unit direction) through a screen point, pixels from the top left, world metres."""
    width, height = max(1, size_px[0]), max(1, size_px[1])
    across = (2.0 * point_px[0] - width) / height
    upward = (height - 2.0 * point_px[1]) / height
    axes = basis(aim_of(view))
    position = np.asarray(view.position_m, np.float64)
    if view.orthographic:
        offset = axes[:, :2] @ np.array([across, upward]) * (view.height_m / 2.0)
        return position + offset, -axes[:, 2]
    tangent = math.tan(math.radians(view.field_of_view_deg) / 2.0)
    direction = axes @ np.array([across * tangent, upward * tangent, -1.0])
    return position, direction / np.linalg.norm(direction)


def project(view: CameraView, points_m: Floats, size_px: tuple[int, int]) -> Floats:
    """World points (n, 3) as (n, 3): pixels from the top left, and depth in metres before the eye."""
    local = (np.atleast_2d(points_m) - np.asarray(view.position_m)) @ basis(aim_of(view))
    depth = -local[:, 2]
    half = size_px[1] / 2.0
    if view.orthographic:
        scale = np.full(len(local), half / (view.height_m / 2.0))
    else:
        tangent = math.tan(math.radians(view.field_of_view_deg) / 2.0)
        scale = half / (np.where(depth > 1e-9, depth, np.nan) * tangent)
    return np.column_stack([size_px[0] / 2.0 + local[:, 0] * scale, half - local[:, 1] * scale, depth])
