"""The history that a project keeps: switched on and off, and told where it is."""

from __future__ import annotations

from pathlib import Path

from loaders.model.errors import CityTwinError, Finding
from twin_app.live.history.opening import SERVERS, history_folder
from twin_app.live.history.postgres import without_password
from twin_app.live.numbers import number_text
from twin_app.usecases.projects import keep_history
from twin_app.usecases.workbench import Workbench


def keeps_history(workbench: Workbench) -> bool:
    """Whether what comes in is kept for later."""
    return workbench.project.path is not None and workbench.project.keeps_history


def switch_history(workbench: Workbench) -> None:
    """Keep what comes in from now on, or no longer; and tell where, for how long, and how much there is.

    What was kept stays. Raises `CityTwinError` ``time.save_first``: a project that was never saved has no place for it.
    """
    project = workbench.project
    if project.path is None:
        raise CityTwinError("time.save_first", "")
    project.keeps_history = not project.keeps_history
    project.touch()
    keep_history(workbench, project.path)
    workbench.messages.finding(history_told(workbench, project.path))


def history_told(workbench: Workbench, project: Path) -> Finding:
    """Where a project's history is, how long it is kept and how large it is, or that none is kept."""
    url = workbench.project.history
    place = without_password(url) if url.startswith(SERVERS) else str(history_folder(project.resolve()))
    days = int(workbench.settings.get("live.history_days"))
    size = _size_bytes(Path(place)) if not url.startswith(SERVERS) else 0
    code = "time.kept" if workbench.project.keeps_history else "time.not_kept"
    told = {"days": days} if days else {}
    if workbench.project.keeps_history and not days:
        code = "time.kept_all"
    return Finding.info(code, place, path=place, megabytes=number_text(size / 1e6), **told)


def _size_bytes(folder: Path) -> int:
    sizes = 0
    for file in folder.rglob("*") if folder.is_dir() else ():
        try:
            sizes += file.stat().st_size
        except OSError:
            continue  # rolled over meanwhile
    return sizes
