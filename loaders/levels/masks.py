"""Cells of a plan without what is too thin to be part of a mass: fingers, slits, ledges, pinholes."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def opened(mask: Mask, width: int) -> Mask:
    """The cells that some square of ``width`` x ``width`` cells inside the mask covers (morphological opening)."""
    if width < 2 or min(mask.shape) < width:
        return mask
    eroded = sliding_window_view(mask, (width, width)).all(axis=(2, 3))
    grown = sliding_window_view(np.pad(eroded, width - 1), (width, width)).any(axis=(2, 3))
    return np.asarray(grown)


def closed(mask: Mask, width: int) -> Mask:
    """The mask with gaps filled that no such square fits into."""
    return ~opened(~np.pad(mask, width), width)[width:-width, width:-width] if width > 1 else mask


def massive(mask: Mask, width: int) -> Mask:
    """Without slits and fingers; what is thin as a whole stays as it is."""
    whole = closed(mask, width)
    bare = opened(whole, width)
    return bare if 2 * int(bare.sum()) >= int(whole.sum()) else whole


def without_ledges(upper: Mask, lower: Mask, width: int) -> Mask:
    """``upper`` and what of ``lower`` beside it is too narrow to be a step of its own."""
    return upper | (lower & ~upper & ~opened(lower & ~upper, width))
