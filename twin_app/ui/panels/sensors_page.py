"""The sensors and controls of the loaded models, those without a stream first; a page of the live panel."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from scenes.model.scene import ObjectRef
from twin_app.live.streams import StreamInfo
from twin_app.ui.context import UiContext
from twin_app.ui.panels.class_words import class_icon, class_text
from twin_app.ui.widgets import empty_note
from twin_app.usecases.sensors import Listed

COLUMNS = ("name", "tag", "class", "layer", "streams")
REF_ROLE = Qt.ItemDataRole.UserRole + 1


class SensorsPage(QWidget):
    """Shows what it is given; a click selects the object, a double click goes there."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.list = QTreeWidget()
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setColumnCount(len(COLUMNS))
        header = self.list.header()
        header.setStretchLastSection(False)
        for place in (0, len(COLUMNS) - 1):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
        for place, width in ((1, 84), (2, 126), (3, 130)):
            self.list.setColumnWidth(place, width)
        self.empty = empty_note()
        context.texts.bind(self.empty.setText, text_key="ui.sensors.empty")
        context.texts.bind(self.list.setAccessibleName, text_key="command.live.list_sensors.title")
        self.list.itemClicked.connect(self._select)
        self.list.itemDoubleClicked.connect(self._go)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.list, 1)

    def show_sensors(self, listed: list[Listed], infos: tuple[StreamInfo, ...], wanted: str) -> None:
        """Fill the list; ``wanted`` must stand in one of the texts of a row."""
        tr = self._context.tr
        self.list.setHeaderLabels([tr(f"ui.sensors.column.{name}") for name in COLUMNS])
        self.list.clear()
        for one in listed:
            sensor = one.sensor
            streams = ", ".join(infos[row].name or infos[row].key for row in one.rows)
            kind = class_text(tr, sensor.ifc_class)
            texts = [sensor.name, sensor.tag, kind, sensor.layer, streams or tr("ui.sensors.no_stream")]
            if wanted.casefold() in "\n".join(texts).casefold():
                self._add(texts, sensor.ref, sensor.ifc_class, bound=bool(one.rows))
        self.empty.setVisible(not listed)
        self.list.setVisible(bool(listed))

    def _add(self, texts: list[str], ref: ObjectRef, ifc_class: str, *, bound: bool) -> None:
        item = QTreeWidgetItem(texts)
        item.setData(0, REF_ROLE, ref)
        item.setIcon(0, self._context.look.icon(class_icon(ifc_class), "text_muted"))
        for place, text in enumerate(texts):
            item.setToolTip(place, text)
        if not bound:
            item.setForeground(len(COLUMNS) - 1, self._context.look.theme.colour("text_muted"))
        self.list.addTopLevelItem(item)

    def _select(self, item: QTreeWidgetItem) -> None:
        self._context.workbench.scene.select((ObjectRef(*item.data(0, REF_ROLE)),))

    def _go(self, item: QTreeWidgetItem) -> None:
        layer_id, row = item.data(0, REF_ROLE)
        self._context.run("live.show_sensor", layer_id=layer_id, row=row)
