"""Whole tilesets for tests."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from loaders.model.events import Objects, Opened, Properties
from loaders.model.formats import LayerKind
from loaders.model.frames import Georeference
from loaders.model.meshes import MeshChunk
from loaders.tileset import WRITER_VERSION, SourceIdentity, Tileset, TilesetMeta, TilesetWriter
from loaders.tileset.meta import frame_of

IDENTITY = TilesetMeta(
    format_version=WRITER_VERSION,
    key="k",
    source=SourceIdentity("0" * 64, 1, "a.syn"),
    format="synthetic",
    schema="",
    kind=LayerKind.BUILDING.value,
    frame=frame_of(Georeference()),
)


def write_tileset(
    folder: Path,
    chunks: Sequence[tuple[MeshChunk, int]],
    tables: tuple[pa.Table, pa.Table],
    georeference: Georeference | None = None,
    kind: LayerKind = LayerKind.BUILDING,
) -> Tileset:
    """Chunks with their levels, and both tables, as a folder that is then opened."""
    folder.mkdir(parents=True)
    writer = TilesetWriter(folder, dataclasses.replace(IDENTITY, kind=kind.value))
    writer.opened(Opened("SYN 1", georeference or Georeference()))
    for chunk, level in chunks:
        writer.geometry(chunk, level)
    objects, properties = tables
    writer.properties(Properties(properties))
    writer.objects(Objects(objects, {"synthetic": "1"}))
    writer.finish()
    return Tileset.open(folder)
