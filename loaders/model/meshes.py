"""Triangles on their way from a file to the screen."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


def extent(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """(2, 3): the lowest and the highest coordinates of (n, 3) points, n > 0; NaN where one is."""
    columns = points.T.copy()  # numpy goes along short rows an order of magnitude slower
    return np.array([columns.min(axis=1), columns.max(axis=1)], np.float64)


@dataclass(frozen=True, slots=True)
class Texture:
    """A picture draped on a chunk; ``media_type`` is ``image/jpeg``, ``image/png`` or, on its way, ``image/webp``.

    It is encoded in ``data``, or unpacked: ``pixels`` (rows, columns, 3 or 4) uint8, the lowest row first.
    """

    data: bytes
    media_type: str
    pixels: NDArray[np.uint8] | None = field(default=None, compare=False)

    @property
    def num_bytes(self) -> int:
        """Bytes in memory."""
        return len(self.data) + (0 if self.pixels is None else self.pixels.nbytes)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class MeshChunk:
    """Triangles of one or many objects about one float64 origin; the unit of tiles and batches.

    ``origin_m`` (3,) float64, model frame, metres.
    ``positions`` (n, 3) float32 metres relative to ``origin_m``, z up.
    ``triangles`` (t, 3) uint32 indices into ``positions``, counter-clockwise from outside,
    sorted so that the triangles of one object are contiguous.
    ``rows`` (n,) uint32: the object row of each vertex (row in ``objects.parquet``); the vertices
    of one object are contiguous too, and no vertex is shared by two objects.
    ``colours`` (n, 4) uint8 sRGB and straight alpha, per vertex.
    ``normals`` (n, 3) float32 or None: None means flat shading by screen-space derivatives.
    ``uvs`` (n, 2) float32 or None, glTF convention (v down), with ``texture``.
    A chunk is wholly opaque or, with ``transparent``, wholly blended.
    ``closed`` tells that each object is closed and turned outwards: from outside no back of a triangle is seen.
    """

    origin_m: NDArray[np.float64]
    positions: NDArray[np.float32]
    triangles: NDArray[np.uint32]
    rows: NDArray[np.uint32]
    colours: NDArray[np.uint8]
    normals: NDArray[np.float32] | None = None
    uvs: NDArray[np.float32] | None = None
    texture: Texture | None = None
    transparent: bool = False
    closed: bool = False

    @property
    def bounds_m(self) -> NDArray[np.float64]:
        """(6,) float64 ``minx miny minz maxx maxy maxz`` in the model frame."""
        return (extent(self.positions) + self.origin_m).reshape(6)

    @property
    def num_bytes(self) -> int:
        """Bytes of all arrays, the texture included."""
        arrays = (self.positions, self.triangles, self.rows, self.colours, self.normals, self.uvs)
        return sum(a.nbytes for a in arrays if a is not None) + (self.texture.num_bytes if self.texture else 0)
