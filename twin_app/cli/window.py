"""Opens the window, with the sources or the project named."""

from __future__ import annotations

from pathlib import Path

from loaders.model.errors import CityTwinError
from twin_app.cli.output import Output
from twin_app.services.display import has_display


def run(arguments: list[str], _out: Output) -> int:
    """Open the window with paths; gives its exit code. Raises `CityTwinError` without a display."""
    paths = [Path(argument) for argument in arguments]
    if not has_display():
        raise CityTwinError("cli.no_display", "DISPLAY")
    if len(paths) == 1 and not paths[0].exists() and not paths[0].suffix:
        raise CityTwinError("cli.unknown_command", arguments[0])
    from twin_app.app import run_window

    return run_window(paths)
