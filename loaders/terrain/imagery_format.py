"""Pictures of the ground as a format: GeoTIFF in colours, JPEG and PNG with a world file. Light to import."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from loaders.model.events import LoadEvent
from loaders.model.formats import Format, LayerKind, LoadContext
from loaders.terrain.companions import companions
from loaders.terrain.kinds import is_elevation
from loaders.terrain.tiff_tags import is_tiff, read_summary

EXTENSIONS = (".tif", ".tiff", ".jpg", ".jpeg", ".png")


def sniff(path: Path, head: bytes) -> int:
    """90 and more for JPEG, PNG, and what is a picture by the rules of `loaders.terrain.kinds`."""
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return 90
    if is_tiff(head):
        summary = read_summary(path)
        if summary is None:
            return 20 if path.suffix.lower() in (".tif", ".tiff") else 0
        return 0 if is_elevation(summary) or summary.is_complex else 95
    return 20 if path.suffix.lower() in (".jpg", ".jpeg", ".png") else 0


def _load(path: Path, ctx: LoadContext) -> Iterator[LoadEvent]:
    from loaders.terrain.imagery_load import load

    return load(path, ctx)


FORMAT = Format(
    id="imagery",
    kind=LayerKind.IMAGERY,
    extensions=EXTENSIONS,
    sniff=sniff,
    load=_load,
    companions=companions,
    version=2,
)
