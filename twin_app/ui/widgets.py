"""Small parts that many panels are put together from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractItemModel, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLayout,
    QLineEdit,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from twin_app.ui.context import UiContext


def label(role: str = "", text: str = "", *, wrap: bool = False) -> QLabel:
    """A label in one of the style sheet's roles."""
    made = QLabel(text)
    if role:
        made.setProperty("role", role)
    made.setWordWrap(wrap)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


class ElidedLabel(QLabel):
    """A label that shortens its text instead of forcing its panel wide; the whole is in the tool tip."""

    def __init__(self, role: str = "", text: str = "", mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__(text)
        self._mode = mode
        if role:
            self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def minimumSizeHint(self) -> QSize:
        """Narrow: the text gives way."""
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw what fits."""
        painter = QPainter(self)
        metrics = QFontMetrics(self.font())
        shown = metrics.elidedText(self.text(), self._mode, self.width())
        if self.toolTip() != (self.text() if shown != self.text() else ""):
            self.setToolTip(self.text() if shown != self.text() else "")
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), shown)


class ElidedComboBox(QComboBox):
    """A choice that shortens the name it shows instead of cutting it."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        """As any, but for the name."""
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        name, right = option.currentText, Qt.TextElideMode.ElideRight
        option.currentText = option.fontMetrics.elidedText(name, right, field.width() - 4)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


def button(context: UiContext, icon: str, *, tip_key: str, role: str = "small") -> QToolButton:
    """A small tool button with an icon and a bound tool tip."""
    made = QToolButton()
    made.setProperty("role", role)
    size = context.look.theme.size("icon")
    made.setIconSize(QSize(size, size))
    context.look.bind_icon(made.setIcon, icon, "text_muted" if role == "small" else "text")
    context.texts.bind(made.setToolTip, made.setAccessibleName, text_key=tip_key)
    return made


def command_button(context: UiContext, command_id: str) -> QToolButton:
    """A small button that runs a command, with its icon and its name as the tool tip."""
    command = context.registry[command_id]
    made = button(context, command.icon, tip_key=command.title_key)
    made.clicked.connect(lambda: context.run(command_id))
    return made


def empty_note() -> QLabel:
    """What stands where a panel has nothing to show."""
    made = label("muted", wrap=True)
    made.setContentsMargins(14, 10, 14, 10)
    made.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    return made


def show_rows(view: QTreeView, model: QAbstractItemModel, widths: Sequence[int]) -> None:
    """Set a view up for the rows of a model without a tree; the column of width 0 takes what is left."""
    view.setModel(model)
    view.setRootIsDecorated(False)
    view.setUniformRowHeights(True)
    view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    header = view.header()
    header.setStretchLastSection(False)
    for place, width in enumerate(widths):
        if width:
            view.setColumnWidth(place, width)
        else:
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)


def search_line(context: UiContext, *, text_key: str) -> QLineEdit:
    """A line to search in, with a magnifier and a cross."""
    line = QLineEdit()
    line.setClearButtonEnabled(True)
    context.texts.bind(line.setPlaceholderText, line.setAccessibleName, text_key=text_key)
    action = line.addAction(context.look.icon("mdi6.magnify", "text_muted"), QLineEdit.ActionPosition.LeadingPosition)
    context.look.bind_icon(action.setIcon, "mdi6.magnify", "text_muted")
    return line


def line() -> QFrame:
    """A thin rule."""
    rule = QFrame()
    rule.setObjectName("line")
    return rule


def row(*parts: QWidget | int, spacing: int = 6, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QWidget:
    """Widgets side by side; a number is a stretch."""
    made = QWidget()
    _fill(QHBoxLayout(made), parts, spacing, margins)
    return made


def column(*parts: QWidget | int, spacing: int = 6, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QWidget:
    """Widgets one above the other; a number is a stretch."""
    made = QWidget()
    _fill(QVBoxLayout(made), parts, spacing, margins)
    return made


def _fill(
    layout: QVBoxLayout | QHBoxLayout,
    parts: tuple[QWidget | int, ...],
    spacing: int,
    margins: tuple[int, int, int, int],
) -> None:
    layout.setContentsMargins(*margins)
    layout.setSpacing(spacing)
    for part in parts:
        if isinstance(part, int):
            layout.addStretch(part)
        else:
            layout.addWidget(part)


def clear_layout(layout: QLayout) -> None:
    """Take everything out of a layout and let Qt delete it."""
    while layout.count():
        item = layout.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()  # else a layout that was about to show it would show it as a window of its own
            widget.setParent(None)
            widget.deleteLater()
