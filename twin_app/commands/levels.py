"""Up to which level of detail the view, or some layers, show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loaders.model.tables import CimLevel
from twin_app.commands.conditions import current_layers, has_content, has_current_layers
from twin_app.commands.layers import chosen
from twin_app.commands.registry import Command
from twin_app.usecases import layers
from twin_app.usecases.workbench import Workbench

LEVELS = tuple(int(level) for level in CimLevel)
OF_LAYER = ("layer.level_view", *(f"layer.level_cim{level}" for level in LEVELS))
OF_VIEW = tuple(f"view.level_cim{level}" for level in LEVELS)


def set_level(workbench: Workbench, level: int = LEVELS[-1]) -> None:
    """Show detail up to a CIM level, in all layers that do not say otherwise."""
    workbench.scene.view.set_display(max_level=level)


def _step(by: int) -> Callable[[Workbench], None]:
    def run(workbench: Workbench) -> None:
        level = workbench.scene.view.display.max_level + by
        set_level(workbench, min(max(level, LEVELS[0]), LEVELS[-1]))

    return run


def _of_view(level: int) -> Command:
    return Command(
        f"view.level_cim{level}",
        lambda workbench: set_level(workbench, level),
        icon=f"mdi6.numeric-{level}-box-outline",
        enabled=has_content,
        checked=lambda workbench: workbench.scene.view.display.max_level == level,
    )


def _of_layer(name: str, level: int) -> Command:
    """``level`` 0: what the view says."""

    def run(workbench: Workbench, **which: Any) -> None:
        layers.set_level(workbench, chosen(workbench, **which), level)

    def is_so(workbench: Workbench) -> bool:
        found = current_layers(workbench)
        return bool(found) and all(layer.max_level == level for layer in found)

    icon = f"mdi6.numeric-{level}-box-outline" if level else "mdi6.eye-arrow-right-outline"
    return Command(f"layer.level_{name}", run, icon=icon, enabled=has_current_layers, checked=is_so)


COMMANDS = (
    Command("view.more_detail", _step(1), "view", "]", "mdi6.plus-box-multiple-outline", has_content),
    Command("view.less_detail", _step(-1), "view", "[", "mdi6.minus-box-multiple-outline", has_content),
    *(_of_view(level) for level in LEVELS),
    _of_layer("view", 0),
    *(_of_layer(f"cim{level}", level) for level in LEVELS),
)
