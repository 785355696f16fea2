"""Texts that follow the language: bound once, worded again at every switch; Qt's own texts as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator
from shiboken6 import isValid

from twin_app.services.translations import Translator


def is_alive(call: Callable[..., Any]) -> bool:
    """Whether the widget that a bound method belongs to still exists."""
    owner = getattr(call, "__self__", None)
    return not isinstance(owner, QObject) or isValid(owner)


class Texts:
    """Binds setters of widgets to translation keys."""

    def __init__(self, tr: Translator) -> None:
        self.tr = tr
        self._bound: list[tuple[Callable[[str], Any], str]] = []
        self._listeners: list[Callable[[], Any]] = []
        self._qt = QTranslator()
        self._use_qt_language()
        tr.changed.connect(self._on_language)

    def bind(self, *setters: Callable[[str], Any], text_key: str) -> None:
        """Give the setters the text now and after every switch of the language."""
        for setter in setters:
            self._bound.append((setter, text_key))
            setter(self.tr(text_key))

    def on_change(self, listener: Callable[[], Any]) -> None:
        """Call ``listener`` after every switch of the language."""
        self._listeners.append(listener)

    def _on_language(self, _language: str) -> None:
        self._use_qt_language()
        self._bound = [(setter, key) for setter, key in self._bound if is_alive(setter)]
        for setter, key in self._bound:
            setter(self.tr(key))
        for listener in self._listeners:
            listener()

    def _use_qt_language(self) -> None:
        """Buttons of file dialogs, context menus of text fields: Qt brings these words itself."""
        QCoreApplication.removeTranslator(self._qt)
        QLocale.setDefault(QLocale(self.tr.language))
        if self.tr.language == "zh_CN":
            folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
            if self._qt.load("qtbase_zh_CN", folder):
                QCoreApplication.installTranslator(self._qt)

    def forget(self) -> None:
        """Let go of all that is bound: the window is going."""
        self.tr.changed.disconnect(self._on_language)
        self._bound.clear()
        self._listeners.clear()
        QCoreApplication.removeTranslator(self._qt)
