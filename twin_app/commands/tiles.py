"""Tiles handed over to other programs, and tiles that could not be read."""

from __future__ import annotations

from typing import Any

from twin_app.commands.conditions import current_layers, has_ready_layers
from twin_app.commands.files import export_layers
from twin_app.commands.layers import chosen, each
from twin_app.commands.registry import Command
from twin_app.usecases.unread_tiles import have_unread, retry
from twin_app.usecases.workbench import Workbench


def export_chosen(workbench: Workbench, out: str | None = None, **which: Any) -> None:
    """Write the chosen layers as 3D Tiles; asks where when not told."""
    export_layers(workbench, chosen(workbench, **which), out)


COMMANDS = (
    Command("layer.export_tiles", export_chosen, "layer", "", "mdi6.export-variant", has_ready_layers),
    Command(
        "layer.retry_tiles",
        each(retry),
        "layer",
        "",
        "mdi6.puzzle-check-outline",
        lambda w: have_unread(current_layers(w)),
    ),
    Command(
        "layer.retry_all_tiles",
        lambda w: retry(w, list(w.scene.layers)),
        "layer",
        "",
        "mdi6.puzzle-outline",
        lambda w: have_unread(list(w.scene.layers)),
    ),
)
