"""The tile tree: every tile once, boxes that hold what is below them, transforms that add up."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from loaders.tileset.meta import TileExtras
from loaders.tileset.tree import CHILDREN, Branch, tile_json


def tiles_of(count: int, seed: int) -> list[Branch]:
    rng = np.random.default_rng(seed)
    low = rng.normal(size=(count, 3)) * [500, 500, 20]
    high = low + rng.random((count, 3)) * 30
    return [
        Branch(
            f"tiles/{i}.glb", TileExtras(i, 6, 1, 1, tuple(low[i].tolist()), (*low[i].tolist(), *high[i].tolist()))
        ).close()
        for i in range(count)
    ]


def group(branches: list[Branch]) -> Branch:
    return Branch(error_m=np.inf, children=branches).close()


def box_of(tile: dict, origin: np.ndarray) -> np.ndarray:
    box = np.array(tile["boundingVolume"]["box"])
    half = box[[3, 7, 11]]
    return np.concatenate([box[:3] + origin - half, box[:3] + origin + half])


def walk(tile: dict, seen: dict[str, np.ndarray], above: np.ndarray, depth: int = 0) -> tuple[np.ndarray, int]:
    """The box around everything below, and the depth; ``seen`` gets the box of each tile in the model frame."""
    origin = above + np.array(tile.get("transform", np.eye(4).ravel())[12:15])
    own = box_of(tile, origin)
    boxes, depths = [], [depth]
    if "content" in tile:
        seen[tile["content"]["uri"]] = own
    for child in tile.get("children", ()):
        box, deep = walk(child, seen, origin, depth + 1)
        boxes.append(box)
        depths.append(deep)
        assert child["geometricError"] <= tile["geometricError"]
    assert len(boxes) <= CHILDREN
    for box in boxes:
        assert (own[:3] <= box[:3] + 1e-6).all()
        assert (own[3:] >= box[3:] - 1e-6).all()
    return own, max(depths)


@given(count=st.integers(1, 300), seed=st.integers(0, 1000))
def test_every_tile_once_in_a_balanced_tree(count: int, seed: int) -> None:
    seen: dict[str, np.ndarray] = {}
    tiles = tiles_of(count, seed)
    _, depth = walk(tile_json(group(tiles)), seen, np.zeros(3))
    assert sorted(seen) == sorted(f"tiles/{i}.glb" for i in range(count))
    assert depth <= np.ceil(np.log2(max(count, 2)) / 3) + 1
    for tile in tiles:
        np.testing.assert_allclose(seen[tile.uri], tile.around_m, atol=2e-3)


def test_equal_boxes_still_split() -> None:
    seen: dict[str, np.ndarray] = {}
    tiles = tiles_of(100, 0)
    for tile in tiles:
        tile.around_m = tiles[0].around_m
    walk(tile_json(group(tiles)), seen, np.zeros(3))
    assert len(seen) == 100


def test_tiles_below_tiles_with_content_are_where_they_belong() -> None:
    low, middle, high = tiles_of(3, 5)
    middle.children, middle.replaces = [high], True
    low.children = [group([middle.close()])]
    low.error_m, middle.error_m = 3.0, 50.0
    document = tile_json(low.close())
    seen: dict[str, np.ndarray] = {}
    walk(document, seen, np.zeros(3))
    np.testing.assert_allclose(seen[high.uri], high.around_m, atol=2e-3)
    np.testing.assert_allclose(seen[low.uri], low.around_m, atol=2e-3)
    assert document["refine"] == "ADD"
    assert document["children"][0]["children"][0]["refine"] == "REPLACE"
    assert document["geometricError"] >= 50.0, "no less than below"
    assert document["extras"]["citytwin"]["error_m"] == 3.0


def test_neighbours_share_a_node() -> None:
    tiles = tiles_of(16, 3)
    for index, tile in enumerate(tiles):
        shift = 10_000.0 if index % 2 else 0.0
        tile.around_m = tile.around_m + np.array([shift, 0, 0, shift, 0, 0])
    for child in group(tiles).children:
        assert child.around_m[3] - child.around_m[0] < 8_000


def test_nothing_is_an_empty_root() -> None:
    assert "children" not in tile_json(Branch().close())
