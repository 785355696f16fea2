"""Writing a tileset folder while a loader runs: tiles at once, tables and ``tileset.json`` at the end."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from loaders.levels.given import GivenChunk, plan_given
from loaders.levels.plan import Proxies
from loaders.levels.planning import Plan, plan_levels
from loaders.model.errors import CityTwinError, Finding
from loaders.model.events import Objects, Opened, Properties, Tree, Unmeshed
from loaders.model.formats import LayerKind
from loaders.model.frames import Georeference
from loaders.model.merging import merged
from loaders.model.meshes import MeshChunk
from loaders.model.points import Chunk, PointChunk, is_empty
from loaders.model.tiles import NO_NODE, STANDS_IN
from loaders.tileset import chunks as chunk_tools
from loaders.tileset import meta as metas
from loaders.tileset.glb_read import read_glb
from loaders.tileset.glb_write import GENERATOR
from loaders.tileset.growing import TileWriting, write_tile
from loaders.tileset.objects import sorted_properties, with_all_columns
from loaders.tileset.parquet import write_parquet
from loaders.tileset.placement import ecef_from_model
from loaders.tileset.plain import encode_json
from loaders.tileset.properties import write_properties
from loaders.tileset.proxies import write_proxies
from loaders.tileset.report import Report
from loaders.tileset.tree import Branch, tile_json

# Chunks below the first figure wait for others of their kind until the second is reached.
SMALL_TRIANGLES = 20_000
TILE_TRIANGLES = 60_000
KEPT_BYTES = 60_000_000  # in memory until they are in their tiles; what comes after them is read from disk again
MERGE_DISTANCE_M = 1000.0
_OBJECTS, _PROPERTIES, _PROXIES = "objects.parquet", "properties.parquet", "proxies.parquet"
_COMING = "coming"


@dataclass(frozen=True, slots=True, eq=False)
class WrittenTile:
    """Some of the final geometry is now on disk, until `TilesetWriter.finish` puts it into its tile."""

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


class _Coming(NamedTuple):
    """A chunk that was put aside, with its file; None where it is to be read from there."""

    path: Path
    extras: metas.TileExtras
    chunk: Chunk | None
    node: int

    def read(self) -> list[Chunk]:
        """The chunk, memory-mapped where it is not at hand."""
        return [self.chunk] if self.chunk is not None else list(read_glb(self.path, self.extras.origin_m))


class _Written(NamedTuple):
    """A table on its way to disk."""

    num_rows: int
    done: Future[None]


class TilesetWriter:
    """Fills an existing empty ``folder``. Give events in any order, then `finish`.

    ``on_tile`` hears of each tile once it is on disk. Memory stays bounded by what waits to be
    merged: at most `TILE_TRIANGLES` and one chunk for each level and kind; and by `KEPT_BYTES`.
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
        self._coming: list[_Coming] = []
        self._bytes_kept = self._points_lost = 0
        self._tree: Tree | None = None
        self._waiting: dict[_Kind, list[MeshChunk]] = {}
        self._unmeshed: list[Unmeshed] = []
        self._findings: list[Finding] = []
        self._others: list[Finding] = []
        (folder / "tiles").mkdir()
        (folder / _COMING).mkdir()

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

    def found(self, finding: Finding, others: Sequence[Finding] = ()) -> None:
        """Note something to tell, and others of its kind that are only to be listed."""
        self._findings.append(finding)
        self._others += others

    def tree(self, event: Tree) -> None:
        """Note the tree that the source brings; geometry is then given with its node."""
        self._tree = event

    def geometry(self, chunk: Chunk, level: int, *, hidden: bool = False, node: int = NO_NODE) -> None:
        """Write a chunk, or keep it until there is enough for a tile; that of a ``node`` of its own is written.

        Objects with vertices that are not finite are left out with a finding, and so are single points.
        """
        chunk = self._finite(_checked(chunk))
        if is_empty(chunk):
            return
        if isinstance(chunk, PointChunk):
            self._keep(chunk, level, node)
            return
        alone = node != NO_NODE or not chunk_tools.can_merge(chunk)
        if alone or len(chunk.triangles) >= SMALL_TRIANGLES:
            self._keep(chunk, level, node)
            return
        kind = _Kind(level, hidden, chunk.transparent, chunk.normals is not None)
        if self._is_far(kind, chunk):
            self._flush(kind)
        waiting = self._waiting.setdefault(kind, [])
        waiting.append(chunk)
        if sum(len(item.triangles) for item in waiting) >= TILE_TRIANGLES:
            self._flush(kind)

    def _finite(self, chunk: Chunk) -> Chunk:
        if isinstance(chunk, PointChunk):
            sound = chunk_tools.finite_points(chunk)
            self._points_lost += len(chunk.rows) - len(sound.rows)
            return sound
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
            self._keep(merged(waiting), kind.level)

    def _keep(self, chunk: Chunk, level: int, node: int = NO_NODE) -> None:
        """Put a chunk aside on disk until it is known which tile its objects belong to."""
        index = len(self._coming)
        path = self._folder / _COMING / f"{index:06d}.glb"
        extras = write_tile(path, index, level, [chunk])
        self._bytes_kept += chunk.num_bytes
        kept = chunk if self._bytes_kept <= KEPT_BYTES else None
        self._coming.append(_Coming(path, extras, kept, node))
        self._on_tile(WrittenTile(index, path, extras.level, np.array(extras.origin_m), extras.triangles))

    def _chunks(self) -> list[Chunk]:
        """All that came: what was put aside, memory-mapped where it is much, and what still waits."""
        kept = [chunk for coming in self._coming for chunk in coming.read()]
        waiting = [chunk for chunks in self._waiting.values() for chunk in chunks]
        self._waiting.clear()
        return [*kept, *waiting]

    def finish(self) -> metas.TilesetMeta:
        """Write what is left; the folder is then a whole tileset. Raises `CityTwinError` without both tables."""
        opened, properties, event = self._opened, self._properties, self._objects
        if opened is None or properties is None or event is None:
            raise CityTwinError("tileset.incomplete", self._identity.source.name)
        if self._points_lost:
            self._findings.append(Finding.error("tileset.points_not_finite", "", count=self._points_lost))
        plan = self._planned(event)
        tiles = TileWriting(self._folder)
        root = Branch().close() if plan.root is None else tiles.tree(plan.root)
        hidden = [tiles.tree(tile) for tile in plan.hidden]
        objects = self._sound(tiles.figures.filled, event.table)
        write_parquet(self._folder / _OBJECTS, objects)
        write_proxies(self._folder / _PROXIES, plan.proxies)
        properties.done.result()
        report = Report(tuple(self._unmeshed), tuple(self._findings), dict(event.engines), others=tuple(self._others))
        report.write(self._folder)
        meta = self._meta(opened, event, tiles, (objects.num_rows, properties.num_rows, len(plan.proxies)))
        self._write_tileset_json(meta, opened, root, hidden)
        shutil.rmtree(self._folder / _COMING, ignore_errors=True)
        return meta

    def _planned(self, event: Objects) -> Plan:
        objects = event.table
        if self._tree is not None:
            return self._given(self._tree, objects.num_rows)
        chunks = self._chunks()
        rows = max((int(chunk.rows.max()) for chunk in chunks if chunk.rows.size), default=-1)
        if rows >= objects.num_rows:
            reason = f"geometry names object row {rows} of {objects.num_rows}"
            raise CityTwinError("tileset.bad_tables", self._identity.source.name, reason=reason)
        return plan_levels(LayerKind(self._identity.kind), chunks, self._sound(with_all_columns, objects), event.block)

    def _given(self, tree: Tree, num_objects: int) -> Plan:
        proxies = Proxies(num_objects)
        chunks = []
        for coming in self._coming:
            rows = np.unique(np.concatenate([chunk.rows for chunk in coming.read()])).astype(np.int64)
            if (rows[rows != STANDS_IN] >= num_objects).any() or not 0 <= coming.node < len(tree.parents):
                raise CityTwinError("tileset.bad_tables", self._identity.source.name, reason="geometry of no object")
            chunks.append(GivenChunk(coming.node, coming.extras.level, rows, coming.read))
        return Plan(plan_given(tree, chunks, proxies), [], proxies)

    def _sound(self, made: Callable[[pa.Table], pa.Table], table: pa.Table) -> pa.Table:
        try:
            return made(table)
        except (ValueError, KeyError, pa.ArrowException) as error:
            raise CityTwinError("tileset.bad_tables", self._identity.source.name, reason=str(error)) from error

    def _meta(
        self, opened: Opened, event: Objects, tiles: TileWriting, counts: tuple[int, int, int]
    ) -> metas.TilesetMeta:
        bounds = np.array([item.bounds_m for item in tiles.extras])
        around = (*bounds[:, :3].min(axis=0).tolist(), *bounds[:, 3:].max(axis=0).tolist()) if len(bounds) else None
        num_objects, num_properties, num_proxies = counts
        return metas.TilesetMeta(
            format_version=metas.WRITER_VERSION,
            key=self._identity.key,
            source=self._identity.source,
            format=self._identity.format,
            schema=opened.schema,
            kind=self._identity.kind,
            frame=metas.frame_of(opened.georeference),
            levels=tuple(sorted({item.level for item in tiles.extras})),
            engines=dict(event.engines),
            counts=metas.Counts(
                objects=num_objects,
                properties=num_properties,
                tiles=len(tiles.extras),
                triangles=tiles.num_triangles,
                points=tiles.num_points,
                proxies=num_proxies,
            ),
            bounds_m=around,
            files={name: (self._folder / name).stat().st_size for name in (_OBJECTS, _PROPERTIES, _PROXIES)},
            extras=dict(event.extras),
        )

    def _write_tileset_json(self, meta: metas.TilesetMeta, opened: Opened, root: Branch, hidden: list[Branch]) -> None:
        bounds = np.zeros(6) if meta.bounds_m is None else np.array(meta.bounds_m)
        to_ecef = ecef_from_model(opened.georeference, (bounds[:3] + bounds[3:]) / 2)
        # The transform to the globe is that of the root, so a root with content gets one above it.
        tree = tile_json(root if root.extras is None else Branch(error_m=np.inf, children=[root]).close())
        document: dict[str, Any] = {
            "asset": {"version": "1.1", "extras": {"generator": GENERATOR}},
            "geometricError": tree["geometricError"],
            "root": tree | {"transform": to_ecef.T.reshape(16).tolist()},
            # Other viewers shall not draw them.
            "extras": {"citytwin": meta, "citytwin_hidden_tiles": [tile_json(branch) for branch in hidden]},
        }
        (self._folder / "tileset.json").write_bytes(encode_json(document))


def _checked(chunk: Chunk) -> Chunk:
    try:
        return chunk_tools.checked(chunk)
    except ValueError as error:
        raise CityTwinError("tileset.bad_chunk", "", reason=str(error)) from error
