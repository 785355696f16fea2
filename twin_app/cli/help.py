"""The words of ``--help``, in the user's language: keys ``help.<command>.<argument>`` and ``help.<command>.what``."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from twin_app.services.translations import Translator

_SHARED = {"json": "help.json", "help": "help.help", "version": "help.version"}


def word(parser: argparse.ArgumentParser, name: str, tr: Translator) -> None:
    """Give a command's parser, and those of its own commands, their texts."""
    parser.description = tr(f"help.{name}.what")
    parser.formatter_class = _formatter(tr)
    # argparse keeps its two groups to itself; their titles are all that is changed here.
    for group, title in ((parser._positionals, "help.arguments"), (parser._optionals, "help.options")):
        group.title = tr(title)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            if name != "citytwin":  # whose commands are not named after it
                word_choices(action, name, tr)
        else:
            action.help = tr(_SHARED.get(action.dest, f"help.{name}.{action.dest}")).replace("%", "%%")


def word_choices(commands: argparse._SubParsersAction[Any], prefix: str, tr: Translator) -> None:
    """Give the commands of a list their texts."""
    dots = f"{prefix}." if prefix else ""
    for listed in commands._choices_actions:
        listed.help = tr(f"help.{dots}{listed.dest}.what").replace("%", "%%")
    for name, parser in commands.choices.items():
        word(parser, f"{dots}{name}", tr)


def _formatter(tr: Translator) -> type[argparse.HelpFormatter]:
    class Formatter(argparse.HelpFormatter):
        """argparse's own, with its one word translated."""

        def add_usage(
            self,
            usage: str | None,
            actions: Iterable[argparse.Action],
            groups: Iterable[argparse._MutuallyExclusiveGroup],
            prefix: str | None = None,
        ) -> None:
            super().add_usage(usage, actions, groups, f"{tr('help.usage')}: " if prefix is None else prefix)

    return Formatter
