"""Pieces of chunks taken apart and put together; tiles by place and by size."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.levels.parts import TILE_TRIANGLES, tiles_by_place, tree_by_size
from loaders.levels.pieces import Pieces
from loaders.levels.plan import PlannedTile
from loaders.model.meshes import MeshChunk
from tests.unit.loaders.levels.making import boxes_chunk


def corners_of(chunks: Sequence[MeshChunk]) -> Counter[tuple[object, ...]]:
    """Each triangle with its owner, by its corners to a centimetre."""
    found: Counter[tuple[object, ...]] = Counter()
    for chunk in chunks:
        points = np.rint((chunk.positions + chunk.origin_m) * 100).astype(int)
        for triangle in chunk.triangles:
            found[(int(chunk.rows[triangle[0]]), *map(tuple, points[triangle].tolist()))] += 1
    return found


def all_tiles(tile: PlannedTile) -> list[PlannedTile]:
    """The tile and all below it."""
    return [tile, *(below for child in tile.children for below in all_tiles(child))]


@st.composite
def _chunks(draw: st.DrawFn) -> list[MeshChunk]:
    chunks = []
    for _ in range(draw(st.integers(1, 4))):
        rows = draw(st.lists(st.integers(0, 5), min_size=1, max_size=5))
        alpha = draw(st.sampled_from([255, 90]))
        place = draw(st.integers(-24_000, 24_000)) / 8.0  # exact in float32
        boxes = [(i, 0, 0, i + 1, 2, 3) for i in range(len(rows))]
        chunks.append(boxes_chunk(boxes, rows, (9, 8, 7, alpha), origin_m=(place, 0, 0)))
    return chunks


@settings(max_examples=60, deadline=None)
@given(_chunks())
def test_pieces_put_together_again_are_what_they_were(chunks: list[MeshChunk]) -> None:
    pieces = Pieces.of(chunks)
    shuffled = pieces.take(np.random.default_rng(0).permutation(len(pieces)))
    together = shuffled.together()
    assert corners_of(together) == corners_of(chunks)
    for chunk in together:
        assert (np.diff(chunk.rows.astype(int)) >= 0).all()
        assert ((chunk.colours[:, 3] < 255) == chunk.transparent).all()


def test_tiles_by_place_and_by_size_hold_each_object_once() -> None:
    rng = np.random.default_rng(1)
    low = rng.uniform(0, 500, (12_000, 3))
    boxes = np.concatenate([low, low + rng.uniform(0.1, 5.0, (12_000, 3))], axis=1)
    pieces = Pieces.of([boxes_chunk(boxes.tolist())])
    for tiles in (tiles_by_place(pieces, 6), all_tiles(tree_by_size(pieces, 6))):
        made = [tile.make() for tile in tiles if tile.make is not None]
        assert len(made) > 2
        assert all(sum(len(c.triangles) for c in chunks) <= TILE_TRIANGLES for chunks in made)
        held = np.concatenate([np.unique(chunk.rows) for chunks in made for chunk in chunks])
        assert np.sort(held).tolist() == list(range(12_000))


def test_by_size_the_largest_come_first_and_the_error_is_what_still_lacks() -> None:
    low = np.random.default_rng(2).uniform(0, 200, (9_000, 3))
    sizes = np.linspace(9.0, 0.1, 9_000)[:, None]
    root = tree_by_size(Pieces.of([boxes_chunk(np.concatenate([low, low + sizes], axis=1).tolist())]), 6)
    assert root.make is not None
    first = np.unique(np.concatenate([chunk.rows for chunk in root.make()]))
    assert first.tolist() == list(range(len(first)))
    assert root.error_m == np.float64(root.error_m)
    assert abs(root.error_m - sizes[len(first), 0] * np.sqrt(3)) < 1e-3
    for tile in all_tiles(root):
        assert all(child.error_m <= tile.error_m for child in tile.children)
