"""All commands of the program, in the order of its menus."""

from __future__ import annotations

from twin_app.commands import (
    alarms,
    colours,
    edit,
    event_dispatch,
    event_steps,
    event_watch,
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
    tiles,
    times,
    tools,
    topics,
    views,
    windows,
)
from twin_app.commands.registry import CommandRegistry

MENUS = ("file", "edit", "view", "object", "layer", "live", "time", "tools", "window", "help")


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
        topics,
        times,
        alarms,
        indicators,
        events,
        event_steps,
        event_dispatch,
        event_watch,
        tools,
        windows,
        help_,
    ):
        registry.add(*topic.COMMANDS)
    return registry
