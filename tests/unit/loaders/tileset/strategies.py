"""Random mesh chunks that keep the contract."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from loaders.model.meshes import MeshChunk, Texture


@st.composite
def mesh_chunks(draw: st.DrawFn, max_row: int = 40) -> MeshChunk:
    """Up to six objects with random triangles, colours, transparency, maybe normals or a texture."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = draw(st.lists(st.integers(0, max_row), min_size=1, max_size=6, unique=True))
    if draw(st.booleans()):
        rows.sort()
    sizes = [draw(st.integers(3, 9)) for _ in rows]
    firsts = np.cumsum([0, *sizes[:-1]])
    triangles = [
        first + rng.integers(0, size, (draw(st.integers(1, 5)), 3)) for first, size in zip(firsts, sizes, strict=True)
    ]
    count = sum(sizes)
    normals = rng.normal(size=(count, 3)).astype(np.float32)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    textured = draw(st.booleans())
    return MeshChunk(
        origin_m=np.array(draw(st.tuples(*[st.floats(-5e6, 5e6)] * 3))),
        positions=(rng.normal(size=(count, 3)) * draw(st.sampled_from([0.01, 1.0, 300.0]))).astype(np.float32),
        triangles=np.concatenate(triangles).astype(np.uint32),
        rows=np.repeat(rows, sizes).astype(np.uint32),
        colours=rng.integers(0, 256, (count, 4)).astype(np.uint8),
        normals=normals if draw(st.booleans()) else None,
        uvs=rng.random((count, 2)).astype(np.float32) if textured else None,
        texture=Texture(rng.bytes(draw(st.integers(1, 50))), "image/jpeg") if textured else None,
        transparent=draw(st.booleans()),
    )


def assert_same(one: MeshChunk, other: MeshChunk) -> None:
    """All arrays, bit by bit."""
    for name in ("positions", "triangles", "rows", "colours", "normals", "uvs"):
        mine, theirs = getattr(one, name), getattr(other, name)
        assert (mine is None) == (theirs is None), name
        if mine is not None:
            assert mine.dtype == theirs.dtype, name
            np.testing.assert_array_equal(mine, theirs, err_msg=name)
    np.testing.assert_allclose(one.origin_m, other.origin_m, rtol=0, atol=1e-8)
    assert one.texture == other.texture
    assert one.transparent == other.transparent
