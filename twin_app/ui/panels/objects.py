"""The objects panel: spatial and class tree, search, eyes; its selection is the scene's."""

from __future__ import annotations

import threading
from functools import partial

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QPoint, Qt, QTimer
from PySide6.QtGui import QKeySequence, QMouseEvent, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QTabWidget, QToolButton, QTreeView, QVBoxLayout, QWidget

from scenes.model.layers import Layer, LayerState
from scenes.model.scene import ObjectRef, refs_of
from twin_app.ui.actions import Actions
from twin_app.ui.context import UiContext
from twin_app.ui.panels.layer_objects import LayerObjects, Rows, Shown
from twin_app.ui.panels.tree_delegate import EYE_PX, TreeDelegate
from twin_app.ui.panels.tree_model import SHOWN_ROLE, ClassModel, ObjectTreeModel, SpatialModel, slot_of
from twin_app.ui.widgets import label, row, search_line
from twin_app.usecases.objects import set_rows_visible, with_descendants

SEARCH_DELAY_MS = 160
SEARCH_AT_ONCE_ROWS = 200_000  # above that, a thread searches
SHOWN_SELECTION = 200  # so many selected objects are marked in the trees
EXPAND_ALL_BELOW = 300
SELECTED_BY_CLASS = 20_000  # a click on a class of more would keep the window waiting
MENU = (
    *("object.fit", "", "object.hide", "object.isolate", "object.ghost", "object.show_all", ""),
    *("select.same_class", "select.same_class_chosen", "select.same_class_all", "select.copy_ids"),
)


class ObjectTree(QTreeView):
    """A tree that selects nothing when its eyes are clicked."""

    def __init__(self, model: ObjectTreeModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIndentation(14)
        self.setMouseTracking(True)
        self.setAllColumnsShowFocus(True)
        self.setExpandsOnDoubleClick(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)

    def selectionCommand(self, index: QModelIndex, event: object = None) -> QItemSelectionModel.SelectionFlag:  # type: ignore[override]
        """A press on the eye leaves the selection alone."""
        if isinstance(event, QMouseEvent) and event.position().x() >= self.viewport().width() - EYE_PX:
            return QItemSelectionModel.SelectionFlag.NoUpdate
        return super().selectionCommand(index, event)  # type: ignore[arg-type]


def _refs_of(model: ObjectTreeModel, index: QModelIndex) -> list[ObjectRef]:
    """The object of a node, or all objects of a class; a layer's node stands for none."""
    ref = model.ref_of(index)
    if ref is not None:
        return [ref]
    if not isinstance(model, ClassModel) or not model.class_name(index.internalId()):
        return []
    if model.count(index.internalId()) > SELECTED_BY_CLASS:
        return []
    below = model.objects_below(index.internalId())
    return [ref for objects, rows in below for ref in refs_of(objects.layer.layer_id, rows)]


class ObjectsPanel(QWidget):
    """Trees over all layers that are ready."""

    def __init__(self, context: UiContext, actions: Actions) -> None:
        super().__init__()
        self._context = context
        self._actions = actions
        self._objects: dict[int, LayerObjects] = {}
        self._slots: dict[str, int] = {}
        self._syncing = False
        self._search_no = 0
        self.spatial, self.classes = SpatialModel(self), ClassModel(self)
        self.trees = [ObjectTree(self.spatial, self), ObjectTree(self.classes, self)]
        self.search = search_line(context, text_key="ui.objects.search")
        self.tabs = QTabWidget()
        self._note = label("small", wrap=True)
        self._build()
        self._connect()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(6)
        top = QVBoxLayout()
        top.setContentsMargins(8, 0, 8, 0)
        scope = QToolButton()
        scope.setProperty("role", "small")
        scope.setDefaultAction(self._actions.by_id["select.scope"])
        scope.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        top.addWidget(row(self.search, scope, spacing=4))
        top.addWidget(self._note)
        layout.addLayout(top)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        for place, (tree, key) in enumerate(zip(self.trees, ("ui.objects.spatial", "ui.objects.classes"), strict=True)):
            self.tabs.addTab(tree, "")
            self._context.texts.bind(partial(self.tabs.setTabText, place), text_key=key)
            self._context.texts.bind(tree.setAccessibleName, text_key=key)
        layout.addWidget(self.tabs, 1)
        self._note.hide()

    def _connect(self) -> None:
        scene = self._context.workbench.scene
        self._layers_timer = QTimer(self)
        self._layers_timer.setSingleShot(True)
        self._layers_timer.setInterval(0)
        self._layers_timer.timeout.connect(self._on_layers)
        scene.layers.added.connect(self._layers_soon, max_args=0)
        scene.layers.removed.connect(self._layers_soon, max_args=0)
        scene.layers.layer_changed.connect(self._on_layer)
        self._context.workbench.scope_changed.connect(self._layers_soon)
        scene.selection_changed.connect(self._show_selection)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SEARCH_DELAY_MS)
        self._timer.timeout.connect(self._search)
        self._repaint = QTimer(self)
        self._repaint.setSingleShot(True)
        self._repaint.setInterval(0)
        self._repaint.timeout.connect(self._update_eyes)
        self.search.textChanged.connect(lambda _text: self._timer.start())
        self.search.returnPressed.connect(self.next_hit)
        into = QShortcut(QKeySequence(Qt.Key.Key_Down), self.search)
        into.setContext(Qt.ShortcutContext.WidgetShortcut)
        into.activated.connect(lambda: self.trees[self.tabs.currentIndex()].setFocus())
        self._context.texts.on_change(self._reword)
        self._context.look.on_change(lambda _theme: self._reword())
        for tree in self.trees:
            tree.setItemDelegate(TreeDelegate(self._context, self.toggle_eye, tree))
            tree.selectionModel().selectionChanged.connect(self._on_selected)
            tree.customContextMenuRequested.connect(lambda point, t=tree: self._show_menu(t, point))
            tree.doubleClicked.connect(self._on_double_click)
        self._on_layers()

    # -- layers ---------------------------------------------------------------------------------

    def _on_layer(self, layer: Layer, key: str) -> None:
        if key in ("state", "tileset_folder"):
            self._layers_soon()
        elif key == "name":
            self._update_eyes()

    def _layers_soon(self) -> None:
        """Hundreds come or go at a time: the trees take them over together."""
        if not self._layers_timer.isActive():
            self._layers_timer.start()

    def _on_layers(self) -> None:
        workbench = self._context.workbench
        # Layers of one source share its tileset, and still have their own flags.
        old = {(objects.layer.layer_id, id(objects.tileset)): objects for objects in self._objects.values()}
        found: dict[int, LayerObjects] = {}
        scope = set(workbench.chosen_layer_ids) if workbench.only_chosen else None
        for layer in workbench.scene.layers:
            slot = self._slots.setdefault(layer.layer_id, len(self._slots) + 1)  # as the layers came, not as they load
            tileset = workbench.sources.tileset(layer) if layer.state is LayerState.READY else None
            if tileset is None or layer.flags.size != tileset.num_objects or (scope and layer.layer_id not in scope):
                continue
            known = old.get((layer.layer_id, id(tileset)))
            if known is None:
                known = LayerObjects(layer, tileset)
                layer.flags_changed.connect(self._on_flags)
            found[slot] = known
        if [(slot, id(value)) for slot, value in found.items()] == [(s, id(v)) for s, v in self._objects.items()]:
            return
        self._objects = found
        for model in (self.spatial, self.classes):
            model.set_layers(found)
        if self.search.text().strip():
            self._search()
        self._open_first_levels()
        self._show_selection()

    def _open_first_levels(self) -> None:
        """Few layers are opened down to where the tree first branches."""
        if len(self._objects) > 2:
            return
        for place in range(self.spatial.rowCount()):
            index = self.spatial.index(place, 0)
            while index.isValid() and self.spatial.rowCount(index) and self.spatial.rowCount(index) <= 12:
                self.trees[0].expand(index)
                index = self.spatial.index(0, 0, index) if self.spatial.rowCount(index) == 1 else QModelIndex()

    def _on_flags(self, _rows: object = None) -> None:
        self._repaint.start()

    def _update_eyes(self) -> None:
        for objects in self._objects.values():
            objects.forget_flags()
        for tree in self.trees:
            tree.viewport().update()

    def _reword(self) -> None:
        self._say_hits(None)
        self._update_eyes()

    # -- search ---------------------------------------------------------------------------------

    def _search(self) -> None:
        text = self.search.text()
        self._search_no += 1
        number, layers = self._search_no, dict(self._objects)
        if not text.strip() or sum(len(objects) for objects in layers.values()) <= SEARCH_AT_ONCE_ROWS:
            self._use_hits(number, {slot: objects.matches(text) for slot, objects in layers.items()})
            return
        inbox = self._context.workbench.inbox

        def work() -> None:
            hits = {slot: objects.matches(text) for slot, objects in layers.items()}
            inbox.post(lambda: self._use_hits(number, hits))

        threading.Thread(target=work, name="object-search", daemon=True).start()

    def _use_hits(self, number: int, hits: dict[int, Rows | None]) -> None:
        if number != self._search_no:
            return
        for slot, objects in self._objects.items():
            objects.use_filter(hits.get(slot))
        for model in (self.spatial, self.classes):
            model.filter_changed()
        counts = [len(rows) for rows in hits.values() if rows is not None]
        self._note.setProperty("layers", sum(1 for count in counts if count))
        self._say_hits(sum(counts) if counts else None)
        if counts and sum(counts) <= EXPAND_ALL_BELOW:
            for tree in self.trees:
                tree.expandAll()
        else:
            self._open_first_levels()
        self._show_selection()

    def next_hit(self) -> None:
        """Select the next object that the search found, from the first again after the last."""
        if self._timer.isActive():
            self._timer.stop()
            self._search()
        hits = [
            ObjectRef(objects.layer.layer_id, row)
            for objects in self._objects.values()
            if objects.hits is not None
            for row in objects.hits.tolist()
        ]
        if not hits:
            return
        selection = self._context.workbench.scene.selection
        places = {ref: place for place, ref in enumerate(hits)}
        last = places.get(selection[-1], -1) if selection else -1
        self._context.workbench.scene.select((hits[(last + 1) % len(hits)],))

    def _say_hits(self, count: int | None) -> None:
        searching = bool(self.search.text().strip())
        if count is not None:
            self._note.setProperty("hits", count)
        found = self._note.property("hits") or 0
        key = "ui.objects.hits" if found else "ui.objects.no_hits"
        num_layers = self._note.property("layers") or 0
        if found and num_layers > 1:
            self._note.setText(self._context.tr("ui.objects.hits_in", count=f"{found:,}", layers=num_layers))
        else:
            self._note.setText(self._context.tr(key, count=f"{found:,}"))
        self._note.setVisible(searching)

    # -- selection ------------------------------------------------------------------------------

    def _on_selected(self, _on: QItemSelection, _off: QItemSelection) -> None:
        if self._syncing:
            return
        tree = self.trees[self.tabs.currentIndex()]
        model = tree.model()
        if not isinstance(model, ObjectTreeModel):
            return
        indexes = tree.selectionModel().selectedIndexes()
        refs = [ref for index in indexes for ref in _refs_of(model, index)]
        layers = [model.layers.get(slot_of(index.internalId())) for index in indexes]
        if layers and layers[-1] is not None:
            layer_id = layers[-1].layer.layer_id
            if not self._context.workbench.only_chosen:
                self._context.workbench.choose_layers((layer_id,), layer_id)
        self._syncing = True
        try:
            self._context.workbench.scene.select(refs)
        finally:
            self._syncing = False
        self._mark(self.trees[1 - self.tabs.currentIndex()])

    def _show_selection(self) -> None:
        if self._syncing:
            return
        for tree in self.trees:
            self._mark(tree)

    def _mark(self, tree: QTreeView) -> None:
        model, chosen = tree.model(), QItemSelection()
        if not isinstance(model, ObjectTreeModel):
            return
        last = QModelIndex()
        for ref in self._context.workbench.scene.selection[-SHOWN_SELECTION:]:
            index = model.index_of_ref(ref)
            if index.isValid():
                chosen.select(index, index)
                last = index
        self._syncing = True
        try:
            tree.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            if last.isValid():
                tree.selectionModel().setCurrentIndex(last, QItemSelectionModel.SelectionFlag.NoUpdate)
                tree.scrollTo(last)
        finally:
            self._syncing = False

    # -- doing ----------------------------------------------------------------------------------

    def toggle_eye(self, index: QModelIndex | QPersistentModelIndex) -> None:
        """Show or hide what an eye stands for, with everything below it."""
        model, shown = index.model(), index.data(SHOWN_ROLE)
        if isinstance(model, ObjectTreeModel) and shown is not None:
            for objects, rows in model.objects_below(index.internalId()):
                set_rows_visible(self._context.workbench, objects.layer, rows, shown != Shown.ALL)
            self._update_eyes()

    def _on_double_click(self, index: QModelIndex) -> None:
        model, workbench = index.model(), self._context.workbench
        if not isinstance(model, ObjectTreeModel) or index.data(SHOWN_ROLE) is None:
            return
        refs: list[ObjectRef] = []
        for objects, rows in model.objects_below(index.internalId()):
            rows = with_descendants(workbench, objects.layer, rows)
            refs += refs_of(objects.layer.layer_id, rows)
        if workbench.canvas is not None:
            workbench.canvas.fit_objects(tuple(refs))

    def _show_menu(self, tree: QTreeView, point: QPoint) -> None:
        if self._context.workbench.scene.selection:
            self._actions.context_menu(tree, *MENU).popup(tree.viewport().mapToGlobal(point))

    def focus_search(self) -> None:
        """The cursor goes into the search line."""
        self.search.setFocus()
        self.search.selectAll()
