"""Which groups layers belong to, and how the tree of groups is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scenes.model.disciplines import Discipline
from scenes.model.groups import GroupOrder, groups_of
from twin_app.commands.conditions import current_layers, has_current_layers, has_layers
from twin_app.commands.layers import chosen
from twin_app.commands.registry import Command
from twin_app.usecases import grouping
from twin_app.usecases.workbench import Workbench

DISCIPLINE_COMMANDS = tuple(f"layer.discipline_{one}" for one in Discipline)


def set_building(workbench: Workbench, name: str | None = None, **which: Any) -> None:
    """Say which building layers belong to; asks for its name when not told, "" is none."""
    found = chosen(workbench, **which)
    if not found:
        return
    if name is None:
        choices = sorted(grouping.buildings(workbench))
        name = workbench.ui.ask_text("ui.ask.building", value=found[0].building, choices=choices)
    if name is not None:
        grouping.put_into(workbench, found, building=name)


def no_building(workbench: Workbench, **which: Any) -> None:
    """Take layers out of their building."""
    set_building(workbench, "", **which)


def _discipline(one: Discipline) -> Command:
    def run(workbench: Workbench, **which: Any) -> None:
        grouping.put_into(workbench, chosen(workbench, **which), discipline=one)

    def is_so(workbench: Workbench) -> bool:
        found = current_layers(workbench)
        return bool(found) and all(layer.discipline is one for layer in found)

    return Command(f"layer.discipline_{one}", run, enabled=has_current_layers, checked=is_so)


def toggle_order(workbench: Workbench) -> None:
    """Begin the tree with disciplines instead of buildings, or the other way round."""
    groups = workbench.scene.groups
    by_building = groups.order is GroupOrder.BUILDING
    groups.order = GroupOrder.DISCIPLINE if by_building else GroupOrder.BUILDING
    workbench.project.touch()


def _open_all(is_open: bool) -> Callable[[Workbench], None]:
    def run(workbench: Workbench) -> None:
        groups = workbench.scene.groups
        groups.set_open(dict.fromkeys(groups_of(workbench.scene.layers, groups.order), is_open))

    return run


COMMANDS = (
    Command("layer.set_building", set_building, "layer", "", "mdi6.home-city-outline", has_current_layers),
    Command("layer.no_building", no_building, icon="mdi6.home-remove-outline", enabled=has_current_layers),
    *(_discipline(one) for one in Discipline),
    Command(
        "layer.tree_by_discipline",
        toggle_order,
        "layer",
        "",
        "mdi6.swap-vertical",
        has_layers,
        checked=lambda w: w.scene.groups.order is GroupOrder.DISCIPLINE,
    ),
    Command("layer.tree_open", _open_all(True), "layer", "", "mdi6.unfold-more-horizontal", has_layers),
    Command("layer.tree_close", _open_all(False), "layer", "", "mdi6.unfold-less-horizontal", has_layers),
)
