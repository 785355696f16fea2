"""The layers panel: what is open, by building and discipline, with eyes, progress, warnings and opacity."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QPoint, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QSlider, QToolButton, QTreeView, QVBoxLayout, QWidget

from scenes.model.groups import Group, GroupOrder
from scenes.model.layers import Layer
from twin_app.ui.actions import Actions
from twin_app.ui.context import UiContext
from twin_app.ui.panels.layer_delegate import EYE_PX, LayerDelegate
from twin_app.ui.panels.layer_menus import layer_menu, tree_menu
from twin_app.ui.panels.layer_model import GROUP_ROLE, LAYER_ROLE, Key, LayerModel
from twin_app.ui.panels.legend import LegendView
from twin_app.ui.widgets import label, line, row
from twin_app.usecases.grouping import put_into, rename_building
from twin_app.usecases.layers import set_opacity

NOTED = ("name", "visible", "state", "progress", "findings", "max_level", "opacity", "colouring", "unread")


class LayerTree(QTreeView):
    """Letters are shortcuts of commands here, and a press on an eye selects nothing."""

    def keyboardSearch(self, search: str) -> None:
        """Nothing."""

    def selectionCommand(self, index: QModelIndex, event: object = None) -> QItemSelectionModel.SelectionFlag:  # type: ignore[override]
        """A press on the eye leaves the selection alone."""
        if isinstance(event, QMouseEvent) and event.position().x() >= self.viewport().width() - EYE_PX:
            return QItemSelectionModel.SelectionFlag.NoUpdate
        return super().selectionCommand(index, event)  # type: ignore[arg-type]


class LayersPanel(QWidget):
    """A tree of groups and layers; what is chosen in it is what layer commands act on."""

    def __init__(self, context: UiContext, actions: Actions) -> None:
        super().__init__()
        self._context = context
        self._actions = actions
        self._opening = False
        self.model = LayerModel(context.workbench.scene, self._name_of, self)
        self.tree = LayerTree()
        self.legend = LegendView(context)
        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._percent = label("muted")
        self._empty = label("muted", wrap=True)
        self._build()
        self._connect()

    def _build(self) -> None:
        tree = self.tree
        tree.setModel(self.model)
        tree.setHeaderHidden(True)
        tree.setUniformRowHeights(True)
        tree.setIndentation(14)
        tree.setMouseTracking(True)
        tree.setExpandsOnDoubleClick(False)
        tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        tree.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        tree.setDefaultDropAction(Qt.DropAction.CopyAction)
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
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
        self._slider = row(name, self._opacity, self._percent, spacing=8)
        turn = QToolButton()
        turn.setProperty("role", "small")
        turn.setDefaultAction(self._actions.by_id["layer.tree_by_discipline"])
        turn.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._foot = row(self._slider, turn, spacing=4, margins=(10, 2, 6, 2))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(0)
        for part, stretch in ((self._empty, 1), (tree, 1), (self.legend, 0), (line(), 0), (self._foot, 0)):
            layout.addWidget(part, stretch)

    def _connect(self) -> None:
        scene, tree, model = self._context.workbench.scene, self.tree, self.model
        model.on_rename, model.on_drop = self._rename, self._take
        model.rowsInserted.connect(self._on_inserted)
        model.rowsRemoved.connect(lambda *_: self._on_chosen())
        tree.selectionModel().selectionChanged.connect(lambda *_: self._on_chosen())
        tree.expanded.connect(lambda index: self._note_open(index, True))
        tree.collapsed.connect(lambda index: self._note_open(index, False))
        tree.doubleClicked.connect(lambda _index: self._context.run("layer.fit"))
        tree.customContextMenuRequested.connect(self._show_menu)
        scene.layers.layer_changed.connect(self._on_changed)
        scene.groups.open_changed.connect(self._show_open)
        self._opacity.valueChanged.connect(self._set_opacity)
        self._repaint = QTimer(self)
        self._repaint.setSingleShot(True)
        self._repaint.setInterval(50)
        self._repaint.timeout.connect(tree.viewport().update)
        self._context.texts.on_change(tree.viewport().update)
        self._context.look.on_change(lambda _theme: tree.viewport().update())
        model.update_now()
        self._on_chosen()

    def _name_of(self, group: Group) -> str:
        """A building by its name, a discipline in the current language."""
        by_discipline = self._context.workbench.scene.groups.order is GroupOrder.DISCIPLINE
        if group.building and (group.discipline is None or by_discipline):
            return group.building
        return self._context.tr(f"ui.discipline.{group.discipline}")

    # -- what changed ---------------------------------------------------------------------------

    def _on_changed(self, layer: Layer, key: str) -> None:
        if key in NOTED and not self._repaint.isActive():
            self._repaint.start()
        if key == "opacity" and not self._opacity.isSliderDown():
            self._show_opacity()

    def _on_inserted(self, parent: QModelIndex, first: int, last: int) -> None:
        for place in range(first, last + 1):
            self._open_as_kept(self.model.index(place, 0, parent))
        if parent.isValid():
            self._open_as_kept(parent)
        self._on_chosen()

    def _show_open(self) -> None:
        for place in range(self.model.rowCount()):
            self._open_as_kept(self.model.index(place, 0))

    def _open_as_kept(self, index: QModelIndex) -> None:
        group, scene = index.data(GROUP_ROLE), self._context.workbench.scene
        if group is None:
            return
        self._opening = True
        self.tree.setExpanded(index, scene.groups.is_open(group, len(scene.layers)))
        self._opening = False
        for place in range(self.model.rowCount(index)):
            self._open_as_kept(self.model.index(place, 0, index))

    def _note_open(self, index: QModelIndex, is_open: bool) -> None:
        group = index.data(GROUP_ROLE)
        if group is not None and not self._opening:
            self._context.workbench.scene.groups.open[group] = is_open

    # -- what is chosen -------------------------------------------------------------------------

    def _on_chosen(self) -> None:
        workbench, indexes = self._context.workbench, self.tree.selectionModel().selectedIndexes()
        ids = tuple(dict.fromkeys(layer_id for index in indexes for layer_id in self.model.layer_ids(index)))
        only = indexes[0] if len(indexes) == 1 else QModelIndex()
        workbench.choose_layers(ids, only.data(LAYER_ROLE) or "", only.data(GROUP_ROLE))
        has_layers = self.model.rowCount() > 0
        self._empty.setVisible(not has_layers)
        self.tree.setVisible(has_layers)
        self._slider.setEnabled(bool(ids))
        self._show_opacity()
        self._actions.refresh_soon()

    def choose(self, key: Key) -> None:
        """Choose a layer (by id) or a group, and bring it into view."""
        self.model.update_now()
        index = self.model.index_of(key)
        if index.isValid():
            self.tree.setCurrentIndex(index)
            self.tree.scrollTo(index)

    def edit_name(self, key: Key) -> None:
        """Let the user type the name of a layer or a building in its row."""
        self.choose(key)
        index = self.model.index_of(key)
        if index.isValid():
            self.tree.edit(index)

    def _rename(self, key: Key, text: str) -> None:
        workbench = self._context.workbench
        if isinstance(key, Group):
            rename_building(workbench, key.building or "", text)
            return
        layer = workbench.scene.layers.get(key)
        if layer is not None:
            layer.name = text
            workbench.project.touch()

    def _take(self, layer_ids: list[str], key: Key | None) -> None:
        """Layers were dropped on a row: they go into its group, or to the building of its layer."""
        workbench = self._context.workbench
        found = [layer for layer_id in layer_ids if (layer := workbench.scene.layers.get(layer_id)) is not None]
        target = workbench.scene.layers.get(key) if isinstance(key, str) else None
        if isinstance(key, Group):
            put_into(workbench, found, building=key.building, discipline=key.discipline)
        else:
            put_into(workbench, found, building=target.building if target is not None else "")

    def _chosen_layers(self) -> list[Layer]:
        """Those of the rows chosen here; commands may have turned to the layer of an object since."""
        found = {
            layer.layer_id: layer
            for i in self.tree.selectionModel().selectedIndexes()
            for layer in self.model.layers(i)
        }
        return list(found.values())

    def _show_opacity(self) -> None:
        layers = self._chosen_layers()
        value = round(100 * sum(layer.opacity for layer in layers) / len(layers)) if layers else 100
        self._opacity.blockSignals(True)
        self._opacity.setValue(value)
        self._opacity.blockSignals(False)
        self._percent.setText(f"{value} %")

    def _set_opacity(self, value: int) -> None:
        self._percent.setText(f"{value} %")
        set_opacity(self._context.workbench, self._chosen_layers(), value / 100)

    def _toggle(self, index: QModelIndex | QPersistentModelIndex) -> None:
        key = self.model.key_of(index)
        if isinstance(key, Group):
            self._context.run("layer.toggle_visible", building=key.building, discipline=key.discipline)
        else:
            self._context.run("layer.toggle_visible", layer_id=key)

    def _show_findings(self, index: QModelIndex | QPersistentModelIndex) -> None:
        key = self.model.key_of(index)
        if key is None:
            return
        self.choose(key)
        if isinstance(key, Group):
            self.tree.setExpanded(self.model.index_of(key), True)
            self._context.workbench.ui.show_panel("messages")
        else:
            self._context.workbench.ui.show_messages_of(key)

    def _show_menu(self, point: QPoint) -> None:
        index = self.tree.indexAt(point)
        if index.isValid() and not self.tree.selectionModel().isSelected(index):
            self.tree.setCurrentIndex(index)
        makes = layer_menu(self._context, self._actions, self.tree) if index.isValid() else None
        menu = makes if makes is not None else tree_menu(self._actions, self.tree)
        menu.popup(self.tree.viewport().mapToGlobal(point))
