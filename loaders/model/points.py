"""Points on their way from a file to the screen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loaders.model.meshes import MeshChunk, extent


@dataclass(frozen=True, slots=True, eq=False)
class PointChunk:
    """Points of one or many objects about one float64 origin; the unit of tiles and batches beside `MeshChunk`.

    ``origin_m`` (3,) float64, model frame, metres.
    ``positions`` (n, 3) float32 metres relative to ``origin_m``, z up.
    ``rows`` (n,) uint32: the object row of each point; the points of one object are contiguous.
    ``colours`` (n, 4) uint8 sRGB and straight alpha.
    ``spacing_m`` is how far a point is from its next, about: drawn as wide as that, they close a surface.
    ``refined`` tells that other tiles put finer points between these.
    """

    origin_m: NDArray[np.float64]
    positions: NDArray[np.float32]
    rows: NDArray[np.uint32]
    colours: NDArray[np.uint8]
    spacing_m: float
    refined: bool = False

    @property
    def bounds_m(self) -> NDArray[np.float64]:
        """(6,) float64 ``minx miny minz maxx maxy maxz`` in the model frame."""
        return (extent(self.positions) + self.origin_m).reshape(6)

    @property
    def num_bytes(self) -> int:
        """Bytes of all arrays."""
        return self.positions.nbytes + self.rows.nbytes + self.colours.nbytes


Chunk = MeshChunk | PointChunk


def num_triangles(chunk: Chunk) -> int:
    """The triangles of a chunk; points have none."""
    return len(chunk.triangles) if isinstance(chunk, MeshChunk) else 0


def num_points(chunk: Chunk) -> int:
    """The points of a chunk; corners of triangles do not count."""
    return len(chunk.positions) if isinstance(chunk, PointChunk) else 0


def is_empty(chunk: Chunk) -> bool:
    """Whether there is nothing to draw."""
    return not (num_triangles(chunk) or num_points(chunk))


def points_sorted_by_row(chunk: PointChunk) -> PointChunk:
    """The chunk with its points in the order of their object rows."""
    if (chunk.rows[1:] >= chunk.rows[:-1]).all():
        return chunk
    order = np.argsort(chunk.rows, kind="stable")
    return PointChunk(
        chunk.origin_m,
        chunk.positions[order],
        chunk.rows[order],
        chunk.colours[order],
        chunk.spacing_m,
        chunk.refined,
    )


def spacing_of(positions: NDArray[np.floating]) -> float:
    """About how far points (n, 3) that lie on surfaces are from their neighbours, metres; 0 below two points.

    Cells are made smaller as long as most of them hold several points: together they are the surface's area.
    """
    if len(positions) < 2:
        return 0.0
    low, high = extent(positions)
    size = float((high - low).max())
    if not np.isfinite(size) or size <= 0.0:
        return 0.0
    cells = taken = 1
    while cells < 1 << 20:
        finer = np.unique(_cell_keys((positions - low) / size, 2 * cells)).size
        if finer * 2 > len(positions):
            break
        cells, taken = 2 * cells, finer
    return size / cells * float(np.sqrt(taken / len(positions)))


def _cell_keys(shares: NDArray[np.floating], cells: int) -> NDArray[np.int64]:
    numbers = np.minimum((shares * cells).astype(np.int64), cells - 1)
    return (numbers[:, 0] << 42) | (numbers[:, 1] << 21) | numbers[:, 2]
