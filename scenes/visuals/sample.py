"""One small triangle or point of every kind of batch, drawn once so that shaders are built before they are needed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.model.formats import LayerKind
from loaders.model.meshes import MeshChunk
from loaders.model.points import PointChunk
from scenes.visuals.batch import Batch
from scenes.visuals.layer_visual import VisualContext
from scenes.visuals.point_batch import PointBatch

_SIZE_M = 0.01


class Sample:
    """Puts the triangles at a world point until `close`."""

    def __init__(self, context: VisualContext, place_world_m: NDArray[np.float64]) -> None:
        self._renderer, self._points_renderer = context.renderer, context.points_renderer
        self._actors: list[Any] = []
        for kind in (LayerKind.BUILDING, LayerKind.TERRAIN):
            for transparent in (False, True):
                batch = Batch(_triangle(place_world_m, transparent), context.look, context.shadings.of(kind))
                batch.place(context.frame.render_from_world)
                self._actors += batch.actors
            valued = Batch(_triangle(place_world_m, False), context.look, context.shadings.of(kind))
            valued.set_live_colours(np.full((1, 4), 255, np.uint8), np.zeros(0, np.uint8))
            valued.place(context.frame.render_from_world)
            self._actors += valued.actors
        for actor in self._actors:
            self._renderer.AddActor(actor)
        point = PointBatch(_point(place_world_m), context.look, context.shadings.points)
        point.place(context.frame.render_from_world)
        self._point = point.actors[0]
        self._points_renderer.AddActor(self._point)

    def close(self) -> None:
        """Take them away."""
        for actor in self._actors:
            self._renderer.RemoveActor(actor)
        self._points_renderer.RemoveActor(self._point)
        self._actors = []


def _point(origin_m: NDArray[np.float64]) -> PointChunk:
    positions, rows = np.zeros((1, 3), np.float32), np.zeros(1, np.uint32)
    return PointChunk(origin_m, positions, rows, np.full((1, 4), 255, np.uint8), _SIZE_M)


def _triangle(origin_m: NDArray[np.float64], transparent: bool) -> MeshChunk:
    return MeshChunk(
        origin_m=origin_m,
        positions=np.array([[0, 0, 0], [_SIZE_M, 0, 0], [0, 0, _SIZE_M]], np.float32),
        triangles=np.array([[0, 1, 2]], np.uint32),
        rows=np.zeros(3, np.uint32),
        colours=np.full((3, 4), 128 if transparent else 255, np.uint8),
        transparent=transparent,
    )
