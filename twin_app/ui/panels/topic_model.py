"""The model of streams side by side, and its two orders: by rank, and as the user sorts."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from twin_app.live.values import State
from twin_app.ui.context import UiContext
from twin_app.usecases.live_values import age_text, quality_key
from twin_app.usecases.topic_board import Entry, TopicView, condition_words, value_words

COLUMNS = ("rank", "name", "value", "state", "quality", "age")
ENTRY, ORDER = Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2
Index = QModelIndex | QPersistentModelIndex
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_NUMBERS = ("rank", "value", "age")


class TopicModel(QAbstractTableModel):
    """A row for each stream of the topic, in the order of the table of latest values."""

    def __init__(self, context: UiContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self.view = TopicView("", "", "", ())

    def show(self, view: TopicView) -> None:
        """The same streams with other values, or others."""
        same = [one.row for one in view.entries] == [one.row for one in self.view.entries]
        if same and view.topic == self.view.topic:
            self.view = view
            if view.entries:
                self.dataChanged.emit(self.index(0, 0), self.index(len(view.entries) - 1, len(COLUMNS) - 1))
            return
        self.beginResetModel()
        self.view = view
        self.endResetModel()

    def reword(self) -> None:
        """Another language."""
        self.layoutChanged.emit()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many streams there are."""
        return 0 if parent.isValid() else len(self.view.entries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """As `COLUMNS`."""
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell."""
        one, name = self.view.entries[index.row()], COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(one, name)
        if role == Qt.ItemDataRole.ToolTipRole:
            told = condition_words(self._context.tr, one)
            return "\n".join(part for part in (one.name, value_words(self._context.tr, one), told) if part)
        if role == ENTRY:
            return one
        if role == ORDER:
            return self._order(one, name)
        if role == Qt.ItemDataRole.TextAlignmentRole and name in _NUMBERS:
            return _RIGHT
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._shade(one, name)
        return None

    def _text(self, one: Entry, name: str) -> str:
        tr = self._context.tr
        if name == "rank":
            return "–" if one.rank is None else str(one.rank)
        if name == "value":
            return value_words(tr, one)
        if name == "state":
            return tr(f"live.state.{one.state.name.lower()}")
        if name == "quality":
            return tr(quality_key(int(one.quality), int(one.reason), one.state))
        return age_text(tr, one.age_s) if name == "age" else one.name

    def _order(self, one: Entry, name: str) -> Any:
        """None stands last, however it is sorted."""
        if name == "rank":
            return one.rank
        if name == "value":
            return None if math.isnan(one.value) else one.value
        if name == "age":
            return None if math.isinf(one.age_s) else one.age_s
        return self._text(one, name)

    def _shade(self, one: Entry, name: str) -> QColor | None:
        theme = self._context.look.theme
        if not one.is_good:
            return QColor(theme.colour("text_muted"))
        if name == "state" and one.state is State.SIMULATED:
            return QColor(theme.colour("accent_two"))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The columns' names."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._context.tr(f"topic.column.{COLUMNS[section]}")
        if role == Qt.ItemDataRole.TextAlignmentRole and COLUMNS[section] in _NUMBERS:
            return _RIGHT
        return None


class TopicOrder(QSortFilterProxyModel):
    """Sorted by any column; what has no value stays last either way."""

    def lessThan(self, left: Index, right: Index) -> bool:
        """As `ORDER` says; the same by row."""
        one, other = left.data(ORDER), right.data(ORDER)
        if one is None or other is None:
            first = one is not None and other is None
            if (one is None) == (other is None):
                return left.row() < right.row()
            return first if self.sortOrder() is Qt.SortOrder.AscendingOrder else not first
        return bool(one < other)
