"""Which boxes a picture's depths cover, beside looking at every pixel."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scenes.visuals.batch_parts import BatchParts, boxes_of
from scenes.visuals.depth_pyramid import BoxesOnPicture, DepthPyramid
from tests.unit.loaders.levels.making import boxes_chunk

NEAR, FAR = 1.0, 200.0
# OpenGL's perspective matrix for 90 degrees both ways, looking along -z (OpenGL 4.6, compatibility profile, 12.1.2).
PERSPECTIVE = np.array(
    [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, -(FAR + NEAR) / (FAR - NEAR), -2 * FAR * NEAR / (FAR - NEAR)], [0, 0, -1, 0]]
)


def _depth_of(distance_m: np.ndarray | float) -> np.ndarray | float:
    return (FAR / (FAR - NEAR)) * (1.0 - NEAR / distance_m)


@given(st.integers(0, 2**32 - 1), st.integers(9, 90), st.integers(9, 90))
def test_covered_is_what_lies_behind_every_pixel_of_its_rectangle(seed: int, width: int, height: int) -> None:
    chance = np.random.default_rng(seed)
    distances = np.where(chance.random((height, width)) < 0.02, FAR, chance.uniform(5.0, 30.0, (height, width)))
    if chance.random() < 0.5:
        distances = np.minimum(distances, 30.0)
    low = np.column_stack([chance.uniform(-60, 60, (60, 2)), chance.uniform(-90, -2, 60)])
    boxes = np.concatenate([low, low + chance.uniform(0.5, 15.0, (60, 3))], axis=1)
    seen = BoxesOnPicture.of(boxes, PERSPECTIVE)
    covered = DepthPyramid(_depth_of(distances).astype(np.float32)).covers(seen, 1e-6)
    for box, is_covered in zip(boxes, covered.tolist(), strict=True):
        if is_covered:
            assert _is_behind_all(box, distances)


def _is_behind_all(box: np.ndarray, distances: np.ndarray) -> bool:
    height, width = distances.shape
    corners = np.array([[x, y, z] for x in box[[0, 3]] for y in box[[1, 4]] for z in box[[2, 5]]])
    assert (corners[:, 2] < 0.0).all()
    across = (corners[:, :2] / -corners[:, 2:] + 1.0) / 2.0 * [width, height]
    x0, y0 = np.maximum(np.floor(across.min(axis=0)).astype(int), 0)
    x1, y1 = np.ceil(across.max(axis=0)).astype(int)
    return bool((distances[y0 : max(y1, 0), x0 : max(x1, 0)] < -corners[:, 2].max() + 1e-3).all())


def test_a_wall_covers_what_stands_behind_it_and_nothing_beside_it() -> None:
    depths = np.ones((80, 80), np.float32)
    depths[:, :64] = _depth_of(10.0)
    behind, before, beside = [-15, -2, -40, -10, 2, -30], [-5, -2, -8, -3, 2, -6], [24, -2, -40, 34, 2, -30]
    seen = BoxesOnPicture.of(np.array([behind, before, beside], np.float64), PERSPECTIVE)
    assert DepthPyramid(depths).covers(seen, 1e-6).tolist() == [True, False, False]


def test_what_reaches_to_the_eye_is_never_covered() -> None:
    depths = np.full((80, 80), _depth_of(1.5), np.float32)
    seen = BoxesOnPicture.of(np.array([[-5.0, -5.0, -50.0, 5.0, 5.0, 5.0]]), PERSPECTIVE)
    assert not DepthPyramid(depths).covers(seen, 1e-6).any()


@given(st.integers(0, 2**32 - 1), st.floats(0.0, 0.5))
def test_outside_is_what_has_no_point_on_the_picture(seed: int, margin: float) -> None:
    chance = np.random.default_rng(seed)
    low = chance.uniform(-60, 60, (40, 3))
    boxes = np.concatenate([low, low + chance.uniform(0.5, 30.0, (40, 3))], axis=1)
    outside = BoxesOnPicture.of(boxes, PERSPECTIVE).outside(margin)
    for box in boxes[outside]:
        points = chance.uniform(box[:3], box[3:], (300, 3))
        ahead = points[points[:, 2] < -1e-6]
        assert not (np.abs(ahead[:, :2]) < -ahead[:, 2:]).all(axis=1).any()


def test_a_batch_is_a_few_boxes_that_hold_all_of_it() -> None:
    chance = np.random.default_rng(3)
    low = np.column_stack([chance.uniform(0, 300, (200, 2)), np.zeros(200)])
    chunk = boxes_chunk(np.concatenate([low, low + chance.uniform(2, 20, (200, 3))], axis=1).tolist())
    boxes = boxes_of(chunk)
    assert 4 <= len(boxes) <= 16
    points = chunk.positions + chunk.origin_m
    for row in range(200):
        own = points[chunk.rows == row]
        assert ((own.min(axis=0) >= boxes[:, :3]) & (own.max(axis=0) <= boxes[:, 3:])).all(axis=1).any()
    assert len(boxes_of(boxes_chunk([(0, 0, 0, 1, 1, 1), (9, 9, 9, 10, 10, 10)]))) == 2


def test_parts_move_with_their_layer_and_forget_what_was_seen_of_them() -> None:
    class Batch:
        chunk = boxes_chunk([(0, 0, 0, 1, 1, 1)])

    parts = BatchParts.of(Batch())
    here, there = np.eye(4), np.eye(4)
    there[:3, 3] = 5.0
    parts.place(here)
    parts.behind[:] = True
    parts.place(here)
    assert parts.behind.all()
    parts.place(there)
    assert not parts.behind.any()
    assert parts.boxes_m.tolist() == [[5, 5, 5, 6, 6, 6]]
