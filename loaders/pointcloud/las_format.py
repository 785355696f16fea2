"""LAS and LAZ as a format, and COPC as one that streams. Light to import."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from loaders.model.events import LoadEvent
from loaders.model.formats import Format, LayerKind, LoadContext, Overview
from loaders.model.tiles import TileSource

EXTENSIONS = (".las", ".laz")
SIGNATURE = b"LASF"


def sniff(path: Path, head: bytes) -> int:
    """95 by the signature; a file that is only called so is ours to explain."""
    if head.startswith(SIGNATURE):
        return 95
    return 30 if path.suffix.lower() in EXTENSIONS else 0


def sniff_copc(_path: Path, head: bytes) -> int:
    """98 where the first record of a LAS 1.4 file is that of an octree (COPC 1.0): it begins after 375 bytes."""
    return 98 if head.startswith(SIGNATURE) and head[377:382] == b"copc\0" else 0


def _load(path: Path, ctx: LoadContext) -> Iterator[LoadEvent]:
    from loaders.pointcloud.load import load

    return load(path, ctx)


def _stream(overview: Overview) -> TileSource:
    from loaders.pointcloud.copc_stream import stream

    return stream(overview)


FORMAT = Format(
    id="las",
    kind=LayerKind.POINTS,
    extensions=EXTENSIONS,
    sniff=sniff,
    load=_load,
    telling_name=lambda path: path.stem,
)
COPC = Format(
    id="copc",
    kind=LayerKind.POINTS,
    extensions=(".laz",),
    sniff=sniff_copc,
    load=_load,
    telling_name=lambda path: path.stem,
    stream=_stream,
)
