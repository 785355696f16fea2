"""Which visual draws which kind of layer."""

from __future__ import annotations

from loaders.model.formats import LayerKind
from scenes.visuals.layer_visual import LayerVisual

VISUALS: dict[LayerKind, type[LayerVisual]] = {
    LayerKind.BUILDING: LayerVisual,
    LayerKind.CITY: LayerVisual,
    LayerKind.TERRAIN: LayerVisual,
    LayerKind.IMAGERY: LayerVisual,
    LayerKind.POINTS: LayerVisual,
}
