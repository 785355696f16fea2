"""Selecting."""

from __future__ import annotations

from twin_app.commands.conditions import has_content, has_selection
from twin_app.commands.registry import Command
from twin_app.usecases import objects

COMMANDS = (
    Command("select.all", objects.select_all, "edit", "Ctrl+A", "mdi6.select-all", has_content),
    Command("select.none", lambda w: w.scene.select([]), "edit", "Ctrl+Shift+A", "mdi6.select-off", has_selection),
    Command("select.same_class", objects.select_same_class, "edit", "", "mdi6.select-group", has_selection),
    Command("select.search", lambda w: w.ui.focus_search(), "edit", "Ctrl+F", "mdi6.magnify", has_content),
    Command("select.copy_ids", objects.copy_ids, "edit", "Ctrl+Shift+C", "mdi6.content-copy", has_selection),
)
