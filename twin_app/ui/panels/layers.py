"""The layers panel: what is open, by kind, with its eye, progress, warnings and opacity."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QSlider, QTreeView, QVBoxLayout, QWidget

from loaders.model.formats import LayerKind
from scenes.model.layers import Layer
from twin_app.commands.levels import OF_LAYER
from twin_app.ui.actions import Actions
from twin_app.ui.context import UiContext
from twin_app.ui.panels.layer_delegate import LAYER_ROLE, LayerDelegate
from twin_app.ui.widgets import label, line, row

KINDS = (LayerKind.BUILDING, LayerKind.CITY, LayerKind.POINTS, LayerKind.IMAGERY, LayerKind.TERRAIN)
MENU = (
    *(
        "layer.fit",
        "layer.toggle_visible",
        "layer.rename",
        "",
        "layer.place",
        "layer.snap_to_terrain",
        "layer.reset_placement",
    ),
    *("", "layer.reload", "layer.remove"),
)
NOTED = ("name", "visible", "state", "progress", "findings", "max_level")


class LayerTree(QTreeView):
    """Letters are shortcuts of commands here, and never a search for a layer's name."""

    def keyboardSearch(self, search: str) -> None:
        """Nothing."""


class LayersPanel(QWidget):
    """A tree of kinds and their layers; the chosen one is the current layer of layer commands."""

    def __init__(self, context: UiContext, actions: Actions) -> None:
        super().__init__()
        self._context = context
        self._actions = actions
        self._kinds: dict[str, QStandardItem] = {}
        self._items: dict[str, QStandardItem] = {}
        self.model = QStandardItemModel(self)
        self.tree = LayerTree()
        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._percent = label("muted")
        self._empty = label("muted", wrap=True)
        self._build()
        self._connect()

    def _build(self) -> None:
        tree = self.tree
        tree.setModel(self.model)
        tree.setHeaderHidden(True)
        tree.setIndentation(12)
        tree.setMouseTracking(True)
        tree.setRootIsDecorated(False)
        tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.setItemDelegate(LayerDelegate(self._context, self._toggle, self._show_findings, tree))
        tree.setMinimumHeight(60)
        self._opacity.setRange(0, 100)
        self._opacity.setValue(100)
        self._percent.setFixedWidth(38)
        name = label("muted")
        self._context.texts.bind(name.setText, self._opacity.setAccessibleName, text_key="ui.layers.opacity")
        self._context.texts.bind(self._empty.setText, text_key="ui.layers.empty")
        self._context.texts.bind(tree.setAccessibleName, text_key="ui.panel.layers")
        self._empty.setContentsMargins(12, 12, 12, 12)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._foot = row(name, self._opacity, self._percent, spacing=8, margins=(10, 2, 8, 2))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(0)
        for part, stretch in ((self._empty, 1), (tree, 1), (line(), 0), (self._foot, 0)):
            layout.addWidget(part, stretch)

    def _connect(self) -> None:
        layers = self._context.workbench.scene.layers
        layers.added.connect(self._add)
        layers.removed.connect(self._remove)
        layers.layer_changed.connect(self._on_changed)
        self.tree.selectionModel().currentChanged.connect(lambda *_: self._on_current())
        self.tree.doubleClicked.connect(lambda _index: self._context.run("layer.fit"))
        self.tree.customContextMenuRequested.connect(self._show_menu)
        self.model.itemChanged.connect(self._on_edited)
        self._opacity.valueChanged.connect(self._set_opacity)
        self._repaint = QTimer(self)
        self._repaint.setSingleShot(True)
        self._repaint.setInterval(50)
        self._repaint.timeout.connect(self.tree.viewport().update)
        self._context.texts.on_change(self._word)
        self._context.look.on_change(lambda _theme: self.tree.viewport().update())
        for layer in layers:
            self._add(layer)
        self._on_current()

    # -- items ----------------------------------------------------------------------------------

    def _add(self, layer: Layer) -> None:
        kind = self._kinds.get(str(layer.kind)) or self._add_kind(layer.kind)
        item = QStandardItem(layer.name)
        item.setData(layer.layer_id, LAYER_ROLE)
        item.setSizeHint(QSize(60, self._context.look.theme.size("row") + 3))
        kind.appendRow(item)
        self._items[layer.layer_id] = item
        self.tree.expand(kind.index())
        self._word()
        self._on_current()

    def _add_kind(self, kind: LayerKind) -> QStandardItem:
        item = QStandardItem()
        item.setSelectable(False)
        item.setData(str(kind), Qt.ItemDataRole.UserRole)
        place = sum(1 for other in KINDS[: KINDS.index(kind)] if str(other) in self._kinds)
        self.model.insertRow(place, item)
        self._kinds[str(kind)] = item
        return item

    def _remove(self, layer: Layer) -> None:
        item = self._items.pop(layer.layer_id, None)
        if item is None:
            return
        kind = item.parent()
        kind.removeRow(item.row())
        if not kind.rowCount():
            del self._kinds[str(kind.data(Qt.ItemDataRole.UserRole))]
            self.model.removeRow(kind.row())
        self._word()
        self._on_current()

    def _word(self) -> None:
        for kind, item in self._kinds.items():
            item.setText(self._context.tr(f"ui.kind.{kind}"))
        self.tree.viewport().update()

    def _on_changed(self, layer: Layer, key: str) -> None:
        item = self._items.get(layer.layer_id)
        if item is not None and key == "name":
            item.setText(layer.name)
        if key in NOTED and not self._repaint.isActive():
            self._repaint.start()
        if key == "opacity" and layer.layer_id == self._context.workbench.current_layer_id:
            self._show_opacity(layer)

    # -- the current layer ----------------------------------------------------------------------

    def _current(self) -> Layer | None:
        layer_id = self.tree.currentIndex().data(LAYER_ROLE)
        return self._context.workbench.scene.layers.get(layer_id) if layer_id else None

    def _on_current(self) -> None:
        layer = self._current()
        self._empty.setVisible(not self._items)
        self.tree.setVisible(bool(self._items))
        self._foot.setEnabled(layer is not None)
        self._context.workbench.current_layer_id = layer.layer_id if layer is not None else ""
        self._show_opacity(layer)
        self._actions.refresh_soon()

    def choose(self, layer_id: str) -> None:
        """Make a layer the current one."""
        item = self._items.get(layer_id)
        if item is not None:
            self.tree.setCurrentIndex(item.index())

    def edit_name(self, layer_id: str) -> None:
        """Let the user type a layer's name in its row."""
        self.choose(layer_id)
        item = self._items.get(layer_id)
        if item is not None:
            self.tree.edit(item.index())

    def _on_edited(self, item: QStandardItem) -> None:
        layer = self._context.workbench.scene.layers.get(item.data(LAYER_ROLE) or "")
        if layer is None or item.text() == layer.name:
            return
        if item.text().strip():
            layer.name = item.text().strip()
            self._context.workbench.project.touch()
        item.setText(layer.name)

    def _show_opacity(self, layer: Layer | None) -> None:
        value = round(100 * layer.opacity) if layer is not None else 100
        self._opacity.blockSignals(True)
        self._opacity.setValue(value)
        self._opacity.blockSignals(False)
        self._percent.setText(f"{value} %")

    def _set_opacity(self, value: int) -> None:
        layer = self._current()
        self._percent.setText(f"{value} %")
        if layer is not None:
            layer.opacity = value / 100
            self._context.workbench.project.touch()

    def _toggle(self, layer_id: str) -> None:
        self._context.run("layer.toggle_visible", layer_id=layer_id)

    def _show_findings(self, layer_id: str) -> None:
        self.choose(layer_id)
        self._context.workbench.ui.show_messages_of(layer_id)

    def _show_menu(self, point: QPoint) -> None:
        index = self.tree.indexAt(point)
        if index.data(LAYER_ROLE):
            self.tree.setCurrentIndex(index)
            menu = self._actions.context_menu(self.tree, *MENU)
            levels = menu.addMenu(self._context.tr("ui.layers.levels"))
            for command_id in (OF_LAYER[0], *reversed(OF_LAYER[1:])):
                levels.addAction(self._actions.by_id[command_id])
            menu.popup(self.tree.viewport().mapToGlobal(point))
