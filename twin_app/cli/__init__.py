"""The command line: thin commands over the use cases; exit codes 0 done, 1 something failed, 2 could not run."""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
import threading
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

from loaders.model.errors import Cancelled, CityTwinError
from twin_app import __version__
from twin_app.cli.help import word, word_choices
from twin_app.cli.output import Output, quiet_native_libraries
from twin_app.services.translations import Translator

# Modules of this package; only that of the command given is loaded, with all that it stands on.
COMMANDS = ("convert", "info", "render", "export", "demo", "bench", "doctor", "indicators", "query", "feed")


class _Parser(argparse.ArgumentParser):
    """Raises instead of printing, so that bad arguments are errors like all others."""

    def error(self, message: str) -> NoReturn:
        raise CityTwinError("cli.bad_arguments", self.prog, detail=message)


def command(name: str) -> ModuleType:
    """The module of a command: it has ``add_arguments(parser)`` and ``run(args, out)``."""
    return importlib.import_module(f"twin_app.cli.{name}")


def build_parser(names: Sequence[str] = COMMANDS, tr: Translator | None = None) -> argparse.ArgumentParser:
    """The parser of some commands, or of all, with its words in the language of ``tr``."""
    tr = tr or Translator()
    parser = _Parser(
        prog="citytwin",
        usage="citytwin [PATH ...]\n       citytwin COMMAND ...",
    )
    parser.add_argument("--version", action="version", version=f"CityTwin {__version__}")
    commands = parser.add_subparsers(dest="command", parser_class=_Parser, metavar="COMMAND")
    for name in names:
        module = command(name)
        one = commands.add_parser(name, prog=f"citytwin {name}", help=name)
        one.add_argument("--json", action="store_true")
        module.add_arguments(one)
    word(parser, "citytwin", tr)
    word_choices(commands, "", tr)
    return parser


def _end_tidily_when_told() -> None:
    """Being asked to end (SIGTERM) ends children and temporary folders too, as Ctrl+C does."""
    if hasattr(signal, "SIGTERM") and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _end)


def _end(number: int, _frame: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # asked once is enough: a second time would stop the tidying up
    sys.exit(128 + number)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit code; without a command, or with paths alone, the window."""
    quiet_native_libraries()
    _end_tidily_when_told()
    wants_window = not arguments or (arguments[0] not in COMMANDS and not arguments[0].startswith("-"))
    out = Output(as_json="--json" in arguments)
    try:
        if wants_window:
            return int(command("window").run(list(arguments), out))
        known = arguments[:1] if arguments[0] in COMMANDS else COMMANDS
        parsed = build_parser(known, out.tr).parse_args(arguments)
        if parsed.command is None:
            raise CityTwinError("cli.bad_arguments", "citytwin", detail=" ".join(arguments))
        return int(command(parsed.command).run(parsed, out))
    except CityTwinError as error:
        out.error(error)
        return 2
    except (KeyboardInterrupt, Cancelled):
        out.note("cli.cancelled")
        return 128 + signal.SIGINT
    except BrokenPipeError:
        sys.stderr.close()
        return 1
