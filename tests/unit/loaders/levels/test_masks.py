"""Plans of blocks: what is thin goes, what is massive stays; walls nearly square become square."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from loaders.levels.masks import closed, massive, opened, without_ledges
from loaders.levels.outlines import squared

MASKS = arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))


def _by_squares(mask: np.ndarray, width: int) -> np.ndarray:
    """Opening, cell by cell."""
    found = np.zeros_like(mask)
    for row in range(mask.shape[0] - width + 1):
        for column in range(mask.shape[1] - width + 1):
            square = np.s_[row : row + width, column : column + width]
            if mask[square].all():
                found[square] = True
    return found


@given(MASKS, st.integers(2, 4))
def test_opening_is_the_union_of_the_squares_inside(mask: np.ndarray, width: int) -> None:
    if min(mask.shape) >= width:
        assert (opened(mask, width) == _by_squares(mask, width)).all()


@given(MASKS, st.integers(1, 4))
def test_opening_takes_and_closing_gives(mask: np.ndarray, width: int) -> None:
    assert not (opened(mask, width) & ~mask).any()
    assert not (mask & ~closed(mask, width)).any()


@given(MASKS, MASKS, st.integers(1, 4))
def test_a_step_grows_by_ledges_only(one: np.ndarray, other: np.ndarray, width: int) -> None:
    if one.shape == other.shape:
        grown = without_ledges(one & other, other, width)
        assert not (grown & ~other).any()
        assert not (one & other & ~grown).any()


def test_a_finger_goes_a_wall_stays_and_a_slit_closes() -> None:
    plan = np.zeros((20, 30), bool)
    plan[4:16, 4:20] = True
    plan[8, 20:28] = True  # a finger
    plan[4:16, 10] = False  # a slit
    wanted = np.zeros_like(plan)
    wanted[4:16, 4:20] = True
    assert (massive(plan, 3) == wanted).all()
    fence = np.zeros_like(plan)
    fence[5, :] = True
    assert (massive(fence, 3) == fence).all()


def test_nearly_square_walls_become_square_and_slanted_ones_stay() -> None:
    crooked = shapely.Polygon([(0, 0), (10, 0.4), (10.3, 5), (7, 8), (0.2, 8)])
    made = squared(crooked)
    edges = np.diff(np.asarray(made.exterior.coords), axis=0)
    slanted = edges[(np.abs(edges) > 1e-9).all(axis=1)]
    assert len(slanted) == 1
    assert made.area == pytest.approx(crooked.area, rel=0.06)


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=3, max_size=9))
def test_any_sound_outline_stays_sound_and_keeps_its_size(points: list[tuple[float, float]]) -> None:
    outline = shapely.MultiPoint(points).convex_hull
    if outline.geom_type == "Polygon" and outline.area > 1e-3:
        made = squared(outline)
        assert made.is_valid
        assert made.area == pytest.approx(outline.area, rel=0.2)
