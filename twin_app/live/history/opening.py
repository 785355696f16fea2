"""Where a project's history is, and opening it: a folder, or a PostgreSQL server by URL."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from twin_app.live.history.model import HistoryStore
from twin_app.services.paths import data_folder

SUFFIX = ".history"
SERVERS = ("postgresql://", "postgres://")


def history_folder(project: Path) -> Path:
    """Beside the project, or in the user's data folder where nothing can be written beside it."""
    beside = project.with_name(project.stem + SUFFIX)
    if beside.is_dir() or os.access(project.parent, os.W_OK):
        return beside
    named = hashlib.sha256(os.fsencode(project.resolve())).hexdigest()[:12]
    return data_folder() / "histories" / f"{project.stem}-{named}{SUFFIX}"


def open_history(place: str, *, retention_days: int = 0) -> HistoryStore:
    """The history of a folder or of a server's URL; raises `CityTwinError` ``history.*``."""
    # The databases' own libraries take their time to load: only who keeps a history needs them.
    if place.startswith(SERVERS):
        from twin_app.live.history.postgres import PostgresHistory

        return PostgresHistory(place, retention_days=retention_days)
    from twin_app.live.history.duck import DuckHistory

    return DuckHistory(Path(place), retention_days=retention_days)
