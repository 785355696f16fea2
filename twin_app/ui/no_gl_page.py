"""What is shown instead of the 3D view where no picture can be drawn."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from twin_app.ui.context import UiContext
from twin_app.ui.widgets import label


class NoGlPage(QWidget):
    """Says what is missing and what to try; the panels go on working."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.setObjectName("paper")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        picture, title, words = QLabel(), label("title"), label("muted", wrap=True)
        context.look.bind_icon(
            lambda made: picture.setPixmap(made.pixmap(QSize(40, 40))), "mdi6.monitor-off", "warning"
        )
        context.texts.bind(title.setText, text_key="ui.no_gl.title")
        context.texts.bind(words.setText, text_key="ui.no_gl.words")
        words.setMaximumWidth(520)
        middle = QVBoxLayout()
        middle.setSpacing(10)
        middle.addStretch(1)
        for part in (picture, title, words):
            middle.addWidget(part)
        middle.addStretch(2)
        across = QHBoxLayout(self)
        across.setContentsMargins(40, 20, 40, 20)
        across.addStretch(1)
        across.addLayout(middle, 3)
        across.addStretch(1)
