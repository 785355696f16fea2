"""The events panel: what was reported in the city, where each stands, its steps, and who can be sent."""

from __future__ import annotations

import math

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSortFilterProxyModel, Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from loaders.model.errors import CityTwinError
from twin_app.commands.event_steps import ICONS
from twin_app.live.values import State
from twin_app.operation.model import Action, Role
from twin_app.operation.rates import Rate
from twin_app.ui.context import UiContext
from twin_app.ui.panels.event_details import EventDetails
from twin_app.ui.panels.event_model import EVENT_ROLE, SORT_ROLE, EventModel
from twin_app.ui.panels.event_offers import EventOffers
from twin_app.ui.panels.event_sources import EventSources
from twin_app.ui.widgets import (
    ElidedLabel,
    clear_layout,
    command_button,
    empty_note,
    row,
    search_line,
    show_rows,
)
from twin_app.usecases import events
from twin_app.usecases.event_dispatch import Dispatching
from twin_app.usecases.event_map import SETTING, EventMap
from twin_app.usecases.event_rates import rates_of

LIST_PX = 118
LOOK_MS = 5000  # clocks run on
TOOLS = ("report", "show_map", "go_to", "import", "import_resources", "watch", "export")
STEPS = (*ICONS, Action.EXTEND)
PLACING = ("state", "world_from_model", "visible")
_WIDTHS = (140, 114, 80, 104, 140, 0)


class EventsPanel(QWidget):
    """Opens the project's events when it is shown first or when the project has some; keeps their pins in the scene."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        workbench = context.workbench
        self.map = workbench.event_map = EventMap(workbench)
        self.dispatching = workbench.event_choice = Dispatching(workbench)
        self.model = EventModel(context, self)
        self.filter = QSortFilterProxyModel(self)
        self.filter.setSourceModel(self.model)
        self.filter.setSortRole(SORT_ROLE)
        self.filter.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.filter.setFilterKeyColumn(-1)
        self.list, self.role = QTreeView(), QComboBox()
        self.details, self.offers = EventDetails(context), EventOffers(context, self.dispatching)
        self.search = search_line(context, text_key="ui.events.search")
        self.rates, self.empty = ElidedLabel("small"), empty_note()
        self.sources = EventSources(context)
        self._steps = QHBoxLayout()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._build()
        self._connect()
        self._reword()

    def _build(self) -> None:
        self._build_list()
        self.search.setMaximumWidth(200)
        steps = QWidget()
        steps.setLayout(self._steps)
        self._steps.setContentsMargins(0, 0, 0, 0)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        for one, stretch in ((self.list, 3), (self.details, 2), (self.offers, 2)):
            self._split.addWidget(one)
            self._split.setStretchFactor(self._split.count() - 1, stretch)
        self._split.setSizes([420, 220, 310])
        tools = [command_button(self._context, f"event.{name}") for name in TOOLS]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(row(*tools, self.search, self.role, steps, 1, spacing=6, margins=(8, 6, 8, 6)))
        layout.addWidget(self.empty, 1)
        layout.addWidget(self._split, 1)
        layout.addWidget(self.sources)
        self._foot = row(self.rates, margins=(10, 3, 10, 4))
        layout.addWidget(self._foot)

    def _build_list(self) -> None:
        table = self.list
        show_rows(table, self.filter, _WIDTHS)
        table.setMinimumHeight(LIST_PX)
        table.setSortingEnabled(True)
        table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)

    def _connect(self) -> None:
        workbench, texts = self._context.workbench, self._context.texts
        scene = workbench.scene
        self._timer.timeout.connect(self.refresh)
        self.search.textChanged.connect(self.filter.setFilterFixedString)
        self.list.selectionModel().selectionChanged.connect(self._choose)
        self.list.clicked.connect(self._go)
        self.role.currentIndexChanged.connect(self._take_role)
        workbench.events_changed.connect(self.refresh)
        workbench.live.feeds_changed.connect(self._on_feeds)
        workbench.event_chosen.connect(self._on_chosen)
        workbench.project.changed.connect(self.refresh, max_args=0)
        self.map.overlay.picked.connect(self._on_picked)
        self.dispatching.posts.picked.connect(self._on_post)
        for signal in (scene.layers.added, scene.layers.removed, scene.crs_changed):
            signal.connect(self._place_anew, max_args=0)
        scene.layers.layer_changed.connect(self._on_layer)
        workbench.settings.changed.connect(self._on_setting)
        texts.bind(self.role.setAccessibleName, text_key="ui.events.role")
        texts.bind(self.list.setAccessibleName, text_key="ui.panel.events")
        texts.on_change(self._reword)

    def showEvent(self, event: QShowEvent) -> None:
        """Qt calls this."""
        super().showEvent(event)
        self.refresh()

    def _reword(self) -> None:
        tr, chosen = self._context.tr, self._context.workbench.event_role
        self.role.blockSignals(True)
        self.role.clear()
        for role in Role:
            self.role.addItem(tr(role.text_key), role)
        self.role.setCurrentIndex(max(0, self.role.findData(chosen)))
        self.role.blockSignals(False)
        self.model.reword()
        self.empty.setText(tr("ui.events.empty"))
        self.details.forget()
        self.refresh()

    def refresh(self) -> None:
        """Show all events as they stand now, in the list and on the map."""
        workbench = self._context.workbench
        if self._is_over():
            self._timer.stop()
            return
        if not self.isVisible() and not events.has_any(workbench):
            self._timer.stop()
            self.map.show()
            return
        try:
            store = events.store_of(workbench)
        except CityTwinError as error:
            self._timer.stop()
            workbench.messages.error(error)
            return
        self.sources.refresh()
        found = list(reversed(store.events()))
        (self._timer.start if found else self._timer.stop)()
        if self.model.show(found):
            self._choose_again()
        self.empty.setVisible(not found)
        self._split.setVisible(bool(found))
        self._show_rates()
        self.map.show()
        self._show_chosen()

    def _show_rates(self) -> None:
        tr, found = self._context.tr, rates_of(self._context.workbench).anew()
        self.rates.setText("   ".join(self._rate(one) for one in found))
        means = [f"{tr(one.text_key)}: {tr(one.definition_key)}" for one in found]
        self._foot.setToolTip("\n".join(means))

    def _is_over(self) -> bool:
        """Whether the program is being closed, and the events' file with it."""
        return self._context.workbench.events is not None and bool(self._context.workbench.events.is_closed)

    def _rate(self, rate: Rate) -> str:
        tr = self._context.tr
        percent = "—" if math.isnan(rate.percent) else f"{rate.percent:.0f} %"
        stamp = f" · {tr('live.stamp')}" if rate.state is State.SIMULATED else ""
        return tr("ui.events.rate", name=tr(rate.text_key), percent=percent, count=rate.count, total=rate.total) + stamp

    def chosen(self) -> str:
        """The id of the event that is chosen, "" without one."""
        return self._context.workbench.current_event

    # -- choosing -------------------------------------------------------------------------------

    def _choose(self) -> None:
        rows: list[QModelIndex] = self.list.selectionModel().selectedRows()
        if rows:
            self._context.workbench.choose_event(str(rows[0].data(EVENT_ROLE)))

    def _choose_again(self) -> None:
        """The row of the chosen event, where it is shown."""
        wanted, selection = self.chosen(), self.list.selectionModel()
        for at in range(self.filter.rowCount()):
            index = self.filter.index(at, 0)
            if index.data(EVENT_ROLE) == wanted:
                flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
                selection.setCurrentIndex(index, flags)
                self.list.scrollTo(index)
                return
        selection.clearSelection()

    def _on_chosen(self, _event_id: str) -> None:
        self._choose_again()
        self.map.show()
        self._show_chosen()
        self._context.workbench.ui.refresh_actions()

    def _on_picked(self, event_id: str) -> None:
        self._context.workbench.ui.show_panel("events")
        self._context.workbench.choose_event(event_id)

    def _on_post(self, resource_id: str) -> None:
        self._context.run("event.show_way", resource=resource_id)

    def _go(self, index: QModelIndex) -> None:
        self._context.run("event.go_to", event=str(index.data(EVENT_ROLE)))

    def _take_role(self) -> None:
        self._context.workbench.event_role = self.role.currentData()
        self._show_chosen()
        self._context.workbench.ui.refresh_actions()

    def _show_chosen(self) -> None:
        clear_layout(self._steps)
        workbench = self._context.workbench
        if self._is_over():
            return
        store = workbench.events
        event = None if store is None else store.event(self.chosen())
        self.details.show_event(event, store.steps(event.id) if event is not None else [])
        self.offers.refresh()
        for action in STEPS:
            command = self._context.registry[f"event.{action.value}"]
            if event is not None and command.enabled(workbench):
                push = QPushButton(self._context.tr(action.text_key))
                push.setObjectName(command.id)
                push.setToolTip(self._context.tr(command.tip_key))
                push.clicked.connect(lambda _checked=False, c=command.id: self._context.run(c))
                self._steps.addWidget(push)

    # -- the scene ------------------------------------------------------------------------------

    def _place_anew(self) -> None:
        self.map.forget_places()
        self.map.show()

    def _on_layer(self, _layer: object, key: str) -> None:
        if key in PLACING:
            self._place_anew()
            self.offers.refresh()

    def _on_feeds(self) -> None:
        if self.isVisible() and not self._is_over():
            self._show_rates()

    def _on_setting(self, key: str, _value: object) -> None:
        if key == SETTING:
            self.map.show()
