"""Elevation rasters as a format: GeoTIFF, ESRI ASCII grid, SRTM tiles. Light to import."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from loaders.model.events import LoadEvent
from loaders.model.formats import Format, LayerKind, LoadContext, Overview, ending_of
from loaders.model.tiles import TileSource
from loaders.terrain.companions import companions
from loaders.terrain.kinds import is_elevation
from loaders.terrain.tiff_tags import is_tiff, read_summary

EXTENSIONS = (".tif", ".tiff", ".asc", ".hgt")
_ASC = re.compile(rb"\s*ncols\s+\d+\s+nrows\s+\d+", re.IGNORECASE)
# Sides of SRTM tiles: 3", 1", and the 1" x 2" tiles of high latitudes.
_HGT_BYTES = {2 * 1201 * 1201, 2 * 3601 * 3601, 2 * 3601 * 1801}


def sniff(path: Path, head: bytes) -> int:
    """90 and more for what is elevation by the rules of `loaders.terrain.kinds`; 0 for pictures."""
    suffix = path.suffix.lower()
    if is_tiff(head):
        summary = read_summary(path)
        if summary is None:
            return 30 if suffix in (".tif", ".tiff") else 0  # damaged: ours to explain
        return 95 if is_elevation(summary) else 0
    if _ASC.match(head.removeprefix(b"\xef\xbb\xbf")):
        return 95
    if suffix == ".hgt":
        return 90 if _size(path) in _HGT_BYTES else 40
    return 30 if suffix == ".asc" else 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0


def telling_name(path: Path) -> str:
    """Of an SRTM tile the whole name: nothing else says where it is."""
    return path.name.lower() if path.suffix.lower() == ".hgt" else ending_of(path)


def _load(path: Path, ctx: LoadContext) -> Iterator[LoadEvent]:
    from loaders.terrain.terrain_load import load

    return load(path, ctx)


def _stream(overview: Overview) -> TileSource:
    from loaders.terrain.stream import stream

    return stream(overview)


FORMAT = Format(
    id="terrain",
    kind=LayerKind.TERRAIN,
    extensions=EXTENSIONS,
    sniff=sniff,
    load=_load,
    companions=companions,
    telling_name=telling_name,
    version=3,
    stream=_stream,
)
