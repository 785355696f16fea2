"""How see-through layers are, in steps; the slider of the layers panel has all that lies between."""

from __future__ import annotations

from typing import Any

from twin_app.commands.conditions import current_layers, has_current_layers
from twin_app.commands.layers import set_opacity
from twin_app.commands.registry import Command
from twin_app.usecases.workbench import Workbench

PERCENTS = (100, 75, 50, 25)
OPACITY_COMMANDS = tuple(f"layer.opacity_{percent}" for percent in PERCENTS)


def _step(percent: int) -> Command:
    def run(workbench: Workbench, **which: Any) -> None:
        set_opacity(workbench, percent, **which)

    def is_so(workbench: Workbench) -> bool:
        found = current_layers(workbench)
        return bool(found) and all(round(100 * layer.opacity) == percent for layer in found)

    return Command(f"layer.opacity_{percent}", run, enabled=has_current_layers, checked=is_so)


COMMANDS = tuple(_step(percent) for percent in PERCENTS)
