"""Axis-aligned boxes ``minx miny minz maxx maxy maxz``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def around(boxes: list[NDArray[np.float64]]) -> NDArray[np.float64] | None:
    """The box (6,) around boxes, None around none."""
    if not boxes:
        return None
    stacked = np.array(boxes)
    return np.concatenate([stacked[:, :3].min(axis=0), stacked[:, 3:].max(axis=0)])


def near(boxes: list[NDArray[np.float64]], reach_m: float) -> list[NDArray[np.float64]]:
    """The boxes (6,) that hang together with the first: none of them further than ``reach_m`` from the rest."""
    found, left = boxes[:1], boxes[1:]
    grew = bool(left)
    while grew:
        whole = around(found)
        assert whole is not None
        close = [box for box in left if _gap_m(whole, box) <= reach_m]
        left = [box for box in left if _gap_m(whole, box) > reach_m]
        found, grew = found + close, bool(close)
    return found


def _gap_m(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    apart = np.maximum(np.maximum(one[:3] - other[3:], other[:3] - one[3:]), 0.0)
    return float(np.linalg.norm(apart))
