"""Feature edges and object runs against what one counts by hand."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from scenes.visuals.feature_edges import feature_edges
from scenes.visuals.object_runs import ObjectRuns

CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
CUBE = np.reshape(
    [0, 1, 3, 0, 3, 2, 4, 6, 7, 4, 7, 5, 0, 4, 5, 0, 5, 1, 2, 3, 7, 2, 7, 6, 0, 2, 6, 0, 6, 4, 1, 5, 7, 1, 7, 3],
    (12, 3),
).astype(np.uint32)


def lengths(points: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)


def test_a_cube_has_twelve_edges_and_no_diagonals() -> None:
    edges = feature_edges(CORNERS, CUBE)
    assert len(edges) == 12
    assert np.allclose(lengths(CORNERS, edges), 1.0)


def test_it_does_not_matter_whether_faces_share_their_points() -> None:
    apart = CORNERS[CUBE].reshape(-1, 3)
    edges = feature_edges(apart, np.arange(36, dtype=np.uint32).reshape(-1, 3))
    assert len(edges) == 12
    assert np.allclose(lengths(apart, edges), 1.0)


def test_a_gentle_bend_is_no_edge_but_a_border_is() -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [2, 0, 0.1], [2, 1, 0.1]], np.float32)
    triangles = np.array([[0, 1, 2], [0, 2, 3], [1, 4, 5], [1, 5, 2]])
    edges = {tuple(sorted(edge)) for edge in feature_edges(points, triangles).tolist()}
    assert (1, 2) not in edges
    assert len(edges) == 6


def test_nothing_and_degenerate_triangles_have_no_edges() -> None:
    assert len(feature_edges(CORNERS, CUBE[:0])) == 0
    assert len(feature_edges(CORNERS, np.array([[0, 0, 0], [1, 1, 2]]))) == 0


@given(hnp.arrays(np.uint32, st.integers(0, 60), elements=st.integers(0, 7)), st.sets(st.integers(0, 9), max_size=4))
def test_runs_find_all_elements_of_the_rows_asked_for(rows, wanted) -> None:
    runs = ObjectRuns(rows)
    asked = np.array(sorted(wanted), np.int64)
    assert sorted(runs.members(asked).tolist()) == np.flatnonzero(np.isin(rows, asked)).tolist()
    assert (np.diff(runs.rows) >= 0).all()
