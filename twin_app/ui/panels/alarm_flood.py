"""The line that tells of a flood of alarms: how many, which was the first, where they come from."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout

from twin_app.live.alarms.flood import Flood
from twin_app.ui.context import UiContext
from twin_app.ui.widgets import command_button, label

MOST_GROUPS = 3


class FloodNote(QFrame):
    """Shown while there is a flood."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.setObjectName("flood")
        self.text = label("strong", wrap=True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 8, 6)
        layout.addWidget(self.text, 1)
        layout.addWidget(command_button(context, "alarm.show_first"))
        self.hide()

    def show_flood(self, flood: Flood) -> None:
        """Tell of it; hide where there is none."""
        self.setVisible(flood.flooded)
        if flood.flooded:
            tr = self._context.tr
            groups = [tr("ui.alarms.group", name=name, count=count) for name, count in flood.groups[:MOST_GROUPS]]
            told = " · ".join(groups)
            first = self._name(flood.first_out)
            self.text.setText(tr("ui.alarms.flood", count=flood.raised, first=first, groups=told))

    def _name(self, alarm: str) -> str:
        stream = alarm.rpartition("#")[0]
        table = self._context.workbench.live.table
        row = table.row_of(stream)
        return (table.info(row).name if row is not None else "") or stream
