"""What is under a ray: the nearest object drawn and not cut away, over all layers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.model.formats import LayerKind
from loaders.model.frames import Matrix, transform_bounds
from scenes.visuals.aperture import POINT, Aperture
from scenes.visuals.batch import Batch
from scenes.visuals.layer_visual import LayerVisual
from scenes.visuals.point_batch import PointBatch
from scenes.visuals.point_rays import PointRays
from scenes.visuals.rays import BatchRays, RayHit
from scenes.visuals.sections import kept_interval
from scenes.visuals.tile_batches import AnyBatch

Floats = NDArray[np.float64]
Rays = BatchRays | PointRays
_NO_CUTS = np.zeros((0, 4))


class Found(NamedTuple):
    """A ray's hit and what it belongs to."""

    visual: LayerVisual
    rays: Rays
    hit: RayHit


class Picker:
    """Casts rays at the layer visuals of a canvas; keeps one `BatchRays` or `PointRays` per batch.

    ``boxes_m`` (k, 6) are the world boxes of the batches of all visible layers.
    """

    def __init__(self, visuals: Callable[[], Iterable[LayerVisual]]) -> None:
        self._visuals = visuals
        self._rays: dict[int, Rays] = {}
        self._entries: list[tuple[LayerVisual, Rays]] = []
        self.boxes_m: Floats = np.zeros((0, 6))

    def refresh(self) -> None:
        """Take note of new, gone and moved batches."""
        kept: dict[int, Rays] = {}
        self._entries = []
        for visual in self._visuals():
            for batch in visual.batches:
                rays = self._rays.get(id(batch))
                if rays is None or rays.batch is not batch:
                    rays = rays_of(batch, visual.layer.world_from_model)
                else:
                    rays.place(visual.layer.world_from_model)
                kept[id(batch)] = rays
                if visual.layer.visible:
                    self._entries.append((visual, rays))
        self._rays = kept
        boxes = [transform_bounds(v.layer.world_from_model, _box_m(r)) for v, r in self._entries]
        self.boxes_m = np.array(boxes).reshape(-1, 6) + np.array([-1e-3] * 3 + [1e-3] * 3)

    @property
    def placed_batches(self) -> list[tuple[Batch, Matrix]]:
        """The batches of triangles that are drawn, each with its layer's placement."""
        entries = [(visual, rays) for visual, rays in self._entries if isinstance(rays, BatchRays)]
        return [(rays.batch, visual.layer.world_from_model) for visual, rays in entries]

    def ground_heights_m(self, points_m: Floats) -> Floats:
        """Heights (k,) of the terrain on show at world places (k, 2), NaN where there is none."""
        heights = np.full(len(points_m), -np.inf)
        for (visual, rays), box in zip(self._entries, self.boxes_m, strict=True):
            if visual.layer.kind is not LayerKind.TERRAIN or not isinstance(rays, BatchRays):
                continue
            inside = ((points_m >= box[:2]) & (points_m <= box[3:5])).all(axis=1)
            if inside.any():
                starts = np.column_stack([points_m[inside], np.full(int(inside.sum()), box[5] + 1.0)])
                heights[inside] = np.maximum(heights[inside], rays.heights_m(starts))
        return np.where(np.isfinite(heights), heights, np.nan)

    def build_next(self) -> bool:
        """Build one part of the embree scenes that are missing; tells whether there was one."""
        for rays in self._rays.values():
            if not rays.ready:
                rays.build_part()
                return True
        return False

    def cast(
        self,
        origin_m: Floats,
        direction: Floats,
        *,
        cuts: Floats = _NO_CUTS,
        reach_m: float = np.inf,
        aperture: Aperture = POINT,
    ) -> Found | None:
        """The nearest thing from a world point along a unit direction.

        ``cuts`` are half-spaces as in `sections`; hidden layers and objects are passed through.
        Points are hit within ``aperture``, or within the gaps between them.
        """
        near, far = kept_interval(cuts, origin_m, direction)
        far = min(far, reach_m)
        best: Found | None = None
        for enter, visual, rays in self._met(origin_m, direction):
            if enter > far:
                break
            if isinstance(rays, PointRays):
                hit = rays.cast(origin_m, direction, near, far, aperture)
            else:
                hit = rays.cast(origin_m, direction, near, far)
            if hit is not None and hit.distance_m <= far:
                best, far = Found(visual, rays, hit), hit.distance_m
        return best

    def nearest_depth_m(self, origin_m: Floats, directions: Floats, forward: Floats) -> float:
        """The least depth along ``forward`` of anything drawn along unit ``directions`` (k, 3); inf: nothing."""
        gaps = np.maximum(self.boxes_m[:, :3] - origin_m, origin_m - self.boxes_m[:, 3:])
        away = np.linalg.norm(np.maximum(gaps, 0.0), axis=1)
        nearest = np.inf
        for index in np.argsort(away):
            if away[index] >= nearest:
                break
            hits = self._entries[index][1].distances_m(origin_m, directions)
            nearest = min(nearest, float((hits * (directions @ forward)).min()))
        return nearest

    def _met(self, origin_m: Floats, direction: Floats) -> list[tuple[float, LayerVisual, Rays]]:
        if not self._entries:
            return []
        with np.errstate(divide="ignore", invalid="ignore"):
            first = np.nan_to_num(
                (self.boxes_m[:, :3] - origin_m) / direction, nan=-np.inf, posinf=np.inf, neginf=-np.inf
            )
            second = np.nan_to_num(
                (self.boxes_m[:, 3:] - origin_m) / direction, nan=np.inf, posinf=np.inf, neginf=-np.inf
            )
        enter = np.maximum(np.minimum(first, second).max(axis=1), 0.0)
        leave = np.maximum(first, second).min(axis=1)
        order = np.argsort(enter)
        met = []
        for index in order[(enter <= leave)[order]]:
            visual, rays = self._entries[index]
            met.append((float(enter[index]), visual, rays))
        return met


def rays_of(batch: AnyBatch, world_from_model: Matrix) -> Rays:
    """What casts rays at a batch."""
    return PointRays(batch, world_from_model) if isinstance(batch, PointBatch) else BatchRays(batch, world_from_model)


def _box_m(rays: Rays) -> Floats:
    """Points are as wide as they are drawn."""
    spacing = rays.batch.chunk.spacing_m if isinstance(rays, PointRays) else 0.0
    return rays.batch.bounds_m + spacing * np.array([-0.5] * 3 + [0.5] * 3)
