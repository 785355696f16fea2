"""The batches of one tile in a renderer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.visuals.batch import Batch
from scenes.visuals.point_batch import PointBatch

AnyBatch = Batch | PointBatch


class TileBatches:
    """Batches that come, show and go together; those of points in a renderer of their own."""

    def __init__(self, batches: tuple[AnyBatch, ...], renderer: Any, points_renderer: Any) -> None:
        self.batches = batches
        self._renderer = renderer
        self._points_renderer = points_renderer

    def _renderer_of(self, batch: AnyBatch) -> Any:
        return self._points_renderer if isinstance(batch, PointBatch) else self._renderer

    @property
    def num_bytes(self) -> int:
        """What they take on the graphics card, about: positions, colours, normals, indices."""
        return sum(batch.num_bytes for batch in self.batches)

    def add(self) -> None:
        """Put the actors into the renderer."""
        for batch in self.batches:
            for actor in batch.actors:
                self._renderer_of(batch).AddActor(actor)

    def remove(self) -> None:
        """Take the actors out of the renderer."""
        for batch in self.batches:
            for actor in batch.actors:
                self._renderer_of(batch).RemoveActor(actor)

    def warm_at(self, point_render_m: NDArray[np.float64]) -> None:
        """Draw them shrunk to nothing at a point in the picture: that takes them to the graphics card."""
        for batch in self.batches:
            batch.warm_at(point_render_m)

    def warmed(self) -> None:
        """They are on the graphics card: back to their place, drawn or not as before."""
        for batch in self.batches:
            batch.warmed()

    def set_visible(self, visible: bool) -> None:
        """Draw them or not."""
        for batch in self.batches:
            batch.set_visible(visible)

    def apply_flags(self, flags: NDArray[np.uint8], rows: NDArray[np.int64] | None) -> None:
        """Show the objects as their layer's flags say; ``rows`` are those that changed, None all."""
        for batch in self.batches:
            had = len(batch.actors)
            batch.apply_flags(flags, rows)
            for actor in batch.actors[had:]:
                self._renderer_of(batch).AddActor(actor)
