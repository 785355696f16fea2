"""The visuals of all layers of a scene, kept in step with its layer list."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from loaders.model.formats import LayerKind
from loaders.model.frames import transform_bounds
from loaders.model.meshes import MeshChunk, extent
from scenes.model.layers import Layer
from scenes.model.scene import ObjectRef, Scene
from scenes.visuals.boxes import around, near
from scenes.visuals.layer_visual import LayerVisual, VisualContext
from scenes.visuals.table import VISUALS

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
        scene.layers.added.connect(self._add)
        scene.layers.removed.connect(self._remove)
        for layer in scene.layers:
            self._add(layer)

    def __iter__(self) -> Iterator[LayerVisual]:
        return iter(tuple(self._visuals.values()))

    def get(self, layer_id: str) -> LayerVisual | None:
        """The visual of a layer, or None."""
        return self._visuals.get(layer_id)

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

    def show_preview(self, layer_id: str, chunk: MeshChunk) -> None:
        """Show a provisional chunk of a layer; a layer that is gone is ignored."""
        visual = self._visuals.get(layer_id)
        if visual is not None:
            visual.show_preview(chunk)

    def upload_ground(self) -> None:
        """Upload all of the terrain that waits: whoever asks for its height needs it now."""
        for visual in self:
            while visual.layer.kind is LayerKind.TERRAIN and visual.upload_next():
                pass

    @property
    def pending(self) -> int:
        """Tiles still waiting, all layers together."""
        return sum(visual.pending for visual in self)

    @property
    def triangles_drawn(self) -> int:
        """Triangles of visible layers, hidden objects left out."""
        shown = [batch for visual in self if visual.layer.visible for batch in visual.batches]
        return sum(len(batch.drawn) + len(batch.ghosts) for batch in shown)

    @property
    def tiles_drawn(self) -> int:
        """Tiles of visible layers."""
        return sum(visual.tiles_drawn for visual in self if visual.layer.visible)

    def upload(self, budget_secs: float) -> bool:
        """Put waiting tiles on the card until the time is spent, layers taking turns; tells whether any came."""
        end = time.perf_counter() + budget_secs
        any_came = False
        waiting = [visual for visual in self if visual.pending]
        while waiting:
            for visual in waiting:
                any_came = visual.upload_next() or any_came
                if time.perf_counter() >= end:
                    return any_came
            waiting = [visual for visual in waiting if visual.pending]
        return any_came

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

    def bounds_world_m(self) -> NDArray[np.float64] | None:
        """(6,) around what is visible, None when nothing is.

        Terrain and imagery are the ground, not the subject: they count only where nothing stands on them.
        What lies beyond `FAR_M` of the first layer's surroundings does not count: with it, nothing could be seen.
        """
        boxes = [(v.layer.kind in GROUND_KINDS, v.bounds_world_m()) for v in self if v.layer.visible]
        known = [(is_ground, box) for is_ground, box in boxes if box is not None]
        subjects = [box for is_ground, box in known if not is_ground] or [box for _, box in known]
        return around(near(subjects, FAR_M))

    def bounds_of(self, refs: tuple[ObjectRef, ...]) -> NDArray[np.float64] | None:
        """(6,) around some objects, world metres; None when none of them has geometry here."""
        boxes = []
        for layer_id in {ref.layer_id for ref in refs}:
            visual = self._visuals.get(layer_id)
            rows = np.array([ref.row for ref in refs if ref.layer_id == layer_id], np.int64)
            for batch in visual.batches if visual else ():
                members = batch.runs.members(rows)
                if members.size and visual is not None:
                    points = batch.chunk.positions[members].astype(np.float64) + batch.chunk.origin_m
                    box = extent(points).reshape(6)
                    boxes.append(transform_bounds(visual.layer.world_from_model, box))
        return around(boxes)

    def close(self) -> None:
        """Let go of the scene and of every visual."""
        self._scene.layers.added.disconnect(self._add)
        self._scene.layers.removed.disconnect(self._remove)
        for visual in self:
            visual.close()
        self._visuals.clear()
