"""Where the program keeps what is its own: settings, cache, data, log; each can be moved by a variable."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

APP = "citytwin"
_STARTED = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")


def _folder(variable: str, usual: str) -> Path:
    return Path(os.environ.get(variable) or usual)


def config_folder() -> Path:
    """Settings; ``CITYTWIN_CONFIG_DIR`` moves it."""
    return _folder("CITYTWIN_CONFIG_DIR", platformdirs.user_config_dir(APP, appauthor=False))


def data_folder() -> Path:
    """The generated demo and autosaves; ``CITYTWIN_DATA_DIR`` moves it."""
    return _folder("CITYTWIN_DATA_DIR", platformdirs.user_data_dir(APP, appauthor=False))


def unsaved_file(kind: str, suffix: str) -> Path:
    """Where something of a project that was never saved lies; another file for each run of the program."""
    return data_folder() / kind / f"unsaved-{_STARTED}{suffix}"
