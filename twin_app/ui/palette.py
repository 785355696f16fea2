"""The command palette: every command by name, in both languages."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from twin_app.ui.context import RECENT_COMMANDS, UiContext
from twin_app.ui.fuzzy import Entry, find_commands
from twin_app.ui.overlay import Overlay
from twin_app.ui.widgets import line

ENTRY_ROLE = Qt.ItemDataRole.UserRole + 1
ROW_PX, PAD_PX, HEAD_PX, MOST_ROWS = 34, 14, 66, 11
MOVES = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
Index = QModelIndex | QPersistentModelIndex


class _Delegate(QStyledItemDelegate):
    def __init__(self, context: UiContext, parent: QListWidget) -> None:
        super().__init__(parent)
        self._context = context

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(100, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry: Entry = index.data(ENTRY_ROLE)
        style, look = option.widget.style(), self._context.look
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        usable = entry.command.enabled(self._context.workbench)
        strong = "selected_text" if chosen else "text" if usable else "text_disabled"
        weak = "selected_text" if chosen else "text_muted" if usable else "text_disabled"
        rect = option.rect.adjusted(PAD_PX, 0, -PAD_PX, 0)
        if entry.command.icon:
            icon = look.icon(entry.command.icon, weak)
            icon.paint(painter, QRect(rect.left(), rect.center().y() - 8, 17, 17))
        rect.setLeft(rect.left() + 28)
        metrics = QFontMetrics(option.font)
        flags = int(Qt.AlignmentFlag.AlignVCenter)
        keys = QKeySequence(entry.command.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        painter.setPen(look.theme.colour(weak))
        painter.drawText(rect, flags | int(Qt.AlignmentFlag.AlignRight), keys)
        rect.setRight(rect.right() - metrics.horizontalAdvance(keys) - PAD_PX)
        painter.setPen(look.theme.colour(strong))
        painter.drawText(rect, flags, entry.title)
        rect.setLeft(rect.left() + metrics.horizontalAdvance(entry.title) + 12)
        if entry.other != entry.title:
            painter.setPen(look.theme.colour(weak))
            other = metrics.elidedText(entry.other, Qt.TextElideMode.ElideRight, rect.width())
            painter.drawText(rect, flags, other)


class Palette(Overlay):
    """A line to type in and what fits below it; Enter runs."""

    def __init__(self, context: UiContext, window: QObject) -> None:
        super().__init__(context, window, size=(600, 430))  # type: ignore[arg-type]
        self.at_top = True
        self.line, self.list = QLineEdit(), QListWidget()
        self.line.setObjectName("palette_line")
        self.list.setUniformItemSizes(True)
        self.list.setItemDelegate(_Delegate(context, self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body.setContentsMargins(4, 4, 4, 6)
        for part in (self.line, line(), self.list):
            self.body.addWidget(part)
        context.texts.bind(self.line.setPlaceholderText, self.line.setAccessibleName, text_key="ui.palette.hint")
        self.line.textChanged.connect(self._fill)
        self.line.installEventFilter(self)
        self.list.itemClicked.connect(self._run)
        context.texts.on_change(lambda: self._fill(self.line.text()))

    def present(self) -> None:
        """Start with an empty line and the commands used lately."""
        self.line.clear()
        self._fill("")
        super().present()
        self.line.setFocus()

    def _fill(self, text: str) -> None:
        recent = self.context.workbench.settings.get(RECENT_COMMANDS)
        self.list.clear()
        for entry in find_commands(self.context.registry, text, self.context.tr.language, recent):
            item = QListWidgetItem(entry.title)
            item.setData(ENTRY_ROLE, entry)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.resize_to(HEAD_PX + ROW_PX * min(max(self.list.count(), 1), MOST_ROWS))

    def _run(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        command = item.data(ENTRY_ROLE).command
        if not command.enabled(self.context.workbench):
            return
        self.dismiss()
        self.context.remember(command.id)
        self.context.run(command.id)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows and Enter work while typing."""
        if watched is self.line and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = Qt.Key(event.key())
            if key in MOVES:
                last = self.list.count() - 1
                self.list.setCurrentRow(max(0, min(last, self.list.currentRow() + MOVES[key])))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)
