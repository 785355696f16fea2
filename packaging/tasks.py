"""The verbs of ./run once Python is there: bring what is needed, then do it."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType

import checks
import debian
import libraries
from places import Stop, environment, python, say
from screen import own_screen


def program(arguments: list[str]) -> int:
    """The program itself, in the caller's folder, so that relative paths mean what the caller meant."""
    libraries.ensure(libraries.RUN_TIME_LOCK)
    debian.ensure(tests=False)
    return python("-m", "twin_app", *arguments, cwd=None)


def lint() -> int:
    """Style, types, import rules and house rules."""
    libraries.ensure(libraries.DEVELOPMENT_LOCK)
    return checks.lint()


def test(arguments: list[str]) -> int:
    """All tests."""
    libraries.ensure(libraries.DEVELOPMENT_LOCK)
    debian.ensure(tests=True)
    # Paths among the arguments are meant from the caller's folder; pytest runs in the root.
    return checks.test([str(Path(a).resolve()) if Path(a).exists() else a for a in arguments])


def screenshots(arguments: list[str]) -> int:
    """The pictures of README and manual, taken of the real window on a screen of our own."""
    libraries.ensure(libraries.RUN_TIME_LOCK)
    debian.ensure(tests=True)
    with own_screen() as screen:
        return python("docs/screenshots.py", *arguments, environ=environment(**screen))


def main(arguments: list[str]) -> int:
    """The exit code of one verb with its arguments."""
    signal.signal(signal.SIGTERM, _leave)
    verb, rest = arguments[0], arguments[1:]
    try:
        match verb:
            case "demo" | "bench":
                return program([verb, *rest])
            case "app":
                return program(rest)
            case "lint":
                return lint()
            case "test":
                return test(rest)
            case "screenshots":
                return screenshots(rest)
        raise Stop(f"'{verb}' is none of demo, app, test, lint, bench, screenshots")
    except Stop as stop:
        say(str(stop))
        return 2
    except KeyboardInterrupt:
        return 130


def _leave(_signal: int, _frame: FrameType | None) -> None:
    # As an exception, so that Xvfb and temporary folders are cleaned up on the way out.
    raise SystemExit(143)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
