"""The indicators panel: a pack, its cards, and one indicator at length."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from twin_app.indicators.definitions import Pack
from twin_app.live.values import Quality
from twin_app.ui.context import UiContext
from twin_app.ui.held import HeldLabel
from twin_app.ui.panels.indicator_details import IndicatorDetails
from twin_app.ui.panels.indicator_grid import IndicatorGrid
from twin_app.ui.widgets import ElidedComboBox, column, label
from twin_app.usecases.districts import districts
from twin_app.usecases.indicator_board import Board
from twin_app.usecases.indicators import Standing

REFRESH_MS = 500


class IndicatorsPanel(QWidget):
    """Follows live values at most twice a second, and only while it can be seen; packs are read when first shown."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.board: Board | None = None
        self.packs = ElidedComboBox()
        self.packs.setMinimumContentsLength(8)
        self.packs.setSizeAdjustPolicy(ElidedComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        context.texts.bind(self.packs.setAccessibleName, text_key="indicator.board.pack")
        self.count = label("small", wrap=True)
        self.grid, self.details = IndicatorGrid(context), IndicatorDetails(context)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.grid)
        self.pages.addWidget(self.details)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(
            column(self.packs, self.count, HeldLabel(context, wrap=True), spacing=5, margins=(10, 10, 10, 6))
        )
        layout.addWidget(self.pages, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self._connect()

    def _connect(self) -> None:
        workbench = self._context.workbench
        self.packs.currentIndexChanged.connect(self._show_pack)
        self.grid.chosen.connect(self.choose)
        self.details.left.connect(self.show_all)
        workbench.live.values_changed.connect(self._soon, max_args=0)
        workbench.live.streams_changed.connect(self._soon, max_args=0)
        workbench.indicators_changed.connect(self.refresh)
        workbench.events_changed.connect(self._soon)
        workbench.project.changed.connect(self._on_project)
        layers = workbench.scene.layers
        for signal in (layers.added, layers.removed, layers.layer_changed, workbench.scene.crs_changed):
            signal.connect(self._soon, max_args=0)
        self._context.texts.on_change(self._reword)
        self._context.look.on_change(lambda _theme: self._show_pack())

    def _soon(self) -> None:
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def _on_project(self) -> None:
        if self.board is not None and self.board.is_moved:
            self.board.read_packs()
            self._reword()

    def _reword(self) -> None:
        if self.board is None:
            return
        chosen = self.packs.currentData()
        self.packs.blockSignals(True)
        self.packs.clear()
        for pack in self.board.packs:
            name = pack.name.of(self._context.tr.language)
            self.packs.addItem(name, pack.id)
            self.packs.setItemData(self.packs.count() - 1, name, Qt.ItemDataRole.ToolTipRole)
        self.packs.setCurrentIndex(max(0, self.packs.findData(chosen)))
        self.packs.blockSignals(False)
        self._show_pack()

    def _pack(self) -> Pack | None:
        packs = () if self.board is None else self.board.packs
        return next((pack for pack in packs if pack.id == self.packs.currentData()), None)

    def _show_pack(self) -> None:
        pack = self._pack()
        if pack is None or self.board is None:
            return
        language = self._context.tr.language
        about = (pack.name, pack.description, pack.source)
        self.packs.setToolTip("\n".join(words.of(language) for words in about if words.of(language)))
        standings = self.board.standings(pack)
        self.grid.show_pack(pack, standings)
        if pack.indicator(self._context.workbench.current_indicator) is None:
            self.show_all()
        self._show_values(standings)

    def refresh(self) -> None:
        """What is known now."""
        pack = self._pack()
        if pack is not None and self.board is not None and self.isVisible():
            self.board.compute()
            self._show_values(self.board.standings(pack))

    def _show_values(self, standings: list[Standing]) -> None:
        self.grid.show_values(standings)
        good = sum(not one.value.missing and one.value.quality == Quality.GOOD for one in standings)
        self.count.setText(self._context.tr("indicator.board.of_good", good=good, total=len(standings)))
        if self.pages.currentWidget() is self.details:
            chosen = self._context.workbench.current_indicator
            for standing in standings:
                if standing.indicator.id == chosen:
                    self._show_details(standing)

    def _show_details(self, standing: Standing) -> None:
        if self.board is not None:
            ranked = districts(self._context.workbench, self.board, standing.indicator)
            self.details.show_standing(standing, ranked)

    def choose(self, indicator_id: str) -> None:
        """Show one at length, and let trends show its streams."""
        one = None if self.board is None else self.board.indicator(indicator_id)
        if one is None or self.board is None:
            return
        self._context.workbench.current_indicator = indicator_id
        self._show_details(self.board.standing(one))
        self.details.verticalScrollBar().setValue(0)
        self.pages.setCurrentWidget(self.details)
        rows = tuple(self.board.rows(one))
        if rows:
            self._context.workbench.choose_streams(rows)
        self._context.workbench.ui.refresh_actions()

    def show_all(self) -> None:
        """The cards again, where they were."""
        chosen, self._context.workbench.current_indicator = self._context.workbench.current_indicator, ""
        self.pages.setCurrentWidget(self.grid)
        if chosen in self.grid.cards:
            self.grid.cards[chosen].setFocus()
        if self._context.workbench.ui is not None:
            self._context.workbench.ui.refresh_actions()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leads back."""
        if event.key() == Qt.Key.Key_Escape and self.pages.currentWidget() is self.details:
            self.show_all()
            return
        super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Read packs at the first time, then what went on meanwhile."""
        super().showEvent(event)
        if self.board is None:
            self.board = Board(self._context.workbench)
            self._reword()
        self.refresh()
