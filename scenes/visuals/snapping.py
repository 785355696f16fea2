"""Finding the vertex or edge that a pointer means, a few pixels from where it is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.model.frames import transform_points
from scenes.model.view import CameraView
from scenes.visuals import camera
from scenes.visuals.feature_edges import feature_edges
from scenes.visuals.picking import Found
from scenes.visuals.point_rays import PointRays
from scenes.visuals.rays import BatchRays

VERTEX_REACH_PX = 11.0
EDGE_REACH_PX = 8.0

Floats = NDArray[np.float64]


class Snap(NamedTuple):
    """A world point and what it sits on: ``vertex``, ``edge`` or ``face``."""

    point_m: Floats
    kind: str


def snap(found: Found, view: CameraView, point_px: tuple[float, float], size_px: tuple[int, int]) -> Snap:
    """The vertex within 11 px of the pointer, else the edge within 8 px, else the face point itself.

    Only the corners and creases of the object that was hit are offered, no diagonals of its faces.
    """
    if isinstance(found.rays, PointRays):
        return Snap(found.hit.point_m, "vertex")  # it is a point already
    corners_m, edges = _nearby(found, found.rays, view, size_px)
    if not len(edges):
        return Snap(found.hit.point_m, "face")
    on_screen = camera.project(view, corners_m, size_px)
    pointer = np.asarray(point_px, np.float64)
    with np.errstate(invalid="ignore"):
        used = np.unique(edges)
        gaps = np.linalg.norm(on_screen[used, :2] - pointer, axis=1)
    gaps = np.nan_to_num(gaps, nan=np.inf)
    if gaps.min() <= VERTEX_REACH_PX:
        close = used[gaps <= gaps.min() + 1.0]
        # Two corners on one pixel: the one in front.
        return Snap(corners_m[close[np.argmin(on_screen[close, 2])]], "vertex")
    return _on_edge(corners_m, edges, on_screen, pointer, view.orthographic) or Snap(found.hit.point_m, "face")


def _nearby(
    found: Found, rays: BatchRays, view: CameraView, size_px: tuple[int, int]
) -> tuple[Floats, NDArray[np.int64]]:
    """World corners and feature edges of the hit object, those with no triangle near the hit left out."""
    batch = rays.batch
    members = batch.runs.members(np.array([found.hit.row]))
    first, last = int(members.min()), int(members.max()) + 1
    triangles = batch.chunk.triangles[batch.rows_of_elements() == found.hit.row]
    corners_m = transform_points(rays.world_from_local, batch.chunk.positions[first:last].astype(np.float64))
    local = triangles.astype(np.int64) - first
    reach_m = 3.0 * VERTEX_REACH_PX * camera.metres_per_pixel(view, found.hit.point_m, size_px[1])
    low = corners_m[local].min(axis=1) - reach_m
    high = corners_m[local].max(axis=1) + reach_m
    near = ((found.hit.point_m >= low) & (found.hit.point_m <= high)).all(axis=1)
    return corners_m, feature_edges(corners_m, local[near])


def _on_edge(
    corners_m: Floats, edges: NDArray[np.int64], on_screen: Floats, pointer: Floats, parallel: bool
) -> Snap | None:
    start, stop = on_screen[edges[:, 0], :2], on_screen[edges[:, 1], :2]
    along = stop - start
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip(((pointer - start) * along).sum(axis=1) / (along * along).sum(axis=1), 0.0, 1.0)
        gaps = np.linalg.norm(start + along * share[:, None] - pointer, axis=1)
    gaps = np.nan_to_num(gaps, nan=np.inf)
    best = int(np.argmin(gaps))
    if gaps[best] > EDGE_REACH_PX:
        return None
    # The screen share is not the world share in perspective: 1/depth is what runs linearly.
    near, far = (1.0, 1.0) if parallel else 1.0 / on_screen[edges[best], 2]
    in_world = share[best] * far / (near + (far - near) * share[best])
    begin, end = corners_m[edges[best, 0]], corners_m[edges[best, 1]]
    return Snap(begin + (end - begin) * in_world, "edge")
