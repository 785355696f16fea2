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
