"""Groups of layers: which building and which discipline a layer belongs to, and the tree that follows from it."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from psygnal import Signal

from scenes.model.disciplines import Discipline
from scenes.model.layers import Layer


class GroupOrder(enum.StrEnum):
    """What the tree of groups begins with."""

    BUILDING = "building"
    DISCIPLINE = "discipline"


OPEN_UP_TO = 40  # layers: beyond, groups are closed at first


class Group(NamedTuple):
    """Layers of one building, of one discipline, or of both; None stands for any."""

    building: str | None = None
    discipline: Discipline | None = None

    def holds(self, layer: Layer) -> bool:
        """Whether a layer belongs to it."""
        in_building = self.building is None or layer.building == self.building
        return in_building and (self.discipline is None or layer.discipline == self.discipline)


@dataclass(frozen=True, slots=True)
class GroupNode:
    """A row of the tree: a group and what is in it, or one layer."""

    key: Group | str  # a group, or a layer's id
    children: tuple[GroupNode, ...] = ()

    def layer_ids(self) -> list[str]:
        """The layers in it, in the order of the tree."""
        if isinstance(self.key, str):
            return [self.key]
        return [layer_id for child in self.children for layer_id in child.layer_ids()]


def natural(text: str) -> list[tuple[int, int, str]]:
    """A sorting key by which "Block 9" comes before "Block 10"."""
    parts = re.split(r"(\d+)", text.casefold())
    return [(0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts if part]


def group_tree(layers: Iterable[Layer], order: GroupOrder) -> tuple[GroupNode, ...]:
    """The tree of all layers.

    A building of one layer is shown by that layer alone, and disciplines below a building only where there are
    several. Layers without a building stand by their discipline.
    """
    known = list(layers)
    if order is GroupOrder.DISCIPLINE:
        return tuple(
            GroupNode(Group(None, one), _by_building(members, one)) for one, members in _disciplines(known).items()
        )
    placed = [layer for layer in known if layer.building]
    alone = _disciplines([layer for layer in known if not layer.building])
    nodes = list(_by_building(placed, None))
    for one, members in alone.items():
        leaves = _leaves(members)
        nodes += leaves if len(leaves) == 1 else [GroupNode(Group("", one), leaves)]
    return tuple(nodes)


def _by_building(layers: list[Layer], discipline: Discipline | None) -> tuple[GroupNode, ...]:
    nodes: list[GroupNode] = []
    for building, members in sorted(_buildings(layers).items(), key=lambda item: natural(item[0])):
        if len(members) == 1 or not building:
            nodes += _leaves(members)
            continue
        below = _disciplines(members)
        parts = [GroupNode(Group(building, one), _leaves(some)) for one, some in below.items()]
        inside = tuple(parts) if len(parts) > 1 else parts[0].children
        nodes.append(GroupNode(Group(building, discipline), inside))
    return tuple(nodes)


def _buildings(layers: list[Layer]) -> dict[str, list[Layer]]:
    found: dict[str, list[Layer]] = {}
    for layer in layers:
        found.setdefault(layer.building, []).append(layer)
    return found


def _disciplines(layers: list[Layer]) -> dict[Discipline, list[Layer]]:
    found: dict[Discipline, list[Layer]] = {}
    for layer in layers:
        found.setdefault(layer.discipline, []).append(layer)
    return {one: found[one] for one in Discipline if one in found}


def _leaves(layers: list[Layer]) -> tuple[GroupNode, ...]:
    return tuple(GroupNode(layer.layer_id) for layer in sorted(layers, key=lambda layer: natural(layer.name)))


def groups_of(layers: Iterable[Layer], order: GroupOrder) -> list[Group]:
    """All groups in the tree."""
    waiting, found = list(group_tree(layers, order)), []
    while waiting:
        node = waiting.pop()
        waiting += node.children
        found += [node.key] if isinstance(node.key, Group) else []
    return found


class GroupView:
    """How the tree of groups is shown: what it begins with, and which groups the user opened or closed."""

    order_changed = Signal(GroupOrder)
    open_changed = Signal()

    def __init__(self) -> None:
        self._order = GroupOrder.BUILDING
        self.open: dict[Group, bool] = {}

    @property
    def order(self) -> GroupOrder:
        """What the tree begins with."""
        return self._order

    @order.setter
    def order(self, value: GroupOrder) -> None:
        if value != self._order:
            self._order = value
            self.order_changed.emit(value)

    def is_open(self, group: Group, num_layers: int) -> bool:
        """Whether what is in a group is shown; until the user says so, only where there are few layers in all."""
        return self.open.get(group, num_layers <= OPEN_UP_TO)

    def set_open(self, groups: dict[Group, bool]) -> None:
        """Open or close groups, and tell."""
        if any(self.open.get(group) != is_open for group, is_open in groups.items()):
            self.open.update(groups)
            self.open_changed.emit()

    def reset(self) -> None:
        """As at first, for another project."""
        self.open.clear()
        self.order = GroupOrder.BUILDING
