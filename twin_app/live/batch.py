"""Observations of many streams as columns: the form in which they go to table, history and recorder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_app.live.values import Observation


@dataclass(frozen=True, slots=True)
class Batch:
    """n observations, in the order they came.

    ``rows`` are rows of the `LatestTable` int64; ``values`` float64 in the indicators' units; times are int64
    microseconds since 1970 UTC; ``quality``, ``reason`` and ``state`` uint8. All of shape (n,).
    """

    rows: NDArray[np.int64]
    values: NDArray[np.float64]
    source_us: NDArray[np.int64]
    receive_us: NDArray[np.int64]
    quality: NDArray[np.uint8]
    reason: NDArray[np.uint8]
    state: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, keep: NDArray[np.bool_]) -> Batch:
        """The observations where ``keep`` (n,) is true."""
        return self if bool(keep.all()) else Batch(*(getattr(self, name)[keep] for name in Batch.__slots__))


def batch_of(rows: Sequence[int], observations: Sequence[Observation], receive_us: int) -> Batch:
    """Columns of ``observations``, which came at ``receive_us`` and belong to ``rows``."""
    size = len(observations)
    columns = list(zip(*observations, strict=True)) if size else [()] * 6
    return Batch(
        rows=np.array(rows, np.int64),
        values=np.array(columns[1], np.float64),
        source_us=np.array(columns[2], np.int64),
        receive_us=np.full(size, receive_us, np.int64),
        quality=np.array(columns[3], np.uint8),
        reason=np.array(columns[4], np.uint8),
        state=np.array(columns[5], np.uint8),
    )
