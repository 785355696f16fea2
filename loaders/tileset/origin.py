"""``source.json``: where the source of a folder lies whose detail streams from it; the folder holds the overview."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from loaders.model.errors import CityTwinError

FILE_NAME = "source.json"
_MOST_PLACES = 8
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was when the folder was made or opened. ``beside`` is its path as seen from the folder."""

    path: str
    size: int
    mtime_ns: int
    beside: str = ""


Place = dict[str, SourceFile]  # by the part that a file plays: "" is the source itself


def note_source(folder: Path, files: Mapping[str, Path]) -> None:
    """Note that the source now lies at ``files``, by part. A folder that cannot be written keeps what it has.

    The same content may be opened from several paths: the last few are kept.
    """
    with contextlib.suppress(OSError, ValueError):
        place = {part: _as_it_is(folder, path) for part, path in files.items()}
        known = [other for other in _places(folder) if _paths(other) != _paths(place)]
        text = msgspec.json.encode([place, *known][:_MOST_PLACES])
        temporary = folder / f".{FILE_NAME}.{os.getpid()}.{threading.get_ident()}"
        temporary.write_bytes(text)
        temporary.replace(folder / FILE_NAME)


def has_source(folder: Path) -> bool:
    """Whether it was ever noted for a folder where its source lies."""
    return (folder / FILE_NAME).is_file()


def find_source(folder: Path, part: str = "") -> Path:
    """Where a file of the source lies now, unchanged.

    Raises `CityTwinError` ``tiles.source_missing`` or ``tiles.source_changed``.
    """
    changed: Path | None = None
    last = folder
    for place in _places(folder):
        file = place.get(part)
        if file is None:
            continue
        last = Path(file.path)
        for path in (last, folder / file.beside):
            status = _status(path)
            if status is None:
                continue
            if (status.st_size, status.st_mtime_ns) == (file.size, file.mtime_ns):
                return path
            changed = changed or path
    if changed is not None:
        raise CityTwinError("tiles.source_changed", str(changed), name=changed.name)
    raise CityTwinError("tiles.source_missing", str(last), name=last.name)


def _as_it_is(folder: Path, path: Path) -> SourceFile:
    path = path.absolute()
    status = path.stat()
    try:
        beside = os.path.relpath(path, folder.absolute())
    except ValueError:  # another drive
        beside = ""
    return SourceFile(str(path), status.st_size, status.st_mtime_ns, beside)


def _paths(place: Place) -> dict[str, str]:
    return {part: file.path for part, file in place.items()}


def _places(folder: Path) -> list[Place]:
    """The places noted, the newest first; none where the file is not there or is no such list."""
    try:
        with (folder / FILE_NAME).open("rb") as file:
            return msgspec.json.decode(file.read(_MOST_BYTES), type=list[Place])
    except (OSError, ValueError, RecursionError):
        return []


def _status(path: Path) -> os.stat_result | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status if not path.is_dir() else None
