"""Elevation as a grid of samples: pure data, with heights between the samples by bilinear interpolation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ElevationGrid:
    """Height samples on a regular, perhaps rotated, grid.

    ``heights_m`` (rows, columns) float32 metres, NaN where there is no ground. ``affine`` maps
    (column, row) to x, y of ``crs``: sample (i, j) stands at ``affine * (j, i)``, so whole numbers are
    samples themselves, not corners of pixels. x and y are in the units of ``crs``; None: no system known.
    """

    heights_m: NDArray[np.float32]
    affine: Affine
    crs: str | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.heights_m.shape
        return rows, columns

    def xy(self, rows: Floats, columns: Floats) -> tuple[Floats, Floats]:
        """x and y of grid positions."""
        a, b, c, d, e, f = tuple(self.affine)[:6]
        return a * columns + b * rows + c, d * columns + e * rows + f

    def position(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Row and column, with fractions, of x and y."""
        a, b, c, d, e, f = tuple(~self.affine)[:6]
        x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        with np.errstate(invalid="ignore"):  # what a projection has no answer for is infinite
            return d * x + e * y + f, a * x + b * y + c

    def height_at(self, x: Floats, y: Floats) -> Floats:
        """Heights in metres at x, y (any equal shapes); NaN outside and in cells with a corner missing.

        On the line between two samples only these two count, so the rims of holes have heights.
        """
        row, column = self.position(x, y)
        return bilinear(self.heights_m, row, column)

    def bounds(self) -> tuple[float, float, float, float]:
        """Smallest x, smallest y, largest x, largest y of the samples."""
        rows, columns = self.shape
        i, j = np.array([0, 0, rows - 1, rows - 1], float), np.array([0, columns - 1, 0, columns - 1], float)
        x, y = self.xy(i, j)
        return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def composed(outer: Affine, inner: Affine) -> Affine:
    """First ``inner``, then ``outer``; spelt out because affine 2 and 3 disagree about the operator."""
    a, b, c, d, e, f = tuple(outer)[:6]
    g, h, i, j, k, m = tuple(inner)[:6]
    return Affine(a * g + b * j, a * h + b * k, a * i + b * m + c, d * g + e * j, d * h + e * k, d * i + e * m + f)


def bilinear(samples: NDArray[np.float32], row: Floats, column: Floats) -> Floats:
    """Values between samples; NaN outside the grid and where a sample that counts is NaN."""
    rows, columns = samples.shape
    row, column = np.asarray(row, np.float64), np.asarray(column, np.float64)
    # Rounding of coordinates must not push the outermost samples off the grid.
    slack = 1e-6
    with np.errstate(invalid="ignore"):
        inside = (row >= -slack) & (row <= rows - 1 + slack) & (column >= -slack) & (column <= columns - 1 + slack)
    row = np.clip(np.where(inside, row, 0.0), 0.0, rows - 1)
    column = np.clip(np.where(inside, column, 0.0), 0.0, columns - 1)
    top, left = np.floor(row).astype(np.int64), np.floor(column).astype(np.int64)
    down, across = row - top, column - left
    below, right = np.minimum(top + 1, rows - 1), np.minimum(left + 1, columns - 1)
    total = np.zeros(row.shape)
    for i, share_i in ((top, 1 - down), (below, down)):
        for j, share_j in ((left, 1 - across), (right, across)):
            share = share_i * share_j
            total += np.where(share > 1e-9, share * samples[i, j], 0.0)
    return np.where(inside, total, np.nan)
