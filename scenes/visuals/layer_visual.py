"""What one layer looks like: its batches, kept as the layer says."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from loaders.model.errors import CityTwinError, Finding
from loaders.model.frames import transform_bounds
from loaders.model.meshes import MeshChunk
from scenes.model.layers import Layer
from scenes.visuals.batch import Batch
from scenes.visuals.boxes import around
from scenes.visuals.look import OFFICE_LIGHT, Look
from scenes.visuals.render_frame import RenderFrame
from scenes.visuals.shading import Shadings
from scenes.visuals.tile_source import OpenTiles, TileSource, open_tileset


@dataclass
class VisualContext:
    """What all layer visuals of one canvas share. ``renderer`` is the scene's vtkRenderer."""

    renderer: Any
    shadings: Shadings
    frame: RenderFrame = field(default_factory=RenderFrame)
    look: Look = OFFICE_LIGHT
    max_level: int = 7
    open_tiles: OpenTiles = open_tileset


@dataclass(eq=False)
class TileBatches:
    """The batches of one tile and the level they belong to."""

    batches: tuple[Batch, ...]
    level: int = 0


class LayerVisual:
    """Draws one layer. Tiles wait in a queue until `upload_next` is called, so that no tick is long."""

    changed = Signal()
    failed = Signal(object)  # Finding

    def __init__(self, layer: Layer, context: VisualContext) -> None:
        self.layer = layer
        self.context = context
        self._shown: list[TileBatches] = []
        self._coming: list[TileBatches] = []
        self._previews: list[TileBatches] = []
        self._queue: deque[int] = deque()
        self._source: TileSource | None = None
        self._flags_seen = layer.flags
        layer.changed.connect(self._on_layer_changed)
        layer.flags_changed.connect(self._on_flags_changed)
        self._open(layer.tileset_folder)

    @property
    def pending(self) -> int:
        """Tiles that are not on the graphics card yet."""
        return len(self._queue)

    @property
    def batches(self) -> list[Batch]:
        """The batches on show, tiles above the level cap left out."""
        groups = self._previews + self._shown
        return [b for group in groups if group.level <= self.context.max_level for b in group.batches]

    @property
    def tiles_drawn(self) -> int:
        """Tiles on show, previews not counted."""
        return sum(1 for group in self._shown if group.level <= self.context.max_level)

    def bounds_world_m(self) -> NDArray[np.float64] | None:
        """(6,) around all that is or will be on show, None when there is nothing."""
        whole = getattr(self._source, "bounds_m", None)
        if whole is not None and np.isfinite(whole).all():
            # Known before any tile is uploaded, so that a view can be chosen at once.
            return transform_bounds(self.layer.world_from_model, np.asarray(whole))
        return around([transform_bounds(self.layer.world_from_model, b.bounds_m) for b in self.batches])

    @property
    def preview_chunks(self) -> list[MeshChunk]:
        """The provisional chunks on show."""
        return [batch.chunk for group in self._previews for batch in group.batches]

    def show_preview(self, chunk: MeshChunk) -> None:
        """Show a chunk until the whole tileset is there."""
        if chunk.triangles.size:
            self._previews.append(self._make((chunk,), 0, visible=self.layer.visible, flags=False))
            self.changed.emit()

    def upload_next(self) -> bool:
        """Put one waiting tile on the graphics card; tells whether there was one."""
        if not self._queue or self._source is None:
            return False
        index = self._queue.popleft()
        try:
            chunks = self._source.read_tile(index)
        except CityTwinError as error:
            chunks = ()
            self.failed.emit(Finding.error(error.code, error.place, **error.arguments))
        level = int(getattr(self._source.tiles[index], "level", 0) or 0)
        # Beside a preview or an older version the new tiles stay out of sight until all are there.
        replaces = bool(self._previews) or any(group.batches for group in self._shown if group not in self._coming)
        group = self._make(chunks, level, visible=self._sees(level) and not replaces, flags=True)
        self._coming.append(group)
        if not self._queue:
            self._take_over()
        elif not replaces:
            self._shown = self._coming
        self.changed.emit()
        return True

    def _take_over(self) -> None:
        gone = self._previews + [group for group in self._shown if group not in self._coming]
        self._previews, self._shown, self._coming = [], self._coming, []
        for group in gone:
            self._drop(group)
        self._apply_visibility()

    def _make(self, chunks: tuple[MeshChunk, ...], level: int, *, visible: bool, flags: bool) -> TileBatches:
        shading = self.context.shadings.of(self.layer.kind)
        made = [Batch(c, self.context.look, shading) for c in chunks if c.triangles.size]
        group = TileBatches(tuple(made), level)
        for batch in made:
            if flags:
                if self.layer.colours is not None:
                    batch.set_object_colours(self.layer.colours, self.layer.flags)
                batch.apply_flags(self.layer.flags)
            if self._is_first():
                self.context.frame.follow(self._centre_m(batch))
            batch.place(self.context.frame.render_from_world @ self.layer.world_from_model)
            batch.set_opacity(self.layer.opacity)
            batch.set_visible(visible)
            for actor in batch.actors:
                self.context.renderer.AddActor(actor)
        return group

    def _is_first(self) -> bool:
        return int(self.context.renderer.GetActors().GetNumberOfItems()) == 0

    def _centre_m(self, batch: Batch) -> NDArray[np.float64]:
        box = transform_bounds(self.layer.world_from_model, batch.bounds_m)
        return (box[:3] + box[3:]) / 2.0

    def _drop(self, group: TileBatches) -> None:
        for batch in group.batches:
            for actor in batch.actors:
                self.context.renderer.RemoveActor(actor)

    def _open(self, folder: Path | None) -> None:
        for group in self._coming:
            if group not in self._shown:
                self._drop(group)
        self._coming, self._queue, self._source = [], deque(), None
        if folder is None:
            return
        try:
            self._source = self.context.open_tiles(folder)
        except CityTwinError as error:
            self.failed.emit(Finding.error(error.code, error.place, **error.arguments))
            return
        self._queue = deque(range(len(self._source.tiles)))
        if not self._queue:
            self._take_over()

    def _all(self) -> list[TileBatches]:
        return self._previews + self._finals()

    def _finals(self) -> list[TileBatches]:
        return self._shown + [group for group in self._coming if group not in self._shown]

    def _sees(self, level: int) -> bool:
        return bool(self.layer.visible) and level <= self.context.max_level

    def _apply_visibility(self) -> None:
        for group in self._previews + self._shown:
            for batch in group.batches:
                batch.set_visible(self._sees(group.level))

    def _on_layer_changed(self, key: str) -> None:
        if key == "tileset_folder":
            self._open(self.layer.tileset_folder)
        elif key == "visible":
            self._apply_visibility()
        elif key == "opacity":
            for group in self._all():
                for batch in group.batches:
                    batch.set_opacity(self.layer.opacity)
        elif key == "world_from_model":
            self.replace()
        elif key == "colours":
            self._recolour()
        self.changed.emit()

    def _recolour(self) -> None:
        for group in self._finals():
            for batch in group.batches:
                batch.set_object_colours(self.layer.colours, self.layer.flags)

    def replace(self) -> None:
        """Put everything where the layer and the render origin now say."""
        matrix = self.context.frame.render_from_world @ self.layer.world_from_model
        for group in self._all():
            for batch in group.batches:
                batch.place(matrix)

    def refresh_look(self) -> None:
        """Take over the context's look and level cap."""
        for group in self._all():
            for batch in group.batches:
                batch.set_look(self.context.look, self._flags_for(group))
        self._apply_visibility()

    def _flags_for(self, group: TileBatches) -> NDArray[np.uint8]:
        # A preview's rows are provisional: they mean nothing in the object table.
        return np.zeros(0, np.uint8) if group in self._previews else self.layer.flags

    def refresh_flags(self) -> bool:
        """Notice that the layer got a whole new flag array; tells whether it did."""
        if self.layer.flags is self._flags_seen:
            return False
        self._apply_flags(None)
        return True

    def _on_flags_changed(self, rows: NDArray[np.int64]) -> None:
        self._apply_flags(rows if self.layer.flags is self._flags_seen else None)
        self.changed.emit()

    def _apply_flags(self, rows: NDArray[np.int64] | None) -> None:
        self._flags_seen = self.layer.flags
        for group in self._finals():
            for batch in group.batches:
                had = len(batch.actors)
                batch.apply_flags(self.layer.flags, rows)
                for actor in batch.actors[had:]:
                    self.context.renderer.AddActor(actor)

    def close(self) -> None:
        """Let go of the layer and of everything drawn."""
        self.layer.changed.disconnect(self._on_layer_changed)
        self.layer.flags_changed.disconnect(self._on_flags_changed)
        for group in self._all():
            self._drop(group)
        self._previews, self._shown, self._coming, self._queue = [], [], [], deque()
