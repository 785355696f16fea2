"""3D Tiles as a format: how it is recognised. Light to import; the reader is imported by `load`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from loaders.model.events import LoadEvent
from loaders.model.formats import Format, LayerKind, LoadContext

_MEMBERS = (rb'"asset"\s*:', rb'"geometricError"\s*:', rb'"root"\s*:', rb'"boundingVolume"\s*:')
_FOREIGN = re.compile(rb'"(CityObjects|FeatureCollection|meshes|accessors)"\s*:')
_ENOUGH = 3


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


def _name(path: Path) -> str:
    # What a tileset refers to is found from where it lies.
    return str(path.resolve())


def _companions(path: Path) -> tuple[Path, ...]:
    """Everything beside and below it that it may refer to; the first thousands of a large one."""
    found = (file for file in sorted(path.parent.rglob("*")) if file.is_file() and file != path)
    return tuple(file for _, file in zip(range(_MOST_COMPANIONS), found, strict=False))


_MOST_COMPANIONS = 2000

FORMAT = Format("3dtiles", LayerKind.CITY, (".json",), sniff, _load, _name, companions=_companions)
