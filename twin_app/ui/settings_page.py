"""The settings page, made from the schema; every change counts at once."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QScrollArea, QSpinBox, QVBoxLayout, QWidget

from twin_app.services.settings import SettingSpec, schema
from twin_app.ui.context import UiContext
from twin_app.ui.overlay import Overlay
from twin_app.ui.widgets import column, label
from twin_app.usecases.limits import automatic_mb

EDITOR_PX = 180


class SettingsPage(Overlay):
    """Groups of settings; a row each."""

    def __init__(self, context: UiContext, window: QWidget) -> None:
        super().__init__(context, window, title_key="ui.settings.title", size=(620, 560))
        self.editors: dict[str, QWidget] = {}
        content = QWidget()
        content.setObjectName("sheet")
        layout = QVBoxLayout(content)
        layout.setContentsMargins(20, 8, 20, 20)
        layout.setSpacing(6)
        group = ""
        for key, spec in schema().items():
            if spec.hidden:
                continue
            if key.partition(".")[0] != group:
                group = key.partition(".")[0]
                layout.addWidget(self._heading(group))
            layout.addWidget(self._row(spec))
        layout.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(content)
        self.body.addWidget(area, 1)
        context.workbench.settings.changed.connect(self._on_changed)

    def _heading(self, group: str) -> QWidget:
        made = label("section")
        made.setContentsMargins(0, 12, 0, 2)
        self.context.texts.bind(made.setText, text_key=f"ui.settings.group_{group}")
        return made

    def _row(self, spec: SettingSpec) -> QWidget:
        title, tip = label(), label("small", wrap=True)
        self.context.texts.bind(title.setText, text_key=f"settings.{spec.key}.title")
        self.context.texts.bind(tip.setText, text_key=f"settings.{spec.key}.tip")
        editor = self._editor(spec)
        self.context.texts.bind(editor.setAccessibleName, text_key=f"settings.{spec.key}.title")
        self.editors[spec.key] = editor
        made = QWidget()
        layout = QHBoxLayout(made)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.setSpacing(16)
        layout.addWidget(column(title, tip, spacing=0), 1)
        layout.addWidget(editor, 0, Qt.AlignmentFlag.AlignVCenter)
        return made

    def _editor(self, spec: SettingSpec) -> QWidget:
        settings = self.context.workbench.settings
        value = settings.get(spec.key)
        if spec.kind == "boolean":
            check = QCheckBox()
            check.setChecked(value)
            check.toggled.connect(lambda on: settings.set(spec.key, on))
            return check
        if spec.kind == "choice":
            box = QComboBox()
            for place, choice in enumerate(spec.choices):
                box.addItem("", choice)
                key = f"settings.{spec.key}.choice_{choice}"
                self.context.texts.bind(partial(box.setItemText, place), text_key=key)
            box.setCurrentIndex(box.findData(value))
            box.setFixedWidth(EDITOR_PX)
            box.currentIndexChanged.connect(lambda _place: settings.set(spec.key, box.currentData()))
            return box
        number = QSpinBox()
        number.setRange(spec.minimum or 0, spec.maximum if spec.maximum is not None else 1_000_000)
        number.setSingleStep(spec.step)
        if spec.key.startswith("memory."):
            number.setSuffix(" MB")
            gigabytes = f"{automatic_mb(spec.key) / 1000:.1f}"
            word = partial(self._word_automatic, number, gigabytes)
            self.context.texts.on_change(word)
            word()
        number.setValue(value)
        number.setFixedWidth(EDITOR_PX)
        number.setKeyboardTracking(False)
        number.valueChanged.connect(lambda new: settings.set(spec.key, new))
        return number

    def _word_automatic(self, number: QSpinBox, gigabytes: str) -> None:
        number.setSpecialValueText(self.context.tr("ui.settings.automatic", gigabytes=gigabytes))

    def _on_changed(self, key: str, value: object) -> None:
        editor = self.editors.get(key)
        if isinstance(editor, QCheckBox):
            editor.setChecked(bool(value))
        elif isinstance(editor, QComboBox):
            editor.setCurrentIndex(editor.findData(value))
        elif isinstance(editor, QSpinBox):
            editor.setValue(int(str(value)))
