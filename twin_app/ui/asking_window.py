"""What a window asks its user, for `usecases.workbench.Ui`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QMainWindow

from twin_app.ui import dialogs
from twin_app.ui.context import UiContext
from twin_app.ui.fields import ask_fields
from twin_app.usecases.asking import Field


class AskingWindow(QMainWindow):
    """A window whose dialogs are its own."""

    context: UiContext

    def ask_open_paths(self, *suffixes: str) -> list[Path]:
        """Let the user choose sources or a project, or files of some suffixes."""
        return dialogs.ask_open_paths(self.context, self, suffixes)

    def ask_save_path(self, *, suffix: str, suggested: str) -> Path | None:
        """Let the user choose where to write."""
        return dialogs.ask_save_path(self.context, self, suffix=suffix, suggested=suggested)

    def ask_new_folder(self, *, suggested: str) -> Path | None:
        """Let the user choose a folder that is to be made."""
        return dialogs.ask_new_folder(self.context, self, suggested=suggested)

    def ask_text(self, title_key: str, *, value: str, choices: list[str]) -> str | None:
        """Let the user type or choose a text."""
        return dialogs.ask_text(self.context, self, title_key, value=value, choices=choices)

    def ask_fields(self, title_key: str, fields: Sequence[Field], *, note: str = "") -> dict[str, str] | None:
        """Let the user fill in some fields."""
        return ask_fields(self.context, self, title_key, fields, note=note)

    def ask_keep_changes(self) -> str:
        """``save``, ``discard`` or ``cancel``."""
        return dialogs.ask_keep_changes(self.context, self)
