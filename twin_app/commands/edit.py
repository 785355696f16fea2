"""Selecting."""

from __future__ import annotations

from twin_app.commands.conditions import current_layers, has_content, has_selection
from twin_app.commands.registry import Command
from twin_app.usecases import objects
from twin_app.usecases.workbench import Workbench


def _same_class_all(workbench: Workbench) -> None:
    objects.select_same_class(workbench, list(workbench.scene.layers))


def _same_class_chosen(workbench: Workbench) -> None:
    objects.select_same_class(workbench, current_layers(workbench))


def _can_select_in_chosen(workbench: Workbench) -> bool:
    return bool(workbench.scene.selection) and bool(workbench.chosen_layer_ids)


def _toggle_scope(workbench: Workbench) -> None:
    workbench.only_chosen = not workbench.only_chosen
    workbench.scope_changed.emit()


COMMANDS = (
    Command("select.all", objects.select_all, "edit", "Ctrl+A", "mdi6.select-all", has_content),
    Command("select.none", lambda w: w.scene.select([]), "edit", "Ctrl+Shift+A", "mdi6.select-off", has_selection),
    Command("select.same_class", objects.select_same_class, "edit", "", "mdi6.select-group", has_selection),
    Command("select.same_class_all", _same_class_all, "edit", "", "mdi6.select-multiple", has_selection),
    Command("select.same_class_chosen", _same_class_chosen, "edit", "", "mdi6.select-marker", _can_select_in_chosen),
    Command(
        "select.scope",
        _toggle_scope,
        "edit",
        "",
        "mdi6.filter-outline",
        has_content,
        checked=lambda w: w.only_chosen,
    ),
    Command("select.search", lambda w: w.ui.focus_search(), "edit", "Ctrl+F", "mdi6.magnify", has_content),
    Command("select.copy_ids", objects.copy_ids, "edit", "Ctrl+Shift+C", "mdi6.content-copy", has_selection),
)
