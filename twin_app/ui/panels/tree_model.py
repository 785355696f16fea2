"""Qt models over object tables of any size: nodes are numbers, nothing is made before it is looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from scenes.model.scene import ObjectRef
from twin_app.ui.panels.layer_objects import LayerObjects, Shown

# A node is ``slot << SLOT_SHIFT | (row + 1) << ROW_SHIFT``; the low bits number a page of children.
ROW_SHIFT, SLOT_SHIFT = 20, 52
PAGE_MASK = (1 << ROW_SHIFT) - 1
ROW_MASK = (1 << (SLOT_SHIFT - ROW_SHIFT)) - 1
ROOT = 0
PAGE = 1000  # more children than that are shown in pages

COUNT_ROLE = Qt.ItemDataRole.UserRole + 1
CLASS_ROLE = Qt.ItemDataRole.UserRole + 2
SHOWN_ROLE = Qt.ItemDataRole.UserRole + 3

Nodes = NDArray[np.int64]
Index = QModelIndex | QPersistentModelIndex


def object_nodes(slot: int, rows: NDArray[np.int64]) -> Nodes:
    """The nodes of object rows of one layer."""
    return (np.int64(slot) << SLOT_SHIFT) | ((rows.astype(np.int64) + 1) << ROW_SHIFT)


def slot_of(node: int) -> int:
    """The number of the node's layer (or, in the class tree, 0 for a class)."""
    return node >> SLOT_SHIFT


def row_of(node: int) -> int:
    """The object row of a node, -1 for a layer."""
    return ((node >> ROW_SHIFT) & ROW_MASK) - 1


class ObjectTreeModel(QAbstractItemModel):
    """What the spatial and the class tree share. Children of a node are ascending node numbers."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.layers: dict[int, LayerObjects] = {}
        self._children: dict[int, Nodes] = {}

    # What a tree has to say of itself.

    def make_children(self, node: int) -> Nodes:
        """Children of ``node`` (`ROOT` included), ascending."""
        raise NotImplementedError

    def parent_of(self, node: int) -> int:
        """The node above, pages left out."""
        raise NotImplementedError

    def text_of(self, node: int) -> str:
        """What is shown for a node that is no object."""
        raise NotImplementedError

    def shown(self, node: int) -> Shown:
        """How much of it is shown."""
        raise NotImplementedError

    def count(self, node: int) -> int:
        """How many objects a layer or a class has, 0 for others."""
        raise NotImplementedError

    def objects_below(self, node: int) -> list[tuple[LayerObjects, NDArray[np.int64]]]:
        """The objects whose eye is meant by the node's eye."""
        raise NotImplementedError

    # Qt's questions.

    def set_layers(self, layers: dict[int, LayerObjects]) -> None:
        """Show other layers, by slot."""
        self.beginResetModel()
        self.layers = layers
        self._children.clear()
        self.layers_changed()
        self.endResetModel()

    def layers_changed(self) -> None:
        """For trees that prepare something."""

    def filter_changed(self) -> None:
        """The layers' filter is another one."""
        self.beginResetModel()
        self._children.clear()
        self.endResetModel()

    def children(self, node: int) -> Nodes:  # type: ignore[override]
        """Children of a node, pages left out."""
        known = self._children.get(node)
        if known is None:
            known = self._children[node] = self.make_children(node)
        return known

    def columnCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """One column; the delegate draws the rest."""
        return 1

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many children or pages there are."""
        node = parent.internalId()
        page = node & PAGE_MASK
        count = len(self.children(node & ~PAGE_MASK))
        if page:
            return min(PAGE, count - (page - 1) * PAGE)
        return count if count <= PAGE else -(-count // PAGE)

    def hasChildren(self, parent: Index = QModelIndex()) -> bool:  # noqa: B008 - Qt's signature
        """Whether there is something below."""
        return self.rowCount(parent) > 0

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        """The index of a child or a page."""
        node = parent.internalId()
        page, base = node & PAGE_MASK, node & ~PAGE_MASK
        nodes = self.children(base)
        if column or row < 0:
            return QModelIndex()
        if page:
            place = (page - 1) * PAGE + row
            return self.createIndex(row, 0, int(nodes[place])) if place < len(nodes) else QModelIndex()
        if len(nodes) > PAGE:
            return self.createIndex(row, 0, base | (row + 1)) if row * PAGE < len(nodes) else QModelIndex()
        return self.createIndex(row, 0, int(nodes[row])) if row < len(nodes) else QModelIndex()

    def parent(self, index: Index | None = None) -> Any:
        """The index above."""
        if index is None:
            return super().parent()
        node = index.internalId()
        if not index.isValid() or node == ROOT:
            return QModelIndex()
        if node & PAGE_MASK:
            return self.index_of(node & ~PAGE_MASK)
        above = self.parent_of(node)
        siblings = self.children(above)
        if len(siblings) > PAGE:
            page = int(np.searchsorted(siblings, node)) // PAGE
            return self.createIndex(page, 0, above | (page + 1))
        return self.index_of(above)

    def index_of(self, node: int) -> QModelIndex:
        """Where a node without page is; invalid for the root and for what the filter leaves out."""
        if node == ROOT:
            return QModelIndex()
        siblings = self.children(self.parent_of(node))
        place = int(np.searchsorted(siblings, node))
        if place >= len(siblings) or int(siblings[place]) != node:
            return QModelIndex()
        return self.createIndex(place % PAGE if len(siblings) > PAGE else place, 0, node)

    def ref_of(self, index: Index) -> ObjectRef | None:
        """The object of an index, None for layers, classes and pages."""
        node = index.internalId()
        layer = self.layers.get(slot_of(node))
        if node & PAGE_MASK or layer is None or row_of(node) < 0:
            return None
        return ObjectRef(layer.layer.layer_id, row_of(node))

    def index_of_ref(self, ref: ObjectRef) -> QModelIndex:
        """Where an object is."""
        for slot, layer in self.layers.items():
            if layer.layer.layer_id == ref.layer_id:
                return self.index_of(int(object_nodes(slot, np.array([ref.row]))[0]))
        return QModelIndex()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What the delegate draws."""
        if not index.isValid():
            return None
        node = index.internalId()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(node)
        if role == CLASS_ROLE:
            ref = self.ref_of(index)
            return self.layers[slot_of(node)].object_class(ref.row) if ref is not None else ""
        if role == COUNT_ROLE:
            return 0 if node & PAGE_MASK else self.count(node)
        if role == SHOWN_ROLE:
            return None if node & PAGE_MASK else self.shown(node)
        return None

    def _text(self, node: int) -> str:
        page = node & PAGE_MASK
        if page:
            count = len(self.children(node & ~PAGE_MASK))
            return f"{(page - 1) * PAGE + 1:,} – {min(page * PAGE, count):,}"
        layer = self.layers.get(slot_of(node))
        if layer is None or row_of(node) < 0:
            return self.text_of(node)
        return layer.name(row_of(node))


class SpatialModel(ObjectTreeModel):
    """Layers, and in each the tree that its source gives."""

    def make_children(self, node: int) -> Nodes:
        """Layers at the root, else the objects below."""
        if node == ROOT:
            found = [slot for slot, layer in sorted(self.layers.items()) if layer.hits is None or len(layer.hits)]
            return np.array([slot << SLOT_SHIFT for slot in found], np.int64)
        slot = slot_of(node)
        return object_nodes(slot, self.layers[slot].children(row_of(node)))

    def parent_of(self, node: int) -> int:
        """The object above, or the layer."""
        slot, row = slot_of(node), row_of(node)
        if row < 0:
            return ROOT
        return int(object_nodes(slot, np.array([self.layers[slot].parent(row)]))[0])

    def text_of(self, node: int) -> str:
        """A layer's name."""
        layer = self.layers.get(slot_of(node))
        return str(layer.layer.name) if layer is not None else ""

    def shown(self, node: int) -> Shown:
        """Of a layer or a subtree."""
        return self.layers[slot_of(node)].shown(row_of(node))

    def count(self, node: int) -> int:
        """All objects of a layer, or those that the filter looks for."""
        layer = self.layers[slot_of(node)]
        if row_of(node) >= 0:
            return 0
        return len(layer) if layer.hits is None else len(layer.hits)

    def objects_below(self, node: int) -> list[tuple[LayerObjects, NDArray[np.int64]]]:
        """The object itself (the caller adds what is below it), or a layer's roots."""
        layer = self.layers[slot_of(node)]
        rows = np.array([row_of(node)]) if row_of(node) >= 0 else np.asarray(layer.index.roots, np.int64)
        return [(layer, rows)]


class ClassModel(ObjectTreeModel):
    """Classes of all layers together, and their objects."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._names: list[str] = []

    def layers_changed(self) -> None:
        """All class names, sorted."""
        indexes = {id(layer.index): layer.index for layer in self.layers.values()}  # of a source that stands twice, one
        self._names = sorted({name for index in indexes.values() for name in index.classes})

    def class_name(self, node: int) -> str:
        """The class of a class node, "" for others."""
        return self._names[row_of(node)] if slot_of(node) == 0 and 0 <= row_of(node) < len(self._names) else ""

    def make_children(self, node: int) -> Nodes:
        """Classes with objects at the root, else the objects of a class."""
        if node == ROOT:
            found = [i for i, name in enumerate(self._names) if any(len(la.of_class(name)) for la in self._all())]
            return object_nodes(0, np.array(found, np.int64))
        name = self.class_name(node)
        if not name:
            return np.zeros(0, np.int64)
        return np.concatenate([object_nodes(slot, self.layers[slot].of_class(name)) for slot in sorted(self.layers)])

    def _all(self) -> list[LayerObjects]:
        return list(self.layers.values())

    def parent_of(self, node: int) -> int:
        """The class of an object."""
        if slot_of(node) == 0:
            return ROOT
        name = self.layers[slot_of(node)].object_class(row_of(node))
        place = int(np.searchsorted(np.array(self._names, dtype=object), name)) if name in self._names else 0
        return int(object_nodes(0, np.array([place]))[0])

    def text_of(self, node: int) -> str:
        """A class's name."""
        return self.class_name(node)

    def shown(self, node: int) -> Shown:
        """Of all objects of a class, or of one."""
        if slot_of(node):
            return self.layers[slot_of(node)].shown_of(np.array([row_of(node)]))
        states = {layer.shown_of(rows) for layer, rows in self.objects_below(node)}
        return states.pop() if len(states) == 1 else Shown.PARTLY if states else Shown.ALL

    def count(self, node: int) -> int:
        """All objects of a class."""
        return len(self.children(node)) if self.class_name(node) else 0

    def objects_below(self, node: int) -> list[tuple[LayerObjects, NDArray[np.int64]]]:
        """The object, or all objects of the class."""
        if slot_of(node):
            return [(self.layers[slot_of(node)], np.array([row_of(node)]))]
        name = self.class_name(node)
        return [(layer, rows) for layer in self._all() if (rows := layer.of_class(name)).size]
