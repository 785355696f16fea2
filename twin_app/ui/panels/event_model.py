"""The table of events: class, level, when, where it stands, clock, place."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from scenes.visuals.overlays.live.pin_pictures import LEVEL_RGB
from twin_app.live.values import now_us
from twin_app.operation.clock import ClockState, clock_of
from twin_app.operation.model import CityEvent
from twin_app.ui.context import UiContext
from twin_app.usecases.event_map import DONE
from twin_app.usecases.event_words import class_name, clock_words, time_text

COLUMNS = ("class", "level", "status", "clock", "reported", "words")
EVENT_ROLE, SORT_ROLE = Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2
INKS = {ClockState.NEAR: "warning", ClockState.OVERDUE: "error"}
Index = QModelIndex | QPersistentModelIndex


class EventModel(QAbstractTableModel):
    """Rows are events, the latest report first."""

    def __init__(self, context: UiContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._now_us = now_us()
        self.events: list[CityEvent] = []

    def show(self, events: list[CityEvent]) -> bool:
        """Show these, as their clocks stand now; tells whether rows are others than before."""
        same = [one.id for one in events] == [one.id for one in self.events]
        self._now_us = now_us()
        if same:
            self.events = events
            if events:
                self.dataChanged.emit(self.index(0, 0), self.index(len(events) - 1, len(COLUMNS) - 1))
            return False
        self.beginResetModel()
        self.events = events
        self.endResetModel()
        return True

    def reword(self) -> None:
        """Another language."""
        self.layoutChanged.emit()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many events."""
        return 0 if parent.isValid() else len(self.events)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """As `COLUMNS`."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The columns' names."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._context.tr(f"ui.events.column.{COLUMNS[section]}")
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell."""
        event, name = self.events[index.row()], COLUMNS[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(event, name)
        if role == EVENT_ROLE:
            return event.id
        if role == SORT_ROLE:
            return self._sortable(event, name)
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._ink(event, name)
        if role == Qt.ItemDataRole.DecorationRole and name == "level":
            return QColor(*LEVEL_RGB[int(event.report.level) - 1])
        return None

    def _text(self, event: CityEvent, name: str) -> str:
        tr, report = self._context.tr, event.report
        if name == "class":
            return class_name(tr, report.class_id) + (f" · {tr('live.stamp')}" if report.simulated else "")
        if name == "level":
            return tr(report.level.text_key)
        if name == "status":
            return tr(event.status.text_key)
        if name == "clock":
            return clock_words(tr, clock_of(event, self._now_us))
        return time_text(event.reported_us) if name == "reported" else report.title

    def _sortable(self, event: CityEvent, name: str) -> Any:
        if name == "level":
            return int(event.report.level)
        if name == "clock":
            clock = clock_of(event, self._now_us)
            return clock.limit_s - clock.used_s if clock.running else 1e12
        return event.reported_us if name == "reported" else self._text(event, name)

    def _ink(self, event: CityEvent, name: str) -> QColor | None:
        theme, state = self._context.look.theme, clock_of(event, self._now_us).state
        if name == "clock" and state in INKS:
            return theme.colour(INKS[state])
        return theme.colour("text_muted") if event.status in DONE else None
