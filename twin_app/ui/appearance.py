"""The current theme, applied to the whole program at once, and icons in its colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QFont, QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from twin_app.ui.texts import is_alive
from twin_app.ui.theme import Theme, load_theme, palette, style_sheet, ui_font

Apply = Callable[[QIcon], Any]


class Appearance:
    """Holds the theme. What is bound here is dressed again whenever the theme changes."""

    def __init__(self, name: str) -> None:
        self._system_font = QFont(QGuiApplication.font())
        self._icons: list[tuple[Apply, str, str]] = []
        self._listeners: list[Callable[[Theme], Any]] = []
        self._cache: dict[tuple[str, str], QIcon] = {}
        self._theme = load_theme(name)
        self._dress()

    @property
    def theme(self) -> Theme:
        """The current theme."""
        return self._theme

    def use(self, name: str) -> None:
        """Switch to another theme, live."""
        theme = load_theme(name)
        if theme is self._theme:
            return
        self._theme = theme
        self._cache.clear()
        self._dress()
        self._icons = [bound for bound in self._icons if is_alive(bound[0])]
        for apply, icon, colour in self._icons:
            apply(self.icon(icon, colour))
        for listener in self._listeners:
            listener(theme)

    def _dress(self) -> None:
        application = QApplication.instance()
        if not isinstance(application, QApplication):
            return
        application.setStyle("Fusion")
        application.setPalette(palette(self._theme))
        application.setFont(ui_font(self._theme, self._system_font))
        application.setStyleSheet(style_sheet(self._theme.name))

    def icon(self, name: str, colour: str = "text") -> QIcon:
        """A Material icon in a colour of the theme, paler when disabled, accented when checked."""
        found = self._cache.get((name, colour))
        if found is None:
            import qtawesome

            colours = self._theme.colours
            found = qtawesome.icon(
                name,
                color=colours[colour],
                color_disabled=colours["text_disabled"],
                color_on=colours["accent"] if colour == "text" else colours[colour],
                color_selected=colours["selected_text"] if colour == "text" else colours[colour],
            )
            self._cache[name, colour] = found
        return found

    def bind_icon(self, apply: Apply, name: str, colour: str = "text") -> None:
        """Give ``apply`` the icon now and after every change of the theme."""
        self._icons.append((apply, name, colour))
        apply(self.icon(name, colour))

    def on_change(self, listener: Callable[[Theme], Any]) -> None:
        """Call ``listener`` after every change of the theme."""
        self._listeners.append(listener)

    def forget(self) -> None:
        """Let go of all that is bound: the window is going."""
        self._icons.clear()
        self._listeners.clear()
