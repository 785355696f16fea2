"""CityJSON as a format: how it is recognised. Light to import; the reader is imported by `load`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from loaders.model.events import LoadEvent
from loaders.model.formats import Format, LayerKind, LoadContext

EXTENSIONS = (".json", ".jsonl")

_TYPE = re.compile(rb'"type"\s*:\s*"CityJSON(Feature)?"')
# Members and types that only other JSON formats have.
_FOREIGN = re.compile(rb'"(FeatureCollection|geometricError|asset|Topology)"')
_NAMED = re.compile(r"\.city\.jsonl?$|\.cityjson$", re.IGNORECASE)
_TAIL_BYTES = 65536


def sniff(path: Path, head: bytes) -> int:
    """100 for JSON that calls itself CityJSON; less the less is known.

    Members of a JSON object may stand in any order, so the end of the file is looked at where the head says nothing.
    """
    text = _readable(head)
    named = bool(_NAMED.search(path.name))
    if text.lstrip()[:1] != b"{":
        # A damaged file that calls itself CityJSON is ours to explain.
        return 40 if named else 0
    if _TYPE.search(text):
        return 100
    if _FOREIGN.search(text):
        return 0
    if b'"CityObjects"' in text or _TYPE.search(_tail(path)):
        return 95
    return 40 if named else 0


def _readable(head: bytes) -> bytes:
    """The head as ASCII-compatible bytes without a byte order mark."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.replace(b"\0", b"")[2:]
    return head.removeprefix(b"\xef\xbb\xbf")


def _tail(path: Path) -> bytes:
    if path.suffix.lower() not in EXTENSIONS:
        return b""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL_BYTES))
            return _readable(file.read(_TAIL_BYTES))
    except (OSError, ValueError):
        return b""


def _load(path: Path, ctx: LoadContext) -> Iterator[LoadEvent]:
    from loaders.city.load import load

    return load(path, ctx)


FORMAT = Format(id="cityjson", kind=LayerKind.CITY, extensions=EXTENSIONS, sniff=sniff, load=_load, version=2)
