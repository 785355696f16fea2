"""Commands: what a user can do, by name. Menus, keys, palette and scripts are built from this list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Command:
    """One user action.

    ``id`` is ``group.verb`` (``view.top``); its texts are the translation keys ``command.<id>`` and
    ``command.<id>.tip``. ``run(app, **arguments)`` does it; ``enabled(app)`` and ``checked(app)``
    tell its state (``checked`` None: not a switch). ``menu`` is the menu it sits in (``view``), ""
    for none; ``icon`` is a Material Design icon name for qtawesome (``mdi6.home-outline``).
    """

    id: str
    run: Callable[..., Any]
    menu: str = ""
    shortcut: str = ""
    icon: str = ""
    enabled: Callable[[Any], bool] = lambda _app: True
    checked: Callable[[Any], bool] | None = None
    toolbar: bool = False
    palette: bool = True

    @property
    def title_key(self) -> str:
        """The translation key of its title."""
        return f"command.{self.id}.title"

    @property
    def tip_key(self) -> str:
        """The translation key of its one-sentence explanation."""
        return f"command.{self.id}.tip"


class CommandRegistry:
    """All commands in menu order."""

    def __init__(self) -> None:
        self._commands: dict[str, Command] = {}

    def add(self, *commands: Command) -> None:
        """Add commands; an id or a shortcut taken twice is a mistake of ours."""
        for command in commands:
            if command.id in self._commands:
                raise ValueError(f"command {command.id} is registered twice")
            taken = {c.shortcut: c.id for c in self if c.shortcut}
            if command.shortcut and command.shortcut in taken:
                raise ValueError(f"{command.shortcut} belongs to {taken[command.shortcut]}, not to {command.id}")
            self._commands[command.id] = command

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands.values())

    def __getitem__(self, command_id: str) -> Command:
        return self._commands[command_id]

    def __contains__(self, command_id: object) -> bool:
        return command_id in self._commands
