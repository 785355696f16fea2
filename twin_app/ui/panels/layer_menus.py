"""The menu of the chosen layers: what can be done with them, in submenus by topic."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QMenu, QTreeView

from twin_app.commands.colours import COLOUR_COMMANDS
from twin_app.commands.groups import DISCIPLINE_COMMANDS
from twin_app.commands.levels import OF_LAYER
from twin_app.commands.opacities import OPACITY_COMMANDS
from twin_app.ui.actions import Actions
from twin_app.ui.context import UiContext
from twin_app.usecases.grouping import buildings

HEAD = ("layer.fit", "layer.toggle_visible", "layer.isolate", "layer.select_objects", "layer.rename")
TAIL = (
    *("", "layer.place", "layer.snap_to_terrain", "layer.reset_placement"),
    *("", "layer.export_tiles", "layer.retry_tiles", "layer.reload", "layer.remove"),
)
TREE = ("layer.tree_by_discipline", "layer.tree_open", "layer.tree_close", "", "layer.retry_all_tiles")
MOST_BUILDINGS = 24  # listed in the menu; the others can be typed


def layer_menu(context: UiContext, actions: Actions, parent: QTreeView) -> QMenu:
    """The menu of what is chosen."""
    menu = actions.context_menu(parent, *HEAD)
    menu.addSeparator()
    _add(actions, menu.addMenu(context.tr("ui.layers.levels")), (OF_LAYER[0], *reversed(OF_LAYER[1:])))
    _add(actions, menu.addMenu(context.tr("ui.layers.opacity")), OPACITY_COMMANDS)
    _add(actions, menu.addMenu(context.tr("ui.layers.colours")), COLOUR_COMMANDS)
    menu.addSeparator()
    _fill_buildings(context, actions, menu.addMenu(context.tr("ui.layers.building")))
    _add(actions, menu.addMenu(context.tr("ui.layers.discipline")), DISCIPLINE_COMMANDS)
    _add(actions, menu, TAIL)
    return menu


def tree_menu(actions: Actions, parent: QTreeView) -> QMenu:
    """The menu of the tree itself, where nothing is under the pointer."""
    return actions.context_menu(parent, *TREE)


def _add(actions: Actions, menu: QMenu, command_ids: Iterable[str]) -> None:
    for command_id in command_ids:
        if command_id:
            menu.addAction(actions.by_id[command_id])
        else:
            menu.addSeparator()


def _fill_buildings(context: UiContext, actions: Actions, menu: QMenu) -> None:
    for name in sorted(buildings(context.workbench))[:MOST_BUILDINGS]:
        action = menu.addAction(name.replace("&", "&&"))
        action.triggered.connect(lambda _checked=False, name=name: context.run("layer.set_building", name=name))
    if menu.actions():
        menu.addSeparator()
    _add(actions, menu, ("layer.set_building", "layer.no_building"))
