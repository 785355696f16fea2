"""The visuals of all layers of a scene, kept in step with its layer list."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from loaders.model.formats import LayerKind
from loaders.model.points import Chunk
from scenes.model.layers import Layer
from scenes.model.scene import ObjectRef, Scene
from scenes.streaming import Eye
from scenes.visuals.batch import Batch
from scenes.visuals.boxes import around, near
from scenes.visuals.layer_visual import LayerVisual, VisualContext
from scenes.visuals.pace import Pace
from scenes.visuals.point_batch import PointBatch
from scenes.visuals.sections import half_spaces
from scenes.visuals.table import VISUALS
from scenes.visuals.tile_batches import AnyBatch

FAR_M = 50_000.0
GROUND_KINDS = (LayerKind.TERRAIN, LayerKind.IMAGERY)


class LayerVisuals:
    """One visual per layer. ``changed`` tells that the picture is out of date, ``failed`` what went wrong."""

    changed = Signal()
    failed = Signal(object, object)  # Layer, Finding

    def __init__(self, scene: Scene, context: VisualContext) -> None:
        self.context = context
        self._scene = scene
        self._visuals: dict[str, LayerVisual] = {}
        self._pace, self._moving = Pace(), False
        scene.layers.added.connect(self._add)
        scene.layers.removed.connect(self._remove)
        scene.view.sections_changed.connect(self._on_sections, max_args=0)
        for layer in scene.layers:
            self._add(layer)
        self._on_sections()

    def __iter__(self) -> Iterator[LayerVisual]:
        return iter(tuple(self._visuals.values()))

    def get(self, layer_id: str) -> LayerVisual | None:
        """The visual of a layer, or None."""
        return self._visuals.get(layer_id)

    def _on_sections(self) -> None:
        cut_open = len(half_spaces(self._scene.view)) > 0
        if cut_open != self.context.cut_open:
            self.context.cut_open = cut_open
            for visual in self:
                visual.refresh_depth()

    def _add(self, layer: Layer) -> None:
        visual = VISUALS[layer.kind](layer, self.context)
        # Not ``changed.emit`` itself: psygnal would try it out with many arguments, which emits.
        visual.changed.connect(lambda: self.changed.emit())
        visual.failed.connect(lambda finding: self.failed.emit(layer, finding))
        self._visuals[layer.layer_id] = visual
        self.changed.emit()

    def _remove(self, layer: Layer) -> None:
        visual = self._visuals.pop(layer.layer_id, None)
        if visual is not None:
            visual.close()
            self.changed.emit()

    def show_preview(self, layer_id: str, chunk: Chunk) -> None:
        """Show a provisional chunk of a layer; a layer that is gone is ignored."""
        visual = self._visuals.get(layer_id)
        if visual is not None:
            visual.show_preview(chunk)

    @property
    def pending(self) -> int:
        """Tiles that the view wants and that are not drawn yet, all layers together."""
        return self.context.streamer.pending

    @property
    def triangles_drawn(self) -> int:
        """Triangles of visible layers, hidden objects left out."""
        return sum(len(batch.drawn) + len(batch.ghosts) for batch in self._shown if isinstance(batch, Batch))

    @property
    def points_drawn(self) -> int:
        """Points of visible layers, hidden objects left out."""
        return sum(len(batch.drawn) + len(batch.ghosts) for batch in self._shown if isinstance(batch, PointBatch))

    @property
    def drawn_now(self) -> tuple[int, int, int]:
        """Triangles, tiles and points of visible layers."""
        return self.triangles_drawn, self.tiles_drawn, self.points_drawn

    @property
    def _shown(self) -> list[AnyBatch]:
        return [batch for visual in self if visual.layer.visible for batch in visual.batches]

    @property
    def tiles_drawn(self) -> int:
        """Tiles of visible layers."""
        return sum(visual.tiles_drawn for visual in self if visual.layer.visible)

    def levels_drawn(self) -> dict[int, int]:
        """CIM levels that are on show, each with the number of visible layers that show it."""
        found: dict[int, int] = {}
        for visual in self:
            for level in visual.levels_drawn() if visual.layer.visible else ():
                found[level] = found.get(level, 0) + 1
        return found

    def look(self, eye: Eye, *, moving: bool = False) -> None:
        """What is looked at: tells which tiles are wanted."""
        self._moving = moving
        self.context.streamer.look(eye, moving=moving, coarser=self._pace.factor)

    def upload(self, budget_secs: float) -> bool:
        """Go on with reading tiles and handing them to the graphics card; tells whether anything changed."""
        changed = self.context.streamer.beat(budget_secs)
        return self._take_over() or changed

    def upload_all(self) -> None:
        """Have everything that the view wants, however long it takes."""
        self.context.streamer.settle()
        if self._take_over():
            self.context.streamer.settle()

    def warm(self, point_render_m: NDArray[np.float64]) -> None:
        """A picture is about to be drawn: have it take what was handed over to the graphics card, out of sight."""
        for group in self.context.warming:
            group.warm_at(point_render_m)
        self._pace.begin()

    def drawn(self) -> None:
        """A picture was made of what was handed over."""
        self._pace.end(moving=self._moving)
        for group in self.context.warming:
            group.warmed()
        self.context.warming.clear()
        self.context.streamer.drawn()

    def _take_over(self) -> bool:
        taken = [visual.take_over() for visual in self]
        return any(taken)

    def refresh_flags(self) -> bool:
        """Take over flag arrays that were replaced as a whole."""
        # A list, not a generator: every visual must be asked.
        changed = [visual.refresh_flags() for visual in self]
        return any(changed)

    def replace(self) -> None:
        """Put every batch where the render origin now says."""
        for visual in self:
            visual.replace()

    def refresh_look(self) -> None:
        """Take over the context's look and level cap."""
        for visual in self:
            visual.refresh_look()

    def bounds_world_m(self, *, with_ground: bool = False) -> NDArray[np.float64] | None:
        """(6,) around what is visible, None when nothing is.

        Terrain and imagery are the ground, not the subject: unless ``with_ground``, they count only where nothing
        stands on them.
        What lies beyond `FAR_M` of the first layer's surroundings does not count: with it, nothing could be seen.
        """
        boxes = [(v.layer.kind in GROUND_KINDS, v.bounds_world_m()) for v in self if v.layer.visible]
        known = [(is_ground, box) for is_ground, box in boxes if box is not None]
        subjects = [box for is_ground, box in known if with_ground or not is_ground]
        subjects = subjects or [box for _, box in known]
        return around(near(subjects, FAR_M))

    def bounds_of(self, refs: tuple[ObjectRef, ...]) -> NDArray[np.float64] | None:
        """(6,) around some objects, world metres; None when none of them has geometry here."""
        boxes = []
        for layer_id in {ref.layer_id for ref in refs}:
            visual = self._visuals.get(layer_id)
            rows = np.array([ref.row for ref in refs if ref.layer_id == layer_id], np.int64)
            box = visual.bounds_of_rows_m(rows) if visual is not None else None
            if box is not None:
                boxes.append(box)
        return around(boxes)

    def close(self) -> None:
        """Let go of the scene and of every visual."""
        self._scene.view.sections_changed.disconnect(self._on_sections)
        self._scene.layers.added.disconnect(self._add)
        self._scene.layers.removed.disconnect(self._remove)
        for visual in self:
            visual.close()
        self._visuals.clear()
        self.context.streamer.close()
