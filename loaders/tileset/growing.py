"""Tiles on their way to disk: what a plan asks for, written node by node."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from loaders.levels.plan import PlannedTile
from loaders.model.points import Chunk, is_empty, num_points, num_triangles
from loaders.tileset import chunks as chunk_tools
from loaders.tileset import meta as metas
from loaders.tileset.glb_write import write_glb
from loaders.tileset.objects import ObjectFigures
from loaders.tileset.tree import Branch


class TileWriting:
    """Writes tiles into a folder and notes what they hold; ``extras`` has an entry for each, in order."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.figures = ObjectFigures()
        self.extras: list[metas.TileExtras] = []
        self.num_triangles = self.num_points = 0  # of the objects themselves, not of what stands in for them

    def tree(self, planned: PlannedTile) -> Branch:
        """Write a planned tile and all below it."""
        branch = Branch(
            error_m=planned.error_m,
            replaces=planned.replaces,
            optional=planned.optional,
            given=planned.given,
            open_m=planned.open_m,
        )
        if planned.make is not None:
            chunks = [chunk for chunk in planned.make() if not is_empty(chunk)]
            if chunks:
                self._content(branch, chunks, planned)
        branch.children = [self.tree(child) for child in planned.children]
        return branch.close()

    def _content(self, branch: Branch, chunks: Sequence[Chunk], planned: PlannedTile) -> None:
        index = len(self.extras)
        branch.uri = f"tiles/{index:06d}.glb"
        branch.extras = write_tile(self._folder / branch.uri, index, planned.level, chunks, stands_in=planned.stands_in)
        self.extras.append(branch.extras)
        if not planned.stands_in:
            self.num_triangles += branch.extras.triangles
            self.num_points += branch.extras.points
            for chunk in chunks:
                self.figures.add(index, chunk_tools.object_runs(chunk))


def write_tile(
    path: Path, index: int, level: int, chunks: Sequence[Chunk], *, stands_in: bool = False
) -> metas.TileExtras:
    """Write chunks as one file about the first one's origin."""
    origin_m = np.asarray(chunks[0].origin_m, np.float64)
    num_bytes = write_glb(path, chunks, origin_m)
    bounds = np.array([chunk.bounds_m for chunk in chunks])
    return metas.TileExtras(
        index=index,
        level=int(level),
        triangles=sum(map(num_triangles, chunks)),
        points=sum(map(num_points, chunks)),
        bytes=num_bytes,
        origin_m=(float(origin_m[0]), float(origin_m[1]), float(origin_m[2])),
        bounds_m=(*bounds[:, :3].min(axis=0).tolist(), *bounds[:, 3:].max(axis=0).tolist()),
        stands_in=stands_in,
    )
