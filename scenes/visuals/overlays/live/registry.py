"""What draws each kind of overlay: a file here, and a line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scenes.visuals.overlays.live.bars import BarsVisual
from scenes.visuals.overlays.live.domes import DomesVisual
from scenes.visuals.overlays.live.flows import FlowsVisual
from scenes.visuals.overlays.live.heat import HeatVisual
from scenes.visuals.overlays.live.labels import LabelsVisual
from scenes.visuals.overlays.live.object_values import ObjectValuesVisual
from scenes.visuals.overlays.live.picture import LiveContext, LiveVisual
from scenes.visuals.overlays.live.pins import PinsVisual
from scenes.visuals.overlays.live.signs import SignsVisual

VISUALS: dict[str, Callable[[Any, LiveContext], LiveVisual]] = {
    "object_values": ObjectValuesVisual,
    "heat": HeatVisual,
    "domes": DomesVisual,
    "flows": FlowsVisual,
    "bars": BarsVisual,
    "signs": SignsVisual,
    "pins": PinsVisual,
    "labels": LabelsVisual,
}
