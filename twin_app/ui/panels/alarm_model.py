"""The table of alarms that stand: level, stream, value against limit, state, since when, by whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from twin_app.live.alarms.model import Level
from twin_app.live.alarms.station import HIDDEN, UNACKNOWLEDGED, Standing
from twin_app.live.numbers import NOTHING, streamed_text
from twin_app.live.values import US_PER_S
from twin_app.ui.context import UiContext

COLUMNS = ("level", "stream", "value", "limit", "state", "since", "by")
ALARM_ROLE, SORT_ROLE = Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2
TOKENS = {1: "alarm_critical", 2: "alarm_high", 3: "alarm_medium", 4: "alarm_low"}  # by priority
Index = QModelIndex | QPersistentModelIndex
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_NUMBERS = ("value", "limit")


class AlarmModel(QAbstractTableModel):
    """Rows are the alarms that are not normal. ``lit`` is the bright half of a blink."""

    def __init__(self, context: UiContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self.standing: list[Standing] = []
        self.lit = True

    def show(self, standing: list[Standing]) -> None:
        """Show these."""
        if [one.rule.id for one in standing] == [one.rule.id for one in self.standing]:
            self.standing = standing
            self.tell()
            return
        self.beginResetModel()
        self.standing = standing
        self.endResetModel()

    def tell(self, first: int = 0, last: int = len(COLUMNS) - 1) -> None:
        """Have some columns drawn again."""
        if self.standing:
            self.dataChanged.emit(self.index(0, first), self.index(len(self.standing) - 1, last))

    def reword(self) -> None:
        """Another language."""
        self.layoutChanged.emit()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many stand."""
        return 0 if parent.isValid() else len(self.standing)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """As `COLUMNS`."""
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell."""
        one, name = self.standing[index.row()], COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(one, name)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(one, name)
        if role == ALARM_ROLE:
            return one.rule.id
        if role == SORT_ROLE:
            return self._sortable(one, name)
        if role == Qt.ItemDataRole.TextAlignmentRole and name in _NUMBERS:
            return _RIGHT
        if role in (Qt.ItemDataRole.ForegroundRole, Qt.ItemDataRole.BackgroundRole):
            return self._shade(one, name, role == Qt.ItemDataRole.BackgroundRole)
        return None

    def _text(self, one: Standing, name: str) -> str:
        tr, table = self._context.tr, self._context.workbench.live.table
        row = table.row_of(one.rule.stream)
        unit = table.info(row).unit if row is not None else ""
        if name == "level":
            return tr(one.rule.level.text_key)
        if name == "stream":
            return (table.info(row).name if row is not None else "") or one.rule.stream
        if name == "value":
            return NOTHING if row is None else streamed_text(self._value(row), unit, tr.language)
        if name == "limit":
            return "" if one.rule.level is Level.DATA else streamed_text(one.rule.limit, unit, tr.language)
        if name == "state":
            return tr(one.state.text_key) + (f" · {tr('live.stamp')}" if one.simulated else "")
        if name == "since":
            return _clock(one.since_us)
        return one.user

    def _value(self, row: int) -> float:
        return float(self._context.workbench.live.table.latest(np.array([row])).value[0])

    def _tip(self, one: Standing, name: str) -> str:
        if name == "by":
            until = self._context.tr("ui.alarms.until", time=_clock(one.until_us)) if one.until_us else ""
            return "\n".join(part for part in (one.user, one.note, until) if part)
        told = (self._text(one, name), one.rule.message, one.rule.consequence, one.rule.action)
        return "\n".join(part for part in told if part)

    def _sortable(self, one: Standing, name: str) -> Any:
        if name == "level":
            return one.rule.priority
        if name == "since":
            return one.since_us
        if name == "limit":
            return one.rule.limit
        row = self._context.workbench.live.table.row_of(one.rule.stream)
        if name == "value" and row is not None:
            return self._value(row)
        return self._text(one, name)

    def _shade(self, one: Standing, name: str, is_ground: bool) -> QColor | None:
        theme = self._context.look.theme
        if one.state in HIDDEN:
            return None if is_ground else theme.colour("text_muted")
        if name != "level":
            return None
        alarm = theme.colour(TOKENS[one.rule.priority])
        filled = one.state in UNACKNOWLEDGED and self.lit
        if is_ground:
            return alarm if filled else None
        return theme.colour("panel") if filled else alarm

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The columns' names."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._context.tr(f"ui.alarms.column.{COLUMNS[section]}")
        if role == Qt.ItemDataRole.TextAlignmentRole and COLUMNS[section] in _NUMBERS:
            return _RIGHT
        return None


def _clock(time_us: int) -> str:
    """The time of day here; with the day before it where that is not today."""
    if not time_us:
        return ""
    moment = datetime.fromtimestamp(time_us / US_PER_S).astimezone()
    is_today = moment.date() == datetime.now().astimezone().date()
    return moment.strftime("%H:%M:%S" if is_today else "%Y-%m-%d %H:%M")
