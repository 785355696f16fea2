"""3D Tiles as a format: how it is recognised. Light to import; the reader is imported by `load`."""

from __future__ import annotations

import hashlib
import os
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from loaders.model.events import LoadEvent
from loaders.model.formats import Format, LayerKind, LoadContext, Overview
from loaders.model.tiles import TileSource

_MEMBERS = (rb'"asset"\s*:', rb'"geometricError"\s*:', rb'"root"\s*:', rb'"boundingVolume"\s*:')
_FOREIGN = re.compile(rb'"(CityObjects|FeatureCollection|meshes|accessors)"\s*:')
_ENOUGH = 3
# Folders with no more than this are compared by their content, others by names, sizes and times of the first files.
_MOST_FILES, _MOST_BYTES = 2_000, 300_000_000
_MOST_LOOKED_AT = 5_000


def sniff(path: Path, head: bytes) -> int:
    """High for JSON with the members that a tileset must have (3D Tiles 1.1, section 6.2)."""
    text = head.removeprefix(b"\xef\xbb\xbf")
    if path.suffix.lower() != ".json" or text.lstrip()[:1] != b"{":
        return 0
    known = sum(bool(re.search(member, text)) for member in _MEMBERS)
    if _FOREIGN.search(text):
        return 0
    if known >= _ENOUGH:
        return 90
    return 45 if path.name.lower() == "tileset.json" else 0


def _load(path: Path, ctx: LoadContext) -> Iterator[LoadEvent]:
    from loaders.tiles.load import load

    return load(path, ctx)


def _stream(overview: Overview) -> TileSource:
    from loaders.tiles.stream import stream

    return stream(overview)


class _File(NamedTuple):
    path: Path
    size: int
    mtime_ns: int


def _files(folder: Path, most: int) -> list[_File]:
    """The first files in a folder, then those in folders below it, and so on; the same order each time."""
    found: list[_File] = []
    waiting = deque([folder])
    while waiting and len(found) < most:
        try:
            with os.scandir(waiting.popleft()) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
            elif entry.is_file() and len(found) < most:
                status = entry.stat()
                found.append(_File(Path(entry.path), status.st_size, status.st_mtime_ns))
    return found


def _is_much(files: list[_File]) -> bool:
    return len(files) > _MOST_FILES or sum(file.size for file in files) > _MOST_BYTES


def _name(path: Path) -> str:
    """What a tileset refers to is found from where it lies; a large folder is known by what it holds by name."""
    folder = path.resolve().parent
    files = _files(folder, _MOST_LOOKED_AT)
    if not _is_much(files):
        return str(path.resolve())
    stamp = hashlib.sha256()
    for file in files:
        stamp.update(f"{file.path.relative_to(folder)}\0{file.size}\0{file.mtime_ns}\n".encode("utf-8", "replace"))
    return f"{path.resolve()} {stamp.hexdigest()}"


def _companions(path: Path) -> tuple[Path, ...]:
    """Everything beside and below it that it may refer to, where that is not much."""
    files = _files(path.parent, _MOST_FILES + 1)
    return () if _is_much(files) else tuple(file.path for file in files if file.path != path)


FORMAT = Format(
    "3dtiles",
    LayerKind.CITY,
    (".json",),
    sniff,
    _load,
    _name,
    version=2,
    companions=_companions,
    stream=_stream,
    in_folders=True,
)
