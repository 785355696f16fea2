"""The live panel: feeds on the left with their lights, their streams on the right with the latest values."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QMenu,
    QSplitter,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from twin_app.live.feed import FeedSpec, FeedState
from twin_app.ui.context import UiContext
from twin_app.ui.held import HeldLabel
from twin_app.ui.panels.feed_delegate import FeedDelegate
from twin_app.ui.panels.live_lists import LiveLists, StreamFilter
from twin_app.ui.panels.sensors_page import SensorsPage
from twin_app.ui.panels.stream_model import ROW_ROLE, StreamModel
from twin_app.ui.widgets import column, command_button, empty_note, row, search_line, show_rows
from twin_app.usecases import feeds

BEAT_MS = 250
SLOW_BEAT_MS = 500  # where a picture takes long: half of the time is left to the rest of the window
NOTED = 4  # findings of a feed in its tool tip
COMMANDS = (
    *("live.add_feed", "live.switch_feed", "live.remove_feed"),
    *("live.bind", "live.unbind"),
    *("live.show_colours", "live.show_cards", "live.show_bars", "live.show_heat", "live.show_signs"),
    *("live.show_flows", "live.show_domes"),
)
FEED_ROLE = Qt.ItemDataRole.UserRole + 1
LIGHTS = {
    FeedState.CONNECTING: "warning",
    FeedState.CONNECTED: "success",
    FeedState.LOST: "warning",
    FeedState.ENDED: "text_muted",
    FeedState.FAILED: "error",
    FeedState.STOPPED: "text_muted",
}


class LivePanel(QWidget):
    """Beats four times a second, twice where pictures are slow, while there are feeds or alarms that stand.

    Shelvings end without a feed, too; hidden panels beat as well: overlays live on it.
    """

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._choosing = False
        self.feeds = QListWidget()
        self.model = StreamModel(context, self)
        self.filter = StreamFilter(self)
        self.filter.setSourceModel(self.model)
        self.table = QTreeView()
        self.sensors = SensorsPage(context)
        self.search = search_line(context, text_key="ui.live.search")
        self._empty = empty_note()
        context.texts.bind(self._empty.setText, text_key="ui.live.empty")
        self._build()
        live = context.workbench.live
        live.feeds_changed.connect(self._show_feeds)
        context.workbench.streams_chosen.connect(self._show_chosen)
        live.alarms_changed.connect(self._keep_beating)
        live.streams_changed.connect(self._show_lists)
        context.workbench.live_list_changed.connect(self._show_lists)
        context.texts.on_change(self._show_feeds)
        self._timer = QTimer(self)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._show_feeds()

    def _build(self) -> None:
        context = self._context
        self.feeds.setItemDelegate(FeedDelegate(context, self.feeds))
        self.feeds.setMinimumWidth(180)
        self.feeds.currentItemChanged.connect(self._choose)
        self.feeds.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.feeds.customContextMenuRequested.connect(self._show_menu)
        context.texts.bind(self.feeds.setAccessibleName, text_key="ui.live.feeds")
        self._build_table()
        tools = [command_button(context, command_id) for command_id in COMMANDS]
        self.search.setMaximumWidth(260)
        self.lists = LiveLists(context, self.table, self.filter, self.sensors)
        self.search.textChanged.connect(self.lists.search)
        bar = row(*tools, 1, HeldLabel(context), self.lists, self.search, spacing=4, margins=(8, 6, 8, 6))
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.addWidget(self.feeds)
        self._split.addWidget(column(self.table, self.sensors, spacing=0))
        self._split.setStretchFactor(1, 1)
        self._split.setSizes([240, 700])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(self._empty, 1)
        layout.addWidget(self._split, 1)

    def _build_table(self) -> None:
        table = self.table
        show_rows(table, self.filter, (0, 110, 66, 104, 84, 150))
        table.setSortingEnabled(True)
        table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        table.doubleClicked.connect(self._go)
        table.selectionModel().selectionChanged.connect(self._choose_streams)
        self._context.texts.bind(table.setAccessibleName, text_key="ui.live.streams")

    def _show_feeds(self) -> None:
        workbench = self._context.workbench
        specs = workbench.live.specs()
        self.feeds.blockSignals(True)
        self.feeds.clear()
        for spec in specs:
            item = QListWidgetItem()
            item.setData(FEED_ROLE, spec)
            self.feeds.addItem(item)
            if spec.id == workbench.current_feed_id:
                self.feeds.setCurrentItem(item)
        self.feeds.blockSignals(False)
        self._show_lists()
        self._keep_beating()
        self._word_feeds()

    def _show_lists(self) -> None:
        workbench = self._context.workbench
        shown = bool(workbench.live.specs()) or len(workbench.live.table) > 0 or workbench.live_list == "sensors"
        self._empty.setVisible(not shown)
        self._split.setVisible(shown)

    def _keep_beating(self) -> None:
        live = self._context.workbench.live
        wanted = bool(live.specs()) or bool(live.alarms.standing())
        if wanted != self._timer.isActive():
            (self._timer.start if wanted else self._timer.stop)()

    def _word_feeds(self) -> None:
        for at in range(self.feeds.count()):
            item = self.feeds.item(at)
            spec: FeedSpec = item.data(FEED_ROLE)
            status, counts = self._context.workbench.live.status(spec.id), self._context.workbench.live.counts(spec.id)
            tr = self._context.tr
            told = tr(f"live.feed_state.{status.state}")
            if status.error is not None:
                told = f"{told}: {tr.error(status.error)}"
            item.setText(feeds.title(spec))
            item.setData(FeedDelegate.LIGHT, LIGHTS[status.state])
            lost = counts.invalid + counts.dropped
            line = tr("ui.live.counts_lost" if lost else "ui.live.counts", values=counts.messages, lost=lost)
            item.setData(FeedDelegate.SECOND, line if status.state is FeedState.CONNECTED else told)
            port = self._context.workbench.live.hub.port(spec.id)
            noted = [] if port is None else list(dict.fromkeys(tr.error(one) for one in tuple(port.findings)[-NOTED:]))
            item.setToolTip("\n".join([spec.url, told, line, *noted]))

    def _choose(self, item: QListWidgetItem | None) -> None:
        spec = item.data(FEED_ROLE) if item is not None else None
        self._context.workbench.current_feed_id = spec.id if spec is not None else ""
        self._context.workbench.ui.refresh_actions()

    def _show_menu(self, point: QPoint) -> None:
        menu = QMenu(self.feeds)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chosen = self.feeds.itemAt(point) is not None
        for command_id in ("live.switch_feed", "live.remove_feed") if chosen else ("live.add_feed",):
            command = self._context.registry[command_id]
            menu.addAction(self._context.tr(command.title_key), partial(self._context.run, command_id))
        menu.popup(self.feeds.viewport().mapToGlobal(point))

    def _go(self, index: QModelIndex) -> None:
        self._context.run("live.show_object", row=index.data(ROW_ROLE))

    def _show_chosen(self) -> None:
        """Streams that were chosen elsewhere are chosen here, too."""
        if self._choosing:
            return
        chosen = QItemSelection()
        for one in self._context.workbench.chosen_streams:
            index = self.filter.mapFromSource(self.model.index(one, 0))
            if index.isValid():
                chosen.select(index, index)
        self._choosing = True
        flags = QItemSelectionModel.SelectionFlag
        self.table.selectionModel().select(chosen, flags.ClearAndSelect | flags.Rows)
        if chosen.indexes():
            self.table.scrollTo(chosen.indexes()[0])
        self._choosing = False

    def _choose_streams(self) -> None:
        if self._choosing:
            return
        self._choosing = True
        chosen = self.table.selectionModel().selectedRows()
        self._context.workbench.choose_streams(tuple(index.data(ROW_ROLE) for index in chosen))
        self._context.workbench.ui.refresh_actions()
        self._choosing = False

    def _beat(self) -> None:
        slow = self._context.workbench.canvas.live.is_slow
        self._timer.setInterval(SLOW_BEAT_MS if slow else BEAT_MS)
        self._context.workbench.live.beat()
        if self.isVisible():
            self._word_feeds()

    def showEvent(self, event: QShowEvent) -> None:
        """What was chosen meanwhile comes into sight."""
        super().showEvent(event)
        self._show_chosen()

    def stop(self) -> None:
        """No more beats."""
        self._timer.stop()
