"""Panels, themes, language."""

from __future__ import annotations

from twin_app.commands.registry import Command
from twin_app.usecases.workbench import Workbench

PANELS = (
    *("layers", "objects", "properties", "placement", "section", "indicators"),
    *("jobs", "messages", "live", "trend", "topic", "alarms", "events"),
)


def _panel(name: str, icon: str, key: str = "") -> Command:
    return Command(
        f"window.panel_{name}",
        lambda w: w.ui.toggle_panel(name),
        "window",
        key,
        icon,
        checked=lambda w: w.ui is not None and w.ui.panel_visible(name),
    )


def _choice(group: str, key: str, value: str, icon: str) -> Command:
    def run(workbench: Workbench) -> None:
        workbench.settings.set(key, value)

    def chosen(workbench: Workbench) -> bool:
        # The language may follow the system: then it is the one in use that counts.
        return value == (workbench.tr.language if group == "language" else workbench.settings.get(key))

    return Command(f"window.{group}_{value}", run, "window", "", icon, checked=chosen)


COMMANDS = (
    Command("window.palette", lambda w: w.ui.show_palette(), "window", "Ctrl+K", "mdi6.console-line", toolbar=True),
    _panel("layers", "mdi6.layers-outline", "F2"),
    _panel("objects", "mdi6.file-tree-outline", "F3"),
    _panel("properties", "mdi6.card-text-outline", "F4"),
    _panel("placement", "mdi6.map-marker-outline"),
    _panel("section", "mdi6.box-cutter"),
    _panel("indicators", "mdi6.gauge"),
    _panel("jobs", "mdi6.progress-clock", "F7"),
    _panel("messages", "mdi6.message-alert-outline", "F8"),
    _panel("live", "mdi6.access-point", "F9"),
    _panel("trend", "mdi6.chart-line"),
    _panel("topic", "mdi6.format-list-numbered"),
    _panel("alarms", "mdi6.bell-outline"),
    _panel("events", "mdi6.map-marker-alert-outline"),
    _choice("theme", "ui.theme", "office_light", "mdi6.white-balance-sunny"),
    _choice("theme", "ui.theme", "office_dark", "mdi6.weather-night"),
    _choice("theme", "ui.theme", "show", "mdi6.presentation"),
    _choice("language", "ui.language", "zh_CN", "mdi6.ideogram-cjk"),
    _choice("language", "ui.language", "en", "mdi6.alphabetical-variant"),
    Command("window.full_screen", lambda w: w.ui.toggle_full_screen(), "window", "F11", "mdi6.fullscreen"),
    Command("window.settings", lambda w: w.ui.show_settings(), "window", "Ctrl+,", "mdi6.cog-outline", toolbar=True),
)
