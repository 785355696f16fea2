"""Blocks of pixels and the heights between them, against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.terrain import blocks as blocks_module
from loaders.terrain.blocks import Blocks, Layout, centres, halved, heights_between


def _blocks_of(values: np.ndarray, in_strips: bool) -> Blocks:
    def page(level: int, rows: tuple[int, int], columns: tuple[int, int]) -> np.ndarray:
        found = values
        for step in range(level):
            found = halved(found, values.shape, step)
        return found[slice(*rows), slice(*columns)]

    return Blocks(Layout((values.shape[0], values.shape[1]), in_strips), page)


@given(
    rows=st.integers(2, 70),
    columns=st.integers(2, 70),
    level=st.integers(0, 4),
    in_strips=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_height_that_is_known_is_seen_from_afar(
    rows: int, columns: int, level: int, in_strips: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(0.0, 1.0, (rows, columns)).astype(np.float32)
    values[rng.random(values.shape) < 0.6] = np.nan
    line_rows = np.minimum(np.arange(-(-(rows - 1) >> level) + 1) << level, rows - 1)
    line_columns = np.minimum(np.arange(-(-(columns - 1) >> level) + 1) << level, columns - 1)
    i, j = np.meshgrid(line_rows.astype(float), line_columns.astype(float), indexing="ij")
    found = _blocks_of(values, in_strips).heights_m(level, i, j)
    for row, column in np.argwhere(np.isfinite(values)):
        beside = [np.abs(lines - at) < (1 << level) for lines, at in ((line_rows, row), (line_columns, column))]
        near = beside[0][:, None] & beside[1][None, :]
        assert np.isfinite(found[near]).all()
    if level == 0:
        np.testing.assert_array_equal(found.astype(np.float32), values)


@given(st.integers(1, 200), st.integers(0, 6))
def test_middles_of_blocks_are_the_means_of_their_pixels(pixels: int, level: int) -> None:
    count = -(-pixels >> level)
    expected = [np.mean(range(b << level, min((b + 1) << level, pixels))) for b in range(count)]
    np.testing.assert_allclose(centres(pixels, level, (0, count)), expected)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 6))
def test_between_blocks_a_plane_is_a_plane(seed: int, rows: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    at = np.sort(rng.choice(100, rows, replace=False)) * 1.0, np.sort(rng.choice(100, columns, replace=False)) * 1.0
    slope = rng.normal(0, 1, 2) * (np.array([rows, columns]) > 1)
    values = (slope[0] * at[0][:, None] + slope[1] * at[1][None, :]).astype(np.float32)
    # Not far beyond them: float32 steps of two neighbours grow with the distance.
    row, column = (rng.uniform(lines.min() - 5, lines.max() + 5, 40) for lines in at)
    expected = slope[0] * row + slope[1] * column
    np.testing.assert_allclose(heights_between(values, at, row, column), expected, atol=2e-3)


MARKS = [
    ("uint16", -9999.0, False),
    ("uint16", 65535.0, True),
    ("int16", 0.5, False),
    ("int16", -32768.0, True),
    ("uint8", np.nan, False),
    ("float32", -3.4028234663852886e38, True),
]


@pytest.mark.parametrize(("kind", "mark", "fits"), MARKS)
def test_a_mark_that_no_sample_can_be_marks_nothing(kind: str, mark: float, fits: bool) -> None:
    assert blocks_module._can_hold(np.dtype(kind), mark) == fits


def test_pages_in_memory_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks_module, "_CACHE_BYTES", 1_000_000)
    values = np.broadcast_to(np.float32(1.0), (20_000, 20_000))
    given_ = Blocks(Layout((20_000, 20_000), False), lambda _l, r, c: np.array(values[slice(*r), slice(*c)]))
    for start in range(0, 19_000, 700):
        row, column = np.meshgrid(np.arange(start, start + 130.0), np.arange(start, start + 130.0), indexing="ij")
        assert (given_.heights_m(0, row, column) == 1.0).all()
        assert given_._num_bytes <= 1_000_000
