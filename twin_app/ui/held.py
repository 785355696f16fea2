"""Says, wherever values are shown, that they are not of now."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy

from twin_app.ui.context import UiContext
from twin_app.usecases.times import shown_text


class HeldLabel(QLabel):
    """Hidden while values are live."""

    def __init__(self, context: UiContext, *, wrap: bool = False) -> None:
        super().__init__()
        self.setWordWrap(wrap)  # in a narrow panel
        self._context = context
        self.setProperty("role", "held")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        context.workbench.live.time_changed.connect(self.reword)
        context.texts.on_change(self.reword)
        self.reword()

    def reword(self) -> None:
        """Everything again: another time, or another language."""
        is_live = self._context.workbench.live.playback.is_live
        self.setText("" if is_live else shown_text(self._context.workbench))
        self.setVisible(not is_live and self.parentWidget() is not None)
