"""Objects within mesh chunks: where each one's vertices and triangles are, and putting them together anew."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loaders.levels.closed import closed_runs
from loaders.model.merging import merged, sorted_by_row
from loaders.model.meshes import MeshChunk

Index = NDArray[np.int64]
_WORTH_A_BATCH = 0.2  # of the triangles
MERGE_DISTANCE_M = 1000.0  # float32 keeps a tenth of a millimetre up to here


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """What chunks hold of each object: a piece is one run of vertices of one object in one chunk.

    ``chunk``, ``row`` (k,): which chunk, whose object row. ``vertices``, ``triangles`` (k, 2): from and to.
    ``boxes_m`` (k, 6) float64, model frame. ``closed`` (k,): opaque, closed and turned outwards.
    """

    chunks: Sequence[MeshChunk]
    chunk: Index
    row: Index
    vertices: Index
    triangles: Index
    boxes_m: NDArray[np.float64]
    closed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.row)

    @staticmethod
    def of(chunks: Sequence[MeshChunk]) -> Pieces:
        """The pieces of all chunks."""
        chunks = [_in_order(chunk) for chunk in chunks]
        parts = [_pieces_of(number, chunk) for number, chunk in enumerate(chunks)]
        columns = [np.concatenate(column) for column in zip(*(parts or [_no_pieces()]), strict=True)]
        return Pieces(chunks, *columns)

    def take(self, chosen: Index | NDArray[np.bool_]) -> Pieces:
        """Some of the pieces, in the order given."""
        return Pieces(
            self.chunks,
            self.chunk[chosen],
            self.row[chosen],
            self.vertices[chosen],
            self.triangles[chosen],
            self.boxes_m[chosen],
            self.closed[chosen],
        )

    @property
    def num_triangles(self) -> Index:
        """(k,) triangles of each piece."""
        return self.triangles[:, 1] - self.triangles[:, 0]

    @property
    def centres_m(self) -> NDArray[np.float64]:
        """(k, 3) middles of the boxes."""
        return (self.boxes_m[:, :3] + self.boxes_m[:, 3:]) / 2.0

    @property
    def sizes_m(self) -> NDArray[np.float64]:
        """(k,) diagonals of the boxes."""
        sizes: NDArray[np.float64] = np.linalg.norm(self.boxes_m[:, 3:] - self.boxes_m[:, :3], axis=1)
        return sizes

    @property
    def around_m(self) -> NDArray[np.float64]:
        """The box (6,) around all of them."""
        return np.append(self.boxes_m[:, :3].min(axis=0), self.boxes_m[:, 3:].max(axis=0))

    @property
    def transparent(self) -> NDArray[np.bool_]:
        """(k,) whether a piece is drawn with blending."""
        return np.array([chunk.transparent for chunk in self.chunks], np.bool_)[self.chunk]

    def together(self) -> list[MeshChunk]:
        """The pieces as few chunks: one each for closed, open, transparent, with and without normals."""
        share = int(self.num_triangles[self.closed].sum()) / max(int(self.num_triangles.sum()), 1)
        if 0.0 < share < 1.0:
            closed, rest = self.take(self.closed), self.take(~self.closed)
            # A few closed triangles are not worth a batch of their own.
            return [*closed.together(), *rest.together()] if share > _WORTH_A_BATCH else self._all_open().together()
        groups: dict[tuple[bool, bool, bool, tuple[int, ...]], list[int]] = {}
        for number in np.unique(self.chunk):
            chunk = self.chunks[number]
            region = tuple(np.floor(chunk.origin_m / (4 * MERGE_DISTANCE_M)).astype(int).tolist())
            alone = int(number) if chunk.texture is not None or chunk.uvs is not None else -1
            key = (chunk.transparent, chunk.normals is not None, alone >= 0, (*region, alone))
            groups.setdefault(key, []).append(int(number))
        return [
            dataclasses.replace(merged([self._gathered(number) for number in numbers]), closed=share > 0.0)
            for numbers in groups.values()
        ]

    def _all_open(self) -> Pieces:
        return dataclasses.replace(self, closed=np.zeros(len(self), np.bool_))

    def _gathered(self, number: int) -> MeshChunk:
        """The pieces of one chunk, by object row."""
        chunk = self.chunks[number]
        mine = np.flatnonzero(self.chunk == number)
        mine = mine[np.argsort(self.row[mine], kind="stable")]
        vertices, triangles = self.vertices[mine], self.triangles[mine]
        if _is_whole(vertices, len(chunk.positions)) and _is_whole(triangles, len(chunk.triangles)):
            return chunk
        counts = vertices[:, 1] - vertices[:, 0]
        kept = ranges(vertices)
        firsts = np.cumsum(counts) - counts
        shift = np.repeat(firsts - vertices[:, 0], triangles[:, 1] - triangles[:, 0])
        return dataclasses.replace(
            chunk,
            positions=chunk.positions[kept],
            triangles=(chunk.triangles[ranges(triangles)] + shift[:, None]).astype(np.uint32),
            rows=chunk.rows[kept],
            colours=chunk.colours[kept],
            normals=None if chunk.normals is None else chunk.normals[kept],
            uvs=None if chunk.uvs is None else chunk.uvs[kept],
        )


def ranges(bounds: Index) -> Index:
    """All numbers of ranges (k, 2), from inclusive to exclusive, one after the other."""
    counts = bounds[:, 1] - bounds[:, 0]
    numbers: Index = np.arange(counts.sum()) + np.repeat(bounds[:, 0] - (np.cumsum(counts) - counts), counts)
    return numbers


def _is_whole(parts: Index, count: int) -> bool:
    return bool(len(parts)) and parts[0, 0] == 0 and parts[-1, 1] == count and (parts[1:, 0] == parts[:-1, 1]).all()


_Columns = tuple[Index, Index, Index, Index, NDArray[np.float64], NDArray[np.bool_]]


def _no_pieces() -> _Columns:
    numbers, bounds = np.zeros(0, np.int64), np.zeros((0, 2), np.int64)
    return numbers, numbers, bounds, bounds, np.zeros((0, 6)), np.zeros(0, np.bool_)


def _pieces_of(number: int, chunk: MeshChunk) -> _Columns:
    starts = np.flatnonzero(np.concatenate([[True], chunk.rows[1:] != chunk.rows[:-1]]))
    ends = np.append(starts[1:], len(chunk.rows))
    piece_of = np.searchsorted(starts, chunk.triangles[:, 0], side="right") - 1
    first = np.searchsorted(piece_of, np.arange(len(starts) + 1))
    columns = chunk.positions.T.copy()  # numpy goes along short rows an order of magnitude slower
    low = np.minimum.reduceat(columns, starts, axis=1).T.astype(np.float64) + chunk.origin_m
    high = np.maximum.reduceat(columns, starts, axis=1).T.astype(np.float64) + chunk.origin_m
    some = first[1:] > first[:-1]  # vertices without triangles are nothing to see
    return (
        np.full(int(some.sum()), number),
        chunk.rows[starts[some]].astype(np.int64),
        np.stack([starts[some], ends[some]], axis=1),
        np.stack([first[:-1][some], first[1:][some]], axis=1),
        np.concatenate([low, high], axis=1)[some],
        _closed(chunk, first[:-1][some]),
    )


def _closed(chunk: MeshChunk, firsts: Index) -> NDArray[np.bool_]:
    if chunk.transparent:
        return np.zeros(len(firsts), np.bool_)
    return closed_runs(chunk.positions, chunk.triangles, firsts)


def _in_order(chunk: MeshChunk) -> MeshChunk:
    """The chunk with its triangles in the order of their vertices' runs, each within one run."""
    starts = np.flatnonzero(np.concatenate([[True], chunk.rows[1:] != chunk.rows[:-1]]))
    run_of = np.searchsorted(starts, chunk.triangles, side="right") - 1
    if (run_of[:, 0] == run_of[:, 1]).all() and (run_of[:, 0] == run_of[:, 2]).all():
        if (run_of[1:, 0] >= run_of[:-1, 0]).all():
            return chunk
        return dataclasses.replace(chunk, triangles=chunk.triangles[np.argsort(run_of[:, 0], kind="stable")])
    return sorted_by_row(chunk)
