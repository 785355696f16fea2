"""Where each object's vertices and triangles lie in a chunk, found from its row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class ObjectRuns:
    """Runs of equal rows, sorted by row. An object broken into several runs has several entries.

    ``rows`` (r,) ascending; ``starts`` and ``stops`` (r,) delimit each run in the array it was made from.
    """

    def __init__(self, row_of_each: NDArray[np.integer]) -> None:
        if row_of_each.size == 0:
            starts = np.zeros(0, np.int64)
        else:
            starts = np.concatenate([[0], np.flatnonzero(np.diff(row_of_each.astype(np.int64))) + 1])
        stops = np.append(starts[1:], row_of_each.size)[: starts.size]
        order = np.argsort(row_of_each[starts], kind="stable")
        self.rows = row_of_each[starts][order].astype(np.int64)
        self.starts = starts[order]
        self.stops = stops[order]

    def find(self, rows: NDArray[np.integer]) -> NDArray[np.int64]:
        """The indices of the runs that belong to any of ``rows``."""
        if rows.size != 1:
            return np.flatnonzero(np.isin(self.rows, rows))
        low, high = np.searchsorted(self.rows, rows[0], "left"), np.searchsorted(self.rows, rows[0], "right")
        return np.arange(low, high)

    def members(self, rows: NDArray[np.integer]) -> NDArray[np.int64]:
        """The indices of all elements that belong to any of ``rows``, run by run."""
        found = self.find(rows)
        lengths = self.stops[found] - self.starts[found]
        before = np.cumsum(lengths) - lengths
        members: NDArray[np.int64] = np.arange(lengths.sum()) + np.repeat(self.starts[found] - before, lengths)
        return members
