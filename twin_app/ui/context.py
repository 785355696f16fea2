"""What every part of the window is given: the workbench, the commands, words and looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loaders.model.errors import CityTwinError
from twin_app.commands.registry import CommandRegistry
from twin_app.services.translations import Translator
from twin_app.ui.appearance import Appearance
from twin_app.ui.texts import Texts
from twin_app.usecases.workbench import Workbench

RECENT_COMMANDS = "recent.commands"


@dataclass(frozen=True, slots=True)
class UiContext:
    """The window's parts share this; nothing is looked up globally."""

    workbench: Workbench
    registry: CommandRegistry
    texts: Texts
    look: Appearance

    @property
    def tr(self) -> Translator:
        """Gives texts in the current language."""
        return self.texts.tr

    def run(self, command_id: str, **arguments: Any) -> None:
        """Run a command, when it is enabled or told what to act on; what stops it becomes a message."""
        command = self.registry[command_id]
        if not arguments and not command.enabled(self.workbench):
            return
        try:
            command.run(self.workbench, **arguments)
        except CityTwinError as error:
            self.workbench.messages.error(error)

    def remember(self, command_id: str) -> None:
        """Note that the user called a command by name."""
        self.workbench.settings.remember(RECENT_COMMANDS, command_id)
