"""The messages panel: everything the program had to say, filtered, beside the layer it belongs to."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QSortFilterProxyModel,
    Qt,
    QTimer,
)
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QToolButton, QTreeView, QVBoxLayout, QWidget

from loaders.model.errors import Severity
from twin_app.services.messages import Message
from twin_app.ui.context import UiContext
from twin_app.ui.toasts import ICONS, show_folder
from twin_app.ui.widgets import button, row, search_line, show_rows

COLUMNS = ("text", "place", "layer", "time")
MESSAGE_ROLE = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex


class MessageModel(QAbstractTableModel):
    """All messages, oldest first; worded when looked at."""

    def __init__(self, context: UiContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._messages = list(context.workbench.messages)
        self._names: dict[str, str] = {}  # of layers, which may be gone when a message is read
        context.workbench.messages.added.connect(self._add)
        context.workbench.messages.cleared.connect(self._clear)
        context.texts.on_change(self.reword)
        context.look.on_change(lambda _theme: self.reword())

    def _add(self, message: Message) -> None:
        self._name_of(message)
        place = len(self._messages)
        self.beginInsertRows(QModelIndex(), place, place)
        self._messages.append(message)
        self.endInsertRows()

    def _clear(self) -> None:
        self.beginResetModel()
        self._messages.clear()
        self.endResetModel()

    def reword(self) -> None:
        """Words or colours changed."""
        self.layoutChanged.emit()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many there are."""
        return 0 if parent.isValid() else len(self._messages)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Text, place, layer, time."""
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell."""
        message = self._messages[index.row()]
        if role == MESSAGE_ROLE:
            return message
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._cell(message, COLUMNS[index.column()])
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return self._context.look.icon(*ICONS[message.severity])
        return None

    def _cell(self, message: Message, name: str) -> str:
        if name == "text":
            return self._context.tr(message.code, **message.arguments)
        if name == "place":
            return message.place
        if name == "layer":
            return self._name_of(message)
        return message.time.astimezone().strftime("%H:%M:%S")

    def _name_of(self, message: Message) -> str:
        layer = self._context.workbench.scene.layers.get(message.layer_id)
        if layer is not None:
            self._names[message.layer_id] = str(layer.name)
        return self._names.get(message.layer_id, "")

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The columns' names."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._context.tr(f"ui.messages.{COLUMNS[section]}")
        return None


class MessageFilter(QSortFilterProxyModel):
    """By severity and text."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.severities = set(Severity)
        self.text = ""

    def apply(self, text: str | None = None) -> None:
        """Filter anew, by another text when one is given."""
        self.text = self.text if text is None else text.strip().lower()
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        """Whether a message is wanted."""
        model = self.sourceModel()
        message = model.index(source_row, 0, source_parent).data(MESSAGE_ROLE)
        if message.severity not in self.severities:
            return False
        words = " ".join(str(model.index(source_row, c, source_parent).data() or "") for c in range(3))
        return self.text in words.lower()


class MessagesPanel(QWidget):
    """A table with filters; a double click goes to the layer."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.model = MessageModel(context, self)
        self.filter = MessageFilter(self)
        self.filter.setSourceModel(self.model)
        self.table = QTreeView()
        self.search = search_line(context, text_key="ui.messages.search")
        self.switches: dict[Severity, QToolButton] = {}
        self._build()
        self.search.textChanged.connect(self.filter.apply)
        self.model.rowsInserted.connect(lambda: QTimer.singleShot(0, self.table, self.table.scrollToBottom))

    def _build(self) -> None:
        table = self.table
        show_rows(table, self.filter, (0, 220, 150, 72))
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.doubleClicked.connect(self._go)
        table.customContextMenuRequested.connect(self._show_menu)
        copy = QAction(self)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        copy.triggered.connect(self._copy)
        table.addAction(copy)
        self._context.texts.bind(table.setAccessibleName, text_key="ui.panel.messages")
        for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO):
            self.switches[severity] = self._switch(severity)
        clear = button(self._context, "mdi6.broom", tip_key="ui.messages.clear")
        clear.clicked.connect(self._context.workbench.messages.clear)
        self.search.setMaximumWidth(260)
        bar = row(*self.switches.values(), self.search, 1, clear, spacing=6, margins=(8, 6, 8, 6))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(table, 1)

    def _switch(self, severity: Severity) -> QToolButton:
        made = QToolButton()
        made.setProperty("role", "chip")
        made.setCheckable(True)
        made.setChecked(True)
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._context.look.bind_icon(made.setIcon, *ICONS[severity])
        self._context.texts.bind(made.setText, text_key=f"ui.messages.{severity}")
        made.toggled.connect(lambda on: self._show_severity(severity, on))
        return made

    def _show_severity(self, severity: Severity, on: bool) -> None:
        (self.filter.severities.add if on else self.filter.severities.discard)(severity)
        self.filter.apply()

    def show_layer(self, layer_id: str) -> None:
        """Show one layer's messages; emptying the search shows all again."""
        layer = self._context.workbench.scene.layers.get(layer_id)
        self.search.setText(layer.name if layer is not None else "")

    def _go(self, index: QModelIndex) -> None:
        message = index.siblingAtColumn(0).data(MESSAGE_ROLE)
        if message.layer_id:
            self._context.workbench.ui.show_layer(message.layer_id)

    def _copy(self) -> None:
        rows = self.table.selectionModel().selectedRows()
        texts = ["\t".join(str(i.siblingAtColumn(c).data()) for c in range(len(COLUMNS))) for i in rows]
        if texts:
            self._context.workbench.ui.copy_text("\n".join(texts))

    def _show_menu(self, point: QPoint) -> None:
        menu = QMenu(self.table)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self._context.tr("ui.messages.copy"), self._copy)
        message = self.table.currentIndex().siblingAtColumn(0).data(MESSAGE_ROLE)
        if message is not None and message.folder is not None:
            menu.addAction(self._context.tr("ui.messages.show_folder"), lambda: show_folder(message.folder))
        menu.popup(self.table.viewport().mapToGlobal(point))
