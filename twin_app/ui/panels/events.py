"""The events panel: what was reported in the city, where each stands, and the next steps of the chosen role."""

from __future__ import annotations

import math
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from loaders.model.errors import CityTwinError
from twin_app.live.values import State, now_us
from twin_app.operation.classes import event_classes
from twin_app.operation.clock import ClockState, clock_of
from twin_app.operation.flow import NEEDS_A_NOTE
from twin_app.operation.model import Action, CityEvent, Role
from twin_app.operation.rates import Rate
from twin_app.ui.context import UiContext
from twin_app.ui.widgets import ElidedLabel, button, clear_layout, label, row
from twin_app.usecases import events

COLUMNS = ("class", "level", "place", "status", "clock")
EVENT_ROLE = Qt.ItemDataRole.UserRole + 1
LOOK_MS = 5000  # clocks run on
INKS = {ClockState.NEAR: "warning", ClockState.OVERDUE: "error"}


class EventsPanel(QWidget):
    """Opens the project's events when it is shown first."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.list = QTreeWidget()
        self.role = QComboBox()
        self.rates, self.empty = ElidedLabel("muted"), label("muted", wrap=True)
        self._steps = QHBoxLayout()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.refresh)
        self._build()
        self.list.itemSelectionChanged.connect(self._show_steps)
        self.role.currentIndexChanged.connect(self._show_steps)
        context.workbench.events_changed.connect(self.refresh)
        context.workbench.project.changed.connect(self.refresh, max_args=0)
        context.texts.on_change(self._reword)
        self._reword()

    def _build(self) -> None:
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setColumnCount(len(COLUMNS))
        for place, width in enumerate((220, 110, 170, 120)):
            self.list.setColumnWidth(place, width)
        self.empty.setContentsMargins(14, 10, 14, 10)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        tools = []
        for name in ("report", "import", "export"):
            command = self._context.registry[f"event.{name}"]
            tools.append(button(self._context, command.icon, tip_key=command.title_key))
            tools[-1].clicked.connect(partial(self._context.run, command.id))
        steps = QWidget()
        self.rates.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.rates.setAlignment(Qt.AlignmentFlag.AlignRight)
        steps.setLayout(self._steps)
        self._steps.setContentsMargins(0, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(row(*tools, self.role, steps, self.rates, spacing=6, margins=(8, 6, 8, 6)))
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.list, 1)
        self._context.texts.bind(self.role.setAccessibleName, text_key="ui.events.role")
        self._context.texts.bind(self.list.setAccessibleName, text_key="ui.panel.events")

    def showEvent(self, event: QShowEvent) -> None:
        """Qt calls this."""
        super().showEvent(event)
        self._timer.start()
        self.refresh()

    def _reword(self) -> None:
        tr, chosen = self._context.tr, self.role.currentIndex()
        self.role.blockSignals(True)
        self.role.clear()
        for role in Role:
            self.role.addItem(tr(role.text_key), role)
        self.role.setCurrentIndex(max(chosen, 0))
        self.role.blockSignals(False)
        self.list.setHeaderLabels([tr(f"ui.events.column.{name}") for name in COLUMNS])
        self.empty.setText(tr("ui.events.empty"))
        self.refresh()

    def refresh(self) -> None:
        """Show all events as they stand now."""
        if not self.isVisible() and self._context.workbench.events is None:
            return
        try:
            store = events.store_of(self._context.workbench)
        except CityTwinError as error:
            self._timer.stop()
            self._context.workbench.messages.error(error)
            return
        chosen = self.chosen()
        self.list.blockSignals(True)
        self.list.clear()
        for event in reversed(store.events()):
            item = self._item(event)
            self.list.addTopLevelItem(item)
            item.setSelected(event.id == chosen)
        self.list.blockSignals(False)
        self.empty.setVisible(self.list.topLevelItemCount() == 0)
        self.list.setVisible(self.list.topLevelItemCount() > 0)
        self.rates.setText("   ".join(self._rate(one) for one in events.rates_now(store)))
        self._show_steps()

    def _item(self, event: CityEvent) -> QTreeWidgetItem:
        tr, report = self._context.tr, event.report
        kind = event_classes().get(report.class_id)
        name = report.class_id if kind is None else kind.zh if tr.language.startswith("zh") else kind.en
        stamp = f" · {tr('live.stamp')}" if report.simulated else ""
        clock = clock_of(event, now_us()).state
        place = f"{report.lon_deg:.5f}, {report.lat_deg:.5f}"
        texts = [name + stamp, tr(report.level.text_key), place, tr(event.status.text_key), tr(clock.text_key)]
        item = QTreeWidgetItem(texts)
        item.setData(0, EVENT_ROLE, event.id)
        if clock in INKS:
            item.setForeground(len(COLUMNS) - 1, self._context.look.theme.colour(INKS[clock]))
        return item

    def _rate(self, rate: Rate) -> str:
        tr = self._context.tr
        percent = "—" if math.isnan(rate.percent) else f"{rate.percent:.0f} %"
        stamp = f" · {tr('live.stamp')}" if rate.state is State.SIMULATED else ""
        return tr("ui.events.rate", name=tr(rate.text_key), percent=percent, count=rate.count, total=rate.total) + stamp

    def chosen(self) -> str:
        """The id of the event that is chosen, "" without one."""
        items = self.list.selectedItems()
        return str(items[0].data(0, EVENT_ROLE)) if items else ""

    def _show_steps(self) -> None:
        clear_layout(self._steps)
        store = self._context.workbench.events
        event = store.event(self.chosen()) if store is not None else None
        if event is None:
            return
        for action in events.next_actions(event, self.role.currentData()):
            push = QPushButton(self._context.tr(action.text_key))
            push.clicked.connect(partial(self.take, action))
            self._steps.addWidget(push)

    def take(self, action: Action, _checked: bool = False, note: str = "") -> None:
        """Take a step on the chosen event as the chosen role."""
        workbench = self._context.workbench
        if action in NEEDS_A_NOTE and not note:
            note = workbench.ui.ask_text("ui.events.ask_note", value="", choices=[]) or ""
            if not note:
                return
        try:
            events.move_on(events.store_of(workbench), self.chosen(), action, self.role.currentData(), note)
        except CityTwinError as error:
            workbench.messages.error(error)
        self.refresh()
