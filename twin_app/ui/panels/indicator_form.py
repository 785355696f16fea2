"""The form with which a value is stated: value, year or time, source, who."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from loaders.model.errors import CityTwinError
from twin_app.indicators.definitions import Indicator
from twin_app.live.numbers import streamed_label
from twin_app.services.project import DeclaredRecord
from twin_app.ui.context import UiContext
from twin_app.ui.widgets import label
from twin_app.usecases.declaring import number_of, state_value, time_of


class IndicatorForm(QWidget):
    """What is wrong is told under the fields; `stated` tells that a value was kept."""

    stated = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._one: Indicator | None = None
        self.fields: dict[str, QLineEdit] = {}
        self._captions: dict[str, QLabel] = {}
        self.wrong = label("wrong", wrap=True)
        self.keep = QPushButton()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for name in ("value", "at", "area", "from", "who"):
            line, caption = QLineEdit(), label("small")
            self.fields[name], self._captions[name] = line, caption
            line.returnPressed.connect(self._state)
            context.texts.bind(line.setPlaceholderText, text_key=f"indicator.board.{name}_hint")
            context.texts.bind(
                caption.setText,
                line.setAccessibleName,
                text_key=f"indicator.board.{name}" if name != "value" else "indicator.board.value_bare",
            )
            layout.addWidget(caption)
            layout.addWidget(line)
        self.wrong.hide()
        self.keep.setProperty("role", "primary")
        context.texts.bind(self.keep.setText, text_key="indicator.board.state")
        self.keep.clicked.connect(self._state)
        layout.addWidget(self.wrong)
        layout.addSpacing(4)
        layout.addWidget(self.keep)

    def show_indicator(self, one: Indicator) -> None:
        """State values of another indicator; who states them stays."""
        if self._one is None or one.id != self._one.id:
            for name in ("value", "at", "area", "from"):
                self.fields[name].clear()
            self.wrong.hide()
        self._one = one
        tr = self._context.tr
        unit = streamed_label(one.unit, tr.language)
        words = tr("indicator.board.value", unit=unit) if unit else tr("indicator.board.value_bare")
        self._captions["value"].setText(words)
        self.fields["value"].setAccessibleName(words)

    def _state(self) -> None:
        one = self._one
        if one is None:
            return
        told = {name: line.text().strip() for name, line in self.fields.items()}
        try:
            value = number_of(one, told["value"])
            stated = DeclaredRecord(one.id, value, "", told["who"], told["from"], time_of(told["at"]), told["area"])
            state_value(self._context.workbench, one, stated)
        except CityTwinError as error:
            self.wrong.setText(self._context.tr.error(error))
            self.wrong.show()
            return
        self.wrong.hide()
        self.fields["value"].clear()
        self.stated.emit()
