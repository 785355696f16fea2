"""All commands of the program, in the order of its menus."""

from __future__ import annotations

from twin_app.commands import (
    alarms,
    colours,
    edit,
    events,
    files,
    groups,
    help_,
    indicators,
    layers,
    levels,
    live,
    objects,
    opacities,
    sensors,
    tiles,
    tools,
    views,
    windows,
)
from twin_app.commands.registry import CommandRegistry

MENUS = ("file", "edit", "view", "object", "layer", "live", "tools", "window", "help")


def build_registry() -> CommandRegistry:
    """The registry of a running program."""
    registry = CommandRegistry()
    for topic in (
        files,
        edit,
        views,
        levels,
        objects,
        layers,
        groups,
        opacities,
        colours,
        tiles,
        live,
        sensors,
        alarms,
        indicators,
        events,
        tools,
        windows,
        help_,
    ):
        registry.add(*topic.COMMANDS)
    return registry
