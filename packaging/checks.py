"""What ./run lint and ./run test do, in order, and what each step is called."""

from __future__ import annotations

import time
from collections.abc import Callable

from places import ROOT, environment, python, say
from screen import own_screen

_FOLDERS = ("loaders", "scenes", "twin_app", "benchmarks", "tests", "packaging")
CHECKED = [name for name in _FOLDERS if (ROOT / name).is_dir()]
HOUSE_RULES = ("tests/contract/test_house.py", "tests/contract/test_translations.py")
# Qt and VTK are allowed here only, so the leg without them leaves these out.
NEEDS_QT_OR_VTK = ("tests/unit/scenes/visuals", "tests/unit/twin_app/ui", "tests/unit/twin_app/test_app.py")
# One file that cannot be imported is one failure, not the end of all the others.
_GO_ON = "--continue-on-collection-errors"
_IMPORT_RULES = """
import sys
from importlinter.cli import lint_imports_command
sys.exit(lint_imports_command(["--no-logo"]))
"""


def lint(*, house_rules: bool = True) -> int:
    """The first failing step's exit code, else 0; every step runs, so that one call shows everything."""
    steps: list[tuple[str, Callable[[], int]]] = [
        ("ruff check", lambda: python("-m", "ruff", "check", "--quiet", *CHECKED)),
        ("ruff format", lambda: python("-m", "ruff", "format", "--quiet", "--check", *CHECKED)),
        ("mypy", lambda: python("-m", "mypy", "--no-error-summary")),
        ("import rules", lambda: python("-c", _IMPORT_RULES)),
    ]
    if house_rules:
        steps.append(("house rules", lambda: python("-m", "pytest", "-q", "--no-header", *HOUSE_RULES)))
    return _all(steps)


def test(arguments: list[str]) -> int:
    """Everything, pytest's own summary last; with ``arguments`` only pytest, on a screen of its own."""
    if arguments:
        return _on_screen(arguments)
    early = _all([("lint", lambda: lint(house_rules=False)), ("unit tests without Qt and VTK", _headless)])
    say("everything, with windows under Xvfb")
    return _on_screen([_GO_ON]) or early


def _headless() -> int:
    hiding = ROOT / "packaging" / "without_qt_vtk"
    environ = environment(PYTHONPATH=f"{hiding}:{ROOT}")
    left_out = [f"--ignore={path}" for path in NEEDS_QT_OR_VTK]
    return python("-m", "pytest", "-q", "--no-header", _GO_ON, *left_out, "tests/unit", environ=environ)


def _on_screen(arguments: list[str]) -> int:
    with own_screen() as screen:
        return python("-m", "pytest", *arguments, environ=environment(**screen))


def _all(steps: list[tuple[str, Callable[[], int]]]) -> int:
    failed = 0
    for name, step in steps:
        started = time.monotonic()
        code = step()
        say(f"{name}: {'ok' if code == 0 else f'FAILED ({code})'} in {time.monotonic() - started:.1f} s")
        failed = failed or code
    return failed
