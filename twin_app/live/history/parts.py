"""The files of a history's finished days: their names say which day, and up to which batch they hold its rows.

Nothing but the names decides what counts, and a file has its name only once it is whole. So a crash at any moment
neither loses a row nor has it counted twice.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

DAYS, ROLLUPS = "days", "rollups"
UNFINISHED = ".unfinished"
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)\.(\d{1,18})\.parquet")
_MONTH = re.compile(r"(\d{4}-\d\d)\.(\d{1,18})\.parquet")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """Rows of one day (days since 1970), or of one month, up to ``batch``."""

    name: str  # 2026-11-24 or 2026-11
    batch: int

    @property
    def file_name(self) -> str:
        """The name of its file, the same for days and for what is kept ready of them."""
        return f"{self.name}.{self.batch}.parquet"

    @property
    def month(self) -> str:
        """The month that it lies in."""
        return self.name[:7]

    @property
    def is_month(self) -> bool:
        """Whether it is of a whole month."""
        return len(self.name) == len("2026-11")


def day_name(day: int) -> str:
    """The name of a day, counted since 1970."""
    return (_EPOCH + timedelta(days=day)).strftime("%Y-%m-%d")


def day_of(name: str) -> int:
    """The day of a name, counted since 1970."""
    return (datetime.fromisoformat(name).replace(tzinfo=UTC) - _EPOCH).days


def parts_in(folder: Path) -> list[Part]:
    """All parts in a folder, by name; what is called otherwise is left alone."""
    found = []
    for name in (file.name for file in folder.iterdir()) if folder.is_dir() else ():
        match = _DAY.fullmatch(name) or _MONTH.fullmatch(name)
        if match is not None and int(match[1][5:7]) in range(1, 13):
            found.append(Part(match[1], int(match[2])))
    return sorted(found)


def rollups_that_count(rollups: Iterable[Part], days: Iterable[Part]) -> list[Part]:
    """Of each month the newest file, and of its days those that came after it and are finished."""
    rollups, finished = list(rollups), set(days)
    newest: dict[str, int] = {}
    for part in rollups:
        if part.is_month:
            newest[part.name] = max(newest.get(part.name, -1), part.batch)
    months = [Part(name, batch) for name, batch in sorted(newest.items())]
    later = [
        part for part in rollups if not part.is_month and part in finished and part.batch > newest.get(part.month, -1)
    ]
    return [*months, *later]


def touching(parts: Iterable[Part], first_day: int, last_day: int) -> list[Part]:
    """Those that may hold rows of these days."""
    low, high = day_name(first_day), day_name(last_day)
    return [part for part in parts if low[: len(part.name)] <= part.name <= high[: len(part.name)]]


def finish(unfinished: Path, file: Path) -> None:
    """Give a file that is written whole its name, and see that both are on the disk."""
    with unfinished.open("rb") as written:
        os.fsync(written.fileno())
    unfinished.replace(file)
    if os.name == "posix":
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def sweep(folder: Path) -> None:
    """Take away what was never finished."""
    for file in folder.glob(f"*{UNFINISHED}"):
        file.unlink(missing_ok=True)
