"""The tile tree: every leaf once, boxes that hold what is below them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from loaders.tileset.meta import TileExtras
from loaders.tileset.tree import CHILDREN, Leaf, build_tree


def leaves_of(count: int, seed: int) -> list[Leaf]:
    rng = np.random.default_rng(seed)
    low = rng.normal(size=(count, 3)) * [500, 500, 20]
    high = low + rng.random((count, 3)) * 30
    return [
        Leaf(f"tiles/{i}.glb", TileExtras(i, 6, 1, 1, tuple(low[i].tolist()), (*low[i].tolist(), *high[i].tolist())))
        for i in range(count)
    ]


def box_of(tile: dict, origin: np.ndarray) -> np.ndarray:
    box = np.array(tile["boundingVolume"]["box"])
    half = box[[3, 7, 11]]
    return np.concatenate([box[:3] + origin - half, box[:3] + origin + half])


def walk(tile: dict, seen: list[str], depth: int = 0) -> tuple[np.ndarray, int]:
    """The box around all content below, and the depth."""
    if "content" in tile:
        seen.append(tile["content"]["uri"])
        return box_of(tile, np.array(tile["transform"][12:15])), depth
    assert len(tile["children"]) <= CHILDREN
    below = [walk(child, seen, depth + 1) for child in tile["children"]]
    boxes = np.array([box for box, _ in below])
    around = np.concatenate([boxes[:, :3].min(axis=0), boxes[:, 3:].max(axis=0)])
    own = box_of(tile, np.zeros(3))
    assert (own[:3] <= around[:3] + 1e-6).all()
    assert (own[3:] >= around[3:] - 1e-6).all()
    assert all(child["geometricError"] <= tile["geometricError"] for child in tile["children"])
    return around, max(deep for _, deep in below)


@given(count=st.integers(1, 300), seed=st.integers(0, 1000))
def test_every_leaf_once_in_a_balanced_tree(count: int, seed: int) -> None:
    seen: list[str] = []
    _, depth = walk(build_tree(leaves_of(count, seed)), seen)
    assert sorted(seen) == sorted(f"tiles/{i}.glb" for i in range(count))
    assert depth <= np.ceil(np.log2(max(count, 2)) / 3) + 1


def test_equal_boxes_still_split() -> None:
    leaf = leaves_of(1, 0)[0]
    seen: list[str] = []
    walk(build_tree([leaf] * 100), seen)
    assert len(seen) == 100


def test_neighbours_share_a_node() -> None:
    west, east = [], []
    for index, leaf in enumerate(leaves_of(16, 3)):
        shift = 10_000.0 if index % 2 else 0.0
        bounds = np.add(leaf.extras.bounds_m, (shift, 0, 0, shift, 0, 0))
        moved = Leaf(leaf.uri, TileExtras(index, 6, 1, 1, tuple(bounds[:3].tolist()), tuple(bounds.tolist())))
        (east if index % 2 else west).append(moved)
    mixed = [leaf for pair in zip(west, east, strict=True) for leaf in pair]
    for child in build_tree(mixed)["children"]:
        box = box_of(child, np.zeros(3) if "content" not in child else np.array(child["transform"][12:15]))
        assert box[3] - box[0] < 8_000


def test_no_leaves_is_an_empty_root() -> None:
    assert "children" not in build_tree([])
