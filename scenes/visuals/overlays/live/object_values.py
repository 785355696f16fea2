"""Objects in the colours of their values."""

from __future__ import annotations

import numpy as np

from scenes.model.overlays.object_values import ObjectValues
from scenes.visuals.overlays.live.colour_board import Painted
from scenes.visuals.overlays.live.picture import LiveContext, LiveVisual


class ObjectValuesVisual(LiveVisual):
    """Paints the objects of layers; the batches draw."""

    overlay: ObjectValues

    def __init__(self, overlay: ObjectValues, context: LiveContext) -> None:
        super().__init__(overlay, context)

    def refresh(self) -> None:
        """See `LiveVisual.refresh`."""
        overlay = self.overlay
        painted: dict[str, Painted] = {}
        if overlay.visible:
            colours = overlay.scale.rgba(overlay.readings)
            for number, layer_id in enumerate(overlay.layer_ids):
                mine = np.flatnonzero(overlay.layer_of == number)
                if mine.size:
                    painted[layer_id] = (overlay.rows[mine], colours[mine])
        self.context.board.paint(overlay.overlay_id, painted)

    def close(self) -> None:
        """See `LiveVisual.close`."""
        self.context.board.paint(self.overlay.overlay_id, {})
