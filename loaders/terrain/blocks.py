"""A raster thinned out by powers of two: blocks of pixels read through GDAL, and heights between their centres.

A position is a row and a column of pixel centres, with fractions. Block b of level l holds the pixels from b * 2^l on.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.terrain.heights import HeightRule
from loaders.terrain.raster import Floats, bilinear

Heights = NDArray[np.float32]
PAGE_BLOCKS = 256
_CACHE_BYTES = 96 * 1024 * 1024
_LEAST_ROWS = 16
# Of one tile; where a projection turns everything inside out, it gets fewer.
_MOST_BLOCKS = 4_000_000
_SLACK = 1e-6
_SAY = 1e-3  # the least share that each of the blocks around a gap has


def num_blocks(pixels: int, level: int) -> int:
    """Blocks over so many pixels; the last may be smaller."""
    return -(-pixels >> level)


def centres(pixels: int, level: int, span: tuple[int, int]) -> Floats:
    """The positions (n,) of the middles of blocks ``span`` along an axis of so many pixels."""
    first = np.arange(*span, dtype=np.int64) << level
    return np.asarray((first + np.minimum(first + (1 << level), pixels) - 1) / 2.0)


def read_blocks(
    dataset: Any, rule: HeightRule, level: int, rows: tuple[int, int], columns: tuple[int, int]
) -> tuple[Heights, int]:
    """Heights (rows, columns) of blocks, NaN without one, and how many were impossible; raises what GDAL raises."""
    from rasterio.enums import Resampling
    from rasterio.windows import Window

    found = np.full((rows[1] - rows[0], columns[1] - columns[0]), np.nan, np.float32)
    method = Resampling[rule.method if level else "nearest"]
    odd = 0
    for top, bottom in _even(dataset.height, level, rows):
        for left, right in _even(dataset.width, level, columns):
            height = min(bottom << level, dataset.height) - (top << level)
            width = min(right << level, dataset.width) - (left << level)
            window = Window(left << level, top << level, width, height)
            part = rule.in_metres(_stored(dataset, rule.band, window, (bottom - top, right - left), method))
            odd += rule.cut(part)
            found[top - rows[0] : bottom - rows[0], left - columns[0] : right - columns[0]] = part
    return found, odd


def _stored(dataset: Any, band: int, window: Any, shape: tuple[int, int], method: Any) -> np.ma.MaskedArray[Any, Any]:
    """Numbers as they are, masked where there are none.

    A mask that only says where the mark for "no height" stands is not asked for: that would unpack everything twice.
    """
    flags = {flag.name for flag in dataset.mask_flag_enums[band - 1]}
    has_mask = not flags <= {"all_valid", "nodata"}
    found = dataset.read(band, window=window, out_shape=shape, masked=has_mask, resampling=method)
    mark = dataset.nodatavals[band - 1]
    if has_mask or mark is None or not _can_hold(found.dtype, mark):
        return np.ma.asarray(found)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.ma.masked_array(found, found == np.asarray(mark).astype(found.dtype))


def _can_hold(kind: np.dtype[Any], mark: float) -> bool:
    """Whether numbers of a kind can be the mark; one beyond them would become another number."""
    if kind.kind not in "iu":
        return True
    limits = np.iinfo(kind)
    return math.isfinite(mark) and mark == math.floor(mark) and limits.min <= mark <= limits.max


def _even(pixels: int, level: int, span: tuple[int, int]) -> list[tuple[int, int]]:
    """A span of blocks as one of whole ones and, at the end of the raster, one that is not whole."""
    whole = min(span[1], pixels >> level)
    return [part for part in ((span[0], whole), (max(whole, span[0]), span[1])) if part[0] < part[1]]


def halved(blocks: Heights, size: tuple[int, int], level: int) -> Heights:
    """The blocks of the next level, from all of ``level`` of a raster of ``size``: means of the known pixels."""
    known = np.isfinite(blocks)
    weight = known * np.outer(*(_counts(pixels, level) for pixels in size))
    total = np.where(known, blocks, 0.0) * weight
    count, summed = _of_four(weight), _of_four(total)
    return np.where(count > 0, summed / np.maximum(count, 1.0), np.nan).astype(np.float32)


def _counts(pixels: int, level: int) -> Floats:
    """Pixels (n,) in each block along an axis."""
    first = np.arange(num_blocks(pixels, level), dtype=np.int64) << level
    return np.asarray(np.minimum(first + (1 << level), pixels) - first, np.float64)


def _of_four(values: Floats) -> Floats:
    rows, columns = values.shape
    padded = np.pad(values, ((0, rows % 2), (0, columns % 2)))
    found: Floats = padded.reshape(padded.shape[0] // 2, 2, padded.shape[1] // 2, 2).sum(axis=(1, 3))
    return found


def heights_between(values: Heights, at: tuple[Floats, Floats], row: Floats, column: Floats) -> Floats:
    """Heights at positions, between blocks whose middles are ``at``; beyond the outermost middles straight on.

    A block that is missing does not count where others are there: nothing that is known vanishes from afar.
    """
    (i, v), (j, h) = _share(at[0], row), _share(at[1], column)
    found = _mixed(values, (i, v), (j, h))
    gaps = ~np.isfinite(found)
    if gaps.any():
        i, j = i[gaps], j[gaps]
        v, h = (np.clip(share[gaps], _SAY, 1.0 - _SAY) for share in (v, h))
        known = np.isfinite(values)
        weight = _mixed(known.astype(np.float32), (i, v), (j, h))
        total = _mixed(np.where(known, values, np.float32(0.0)), (i, v), (j, h))
        found[gaps] = np.where(weight > 0.0, total / np.where(weight > 0.0, weight, 1.0), np.nan)
    return found


def _share(middles: Floats, position: Floats) -> tuple[NDArray[np.int64], Floats]:
    """The block before each position, and the share of the way to the next one."""
    if len(middles) == 1:
        return np.zeros(position.shape, np.int64), np.zeros(position.shape)
    before = np.clip(np.searchsorted(middles, position, "right") - 1, 0, len(middles) - 2)
    return before, (position - middles[before]) / (middles[before + 1] - middles[before])


def _mixed(values: Heights, down: tuple[Any, Floats], across: tuple[Any, Floats]) -> Floats:
    (i, v), (j, h) = down, across
    below, right = np.minimum(i + 1, values.shape[0] - 1), np.minimum(j + 1, values.shape[1] - 1)
    upper = values[i, j] * (1.0 - h) + values[i, right] * h
    lower = values[below, j] * (1.0 - h) + values[below, right] * h
    return np.asarray(upper * (1.0 - v) + lower * v, np.float64)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file stores its pixels: its ``size`` (rows, columns), and whether in strips over the whole width."""

    size: tuple[int, int]
    in_strips: bool

    def page(self, level: int) -> tuple[int, int]:
        """Rows and columns of blocks that are read at once: of strips, all that they hold."""
        if not self.in_strips:
            return PAGE_BLOCKS, PAGE_BLOCKS
        across = max(num_blocks(self.size[1], level), 1)
        return min(max(4 * PAGE_BLOCKS * PAGE_BLOCKS // across, _LEAST_ROWS), PAGE_BLOCKS), across


ReadPage = Callable[[int, tuple[int, int], tuple[int, int]], Heights | None]


class Blocks:
    """Heights of any level at any position, from pages that are kept for a while. Any thread.

    ``read_page(level, rows, columns)`` gives blocks, None where they cannot be read: a hole, which is tried again
    the next time. What it raises goes through. Every value comes from the same page
    whoever asks, so that tiles agree on their borders.
    """

    def __init__(self, layout: Layout, read_page: ReadPage) -> None:
        self._layout = layout
        self._read_page = read_page
        self._pages: OrderedDict[tuple[int, int, int], Heights] = OrderedDict()
        self._num_bytes = 0
        self._lock = threading.Lock()

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of the raster."""
        return self._layout.size

    def heights_m(self, level: int, row: Floats, column: Floats) -> Floats:
        """Heights (any shape) at positions; NaN outside the raster and in holes."""
        rows, columns = self._layout.size
        with np.errstate(invalid="ignore"):
            inside = (
                (row >= -_SLACK) & (row <= rows - 1 + _SLACK) & (column >= -_SLACK) & (column <= columns - 1 + _SLACK)
            )
        found = np.full(row.shape, np.nan)
        if not inside.any():
            return found
        row, column = np.clip(row[inside], 0.0, rows - 1.0), np.clip(column[inside], 0.0, columns - 1.0)
        while True:
            spans = _needed(rows, level, row), _needed(columns, level, column)
            if math.prod(last - first for first, last in spans) <= _MOST_BLOCKS:
                break
            level += 1
        values = self._values(level, *spans)
        if level:
            at = centres(rows, level, spans[0]), centres(columns, level, spans[1])
            found[inside] = heights_between(values, at, row, column)
        else:
            found[inside] = bilinear(values, row - spans[0][0], column - spans[1][0])
        return found

    def _values(self, level: int, rows: tuple[int, int], columns: tuple[int, int]) -> Heights:
        high, wide = self._layout.page(level)
        found = np.full((rows[1] - rows[0], columns[1] - columns[0]), np.nan, np.float32)
        for i in range(rows[0] // high, -(-rows[1] // high)):
            for j in range(columns[0] // wide, -(-columns[1] // wide)):
                page = self._page(level, i, j)
                (a, b), (c, d) = _common(rows, i * high, len(page)), _common(columns, j * wide, page.shape[1])
                part = page[a - i * high : b - i * high, c - j * wide : d - j * wide]
                found[a - rows[0] : b - rows[0], c - columns[0] : d - columns[0]] = part
        return found

    def _page(self, level: int, i: int, j: int) -> Heights:
        key = (level, i, j)
        with self._lock:
            known = self._pages.get(key)
            if known is not None:
                self._pages.move_to_end(key)
                return known
        spans = [
            (number * count, min((number + 1) * count, num_blocks(pixels, level)))
            for number, count, pixels in zip((i, j), self._layout.page(level), self._layout.size, strict=True)
        ]
        page = self._read_page(level, spans[0], spans[1])
        if page is None:
            return np.full([last - first for first, last in spans], np.nan, np.float32)
        self._keep(key, page)
        return page

    def _keep(self, key: tuple[int, int, int], page: Heights) -> None:
        with self._lock:
            if key in self._pages:
                return
            self._pages[key] = page
            self._num_bytes += page.nbytes
            while self._num_bytes > _CACHE_BYTES and len(self._pages) > 1:
                self._num_bytes -= self._pages.popitem(last=False)[1].nbytes


def _needed(pixels: int, level: int, positions: Floats) -> tuple[int, int]:
    """The blocks that heights at positions need: those around them, two at least where there are so many."""
    size, count = 1 << level, num_blocks(pixels, level)
    middle = (size - 1) / 2.0
    first = min(max(math.floor((float(positions.min()) - middle) / size), 0), max(count - 2, 0))
    last = min(max(math.floor((float(positions.max()) - middle) / size) + 2, first + 2), count)
    return first, last


def _common(span: tuple[int, int], start: int, count: int) -> tuple[int, int]:
    return max(span[0], start), min(span[1], start + count)
