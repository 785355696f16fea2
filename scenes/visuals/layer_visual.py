"""What one layer looks like: the batches of those of its tiles that are on show, kept as the layer says."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from loaders.model.errors import CityTwinError, Finding
from loaders.model.frames import Matrix, transform_bounds, transform_points
from loaders.model.points import Chunk, PointChunk, is_empty
from scenes.model.layers import Layer, LayerState
from scenes.streaming import Streamer
from scenes.visuals.batch import Batch
from scenes.visuals.boxes import around
from scenes.visuals.look import OFFICE_LIGHT, Look
from scenes.visuals.point_batch import PointBatch
from scenes.visuals.render_frame import RenderFrame
from scenes.visuals.shading import Shadings
from scenes.visuals.stage import Stage
from scenes.visuals.tile_batches import AnyBatch, TileBatches
from scenes.visuals.tile_source import ObjectTiles, OpenTiles, open_tileset
from scenes.visuals.tiles_on_show import TilesOnShow


@dataclass
class VisualContext:
    """What all layer visuals of one canvas share. ``renderer`` is the scene's vtkRenderer, that of points another."""

    renderer: Any
    points_renderer: Any
    shadings: Shadings
    frame: RenderFrame = field(default_factory=RenderFrame)
    streamer: Streamer = field(default_factory=Streamer)
    warming: list[TileBatches] = field(default_factory=list)  # to go to the graphics card with the next picture
    look: Look = OFFICE_LIGHT
    max_level: int = 7
    cut_open: bool = False  # sections show what is inside
    open_tiles: OpenTiles = open_tileset

    @staticmethod
    def on(stage: Stage, open_tiles: OpenTiles) -> VisualContext:
        """What draws on a stage."""
        return VisualContext(stage.city, stage.points, stage.shadings, open_tiles=open_tiles)


class LayerVisual:
    """Draws one layer; the streamer of its context decides which tiles."""

    changed = Signal()
    failed = Signal(object)  # Finding

    def __init__(self, layer: Layer, context: VisualContext) -> None:
        self.layer = layer
        self.context = context
        self._previews: list[TileBatches] = []
        self._now: TilesOnShow | None = None
        self._next: TilesOnShow | None = None  # a newer tileset, out of sight until all that is needed of it is there
        self._flags_seen = layer.flags
        self._reloading = False  # and no newer tileset came of it yet
        layer.changed.connect(self._on_layer_changed)
        layer.flags_changed.connect(self._on_flags_changed)
        layer.live_colours_changed.connect(self._on_live_colours_changed)
        self._open(layer.tileset_folder)

    @property
    def source(self) -> ObjectTiles | None:
        """The newest tileset of the layer."""
        tiles = self._next or self._now
        return None if tiles is None else tiles.source

    @property
    def batches(self) -> list[AnyBatch]:
        """The batches on show."""
        now = self._now.on_show if self._now is not None else []
        return [batch for group in [*self._previews, *now] for batch in group.batches]

    @property
    def tiles_drawn(self) -> int:
        """Tiles on show, previews not counted."""
        return 0 if self._now is None else len(self._now.on_show)

    def levels_drawn(self) -> set[int]:
        """The CIM levels that are on show of the layer."""
        return set() if self._now is None else self._now.levels()

    def bounds_world_m(self) -> NDArray[np.float64] | None:
        """(6,) around all that is or will be on show, None when there is nothing."""
        tiles = self._next or self._now
        if tiles is not None and tiles.bounds_m is not None:
            # Known before any tile is uploaded, so that a view can be chosen at once.
            return transform_bounds(self.layer.world_from_model, tiles.bounds_m)
        return around([transform_bounds(self.layer.world_from_model, b.bounds_m) for b in self.batches])

    def object_of(self, row: int, point_world_m: NDArray[np.float64]) -> int:
        """The object meant by a hit on a row of a tile."""
        if self._now is None:
            return row
        model_from_world = np.linalg.inv(self.layer.world_from_model).astype(np.float64)
        point_m = transform_points(model_from_world, point_world_m[None])[0]
        return self._now.stand_ins.object_of(row, point_m, self._now.source.object_bounds_m())

    def bounds_of_rows_m(self, rows: NDArray[np.int64]) -> NDArray[np.float64] | None:
        """(6,) around some objects, world metres; None when none of them has geometry."""
        if self._now is None:
            return None
        boxes = self._now.source.object_bounds_m()
        boxes = boxes[rows[rows < len(boxes)]]
        boxes = boxes[np.isfinite(boxes).all(axis=1)]
        return around([transform_bounds(self.layer.world_from_model, box) for box in boxes])

    @property
    def preview_chunks(self) -> list[Chunk]:
        """The provisional chunks on show."""
        return [batch.chunk for group in self._previews for batch in group.batches]

    def show_preview(self, chunk: Chunk) -> None:
        """Show a chunk until the whole tileset is there."""
        if not is_empty(chunk):
            group = self.make((chunk,), flags=np.zeros(0, np.uint8))
            group.set_visible(self.layer.visible)
            self._previews.append(group)
            self.changed.emit()

    def take_over(self) -> bool:
        """Let a newer tileset stand in for what was there, once it can; tells whether it did."""
        coming = self._next
        if coming is None or not coming.is_complete():
            return False
        self._close(self._now)
        for group in self._previews:
            group.remove()
        self._previews, self._now, self._next = [], coming, None
        coming.reveal()
        self.changed.emit()
        return True

    def make(
        self, chunks: tuple[Chunk, ...], flags: NDArray[np.uint8], colours: NDArray[np.uint8] | None = None
    ) -> TileBatches:
        """The batches of some chunks, drawn as flags and colours of the objects say."""
        context, layer = self.context, self.layer
        made = [self._batch(chunk) for chunk in chunks if not is_empty(chunk)]
        group = TileBatches(tuple(made), context.renderer, context.points_renderer)
        for batch in made:
            if flags.size:
                if colours is not None:
                    batch.set_object_colours(colours, flags)
                batch.apply_flags(flags)
            if self._is_first():
                context.frame.follow(self._centre_m(batch))
            batch.place(context.frame.render_from_world @ layer.world_from_model)
            batch.set_cut_open(context.cut_open)
            batch.set_opacity(layer.opacity)
        group.add()
        return group

    def _batch(self, chunk: Chunk) -> AnyBatch:
        context = self.context
        if isinstance(chunk, PointChunk):
            return PointBatch(chunk, context.look, context.shadings.points)
        return Batch(chunk, context.look, context.shadings.of(self.layer.kind))

    def _is_first(self) -> bool:
        renderers = (self.context.renderer, self.context.points_renderer)
        return not any(renderer.GetActors().GetNumberOfItems() for renderer in renderers)

    def _centre_m(self, batch: AnyBatch) -> NDArray[np.float64]:
        box = transform_bounds(self.layer.world_from_model, batch.bounds_m)
        return (box[:3] + box[3:]) / 2.0

    def _open(self, folder: Path | None) -> None:
        self._close(self._next)
        self._next, self._reloading = None, False
        if folder is None:
            return
        try:
            source = self.context.open_tiles(folder)
        except CityTwinError as error:
            self.failed.emit(Finding.error(error.code, error.place, **error.arguments))
            return
        for problem in source.problems:
            self.failed.emit(problem)
        replaces = bool(self._previews) or self._now is not None
        tiles = TilesOnShow(self, source, concealed=replaces)
        if replaces:
            self._next = tiles
        else:
            self._now = tiles

    def _close(self, tiles: TilesOnShow | None) -> None:
        if tiles is not None:
            tiles.close()

    def _all_tiles(self) -> list[TilesOnShow]:
        return [tiles for tiles in (self._now, self._next) if tiles is not None]

    def _finals(self) -> list[TileBatches]:
        return [group for tiles in self._all_tiles() for group in tiles.groups.values()]

    def _on_layer_changed(self, key: str) -> None:
        if key == "tileset_folder":
            self._open(self.layer.tileset_folder)
        elif key == "visible":
            self._apply_visibility()
        elif key == "opacity":
            for group in [*self._previews, *self._finals()]:
                for batch in group.batches:
                    batch.set_opacity(self.layer.opacity)
            self.refresh_depth()
        elif key == "world_from_model":
            for tiles in self._all_tiles():
                tiles.place()
            self.replace()
        elif key == "colours":
            for tiles in self._all_tiles():
                tiles.recolour()
        elif key == "max_level":
            self._apply_cap()
        elif key in ("state", "unread") and self._may_be_there_now(key):
            self._try_again()
        self.changed.emit()

    def _may_be_there_now(self, key: str) -> bool:
        """What was missing: it was loaded anew with the same result, or the user says so."""
        if key == "unread":
            return not self.layer.unread
        again, self._reloading = self._reloading, self.layer.state is LayerState.LOADING
        return again and self.layer.state is LayerState.READY

    def _try_again(self) -> None:
        """Read what could not be read."""
        if self.source is not None and self.source.problems:
            self._open(self.layer.tileset_folder)
        for tiles in self._all_tiles():
            tiles.retry()

    def _apply_visibility(self) -> None:
        for group in self._previews:
            group.set_visible(self.layer.visible)
        for tiles in self._all_tiles():
            tiles.set_visible(self.layer.visible)

    def _apply_cap(self) -> None:
        for tiles in self._all_tiles():
            tiles.set_cap(self.cap)

    @property
    def cap(self) -> int:
        """The highest level of detail to show: the layer's own, else that of the view."""
        return self.layer.max_level or self.context.max_level

    def replace(self) -> None:
        """Put everything where the layer and the render origin now say."""
        matrix: Matrix = self.context.frame.render_from_world @ self.layer.world_from_model
        for group in [*self._previews, *self._finals()]:
            for batch in group.batches:
                batch.place(matrix)

    def refresh_look(self) -> None:
        """Take over the context's look and level cap."""
        for group in self._previews:
            for batch in group.batches:
                # A preview's rows are provisional: they mean nothing in the object table.
                batch.set_look(self.context.look, np.zeros(0, np.uint8))
        for tiles in self._all_tiles():
            tiles.refresh_look()
        self._apply_cap()

    def refresh_depth(self) -> None:
        """Take over whether one looks into things: through sections, past what is hidden, through thin colours."""
        for group in [*self._previews, *self._finals()]:
            for batch in group.batches:
                batch.set_cut_open(self.context.cut_open)
        for tiles in self._all_tiles():
            tiles.refresh_depth()

    def refresh_flags(self) -> bool:
        """Notice that the layer got a whole new flag array; tells whether it did."""
        if self.layer.flags is self._flags_seen:
            return False
        self._apply_flags(None)
        return True

    def _on_flags_changed(self, rows: NDArray[np.int64]) -> None:
        self._apply_flags(rows if self.layer.flags is self._flags_seen else None)
        self.changed.emit()

    def _on_live_colours_changed(self, rows: NDArray[np.int64] | None) -> None:
        # Nothing else changes: neither what is picked nor what is outlined. The overlay asks for the picture.
        for tiles in self._all_tiles():
            tiles.recolour_live(rows)

    def _apply_flags(self, rows: NDArray[np.int64] | None) -> None:
        self._flags_seen = self.layer.flags
        for tiles in self._all_tiles():
            tiles.enable()
            tiles.apply_flags(rows)

    def close(self) -> None:
        """Let go of the layer and of everything drawn."""
        self.layer.changed.disconnect(self._on_layer_changed)
        self.layer.flags_changed.disconnect(self._on_flags_changed)
        self.layer.live_colours_changed.disconnect(self._on_live_colours_changed)
        for tiles in self._all_tiles():
            tiles.close()
        for group in self._previews:
            group.remove()
        self._previews, self._now, self._next = [], None, None
