"""Places and boxes, against looking at every box."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scenes.model.scene import ObjectRef
from twin_app.usecases.nearby import Nearby

sides = st.integers(-20, 20)
boxes = st.lists(st.tuples(sides, sides, st.integers(0, 9), st.integers(0, 9)), max_size=12)


@given(boxes, st.tuples(sides, sides), st.integers(0, 8))
def test_the_smallest_around_a_place_or_else_the_nearest(
    given: list[tuple[int, int, int, int]], place: tuple[int, int], reach_m: int
) -> None:
    whole = np.array([[x, y, 0, x + w, y + d, 3] for x, y, w, d in given], float).reshape(-1, 6)
    refs = [ObjectRef("a", row) for row in range(len(given))]
    found = Nearby(refs, whole).at(np.array(place, float), float(reach_m))
    away = [
        np.hypot(max(x - place[0], place[0] - x - w, 0), max(y - place[1], place[1] - y - d, 0)) for x, y, w, d in given
    ]
    if not given or min(away) > reach_m:
        assert found is None
        return
    nearest = [row for row, one in enumerate(away) if one == min(away)]
    assert found is not None
    assert found.row in nearest
    assert given[found.row][2] * given[found.row][3] == min(given[row][2] * given[row][3] for row in nearest)
