"""The colours that overlays give to objects of layers, several overlays one over the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenes.model.overlays.scale import KEEP
from scenes.model.scene import Scene

Painted = tuple[NDArray[np.int64], NDArray[np.uint8]]  # rows (n,), colours (n, 4)


class ColourBoard:
    """Collects what each overlay paints, and gives each layer its `live_colours` once a picture."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._painted: dict[str, dict[str, Painted]] = {}  # by layer, then by overlay
        self._stale: set[str] = set()
        self._sizes: dict[str, int] = {}

    def paint(self, overlay_id: str, by_layer: dict[str, Painted]) -> None:
        """What an overlay paints now, instead of all that it painted before."""
        for layer_id in [*self._painted, *(one for one in by_layer if one not in self._painted)]:
            owners = self._painted.setdefault(layer_id, {})
            had = owners.pop(overlay_id, None) if layer_id not in by_layer else owners.get(overlay_id)
            if layer_id in by_layer:
                owners[overlay_id] = by_layer[layer_id]
            if had is not None or layer_id in by_layer:
                self._stale.add(layer_id)

    def apply(self, order: list[str]) -> None:
        """Hand the colours to the layers; ``order`` are the overlays from the lowest up."""
        for layer_id, size in self._sizes.items():
            layer = self._scene.layers.get(layer_id)
            if layer is not None and layer.flags.size not in (0, size):
                self._stale.add(layer_id)
        for layer_id in self._stale:
            self._apply_to(layer_id, order)
        self._stale.clear()

    def _apply_to(self, layer_id: str, order: list[str]) -> None:
        layer, owners = self._scene.layers.get(layer_id), self._painted.get(layer_id, {})
        if layer is None:
            return
        if not owners:
            self._painted.pop(layer_id, None)
            self._sizes.pop(layer_id, None)
            layer.set_live_colours(None)
            return
        highest = max((int(rows.max(initial=-1)) for rows, _ in owners.values()), default=-1)
        size = layer.flags.size or highest + 1
        colours = np.zeros((size, 4), np.uint8)
        colours[:, 3] = KEEP
        for overlay_id in sorted(owners, key=order.index):
            rows, painted = owners[overlay_id]
            known = rows < size
            colours[rows[known]] = painted[known]
        self._sizes[layer_id] = size
        before = layer.live_colours
        rows_changed = None
        if before is not None and before.shape == colours.shape:
            rows_changed = np.flatnonzero((before.view(np.uint32) != colours.view(np.uint32))[:, 0])
            rows_changed = None if len(rows_changed) > size // 2 else rows_changed
        layer.set_live_colours(colours, rows_changed)
