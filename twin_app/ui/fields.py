"""A dialog of some fields, made from what an action asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from twin_app.ui.context import UiContext
from twin_app.ui.widgets import button, label, row
from twin_app.usecases.asking import Field, FieldKind

LINES_PX = 72


class FieldsQuestion(QDialog):
    """``told`` holds what is in the fields; what is needed must be there before it can be accepted."""

    def __init__(self, context: UiContext, parent: QWidget, title_key: str, fields: Sequence[Field], note: str) -> None:
        super().__init__(parent)
        self._context, self._fields = context, tuple(fields)
        self.inputs: dict[str, QWidget] = {}
        self._readers: dict[str, Callable[[], str]] = {}
        title = context.tr(title_key).rstrip("…")
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(22, 20, 22, 18)
        self._layout.setSpacing(6)
        self._layout.addWidget(label("title", title))
        if note:
            self._layout.addWidget(label("muted", note, wrap=True))
        for field in self._fields:
            self._add(field)
        self._layout.addSpacing(8)
        self.accept_button = self._add_buttons()
        self._judge()

    def _add(self, field: Field) -> None:
        words = self._context.tr(field.label_key)
        made, shown = _MAKERS[field.kind](self, field)
        made.setAccessibleName(words)
        made.setMinimumWidth(340)
        self.inputs[field.name] = made
        self._layout.addSpacing(4)
        self._layout.addWidget(label("small", words))
        self._layout.addWidget(shown)

    def _line(self, field: Field) -> tuple[QLineEdit, QWidget]:
        line = QLineEdit(field.value)
        line.textChanged.connect(self._judge)
        self._readers[field.name] = line.text
        return line, line

    def _lines(self, field: Field) -> tuple[QWidget, QWidget]:
        lines = QPlainTextEdit(field.value)
        lines.setFixedHeight(LINES_PX)
        lines.setTabChangesFocus(True)
        lines.textChanged.connect(self._judge)
        self._readers[field.name] = lines.toPlainText
        return lines, lines

    def _choice(self, field: Field) -> tuple[QWidget, QWidget]:
        box = QComboBox()
        for value, words in field.choices:
            box.addItem(words, value)
        box.setCurrentIndex(max(0, box.findData(field.value)))
        self._readers[field.name] = lambda: str(box.currentData() or "")
        return box, box

    def _file(self, field: Field) -> tuple[QWidget, QWidget]:
        line, _ = self._line(field)
        choose = button(self._context, "mdi6.folder-open-outline", tip_key="ui.ask.choose_file")
        choose.clicked.connect(lambda: self._choose_file(field, line))
        return line, row(line, choose)

    def _choose_file(self, field: Field, line: QLineEdit) -> None:
        chosen: list[Path] = self._context.workbench.ui.ask_open_paths(*field.suffixes)
        if chosen:
            line.setText(str(chosen[0]))

    def _add_buttons(self) -> QPushButton:
        across = QHBoxLayout()
        across.addStretch(1)
        made = {}
        for key, role, does in (("ui.ask.cancel", "", self.reject), ("ui.ask.ok", "primary", self.accept)):
            push = made[role] = QPushButton(self._context.tr(key))
            push.setProperty("role", role)
            push.setDefault(role == "primary")
            push.clicked.connect(does)
            across.addWidget(push)
        self._layout.addLayout(across)
        return made["primary"]

    def _judge(self) -> None:
        if hasattr(self, "accept_button"):
            told = self.told
            self.accept_button.setEnabled(all(told[one.name] for one in self._fields if one.needed))

    @property
    def told(self) -> dict[str, str]:
        """What is in the fields now."""
        return {name: read().strip() for name, read in self._readers.items()}


_MAKERS = {
    FieldKind.TEXT: FieldsQuestion._line,
    FieldKind.LINES: FieldsQuestion._lines,
    FieldKind.CHOICE: FieldsQuestion._choice,
    FieldKind.FILE: FieldsQuestion._file,
}


def ask_fields(
    context: UiContext, parent: QWidget, title_key: str, fields: Sequence[Field], *, note: str = ""
) -> dict[str, str] | None:
    """What the user filled in, None when they changed their mind."""
    question = FieldsQuestion(context, parent, title_key, fields, note)
    accepted = question.exec() == QDialog.DialogCode.Accepted
    told = question.told
    question.deleteLater()
    return told if accepted else None
