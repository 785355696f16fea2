"""A batch's objects in a few boxes, tighter than the one around all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.model.frames import Matrix, transform_boxes
from loaders.model.meshes import MeshChunk
from loaders.tileset.chunks import object_runs

SIDE = 4  # squares along each side of a batch's ground
FEW = 8  # objects that are boxes of their own

Floats = NDArray[np.float64]


def boxes_of(chunk: Any) -> Floats:
    """(k, 6) model frame, around the objects whose middles are in one square of the chunk's ground."""
    if not isinstance(chunk, MeshChunk):
        bounds: Floats = np.asarray(chunk.bounds_m)[None]
        return bounds
    runs = object_runs(chunk)
    middles = (runs.low_m[:, :2] + runs.high_m[:, :2]) / 2.0
    low, size = middles.min(axis=0), np.maximum(np.ptp(middles, axis=0), 1e-9)
    squares = np.minimum(((middles - low) / size * SIDE).astype(np.int64), SIDE - 1) @ np.array([SIDE, 1])
    if len(runs.rows) <= FEW:
        squares = np.arange(len(runs.rows))
    order = np.argsort(squares, kind="stable")
    firsts = np.flatnonzero(np.append(True, np.diff(squares[order]) > 0))
    lows, highs = np.minimum.reduceat(runs.low_m[order], firsts), np.maximum.reduceat(runs.high_m[order], firsts)
    return np.concatenate([lows, highs], axis=1)


@dataclass(slots=True, eq=False)
class BatchParts:
    """The boxes (k, 6) of a batch in its model frame and, once placed, in the world; what a picture said of each.

    ``behind`` (k,): it was covered in the last picture. ``streak``: for how many pictures all were out of sight.
    """

    batch: Any
    boxes_model_m: Floats
    boxes_m: Floats = field(default_factory=lambda: np.zeros((0, 6)))
    behind: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    streak: int = 0
    _place: Matrix | None = None

    @staticmethod
    def of(batch: Any) -> BatchParts:
        """The parts of a batch, not placed yet."""
        boxes = boxes_of(batch.chunk)
        return BatchParts(batch, boxes, behind=np.zeros(len(boxes), np.bool_))

    def place(self, world_from_model: Matrix) -> None:
        """Take the layer's placement."""
        if self._place is not world_from_model:
            self._place = world_from_model
            self.boxes_m = transform_boxes(world_from_model, self.boxes_model_m)
            self.behind[:] = False
