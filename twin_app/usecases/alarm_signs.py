"""Signs in the scene for the alarms that stand, where their streams have a place or an object."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenes.model.overlays.readings import Readings
from scenes.model.overlays.signs import AlarmLevel, Signs
from twin_app.live.alarms.station import HIDDEN, UNACKNOWLEDGED, Standing
from twin_app.usecases.binding import Binding
from twin_app.usecases.workbench import Workbench

OVERLAY_ID = "alarms"


class AlarmSigns:
    """One sign for each stream, of its most urgent alarm. What is shelved or out of service has none."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self.overlay = Signs(overlay_id=OVERLAY_ID)
        self._binding: Binding | None = None
        self._places: dict[str, NDArray[np.float64] | None] = {}

    def forget_places(self) -> None:
        """Layers came or went, or moved: where streams belong is to be asked anew."""
        self._binding = None
        self._places.clear()

    def show(self) -> None:
        """Show what stands now; without alarms there is no overlay."""
        urgent: dict[str, Standing] = {}
        for one in self._workbench.live.alarms.standing():
            if one.state not in HIDDEN:
                urgent.setdefault(one.rule.stream, one)
        placed = [(one, at) for one in urgent.values() if (at := self._place_m(one.rule.stream)) is not None]
        overlays = self._workbench.scene.overlays
        if not placed:
            overlays.remove(self.overlay)
            return
        self.overlay.place(np.stack([at for _, at in placed]))
        simulated = np.array([one.simulated for one, _ in placed])
        self.overlay.readings = Readings.of(np.full(len(placed), np.nan), simulated=simulated)
        levels = [AlarmLevel.CRITICAL + 1 - one.rule.priority for one, _ in placed]
        self.overlay.raise_alarms(levels, [one.state not in UNACKNOWLEDGED for one, _ in placed])
        overlays.add(self.overlay)

    def _place_m(self, stream: str) -> NDArray[np.float64] | None:
        if stream not in self._places:
            self._places[stream] = self._found_m(stream)
        return self._places[stream]

    def _found_m(self, stream: str) -> NDArray[np.float64] | None:
        row = self._workbench.live.table.row_of(stream)
        if row is None:
            return None
        if self._binding is None:
            self._binding = Binding(self._workbench)
        return self._binding.anchor_m(self._workbench.live.table.info(row))
