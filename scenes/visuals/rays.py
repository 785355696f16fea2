"""Rays against one batch, with embree, in the batch's own float64-safe local frame."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore import EmbreeDevice
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray

from loaders.model.frames import Matrix, transform_points, translation
from loaders.model.meshes import MeshChunk, extent
from scenes.visuals.batch import Batch

PART_TRIANGLES = 8_192

Floats = NDArray[np.float64]


class RayHit(NamedTuple):
    """Where a ray met a batch. ``distance_m`` from the ray's origin, world metres; ``triangle`` (3,) vertices."""

    distance_m: float
    point_m: Floats
    normal: Floats
    row: int
    triangle: NDArray[np.uint32]


class BatchRays:
    """Casts rays at what a batch draws. The embree scene is built when first needed and when that changes."""

    def __init__(self, batch: Batch, world_from_model: Matrix) -> None:
        self.batch = batch
        self._generation = self._building = -1
        self._parts: list[EmbreeScene] = []
        self._triangles: NDArray[np.uint32] = np.zeros((0, 3), np.uint32)
        self.place(world_from_model)

    def place(self, world_from_model: Matrix) -> None:
        """Take the layer's placement."""
        self.world_from_local = world_from_model @ translation(self.batch.chunk.origin_m)
        self._local_from_world: Floats = np.linalg.inv(self.world_from_local).astype(np.float64)
        low, high = extent(self.batch.chunk.positions)
        self._low, self._high = low - 1e-3, high + 1e-3

    @property
    def ready(self) -> bool:
        """Whether the next ray needs no building."""
        return self._generation == self.batch.generation

    def build(self) -> None:
        """Build all embree scenes for what is drawn now."""
        while not self.ready:
            self.build_part()

    def build_part(self) -> None:
        """Build the next embree scene: one part a tick keeps the window answering."""
        if self._building != self.batch.generation:
            drawn, ghosts = self.batch.drawn, self.batch.ghosts
            self._triangles = drawn if not ghosts.size else np.concatenate([drawn, ghosts])
            self._parts, self._building = [], self.batch.generation
        start = len(self._parts) * PART_TRIANGLES
        if start < len(self._triangles):
            self._parts.append(_embree_scene(self.batch.chunk, self._triangles[start : start + PART_TRIANGLES]))
        if len(self._parts) * PART_TRIANGLES >= len(self._triangles):
            self._generation = self._building

    def entry(self, origin_m: Floats, direction: Floats) -> tuple[float, float]:
        """Where a ray enters and leaves the batch's box, metres from its origin; near > far is a miss."""
        start = transform_points(self._local_from_world, origin_m[None])[0]
        along = self._local_from_world[:3, :3] @ direction
        with np.errstate(divide="ignore", invalid="ignore"):
            first = np.nan_to_num((self._low - start) / along, nan=-np.inf)
            second = np.nan_to_num((self._high - start) / along, nan=np.inf)
        near = float(np.minimum(first, second).max())
        far = float(np.maximum(first, second).min())
        return max(near, 0.0), far

    def cast(self, origin_m: Floats, direction: Floats, near_m: float, far_m: float) -> RayHit | None:
        """The nearest hit between ``near_m`` and ``far_m`` from a world origin along a unit direction."""
        if not self.ready:
            self.build()
        # Starting at the box keeps embree's float32 near the geometry, whatever the eye's distance.
        start = max(near_m, self.entry(origin_m, direction)[0])
        local = transform_points(self._local_from_world, (origin_m + direction * start)[None]).astype(np.float32)
        along = (self._local_from_world[:3, :3] @ direction)[None].astype(np.float32)
        index, nearest = -1, far_m - start
        for part, scene in enumerate(self._parts):
            found = scene.run(local, along, query="INTERSECT", output=1)
            if found["primID"][0] >= 0 and float(found["tfar"][0]) <= nearest:
                index, nearest = part * PART_TRIANGLES + int(found["primID"][0]), float(found["tfar"][0])
        return None if index < 0 else self._exact(index, origin_m, direction)

    def distances_m(self, origin_m: Floats, directions: Floats) -> Floats:
        """How far (k,) it is from one world point to what is drawn, along unit ``directions`` (k, 3); inf: nothing."""
        if not self.ready:
            self.build()
        local = transform_points(self._local_from_world, origin_m[None]).astype(np.float32)
        along = (directions @ self._local_from_world[:3, :3].T).astype(np.float32)
        starts = np.repeat(local, len(along), axis=0)
        nearest = np.full(len(directions), np.inf)
        for scene in self._parts:
            found = scene.run(starts, along, query="INTERSECT", output=1)
            nearest = np.minimum(nearest, np.where(found["primID"] < 0, np.inf, found["tfar"].astype(np.float64)))
        return nearest

    def heights_m(self, starts_m: Floats) -> Floats:
        """World heights (k,) of what is drawn straight below world points (k, 3), -inf where nothing is."""
        if not self.ready:
            self.build()
        local = transform_points(self._local_from_world, starts_m).astype(np.float32)
        along = np.tile(-self._local_from_world[:3, 2].astype(np.float32), (len(local), 1))
        nearest = np.full(len(local), np.inf)
        for scene in self._parts:
            found = scene.run(local, along, query="INTERSECT", output=1)
            nearest = np.minimum(nearest, np.where(found["primID"] < 0, np.inf, found["tfar"].astype(np.float64)))
        heights: Floats = starts_m[:, 2] - nearest
        return heights

    def _exact(self, index: int, origin_m: Floats, direction: Floats) -> RayHit | None:
        """The hit on a triangle again in float64: embree's own distance carries float32 noise."""
        triangle = self._triangles[index]
        corners = transform_points(self.world_from_local, self.batch.chunk.positions[triangle].astype(np.float64))
        normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
        length = float(np.linalg.norm(normal))
        slope = float(normal @ direction)
        if length == 0.0 or slope == 0.0:
            return None
        distance = float(normal @ (corners[0] - origin_m)) / slope
        facing = -normal / length if slope > 0.0 else normal / length
        row = int(self.batch.chunk.rows[triangle[0]])
        return RayHit(distance, origin_m + direction * distance, facing, row, triangle)


@cache
def _device() -> EmbreeDevice:
    """One for all scenes: a scene without one opens its own, and after a thousand of them there are no more."""
    return EmbreeDevice()


def _embree_scene(chunk: MeshChunk, triangles: NDArray[np.uint32]) -> EmbreeScene:
    first, last = int(triangles.min()), int(triangles.max()) + 1
    scene = EmbreeScene(_device())
    TriangleMesh(
        scene,
        np.ascontiguousarray(chunk.positions[first:last], np.float32),
        (triangles - np.uint32(first)).astype(np.int32),
    )
    # Embree sorts its triangles at the first ray: better here than under the pointer.
    scene.run(np.zeros((1, 3), np.float32), np.ones((1, 3), np.float32), query="INTERSECT", output=1)
    return scene
