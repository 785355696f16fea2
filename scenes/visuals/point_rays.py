"""Rays against the points of one batch: what lies within a few pixels of a ray counts as hit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from loaders.model.frames import Matrix, transform_points, translation
from loaders.model.meshes import extent
from scenes.visuals.aperture import POINT, Aperture
from scenes.visuals.point_batch import PointBatch
from scenes.visuals.rays import RayHit

BLOCK_POINTS = 256
_FRONT = 4.0  # points so many radii behind the foremost one are still of the same surface
_NEIGHBOURS = 24  # that tell which way a surface faces
_BITS = 10

Floats = NDArray[np.float64]


class PointRays:
    """Casts rays at what a batch draws; answers what `scenes.visuals.rays.BatchRays` does for triangles.

    Points that lie together stand together in blocks, whose boxes tell which of them a ray passes.
    """

    def __init__(self, batch: PointBatch, world_from_model: Matrix) -> None:
        self.batch = batch
        self._generation = -1
        self._points: NDArray[np.float32] = np.zeros((0, 3), np.float32)
        self._numbers: NDArray[np.uint32] = np.zeros(0, np.uint32)
        self._boxes: NDArray[np.float32] = np.zeros((0, 6), np.float32)
        self.place(world_from_model)

    def place(self, world_from_model: Matrix) -> None:
        """Take the layer's placement."""
        self.world_from_local = world_from_model @ translation(self.batch.chunk.origin_m)
        self._local_from_world: Floats = np.linalg.inv(self.world_from_local).astype(np.float64)

    @property
    def ready(self) -> bool:
        """Whether the next ray needs no building."""
        return self._generation == self.batch.generation

    def build_part(self) -> None:
        """Put what is drawn now into blocks; a tile of points takes some milliseconds."""
        drawn, ghosts = self.batch.drawn, self.batch.ghosts
        numbers = drawn if not ghosts.size else np.concatenate([drawn, ghosts])
        points = self.batch.chunk.positions[numbers]
        order = np.argsort(_morton(points), kind="stable") if len(points) else np.zeros(0, np.int64)
        self._points, self._numbers = points[order], numbers[order]
        starts = np.arange(0, len(points), BLOCK_POINTS)
        low, high = (
            least.reduceat(self._points, starts, axis=0) if len(points) else np.zeros((0, 3), np.float32)
            for least in (np.minimum, np.maximum)
        )
        self._boxes = np.concatenate([low, high], axis=1)
        self._generation = self.batch.generation

    def _local_ray(self, origin_m: Floats, directions: Floats) -> tuple[Floats, Floats]:
        start = transform_points(self._local_from_world, origin_m[None])[0]
        return start, directions @ self._local_from_world[:3, :3].T

    def cast(
        self, origin_m: Floats, direction: Floats, near_m: float, far_m: float, aperture: Aperture = POINT
    ) -> RayHit | None:
        """The point that a ray from a world origin along a unit direction means, between ``near_m`` and ``far_m``."""
        if not self.ready:
            self.build_part()
        start, along = self._local_ray(origin_m, direction[None])
        numbers = self._candidates(start, along[0], aperture)
        if not numbers.size:
            return None
        offset = self._points[numbers].astype(np.float64) - start
        depth = offset @ along[0]
        gap = np.linalg.norm(offset - depth[:, None] * along[0], axis=1)
        radius = self._radius(depth, aperture)
        hit = (gap <= radius) & (depth >= near_m) & (depth <= far_m)
        if not hit.any():
            return None
        front = depth[hit].min()
        meant = np.flatnonzero(hit & (depth <= front + _FRONT * self._radius(front, aperture)))
        best = meant[np.argmin(gap[meant])]
        return self._hit(int(numbers[best]), origin_m, direction)

    def _radius(self, depth: Floats, aperture: Aperture) -> Floats:
        chunk = self.batch.chunk
        own = 0.0 if chunk.refined else chunk.spacing_m / 2.0
        return np.maximum(own, aperture.radius_m(depth))

    def _candidates(self, start: Floats, along: Floats, aperture: Aperture) -> NDArray[np.int64]:
        """Numbers of the points in blocks that a ray passes as near as it may."""
        centres = (self._boxes[:, :3].astype(np.float64) + self._boxes[:, 3:]) / 2.0
        reach = np.linalg.norm(self._boxes[:, 3:].astype(np.float64) - self._boxes[:, :3], axis=1) / 2.0
        offset = centres - start
        depth = offset @ along
        gap = np.linalg.norm(offset - depth[:, None] * along, axis=1)
        met = (gap <= reach + self._radius(depth + reach, aperture)) & (depth >= -reach)
        firsts = np.flatnonzero(met)[:, None] * BLOCK_POINTS + np.arange(BLOCK_POINTS)
        numbers: NDArray[np.int64] = firsts[firsts < len(self._points)]
        return numbers

    def distances_m(self, origin_m: Floats, directions: Floats) -> Floats:
        """How far (k,) it is at least to what is drawn, along unit ``directions`` (k, 3); inf: nothing.

        Blocks count as a whole: this is asked to clip nothing away, not to hit.
        """
        if not self.ready:
            self.build_part()
        if not len(self._boxes):
            return np.full(len(directions), np.inf)
        start, along = self._local_ray(origin_m, directions)
        with np.errstate(divide="ignore", invalid="ignore"):
            first = np.nan_to_num((self._boxes[None, :, :3] - start) / along[:, None], nan=-np.inf)
            second = np.nan_to_num((self._boxes[None, :, 3:] - start) / along[:, None], nan=np.inf)
        enter = np.maximum(np.minimum(first, second).max(axis=2), 0.0)
        leave = np.maximum(first, second).min(axis=2)
        nearest: Floats = np.where(enter <= leave, enter, np.inf).min(axis=1)
        return nearest

    def _hit(self, index: int, origin_m: Floats, direction: Floats) -> RayHit:
        point = transform_points(self.world_from_local, self._points[index].astype(np.float64)[None])[0]
        number = self._numbers[index]
        row = int(self.batch.chunk.rows[number])
        distance = float((point - origin_m) @ direction)
        normal = self._normal(index, direction)
        return RayHit(distance, point, normal, row, np.array([number], np.uint32))

    def _normal(self, index: int, direction: Floats) -> Floats:
        """Which way the surface around a point faces, towards the ray's origin."""
        block = index // BLOCK_POINTS * BLOCK_POINTS
        around = self._points[block : block + BLOCK_POINTS].astype(np.float64)
        gaps = np.linalg.norm(around - self._points[index], axis=1)
        near = around[np.argsort(gaps, kind="stable")[:_NEIGHBOURS]]
        if len(near) < 4:
            return -direction
        _, widths, axes = np.linalg.svd(near - near.mean(axis=0), full_matrices=False)
        normal = self.world_from_local[:3, :3] @ axes[2]
        if widths[2] > 0.5 * widths[1]:  # a bush, not a surface
            normal = -direction
        facing: Floats = normal / np.linalg.norm(normal)
        return -facing if facing @ direction > 0.0 else facing


def _morton(points: NDArray[np.float32]) -> NDArray[np.int64]:
    """Keys by which points that lie together come together."""
    low, high = extent(points)
    size = float((high - low).max()) or 1.0
    cells = ((points - low) / size * ((1 << _BITS) - 1)).astype(np.int64)
    keys = np.zeros(len(points), np.int64)
    for bit in range(_BITS):
        for axis in range(3):
            keys |= ((cells[:, axis] >> bit) & 1) << (3 * bit + axis)
    return keys
