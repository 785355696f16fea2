"""Cards under the headings of their groups, in one column or in two where there is room."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from twin_app.indicators.definitions import Pack
from twin_app.ui.context import UiContext
from twin_app.ui.panels.indicator_card import IndicatorCard
from twin_app.ui.widgets import clear_layout, label
from twin_app.usecases.indicators import Standing

TWO_FROM_PX = 430
STEP_PX = 16


class IndicatorGrid(QScrollArea):
    """`chosen` tells the id of the indicator whose card was pressed."""

    chosen = Signal(str)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._pack: Pack | None = None
        self._columns = 0
        self.cards: dict[str, IndicatorCard] = {}
        self._sheet = QWidget()
        self._sheet.setObjectName("sheet")
        self._grid = QGridLayout(self._sheet)
        self._grid.setContentsMargins(10, 4, 10, 12)
        self._grid.setSpacing(8)
        self.setWidget(self._sheet)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setSingleStep(STEP_PX)

    def show_pack(self, pack: Pack, standings: list[Standing]) -> None:
        """Other cards, from the top."""
        self._pack, self.cards = pack, {}
        for standing in standings:
            card = IndicatorCard(self._context, standing)
            card.clicked.connect(lambda _checked=False, chosen=standing.indicator.id: self.chosen.emit(chosen))
            self.cards[standing.indicator.id] = card
        self._lay()
        self.verticalScrollBar().setValue(0)

    def show_values(self, standings: list[Standing]) -> None:
        """The same cards with what is known now; those that are as before stay as they are drawn."""
        for standing in standings:
            card = self.cards.get(standing.indicator.id)
            if card is not None:
                card.show_standing(standing)

    def _lay(self) -> None:
        kept = set(self.cards.values())
        for card in kept:
            self._grid.removeWidget(card)
        clear_layout(self._grid)
        pack, self._columns = self._pack, 2 if self.width() >= TWO_FROM_PX else 1
        if pack is None:
            return
        for row in range(self._grid.rowCount()):
            self._grid.setRowStretch(row, 0)
        place, group = 0, ""
        for one in pack.indicators:
            if one.group != group and one.group in pack.groups:
                place += -place % self._columns
                heading = label("section", pack.groups[one.group].of(self._context.tr.language), wrap=True)
                heading.setContentsMargins(2, 8 if place else 2, 0, 0)
                self._grid.addWidget(heading, place // self._columns, 0, 1, self._columns)
                place += self._columns
            group = one.group
            self._grid.addWidget(self.cards[one.id], place // self._columns, place % self._columns)
            place += 1
        self._grid.setRowStretch(place // self._columns + 1, 1)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, self._columns - 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """One column or two."""
        super().resizeEvent(event)
        if self._pack is not None and self._columns != (2 if self.width() >= TWO_FROM_PX else 1):
            self._lay()
