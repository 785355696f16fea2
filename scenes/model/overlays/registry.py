"""The kinds of overlays: each is a file here, one in `scenes.visuals.overlays.live`, and a line in both registries."""

from __future__ import annotations

from scenes.model.overlays.bars import Bars
from scenes.model.overlays.base import Overlay
from scenes.model.overlays.domes import Domes
from scenes.model.overlays.flows import Flows
from scenes.model.overlays.heat import HeatMap
from scenes.model.overlays.labels import Labels
from scenes.model.overlays.object_values import ObjectValues
from scenes.model.overlays.pins import Pins
from scenes.model.overlays.signs import Signs

KINDS: dict[str, type[Overlay]] = {
    "object_values": ObjectValues,
    "heat": HeatMap,
    "domes": Domes,
    "flows": Flows,
    "bars": Bars,
    "signs": Signs,
    "pins": Pins,
    "labels": Labels,
}
