"""Where the program keeps what is its own: settings, cache, data, log; each can be moved by a variable."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

APP = "citytwin"


def _folder(variable: str, usual: str) -> Path:
    return Path(os.environ.get(variable) or usual)


def config_folder() -> Path:
    """Settings; ``CITYTWIN_CONFIG_DIR`` moves it."""
    return _folder("CITYTWIN_CONFIG_DIR", platformdirs.user_config_dir(APP, appauthor=False))


def data_folder() -> Path:
    """The generated demo and autosaves; ``CITYTWIN_DATA_DIR`` moves it."""
    return _folder("CITYTWIN_DATA_DIR", platformdirs.user_data_dir(APP, appauthor=False))
