"""One small triangle of every kind of batch, drawn once so that all shaders are built before they are needed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.model.formats import LayerKind
from loaders.model.meshes import MeshChunk
from scenes.visuals.batch import Batch
from scenes.visuals.layer_visual import VisualContext

_SIZE_M = 0.01


class Sample:
    """Puts the triangles at a world point until `close`."""

    def __init__(self, context: VisualContext, place_world_m: NDArray[np.float64]) -> None:
        self._renderer = context.renderer
        self._actors: list[Any] = []
        for kind in (LayerKind.BUILDING, LayerKind.TERRAIN):
            for transparent in (False, True):
                batch = Batch(_triangle(place_world_m, transparent), context.look, context.shadings.of(kind))
                batch.place(context.frame.render_from_world)
                self._actors += batch.actors
        for actor in self._actors:
            self._renderer.AddActor(actor)

    def close(self) -> None:
        """Take them away."""
        for actor in self._actors:
            self._renderer.RemoveActor(actor)
        self._actors = []


def _triangle(origin_m: NDArray[np.float64], transparent: bool) -> MeshChunk:
    return MeshChunk(
        origin_m=origin_m,
        positions=np.array([[0, 0, 0], [_SIZE_M, 0, 0], [0, 0, _SIZE_M]], np.float32),
        triangles=np.array([[0, 1, 2]], np.uint32),
        rows=np.zeros(3, np.uint32),
        colours=np.full((3, 4), 128 if transparent else 255, np.uint8),
        transparent=transparent,
    )
