"""Help."""

from __future__ import annotations

from twin_app.commands.registry import Command

COMMANDS = (
    Command("help.shortcuts", lambda w: w.ui.show_shortcuts(), "help", "F1", "mdi6.keyboard-outline"),
    Command("help.about", lambda w: w.ui.show_about(), "help", "", "mdi6.information-outline"),
)
