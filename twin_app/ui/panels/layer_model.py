"""Qt model over the tree of groups: kept in step by inserting and removing rows, so that nothing else moves."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtWidgets import QWidget

from scenes.model.groups import Group, GroupNode, group_tree
from scenes.model.layers import Layer
from scenes.model.scene import Scene

LAYER_ROLE = Qt.ItemDataRole.UserRole + 1
GROUP_ROLE = Qt.ItemDataRole.UserRole + 2
MIME = "application/x-citytwin-layers"
STRUCTURAL = ("name", "building", "discipline")
Index = QModelIndex | QPersistentModelIndex
Key = Group | str


class _Item:
    """A row: its key, its number for Qt, and what is below it."""

    def __init__(self, number: int, key: Key | None, parent: _Item | None) -> None:
        self.number, self.key, self.parent = number, key, parent
        self.children: list[_Item] = []
        self.place = 0  # among its siblings

    def renumber(self) -> None:
        """Tell the children their places."""
        for place, child in enumerate(self.children):
            child.place = place


class LayerModel(QAbstractItemModel):
    """``name_of`` words a group; ``on_rename(key, text)`` and ``on_drop(layer_ids, key)`` act for the user.

    Many changes of the scene make one change of the tree, in the next turn of the event loop or with `update_now`.
    """

    def __init__(self, scene: Scene, name_of: Callable[[Group], str], parent: QWidget) -> None:
        super().__init__(parent)
        self._scene = scene
        self._name_of = name_of
        self._numbers = itertools.count(1)
        self._root = _Item(0, None, None)
        self._by_number: dict[int, _Item] = {}
        self._by_key: dict[Key, _Item] = {}
        self.on_rename: Callable[[Key, str], None] = lambda _key, _text: None
        self.on_drop: Callable[[list[str], Key | None], None] = lambda _ids, _key: None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.update_now)
        scene.layers.added.connect(self._soon, max_args=0)
        scene.layers.removed.connect(self._soon, max_args=0)
        scene.groups.order_changed.connect(self._soon, max_args=0)
        scene.layers.layer_changed.connect(self._on_layer)

    # -- structure ------------------------------------------------------------------------------

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _on_layer(self, _layer: Layer, key: str) -> None:
        if key in STRUCTURAL:
            self._soon()

    def update_now(self) -> None:
        """Take over what the scene says now."""
        self._timer.stop()
        self._update(self._root, group_tree(self._scene.layers, self._scene.groups.order))

    def _update(self, item: _Item, nodes: Sequence[GroupNode]) -> None:
        wanted = {node.key: node for node in nodes}
        kept = self._kept([child.key for child in item.children], [node.key for node in nodes])
        for place in reversed(range(len(item.children))):
            if item.children[place].key not in kept:
                self._remove(item, place)
        for place, node in enumerate(nodes):
            if node.key not in kept:
                self._insert(item, place, node)
        for child in item.children:
            self._update(child, wanted[child.key].children)  # type: ignore[index]

    @staticmethod
    def _kept(old: list[Any], new: list[Key]) -> set[Key]:
        """What is in both, in the same order."""
        if old == new:
            return set(new)
        blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        return {key for start, _, size in blocks for key in old[start : start + size]}

    def _remove(self, item: _Item, place: int) -> None:
        self.beginRemoveRows(self._index(item), place, place)
        self._forget(item.children.pop(place))
        item.renumber()
        self.endRemoveRows()

    def _forget(self, item: _Item) -> None:
        for child in item.children:
            self._forget(child)
        del self._by_number[item.number]
        # What moves to another group may stand there already.
        if item.key is not None and self._by_key.get(item.key) is item:
            del self._by_key[item.key]

    def _insert(self, item: _Item, place: int, node: GroupNode) -> None:
        self.beginInsertRows(self._index(item), place, place)
        item.children.insert(place, self._made(item, node))
        item.renumber()
        self.endInsertRows()

    def _made(self, parent: _Item, node: GroupNode) -> _Item:
        item = _Item(next(self._numbers), node.key, parent)
        self._by_number[item.number] = self._by_key[node.key] = item
        item.children = [self._made(item, child) for child in node.children]
        item.renumber()
        return item

    # -- asking ---------------------------------------------------------------------------------

    def _item(self, index: Index) -> _Item:
        return self._by_number.get(index.internalId(), self._root) if index.isValid() else self._root

    def _index(self, item: _Item) -> QModelIndex:
        return QModelIndex() if item is self._root else self.createIndex(item.place, 0, item.number)

    def index_of(self, key: Key) -> QModelIndex:
        """Where a layer (by id) or a group is; invalid where it is not shown."""
        item = self._by_key.get(key)
        return self._index(item) if item is not None else QModelIndex()

    def key_of(self, index: Index) -> Key | None:
        """The group or the layer's id of a row."""
        return self._item(index).key

    def layer_ids(self, index: Index) -> list[str]:
        """The layers of a row, in the order of the tree."""
        return self._ids(self._item(index))

    def _ids(self, item: _Item) -> list[str]:
        if isinstance(item.key, str):
            return [item.key]
        return [layer_id for child in item.children for layer_id in self._ids(child)]

    def layers(self, index: Index) -> list[Layer]:
        """The layers of a row that are still there."""
        found = (self._scene.layers.get(layer_id) for layer_id in self.layer_ids(index))
        return [layer for layer in found if layer is not None]

    def groups(self) -> list[Group]:
        """All groups on show."""
        return [key for key in self._by_key if isinstance(key, Group)]

    # -- Qt's questions -------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many rows are below."""
        return len(self._item(parent).children)

    def columnCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """One; the delegate draws the rest."""
        return 1

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        """The index of a child."""
        children = self._item(parent).children
        if column or not 0 <= row < len(children):
            return QModelIndex()
        return self.createIndex(row, 0, children[row].number)

    def parent(self, index: Index | None = None) -> Any:
        """The index above."""
        if index is None:
            return super().parent()
        above = self._item(index).parent
        return self._index(above) if above is not None else QModelIndex()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A name, the layer's id, the group."""
        key = self.key_of(index)
        if key is None:
            return None
        if role == LAYER_ROLE:
            return key if isinstance(key, str) else None
        if role == GROUP_ROLE:
            return key if isinstance(key, Group) else None
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return None
        if isinstance(key, Group):
            return self._name_of(key)
        layer = self._scene.layers.get(key)
        return layer.name if layer is not None else ""

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """The user typed another name."""
        key, text = self.key_of(index), str(value).strip()
        if role != Qt.ItemDataRole.EditRole or key is None or not text or text == self.data(index):
            return False
        self.on_rename(key, text)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Everything can be taken to another group; disciplines have fixed names."""
        key = self.key_of(index)
        if key is None:
            return Qt.ItemFlag.ItemIsDropEnabled
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
        named = isinstance(key, str) or (key.building and self._item(index).parent is self._root)
        return flags | Qt.ItemFlag.ItemIsDropEnabled | (Qt.ItemFlag.ItemIsEditable if named else flags)

    # -- taking to another group ----------------------------------------------------------------

    def mimeTypes(self) -> list[str]:
        """Layers."""
        return [MIME]

    def supportedDropActions(self) -> Qt.DropAction:
        """What is taken elsewhere is no longer where it was; the tree follows the scene."""
        return Qt.DropAction.CopyAction

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The ids of the layers of some rows."""
        data = QMimeData()
        ids = dict.fromkeys(layer_id for index in indexes for layer_id in self.layer_ids(index))
        data.setData(MIME, "\n".join(ids).encode())
        return data

    def canDropMimeData(self, data: QMimeData, _action: Qt.DropAction, _row: int, _column: int, _parent: Index) -> bool:
        """Layers go into any group."""
        return data.hasFormat(MIME)

    def dropMimeData(self, data: QMimeData, _action: Qt.DropAction, _row: int, _column: int, parent: Index) -> bool:
        """Put layers into the group of the row they were dropped on."""
        if not data.hasFormat(MIME):
            return False
        self.on_drop(bytes(data.data(MIME).data()).decode().split("\n"), self.key_of(parent))
        return True
