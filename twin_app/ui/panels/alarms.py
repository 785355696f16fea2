"""The alarms panel: what stands, most urgent first, and what can be done about it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QSortFilterProxyModel, Qt, QTimer
from PySide6.QtWidgets import QMenu, QTreeView, QVBoxLayout, QWidget

from loaders.model.errors import Finding
from twin_app.live.alarms.station import UNACKNOWLEDGED
from twin_app.ui.context import UiContext
from twin_app.ui.panels.alarm_delegate import AlarmDelegate
from twin_app.ui.panels.alarm_flood import FloodNote
from twin_app.ui.panels.alarm_model import ALARM_ROLE, COLUMNS, SORT_ROLE, AlarmModel
from twin_app.ui.widgets import command_button, empty_note, row, search_line, show_rows
from twin_app.usecases import alarms
from twin_app.usecases.alarm_signs import AlarmSigns

STILL_SETTING = "view.still_alarms"
PLACING = ("state", "world_from_model")
HALF_BLINK_MS = 500  # one blink a second
TOOLS = ("acknowledge", "acknowledge_all", "shelve", "take_out", "announce", "show_object", "sound", "export")
_WIDTHS = (112, 0, 96, 96, 256, 124, 96)


class AlarmsPanel(QWidget):
    """Has the alarms that streams ask for watched, too: it lives as long as the window."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.model = AlarmModel(context, self)
        self.filter = QSortFilterProxyModel(self)
        self.filter.setSourceModel(self.model)
        self.filter.setSortRole(SORT_ROLE)
        self.filter.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.filter.setFilterKeyColumn(-1)
        self.table = QTreeView()
        self.search = search_line(context, text_key="ui.alarms.search")
        self.empty = empty_note()
        self.flood = FloodNote(context)
        self._told: list[Finding] = []
        self._timer = QTimer(self)
        self._timer.setInterval(HALF_BLINK_MS)
        self._timer.timeout.connect(self._blink)
        self.signs = AlarmSigns(context.workbench)
        self._build()
        self._connect()
        self._show()

    def _build(self) -> None:
        context, layout = self._context, QVBoxLayout(self)
        self._build_table()
        self.search.setMaximumWidth(260)
        tools = [command_button(context, f"alarm.{name}") for name in TOOLS]
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(row(*tools, 1, self.search, spacing=4, margins=(8, 6, 8, 6)))
        layout.addWidget(self.flood)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.table, 1)
        context.texts.bind(self.table.setAccessibleName, text_key="ui.panel.alarms")

    def _build_table(self) -> None:
        table = self.table
        show_rows(table, self.filter, _WIDTHS)
        table.setItemDelegateForColumn(0, AlarmDelegate(self._context, table))
        table.setSortingEnabled(True)
        table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._show_menu)
        table.doubleClicked.connect(lambda index: self._context.run("alarm.show_object", alarm=index.data(ALARM_ROLE)))

    def _connect(self) -> None:
        workbench = self._context.workbench
        workbench.live.streams_changed.connect(self._watch)
        workbench.live.alarms_changed.connect(self._show)
        workbench.live.values_changed.connect(self._on_values)
        workbench.live.alarms.failed.connect(workbench.messages.error)
        for signal in (workbench.scene.layers.added, workbench.scene.layers.removed):
            signal.connect(self._place_anew, max_args=0)
        workbench.scene.crs_changed.connect(self._place_anew, max_args=0)
        workbench.scene.layers.layer_changed.connect(self._on_layer)
        workbench.settings.changed.connect(self._on_setting)
        self.search.textChanged.connect(self.filter.setFilterFixedString)
        self.table.selectionModel().selectionChanged.connect(self._choose)
        self._context.texts.on_change(self._reword)

    def _refresh(self) -> None:
        if self._context.workbench.ui is not None:  # the window is still being made
            self._context.workbench.ui.refresh_actions()

    def _watch(self) -> None:
        unwatched = alarms.refresh(self._context.workbench)
        for finding in [one for one in unwatched if one not in self._told]:
            self._context.workbench.messages.finding(finding)
        self._told = unwatched  # each is told when it comes, not at every stream

    def _reword(self) -> None:
        self.model.reword()
        self.flood.show_flood(self._context.workbench.live.alarms.flood)
        self._say_empty()

    def _show(self) -> None:
        live = self._context.workbench.live
        chosen = set(self._context.workbench.chosen_alarms)
        self.model.show(live.alarms.standing())
        self.flood.show_flood(live.alarms.flood)
        self._choose_again(chosen)
        self._say_empty()
        self._keep_blinking()
        self.signs.show()
        self._refresh()

    def _say_empty(self) -> None:
        engine, tr = self._context.workbench.live.alarms.engine, self._context.tr
        watched = 0 if engine is None else len(engine)
        self.empty.setText(tr("ui.alarms.none_stands", count=watched) if watched else tr("ui.alarms.none_watched"))
        self.empty.setVisible(not self.model.standing)
        self.table.setVisible(bool(self.model.standing))

    def _choose_again(self, chosen: set[str]) -> None:
        rows = [self.filter.index(at, 0) for at in range(self.filter.rowCount())]
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        selection = self.table.selectionModel()
        for index in rows:
            if index.data(ALARM_ROLE) in chosen and not selection.isSelected(index):
                selection.select(index, flags)
        self._choose()

    def _choose(self) -> None:
        rows: list[QModelIndex] = self.table.selectionModel().selectedRows()
        self._context.workbench.chosen_alarms = tuple(index.data(ALARM_ROLE) for index in rows)
        self._refresh()

    def _place_anew(self) -> None:
        self.signs.forget_places()
        if self.model.standing:
            self.signs.show()

    def _on_layer(self, _layer: object, key: str) -> None:
        if key in PLACING:
            self._place_anew()

    def _on_values(self, _rows: object) -> None:
        if self.isVisible():
            self.model.tell(COLUMNS.index("value"), COLUMNS.index("value"))

    def _on_setting(self, key: str, _value: object) -> None:
        if key == STILL_SETTING:
            self._keep_blinking()

    def _keep_blinking(self) -> None:
        still = bool(self._context.workbench.settings.get(STILL_SETTING))
        wanted = not still and any(one.state in UNACKNOWLEDGED for one in self.model.standing)
        self.signs.overlay.still = still
        if wanted != self._timer.isActive():
            (self._timer.start if wanted else self._timer.stop)()
            self.model.lit = True
            self.model.tell(0, 0)

    def _blink(self) -> None:
        self.model.lit = not self.model.lit
        if self.isVisible():
            self.model.tell(0, 0)

    def _show_menu(self, point: QPoint) -> None:
        if not self._context.workbench.chosen_alarms:
            return
        menu = QMenu(self.table)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in TOOLS[:-2]:
            command = self._context.registry[f"alarm.{name}"]
            menu.addAction(self._context.tr(command.title_key), partial(self._context.run, command.id))
        menu.popup(self.table.viewport().mapToGlobal(point))

    def stop(self) -> None:
        """No more blinks."""
        self._timer.stop()
