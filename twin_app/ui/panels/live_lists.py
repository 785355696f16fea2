"""What the live panel lists: all streams, those without an object or a place, or the sensors of the models."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt, QTimer
from PySide6.QtWidgets import QComboBox, QTreeView, QWidget

from twin_app.commands.sensors import LISTS
from twin_app.ui.context import UiContext
from twin_app.ui.panels.sensors_page import SensorsPage
from twin_app.ui.panels.stream_model import SORT_ROLE
from twin_app.usecases.binding import Binding
from twin_app.usecases.sensors import listed, unbound

PAUSE_MS = 300  # streams and layers come in crowds


class StreamFilter(QSortFilterProxyModel):
    """Streams by name, and only those of ``rows`` where it is not None."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: frozenset[int] | None = None
        self.setSortRole(SORT_ROLE)
        self.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setFilterKeyColumn(0)

    def keep(self, rows: frozenset[int] | None) -> None:
        """Show only these rows of the table of latest values; None: all."""
        if rows != self._rows:
            self._rows = rows
            self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: QModelIndex | QPersistentModelIndex) -> bool:
        """Qt calls this."""
        if self._rows is not None and source_row not in self._rows:
            return False
        return super().filterAcceptsRow(source_row, source_parent)


class LiveLists(QComboBox):
    """The choice of the list, and what follows from it. Objects are looked up only for the lists that need them."""

    def __init__(self, context: UiContext, streams: QTreeView, filtered: StreamFilter, page: SensorsPage) -> None:
        super().__init__()
        self._context = context
        self._streams, self._filter, self._page = streams, filtered, page
        self._wanted = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self.look)
        for which in LISTS:
            self.addItem("", which)
        self.activated.connect(lambda at: context.run(f"live.list_{self.itemData(at)}"))
        context.texts.bind(self.setAccessibleName, text_key="ui.sensors.lists")
        context.texts.on_change(self._reword)
        workbench = context.workbench
        workbench.live_list_changed.connect(self._switch)
        workbench.bindings_changed.connect(self.look)
        for signal in (workbench.scene.layers.added, workbench.scene.layers.removed, workbench.live.streams_changed):
            signal.connect(self._later, max_args=0)
        workbench.scene.layers.layer_changed.connect(self._on_layer)
        self._reword()
        self._switch()

    def search(self, text: str) -> None:
        """Only what has ``text`` in it."""
        self._wanted = text
        self._filter.setFilterFixedString(text)
        if self._context.workbench.live_list == "sensors":
            self.look()

    def _reword(self) -> None:
        for at in range(self.count()):
            self.setItemText(at, self._context.tr(f"command.live.list_{self.itemData(at)}.title"))
        self.look()

    def _switch(self) -> None:
        which = self._context.workbench.live_list
        self.setCurrentIndex(self.findData(which))
        self._streams.setVisible(which != "sensors")
        self._page.setVisible(which == "sensors")
        self.look()

    def _on_layer(self, _layer: object, key: str, *_values: object) -> None:
        if key == "state":
            self._later()

    def _later(self) -> None:
        if self._context.workbench.live_list != "all" and not self._timer.isActive():
            self._timer.start()

    def look(self) -> None:
        """Look at streams and models anew."""
        workbench = self._context.workbench
        if workbench.live_list == "all":
            self._filter.keep(None)
            return
        infos, binding = workbench.live.table.infos(), Binding(workbench)
        objects = binding.find_all(infos)
        if workbench.live_list == "unbound":
            self._filter.keep(frozenset(unbound(infos, objects)))
        else:
            self._page.show_sensors(listed(binding.sensors, objects), infos, self._wanted)
