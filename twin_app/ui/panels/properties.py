"""The properties panel: everything known about what is selected."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QFont, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from loaders.model.errors import CityTwinError
from twin_app.ui.context import UiContext
from twin_app.ui.panels.property_rows import COMPARED, PropertyGroup, PropertyRow, groups_of
from twin_app.ui.widgets import ElidedLabel, label, search_line

DELAY_MS = 30
LEAST_SHARE, MOST_SHARE = 0.3, 0.62  # of the panel's width, for the names
NAME_MARGIN_PX = 34  # beside a name: the indentation and some air
ROW_ROLE = Qt.ItemDataRole.UserRole + 1


class PropertiesPanel(QWidget):
    """Groups of rows that can be searched and copied."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._groups: list[PropertyGroup] = []
        self._closed: set[str] = set()
        self._share: float | None = None  # of the width, once the user has chosen one
        self.search = search_line(context, text_key="ui.properties.search")
        self.title, self.note = ElidedLabel("strong"), label("small", wrap=True)
        self.tree = QTreeWidget()
        self._empty = label("muted", wrap=True)
        self._build()
        self._connect()

    def _build(self) -> None:
        tree = self.tree
        tree.setColumnCount(2)
        tree.setHeaderHidden(True)
        tree.setRootIsDecorated(True)
        tree.setIndentation(12)
        tree.setUniformRowHeights(True)
        tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = tree.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # of "OverallHeight", the end tells it from the width
        tree.viewport().installEventFilter(self)
        header.sectionResized.connect(self._note_share)
        self._context.texts.bind(tree.setAccessibleName, text_key="ui.panel.properties")
        self._context.texts.bind(self._empty.setText, text_key="ui.properties.empty")
        self._empty.setContentsMargins(12, 12, 12, 12)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._top = QWidget()
        top = QVBoxLayout(self._top)
        top.setContentsMargins(10, 8, 8, 4)
        top.setSpacing(5)
        top.addWidget(self.title)
        top.addWidget(self.note)
        top.addWidget(self.search)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for part, stretch in ((self._empty, 1), (self._top, 0), (tree, 1)):
            layout.addWidget(part, stretch)

    def _connect(self) -> None:
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self.refresh)
        scene = self._context.workbench.scene
        scene.selection_changed.connect(self._soon)
        scene.layers.layer_changed.connect(self._on_layer)
        self._context.texts.on_change(self.refresh)
        self.search.textChanged.connect(lambda _text: self._fill())
        self.tree.customContextMenuRequested.connect(self._show_menu)
        self.tree.itemCollapsed.connect(lambda item: self._closed.add(item.text(0)))
        self.tree.itemExpanded.connect(lambda item: self._closed.discard(item.text(0)))
        copy = QAction(self)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        copy.triggered.connect(lambda: self.copy(self._chosen()))
        self.tree.addAction(copy)
        self.refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The names keep their place when the panel is widened."""
        if event.type() == QEvent.Type.Resize:
            self._divide()
        return super().eventFilter(watched, event)

    def _divide(self) -> None:
        """As much room for the names as they need, and some for the values; or what the user gave them."""
        width_px, metrics = self.tree.viewport().width(), self.tree.fontMetrics()
        share = self._share
        if share is None:
            names_px = max((metrics.horizontalAdvance(row.name) for g in self._groups for row in g.rows), default=0)
            share = min(max((names_px + NAME_MARGIN_PX) / max(width_px, 1), LEAST_SHARE), MOST_SHARE)
        self.tree.setColumnWidth(0, round(share * width_px))

    def _note_share(self, column: int, _before_px: int, now_px: int) -> None:
        width_px = self.tree.viewport().width()
        # Qt gives a column its default width while there is no room yet: only what a user drags counts.
        if column == 0 and self.tree.header().underMouse() and width_px > 0:
            self._share = min(max(now_px / width_px, 0.15), 0.85)

    def _on_layer(self, layer: object, key: str) -> None:
        selection = self._context.workbench.scene.selection
        if key == "world_from_model" and selection:
            self._soon()

    def _soon(self) -> None:
        self._timer.start()

    def refresh(self) -> None:
        """Read the selected objects again."""
        workbench, tr = self._context.workbench, self._context.tr
        selection = workbench.scene.selection
        try:
            self._groups = groups_of(workbench, selection)
        except CityTwinError as error:
            self._groups = []
            workbench.messages.error(error, selection[-1].layer_id)
        count = len(selection)
        for part in (self._top, self.tree):
            part.setVisible(count > 0)
        self._empty.setVisible(count == 0)
        if count == 1:
            rows = {row.name: row.value for group in self._groups[:1] for row in group.rows}
            self.title.setText(rows.get(tr("ui.attribute.name")) or rows.get(tr("ui.attribute.class")) or "—")
        else:
            self.title.setText(tr("ui.properties.objects", count=f"{count:,}"))
        self.note.setText(tr("ui.properties.compared", count=COMPARED))
        self.note.setVisible(count > COMPARED)
        self._fill()

    def _fill(self) -> None:
        wanted = self.search.text().strip().lower()
        scroll = self.tree.verticalScrollBar().value()
        self.tree.setUpdatesEnabled(False)
        self.tree.clear()
        for group in self._groups:
            rows = [row for row in group.rows if wanted in f"{group.title} {row.name} {row.value}".lower()]
            if rows:
                self._add_group(group.title, rows, expanded=bool(wanted) or group.title not in self._closed)
        self._divide()
        self.tree.setUpdatesEnabled(True)
        self.tree.verticalScrollBar().setValue(scroll)

    def _add_group(self, title: str, rows: list[PropertyRow], *, expanded: bool) -> None:
        head = QTreeWidgetItem([title])
        bold = QFont(self.tree.font())
        bold.setBold(True)
        head.setFont(0, bold)
        self.tree.addTopLevelItem(head)
        head.setFirstColumnSpanned(True)
        for row in rows:
            head.addChild(self._item(row))
        head.setExpanded(expanded)

    def _item(self, row: PropertyRow) -> QTreeWidgetItem:
        tr, theme = self._context.tr, self._context.look.theme
        item = QTreeWidgetItem([row.name, row.shown])
        item.setData(0, ROW_ROLE, row)
        item.setForeground(0, theme.colour("text_muted"))
        tip = f"{row.name}\n{row.shown}"
        if row.inherited:
            slanted = QFont(self.tree.font())
            slanted.setItalic(True)
            item.setFont(1, slanted)
            tip += "\n" + tr("ui.properties.inherited")
        if row.several:
            item.setForeground(1, theme.colour("text_muted"))
        for column in (0, 1):
            item.setToolTip(column, tip)
        return item

    # -- copying --------------------------------------------------------------------------------

    def _chosen(self) -> list[PropertyRow]:
        rows = [item.data(0, ROW_ROLE) for item in self.tree.selectedItems()]
        return [row for row in rows if row is not None]

    def copy(self, rows: list[PropertyRow], *, values_only: bool = False) -> None:
        """Put rows on the clipboard: name, tab, value, tab, unit; or the values alone."""
        texts = [row.value if values_only else "\t".join((row.name, row.value, row.unit)).rstrip() for row in rows]
        if texts:
            self._context.workbench.ui.copy_text("\n".join(texts))

    def copy_all(self) -> None:
        """Put everything on the clipboard, with headings."""
        parts = []
        for group in self._groups:
            rows = ["\t".join((row.name, row.value, row.unit)).rstrip() for row in group.rows]
            parts.append("\n".join([group.title, *rows]))
        self._context.workbench.ui.copy_text("\n\n".join(parts))

    def _show_menu(self, point: QPoint) -> None:
        menu, tr, rows = QMenu(self.tree), self._context.tr, self._chosen()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("ui.properties.copy_value"), lambda: self.copy(rows, values_only=True)).setEnabled(bool(rows))
        menu.addAction(tr("ui.properties.copy_row"), lambda: self.copy(rows)).setEnabled(bool(rows))
        menu.addAction(tr("ui.properties.copy_all"), self.copy_all)
        menu.popup(self.tree.viewport().mapToGlobal(point))
