"""Who can be sent to the chosen event: the nearest along the roads first, and the way of the one that is picked."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QPushButton, QSizePolicy, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from twin_app.operation.model import Action
from twin_app.operation.simulated import SPEED_M_S
from twin_app.ui.context import UiContext
from twin_app.ui.widgets import label, row
from twin_app.usecases.event_dispatch import Dispatching
from twin_app.usecases.event_resources import Choice
from twin_app.usecases.event_words import far_words
from twin_app.usecases.live_values import age_text

RESOURCE_ROLE = Qt.ItemDataRole.UserRole + 1
LIST_PX = 112
COLUMNS = ("resource", "far", "time")


class EventOffers(QWidget):
    """Shows what `Dispatching` knows; hidden where the chosen event is none that is dispatched now."""

    def __init__(self, context: UiContext, dispatching: Dispatching) -> None:
        super().__init__()
        self._context, self._dispatching = context, dispatching
        self._shown: tuple[object, ...] = ()
        self.list = QTreeWidget()
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # stamp and number stay
        self.list.setColumnCount(len(COLUMNS))
        self.list.setMinimumHeight(LIST_PX)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place in (1, 2):
            self.list.setColumnWidth(place, 58)
        self.note = label("small", wrap=True)
        self.send = QPushButton()
        self.send.setProperty("role", "primary")
        self.setMinimumWidth(250)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 6, 10, 8)
        layout.setSpacing(5)
        self.note.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        layout.addWidget(row(self.note, self.send, spacing=8))
        layout.addWidget(self.list, 1)
        self.list.itemClicked.connect(self._show_way)
        self.list.itemSelectionChanged.connect(self._judge)
        self.send.clicked.connect(self._send)
        context.texts.bind(self.list.setAccessibleName, text_key="ui.events.offers")

    def refresh(self) -> None:
        """Show who can be sent as things stand."""
        self._dispatching.refresh()
        choice, waits = self._dispatching.choice, self._dispatching.is_waiting
        self.setVisible(choice is not None or waits)
        told = (choice, waits, self._dispatching.picked, self._context.tr.language)
        if told != self._shown:
            self._shown = told
            self._fill(choice, waits)
        self._judge()

    def _fill(self, choice: Choice | None, waits: bool) -> None:
        tr = self._context.tr
        self.list.blockSignals(True)
        self.list.clear()
        self.list.setHeaderLabels([tr(f"ui.events.offer.{name}") for name in COLUMNS])
        for offer in choice.offers if choice is not None and not waits else ():
            stamp = f"{tr('live.stamp')} · " if offer.resource.simulated else ""
            far = far_words(offer.way_m) + ("" if offer.by_road else f" {tr('event.straight')}")
            item = QTreeWidgetItem([stamp + offer.resource.name, far, age_text(tr, offer.way_m / SPEED_M_S)])
            item.setData(0, RESOURCE_ROLE, offer.resource.id)
            for place in range(len(COLUMNS)):
                item.setToolTip(place, f"{stamp}{offer.resource.name}\n{tr(offer.note_key)}: {far_words(offer.way_m)}")
            self.list.addTopLevelItem(item)
            if offer.resource.id == self._dispatching.picked:
                item.setSelected(True)
        self.list.blockSignals(False)
        self.note.setText(self._words(choice, waits))
        self.send.setText(tr(Action.DISPATCH.text_key))
        self.list.setVisible(self.list.topLevelItemCount() > 0)
        self.send.setVisible(self.list.topLevelItemCount() > 0)

    def _words(self, choice: Choice | None, waits: bool) -> str:
        tr = self._context.tr
        if waits or choice is None:
            return tr("ui.events.offers_wait")
        if not choice.total:
            return tr("ui.events.no_resources")
        lines = [tr("ui.events.offers_of", free=choice.free, total=choice.total)]
        if choice.any_skill:
            lines.append(tr("ui.events.any_skill"))
        speed = tr("ui.events.speed", speed=round(SPEED_M_S * 3.6))
        lines.append(speed if choice.has_roads else tr("ui.events.no_roads") + " " + speed)
        return "\n".join(lines)

    def chosen(self) -> str:
        """The id of the resource that is selected, "" without one."""
        items = self.list.selectedItems()
        return str(items[0].data(0, RESOURCE_ROLE)) if items else ""

    def _judge(self) -> None:
        enabled = self._context.registry["event.dispatch"].enabled(self._context.workbench)
        self.send.setEnabled(bool(self.chosen()) and enabled)
        self.send.setToolTip("" if enabled else self._context.tr("ui.events.not_this_role"))

    def _show_way(self, item: QTreeWidgetItem) -> None:
        self._context.run("event.show_way", resource=str(item.data(0, RESOURCE_ROLE)))
        self._context.workbench.ui.refresh_actions()

    def _send(self) -> None:
        self._context.run("event.dispatch", resource=self.chosen())
