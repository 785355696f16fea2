"""The formats that can be opened, and which of them a file is."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

from loaders.model.errors import CityTwinError, Finding
from loaders.model.formats import Format

ENTRY_POINTS = "citytwin.formats"
HEAD_BYTES = 4096


@cache
def builtin_formats() -> tuple[Format, ...]:
    """The formats of this program: one line each."""
    from loaders.city import cityjson_format
    from loaders.ifc import format as ifc_format
    from loaders.pointcloud import las_format
    from loaders.terrain import imagery_format, raster_format
    from loaders.tiles import tiles_format

    return (
        ifc_format.FORMAT,
        cityjson_format.FORMAT,
        tiles_format.FORMAT,
        las_format.FORMAT,
        las_format.COPC,
        raster_format.FORMAT,
        imagery_format.FORMAT,
    )


@cache
def third_party_formats() -> tuple[tuple[Format, ...], tuple[Finding, ...]]:
    """Formats that installed packages offer under the entry point group `ENTRY_POINTS`, and what was wrong there."""
    found: list[Format] = []
    problems: list[Finding] = []
    taken = {one.id for one in builtin_formats()}
    for entry in metadata.entry_points(group=ENTRY_POINTS):
        try:
            candidate = entry.load()
        except Exception as error:  # noqa: BLE001 - a foreign package may fail in any way and must not stop us
            problems.append(Finding.error("registry.plugin_failed", entry.value, reason=repr(error)))
            continue
        if isinstance(candidate, Format) and candidate.id not in taken:
            found.append(candidate)
            taken.add(candidate.id)
        else:
            problems.append(Finding.error("registry.plugin_failed", entry.value, reason=repr(candidate)))
    return tuple(found), tuple(problems)


def formats() -> tuple[Format, ...]:
    """All formats, our own first."""
    return builtin_formats() + third_party_formats()[0]


def format_by_id(format_id: str, among: Iterable[Format] | None = None) -> Format:
    """The format of that id; raises KeyError."""
    for one in formats() if among is None else among:
        if one.id == format_id:
            return one
    raise KeyError(format_id)


def source_of(path: Path) -> Path:
    """The file that is meant: in a folder with a tileset of another program that tileset, else ``path`` itself."""
    inside = path / "tileset.json"
    return inside if path.is_dir() and inside.is_file() else path


def choose(path: Path, among: Iterable[Format] | None = None) -> Format:
    """The format that knows ``path`` best, by name and the first `HEAD_BYTES` bytes.

    Raises `CityTwinError`: ``registry.missing``, ``registry.directory``, ``registry.unreadable``,
    ``registry.empty`` or ``registry.unknown``.
    """
    head = _head(path)
    known = tuple(formats() if among is None else among)
    scores = [(_score(one, path, head), path.suffix.lower() in one.extensions) for one in known]
    best = max(scores, default=(0, False))
    if best[0] <= 0:
        endings = ", ".join(sorted({ending for one in known for ending in one.extensions}))
        raise CityTwinError("registry.unknown", str(path), name=path.name, endings=endings)
    return known[scores.index(best)]


def _score(one: Format, path: Path, head: bytes) -> int:
    try:
        return one.sniff(path, head)
    except (ValueError, OSError, LookupError, ArithmeticError):
        return 0  # a file that confuses a sniffer is not that format's


def _head(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise CityTwinError("registry.directory", str(path), name=path.name)
        if not path.exists():
            raise CityTwinError("registry.missing", str(path), name=path.name)
        if not path.is_file():
            raise CityTwinError("registry.unreadable", str(path), name=path.name, reason="not a regular file")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CityTwinError("registry.unreadable", str(path), name=path.name, reason=reason) from error
    if not head:
        raise CityTwinError("registry.empty", str(path), name=path.name)
    return head
