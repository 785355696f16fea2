"""Sections: half-spaces against brute force."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scenes.model.view import SectionBox, SectionPlane, ViewState
from scenes.visuals.sections import half_spaces, is_kept, kept_interval, shifted

numbers = st.floats(-50.0, 50.0)
vectors = st.tuples(numbers, numbers, numbers)


def cut_view(planes, box=None) -> ViewState:
    view = ViewState()
    view.section_planes = tuple(SectionPlane(origin, normal) for origin, normal in planes)
    view.section_box = box
    return view


@given(st.lists(st.tuples(vectors, vectors), max_size=4), vectors, vectors.filter(lambda v: np.linalg.norm(v) > 1.0))
def test_the_kept_interval_is_where_the_points_are_kept(planes, origin, direction) -> None:
    cuts = half_spaces(cut_view(planes, SectionBox((-40.0, -40.0, -40.0, 40.0, 40.0, 40.0))))
    start, along = np.asarray(origin), np.asarray(direction) / np.linalg.norm(direction)
    near, far = kept_interval(cuts, start, along)
    distances = np.linspace(0.0, 200.0, 401)
    kept = is_kept(cuts, start + distances[:, None] * along, slack_m=0.0)
    told = (distances >= near) & (distances <= far)
    doubtful = (np.abs(distances - near) < 1e-6) | (np.abs(distances - far) < 1e-6)
    heights = cuts[:, :3] @ along
    if (np.abs(heights) < 1e-9).any():
        return
    assert (kept == told)[~doubtful].all()


def test_planes_cut_the_side_their_normal_points_to() -> None:
    cuts = half_spaces(cut_view([((0.0, 0.0, 5.0), (0.0, 0.0, 3.0))]))
    assert is_kept(cuts, np.array([[0.0, 0.0, 4.0], [0.0, 0.0, 6.0]])).tolist() == [True, False]


def test_disabled_and_senseless_sections_cut_nothing() -> None:
    view = cut_view([((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))], SectionBox((0.0,) * 6, enabled=False))
    view.section_planes += (SectionPlane((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), enabled=False),)
    assert len(half_spaces(view)) == 0


def test_shifting_the_origin_moves_the_cuts_along() -> None:
    origin = np.array([5e5, 3.4e6, 20.0])
    cuts = half_spaces(cut_view([((5e5, 3.4e6, 25.0), (0.3, 0.2, 1.0))]))
    points = origin + np.random.default_rng(1).uniform(-20.0, 20.0, (200, 3))
    assert (is_kept(cuts, points) == is_kept(shifted(cuts, origin), points - origin)).all()
