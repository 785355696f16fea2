"""The table of streams: name, latest value with unit, age, quality, where it comes from, object."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from twin_app.live.numbers import streamed_text
from twin_app.live.table import Latest
from twin_app.live.values import Quality, Reason, State
from twin_app.ui.context import UiContext
from twin_app.usecases.live_values import age_text, quality_key

COLUMNS = ("name", "value", "age", "quality", "state", "object")
ROW_ROLE, SORT_ROLE = Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2
Index = QModelIndex | QPersistentModelIndex
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_NUMBERS = ("value", "age")
_SHADES = {Quality.UNCERTAIN: "warning", Quality.BAD: "error"}


class StreamModel(QAbstractTableModel):
    """Rows are those of the table of latest values; what is shown is a copy made at each beat."""

    def __init__(self, context: UiContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        live = context.workbench.live
        self._infos = live.table.infos()
        self._latest: Latest = live.latest()
        live.streams_changed.connect(self._on_streams)
        live.values_changed.connect(self._on_values)
        context.texts.on_change(self._reword)

    def _on_streams(self) -> None:
        live = self._context.workbench.live
        infos = live.table.infos()
        if infos[: len(self._infos)] == self._infos and len(infos) > len(self._infos):
            self.beginInsertRows(QModelIndex(), len(self._infos), len(infos) - 1)
            self._infos, self._latest = infos, live.latest()
            self.endInsertRows()
        else:
            self.beginResetModel()
            self._infos, self._latest = infos, live.latest()
            self.endResetModel()

    def _on_values(self, rows: NDArray[np.int64]) -> None:
        self._latest = self._context.workbench.live.latest()
        last = len(self._infos) - 1
        if last >= 0 and rows.size:
            low, high = min(int(rows.min()), last), min(int(rows.max()), last)
            self.dataChanged.emit(self.index(low, 1), self.index(high, len(COLUMNS) - 1))

    def _reword(self) -> None:
        self.layoutChanged.emit()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many streams there are."""
        return 0 if parent.isValid() else len(self._infos)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """As `COLUMNS`."""
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell."""
        row, name = index.row(), COLUMNS[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(row, name)
        if role == ROW_ROLE:
            return row
        if role == SORT_ROLE:
            return self._sortable(row, name)
        if role == Qt.ItemDataRole.TextAlignmentRole and name in _NUMBERS:
            return _RIGHT
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._shade(row, name)
        return None

    def _text(self, row: int, name: str) -> str:
        tr, latest = self._context.tr, self._latest
        info, state = self._infos[row], State(latest.state[row])
        if name == "name":
            return info.name or info.key
        if name == "value":
            return streamed_text(float(latest.value[row]), info.unit, tr.language)
        if name == "age":
            return age_text(tr, float(latest.age_s[row]))
        if name == "quality":
            return tr(quality_key(int(latest.quality[row]), int(latest.reason[row]), state))
        if name == "state":
            return tr(f"live.state.{state.name.lower()}")
        return info.link.target or ("" if info.link.place is None else "{:.5f}, {:.5f}".format(*info.link.place))

    def _sortable(self, row: int, name: str) -> Any:
        latest = self._latest
        if name == "value":
            value = float(latest.value[row])
            return -math.inf if math.isnan(value) else value
        if name == "age":
            return float(latest.age_s[row])
        return self._text(row, name)

    def _shade(self, row: int, name: str) -> QColor | None:
        theme = self._context.look.theme
        if self._latest.state[row] == State.MISSING or self._latest.reason[row] == Reason.STALE:
            return QColor(theme.colour("text_muted"))
        if name == "state" and self._latest.state[row] == State.SIMULATED:
            return QColor(theme.colour("accent_two"))
        token = _SHADES.get(Quality(self._latest.quality[row])) if name == "quality" else None
        return QColor(theme.colour(token)) if token else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The columns' names."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._context.tr(f"ui.live.column.{COLUMNS[section]}")
        if role == Qt.ItemDataRole.TextAlignmentRole and COLUMNS[section] in _NUMBERS:
            return _RIGHT
        return None
