"""The colours of layers: their own, one for all, or by what their objects are."""

from __future__ import annotations

import re
from typing import Any

from twin_app.commands.conditions import current_layers, has_ready_layers
from twin_app.commands.layers import chosen
from twin_app.commands.registry import Command
from twin_app.usecases.colour_layers import colour
from twin_app.usecases.colouring import CATEGORY_COLOURS
from twin_app.usecases.workbench import Workbench

HUES = dict(zip(("blue", "orange", "green", "pink", "sky", "red", "yellow"), CATEGORY_COLOURS, strict=True))
COLUMNS = ("class", "storey", "building", "discipline")
COLOUR_COMMANDS = (
    *("layer.colour_own", ""),
    *(f"layer.colour_{hue}" for hue in HUES),
    "",
    *(f"layer.colour_by_{column}" for column in COLUMNS),
    *("layer.colour_by", ""),
)[:-1]


def _colour(name: str, how: str, icon: str) -> Command:
    def run(workbench: Workbench, **which: Any) -> None:
        colour(workbench, chosen(workbench, **which), how)

    def is_so(workbench: Workbench) -> bool:
        found = current_layers(workbench)
        return bool(found) and all(layer.colouring == how for layer in found)

    return Command(f"layer.colour_{name}", run, icon=icon, enabled=has_ready_layers, checked=is_so)


def colour_by(workbench: Workbench, column: str | None = None, **which: Any) -> None:
    """Colour layers by a column or property; asks which when not told."""
    found = chosen(workbench, **which)
    if column is None and found:
        known = ["class", "name", "storey", "engine", "triangles", *_properties(workbench, found[0].layer_id)]
        column = workbench.ui.ask_text("ui.ask.column", value=known[0], choices=known)
    if found and column:
        colour(workbench, found, column)


def _properties(workbench: Workbench, layer_id: str) -> list[str]:
    """The properties of a layer's objects, as ``Set.Property``."""
    tileset = workbench.sources.tileset(workbench.scene.layers[layer_id])
    if tileset is None:
        return []
    table = tileset.properties().select(["kind", "set", "name"])
    kinds = table.group_by(["kind", "set", "name"]).aggregate([]).to_pylist()
    named = {f"{one['set']}.{one['name']}" for one in kinds if one["kind"] in ("property", "quantity") and one["set"]}
    return sorted(named, key=lambda text: re.sub(r"\W", "", text).casefold())


COMMANDS = (
    _colour("own", "", "mdi6.palette-outline"),
    *(_colour(hue, how, "mdi6.circle") for hue, how in HUES.items()),
    *(_colour(f"by_{column}", column, "mdi6.palette-swatch-outline") for column in COLUMNS),
    Command("layer.colour_by", colour_by, icon="mdi6.palette-swatch-outline", enabled=has_ready_layers),
)
