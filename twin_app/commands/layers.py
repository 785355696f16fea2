"""What can be done with layers: with one, with several, or with all of a group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from scenes.model.disciplines import discipline_from
from scenes.model.groups import Group
from scenes.model.layers import Layer, LayerState
from twin_app.commands.conditions import (
    current_layer,
    current_layers,
    has_current_layer,
    has_current_layers,
    has_ready_layer,
    has_ready_layers,
)
from twin_app.commands.registry import Command
from twin_app.usecases import draping, layers, objects, placing
from twin_app.usecases.grouping import layers_in
from twin_app.usecases.workbench import Workbench

Does = Callable[[Workbench, Sequence[Layer]], None]


def chosen(
    workbench: Workbench, layer_id: str | None = None, building: str | None = None, discipline: str | None = None
) -> list[Layer]:
    """The layers a command is told to act on: one by id, those of a group, else those chosen in the window."""
    if layer_id:
        layer = workbench.scene.layers.get(layer_id)
        return [layer] if layer is not None else []
    if building is not None or discipline is not None:
        return layers_in(workbench, Group(building, discipline_from(discipline)))
    return current_layers(workbench)


def each(does: Does) -> Callable[..., None]:
    """A command's ``run`` that does something with the layers it is told of, when there are any."""

    def run(workbench: Workbench, **which: Any) -> None:
        found = chosen(workbench, **which)
        if found:
            does(workbench, found)

    return run


def _layer(workbench: Workbench, layer_id: str | None) -> Layer | None:
    return workbench.scene.layers.get(layer_id) if layer_id else current_layer(workbench)


def rename(workbench: Workbench, layer_id: str | None = None) -> None:
    """Let the user type another name for a layer or a building; sources keep their own."""
    group, layer = workbench.current_group, _layer(workbench, layer_id)
    if layer is not None:
        workbench.ui.edit_layer_name(layer.layer_id)
    elif group is not None and group.building:
        workbench.ui.edit_layer_name(Group(group.building))


def _can_rename(workbench: Workbench) -> bool:
    group = workbench.current_group
    return has_current_layer(workbench) or (group is not None and bool(group.building))


def place(workbench: Workbench, layer_id: str | None = None) -> None:
    """Open the placement panel for a layer."""
    layer = _layer(workbench, layer_id)
    if layer is not None:
        workbench.choose_layers((layer.layer_id,), layer.layer_id)
        workbench.ui.show_panel("placement")


def _snap(workbench: Workbench, found: Sequence[Layer]) -> None:
    for layer in found:
        placing.snap_to_terrain(workbench, layer)


def _reset_placement(workbench: Workbench, found: Sequence[Layer]) -> None:
    for layer in found:
        placing.reset_placement(workbench, layer)


def _select(workbench: Workbench, found: Sequence[Layer]) -> None:
    objects.select_all(workbench, found)


def _isolated(workbench: Workbench) -> bool:
    return layers.are_isolated(workbench, current_layers(workbench))


def _can_reload(workbench: Workbench) -> bool:
    return any(layer.state in (LayerState.FAILED, LayerState.READY) for layer in current_layers(workbench))


def set_opacity(workbench: Workbench, percent: int = 100, **which: Any) -> None:
    """Make layers see-through."""
    found = chosen(workbench, **which)
    if found:
        layers.set_opacity(workbench, found, percent / 100)


COMMANDS = (
    Command("layer.fit", each(layers.fit), "layer", "Shift+F", "mdi6.crop-free", has_ready_layers),
    Command("layer.toggle_visible", each(layers.toggle_visible), "layer", "", "mdi6.eye-outline", has_current_layers),
    Command(
        "layer.isolate",
        each(layers.isolate),
        "layer",
        "Shift+I",
        "mdi6.eye-check-outline",
        has_current_layers,
        _isolated,
    ),
    Command("layer.select_objects", each(_select), "layer", "", "mdi6.select-all", has_ready_layers),
    Command("layer.rename", rename, "layer", "", "mdi6.rename-outline", _can_rename),
    Command("layer.place", place, "layer", "P", "mdi6.map-marker-outline", has_ready_layer),
    Command("layer.snap_to_terrain", each(_snap), "layer", "", "mdi6.arrow-collapse-down", has_ready_layers),
    Command(
        "layer.reset_placement", each(_reset_placement), "layer", "", "mdi6.map-marker-off-outline", has_ready_layers
    ),
    Command(
        "layer.drape",
        draping.drape,
        "layer",
        "",
        "mdi6.image-filter-hdr",
        lambda w: draping.drape_pair(w) is not None,
        checked=draping.is_draped,
    ),
    Command("layer.reload", each(layers.reload), "layer", "Ctrl+R", "mdi6.refresh", _can_reload),
    Command("layer.remove", each(layers.remove), "layer", "Ctrl+Backspace", "mdi6.delete-outline", has_current_layers),
    Command("layer.opacity", set_opacity, icon="mdi6.opacity", enabled=has_current_layers, palette=False),
)
