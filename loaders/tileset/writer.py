"""Writing a tileset folder while a loader runs: tiles at once, tables and ``tileset.json`` at the end."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError, Finding
from loaders.model.events import Objects, Opened, Properties, Unmeshed
from loaders.model.frames import Georeference
from loaders.model.meshes import MeshChunk
from loaders.tileset import chunks as chunk_tools
from loaders.tileset import meta as metas
from loaders.tileset.glb_write import GENERATOR, write_glb
from loaders.tileset.objects import ObjectFigures, sorted_properties
from loaders.tileset.parquet import write_parquet
from loaders.tileset.placement import ecef_from_model
from loaders.tileset.plain import encode_json
from loaders.tileset.properties import write_properties
from loaders.tileset.report import Report
from loaders.tileset.tree import Leaf, build_tree

# Chunks below the first figure wait for others of their kind until the second is reached.
SMALL_TRIANGLES = 20_000
TILE_TRIANGLES = 60_000
MERGE_DISTANCE_M = 1000.0
_OBJECTS, _PROPERTIES = "objects.parquet", "properties.parquet"


@dataclass(frozen=True, slots=True, eq=False)
class WrittenTile:
    """A tile that is now on disk."""

    index: int
    path: Path
    level: int
    origin_m: NDArray[np.float64]
    num_triangles: int


class _Kind(NamedTuple):
    level: int
    hidden: bool
    transparent: bool
    has_normals: bool


class _Written(NamedTuple):
    """A table on its way to disk."""

    num_rows: int
    done: Future[None]


class TilesetWriter:
    """Fills an existing empty ``folder``. Give events in any order, then `finish`.

    ``on_tile`` hears of each tile once it is on disk. Memory stays bounded by what waits to be
    merged: at most `TILE_TRIANGLES` and one chunk for each level and kind.
    """

    def __init__(
        self,
        folder: Path,
        identity: metas.TilesetMeta,
        on_tile: Callable[[WrittenTile], None] = lambda _tile: None,
    ) -> None:
        self._folder = folder
        self._identity = identity
        self._on_tile = on_tile
        self._opened: Opened | None = None
        self._objects: Objects | None = None
        self._properties: _Written | None = None
        self._leaves: list[Leaf] = []
        self._figures = ObjectFigures()
        self._waiting: dict[_Kind, list[MeshChunk]] = {}
        self._unmeshed: list[Unmeshed] = []
        self._findings: list[Finding] = []
        (folder / "tiles").mkdir()

    def opened(self, event: Opened) -> None:
        """Note schema and georeference; one that is not finite is dropped with a finding."""
        matrix = np.asarray(event.georeference.world_from_model, np.float64)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            self._findings.append(Finding.error("tileset.bad_georeference", self._identity.source.name))
            event = Opened(event.schema, Georeference())
        self._opened = event

    def properties(self, event: Properties) -> None:
        """Write the property table, beside all that comes after."""
        table = self._sound(sorted_properties, event.table)
        beside = ThreadPoolExecutor(1, thread_name_prefix="properties")
        done = beside.submit(write_properties, self._folder / _PROPERTIES, table)
        beside.shutdown(wait=False)  # the thread ends with its work
        self._properties = _Written(table.num_rows, done)

    def objects(self, event: Objects) -> None:
        """Note the object table."""
        self._objects = event

    def unmeshed(self, event: Unmeshed) -> None:
        """Note an object without a shape."""
        self._unmeshed.append(event)

    def found(self, finding: Finding) -> None:
        """Note something to tell."""
        self._findings.append(finding)

    def geometry(self, chunk: MeshChunk, level: int, *, hidden: bool = False) -> None:
        """Write a chunk, or keep it until there is enough for a tile.

        Objects with vertices that are not finite are left out with a finding.
        """
        chunk = self._finite(_checked(chunk))
        if not len(chunk.triangles):
            return
        if not chunk_tools.can_merge(chunk) or len(chunk.triangles) >= SMALL_TRIANGLES:
            self._write_tile([chunk], level)
            return
        kind = _Kind(level, hidden, chunk.transparent, chunk.normals is not None)
        if self._is_far(kind, chunk):
            self._flush(kind)
        waiting = self._waiting.setdefault(kind, [])
        waiting.append(chunk)
        if sum(len(item.triangles) for item in waiting) >= TILE_TRIANGLES:
            self._flush(kind)

    def _finite(self, chunk: MeshChunk) -> MeshChunk:
        rows = chunk_tools.rows_not_finite(chunk)
        if not rows.size:
            return chunk
        self._findings.append(Finding.error("tileset.not_finite", ", ".join(map(str, rows[:10])), count=len(rows)))
        return chunk_tools.without_rows(chunk, rows)

    def _is_far(self, kind: _Kind, chunk: MeshChunk) -> bool:
        """Whether moving it to the origin of what waits would cost float32 precision."""
        waiting = self._waiting.get(kind)
        return waiting is not None and bool(np.abs(chunk.origin_m - waiting[0].origin_m).max() > MERGE_DISTANCE_M)

    def _flush(self, kind: _Kind) -> None:
        waiting = self._waiting.pop(kind, [])
        if waiting:
            self._write_tile([chunk_tools.merged(waiting)], kind.level)

    def _write_tile(self, chunks: list[MeshChunk], level: int) -> None:
        index = len(self._leaves)
        uri = f"tiles/{index:06d}.glb"
        origin_m = np.asarray(chunks[0].origin_m, np.float64)
        num_bytes = write_glb(self._folder / uri, chunks, origin_m)
        bounds = np.array([chunk.bounds_m for chunk in chunks])
        extras = metas.TileExtras(
            index=index,
            level=int(level),
            triangles=sum(len(chunk.triangles) for chunk in chunks),
            bytes=num_bytes,
            origin_m=tuple(origin_m.tolist()),
            bounds_m=(*bounds[:, :3].min(axis=0).tolist(), *bounds[:, 3:].max(axis=0).tolist()),
        )
        self._leaves.append(Leaf(uri, extras))
        for chunk in chunks:
            self._figures.add(index, chunk_tools.object_runs(chunk))
        self._on_tile(WrittenTile(index, self._folder / uri, extras.level, origin_m, extras.triangles))

    def finish(self) -> metas.TilesetMeta:
        """Write what is left; the folder is then a whole tileset. Raises `CityTwinError` without both tables."""
        opened, properties, event = self._opened, self._properties, self._objects
        if opened is None or properties is None or event is None:
            raise CityTwinError("tileset.incomplete", self._identity.source.name)
        for kind in list(self._waiting):
            self._flush(kind)
        objects = self._sound(self._figures.filled, event.table)
        write_parquet(self._folder / _OBJECTS, objects)
        properties.done.result()
        Report(tuple(self._unmeshed), tuple(self._findings), dict(event.engines)).write(self._folder)
        meta = self._meta(opened, event, objects.num_rows, properties.num_rows)
        self._write_tileset_json(meta, opened, _hidden_tiles(objects, len(self._leaves)))
        return meta

    def _sound(self, made: Callable[[pa.Table], pa.Table], table: pa.Table) -> pa.Table:
        try:
            return made(table)
        except (ValueError, KeyError, pa.ArrowException) as error:
            raise CityTwinError("tileset.bad_tables", self._identity.source.name, reason=str(error)) from error

    def _meta(self, opened: Opened, event: Objects, num_objects: int, num_properties: int) -> metas.TilesetMeta:
        extras = [leaf.extras for leaf in self._leaves]
        bounds = np.array([item.bounds_m for item in extras])
        around = (*bounds[:, :3].min(axis=0).tolist(), *bounds[:, 3:].max(axis=0).tolist()) if extras else None
        return metas.TilesetMeta(
            format_version=metas.WRITER_VERSION,
            key=self._identity.key,
            source=self._identity.source,
            format=self._identity.format,
            schema=opened.schema,
            kind=self._identity.kind,
            frame=metas.frame_of(opened.georeference),
            levels=tuple(sorted({item.level for item in extras})),
            engines=dict(event.engines),
            counts=metas.Counts(
                objects=num_objects,
                properties=num_properties,
                tiles=len(extras),
                triangles=sum(item.triangles for item in extras),
            ),
            bounds_m=around,
            files={name: (self._folder / name).stat().st_size for name in (_OBJECTS, _PROPERTIES)},
            extras=dict(event.extras),
        )

    def _write_tileset_json(self, meta: metas.TilesetMeta, opened: Opened, hidden: NDArray[np.bool_]) -> None:
        shown = [leaf for leaf in self._leaves if not hidden[leaf.extras.index]]
        bounds = np.zeros(6) if meta.bounds_m is None else np.array(meta.bounds_m)
        to_ecef = ecef_from_model(opened.georeference, (bounds[:3] + bounds[3:]) / 2)
        root = build_tree(shown) | {"transform": to_ecef.T.reshape(16).tolist()}
        concealed = [_concealed(leaf) for leaf in self._leaves if hidden[leaf.extras.index]]
        document: dict[str, Any] = {
            "asset": {"version": "1.1", "extras": {"generator": GENERATOR}},
            "geometricError": root["geometricError"],
            "root": root,
            "extras": {"citytwin": meta, "citytwin_hidden_tiles": concealed},
        }
        (self._folder / "tileset.json").write_bytes(encode_json(document))


def _checked(chunk: MeshChunk) -> MeshChunk:
    try:
        return chunk_tools.checked(chunk)
    except ValueError as error:
        raise CityTwinError("tileset.bad_chunk", "", reason=str(error)) from error


def _concealed(leaf: Leaf) -> dict[str, Any]:
    return {
        "content": {"uri": leaf.uri},
        "geometricError": 0.0,
        "extras": {"citytwin": msgspec.to_builtins(leaf.extras)},
    }


def _hidden_tiles(objects: pa.Table, num_tiles: int) -> NDArray[np.bool_]:
    """Which tiles hold nothing but objects hidden by default; other viewers shall not draw them."""
    lists = objects.column("tiles").combine_chunks()
    lists = lists.chunk(0) if isinstance(lists, pa.ChunkedArray) else lists
    owners = np.repeat(np.arange(len(lists)), np.diff(np.asarray(lists.offsets)))
    visible = ~np.asarray(objects.column("hidden").fill_null(False), bool)
    hidden = np.ones(num_tiles, bool)
    hidden[np.asarray(lists.flatten(), np.int64)[visible[owners]]] = False
    return hidden
