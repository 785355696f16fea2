"""IFC as a format: how it is recognised. Light to import; the engines are imported by `load`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from loaders.model.events import LoadEvent
from loaders.model.formats import Format, LayerKind, LoadContext

EXTENSIONS = (".ifc", ".ifczip")


def sniff(path: Path, head: bytes) -> int:
    """100 for ISO 10303-21 text that names an IFC schema; less the less is known."""
    named = path.suffix.lower() in EXTENSIONS
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:13].upper()
    if start.startswith(b"ISO-10303-21"):
        return 100 if b"IFC" in head.upper() or named else 30
    if start.startswith(b"PK") and path.suffix.lower() == ".ifczip":
        return 90
    # A damaged file that calls itself IFC is ours to explain.
    return 40 if named else 0


def _load(path: Path, ctx: LoadContext) -> Iterator[LoadEvent]:
    from loaders.ifc.load import load

    return load(path, ctx)


FORMAT = Format(id="ifc", kind=LayerKind.BUILDING, extensions=EXTENSIONS, sniff=sniff, load=_load, version=3)
