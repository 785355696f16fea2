"""Tilesets converted and looked at without a renderer: what is on show, as points and rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from loaders.convert import ConvertOptions, ConvertReport, convert
from loaders.detail import DetailedTiles, open_for_drawing
from loaders.model.errors import CityTwinError, Finding
from loaders.model.points import Chunk, PointChunk
from loaders.model.tiles import Shared, TileContent
from loaders.tileset import Tileset
from scenes.streaming import Eye, Limits, Streamer


@dataclass
class Sink:
    """Keeps what is uploaded and shown."""

    here: dict[int, TileContent] = field(default_factory=dict)
    shown: set[int] = field(default_factory=set)
    errors: list[CityTwinError] = field(default_factory=list)

    def upload(self, number: int, content: TileContent) -> int:
        self.here[number] = content
        self.errors += [CityTwinError(told.code, told.place, **told.arguments) for told in content.problems]
        return content.num_bytes

    def show(self, number: int, on: bool) -> None:
        (self.shown.add if on else self.shown.discard)(number)

    def drop(self, number: int) -> None:
        del self.here[number]
        self.shown.discard(number)

    def told(self, problem: Finding) -> None:
        self.errors.append(CityTwinError(problem.code, problem.place, **problem.arguments))

    def failed(self, number: int, error: CityTwinError) -> None:
        self.errors.append(error)


class Look:
    """One tileset in a streamer of its own. Use as a context."""

    def __init__(self, tiles: Tileset | DetailedTiles) -> None:
        self.tiles = tiles
        self.sink = Sink()
        self.streamer = Streamer(Limits(error_px=1.0))
        self.tree = self.streamer.add(tiles, self.sink, np.eye(4))
        if isinstance(tiles, Shared):
            tiles.take_up()

    def __enter__(self) -> Look:
        return self

    def __exit__(self, *_error: object) -> None:
        if isinstance(self.tiles, Shared):
            self.tiles.let_go()
        self.streamer.close()

    def at(self, allowed_m: float) -> list[Chunk]:
        """What is on show when as many metres may be wrong, everywhere."""
        everywhere = Eye(np.zeros(3), np.zeros((0, 4)), 0.0, 1.0 / allowed_m)
        self.streamer.look(everywhere)
        self.streamer.settle()
        assert not self.streamer.pending
        return [chunk for number in self.sink.shown for chunk in self.sink.here[number].chunks]

    def names(self, chunks: list[Chunk]) -> Counter[str]:
        """How many triangles each object has, by its id; what stands in for several counts as ``…``."""
        ids = [*self.tiles.objects().column("id").to_pylist()]
        found: Counter[str] = Counter()
        for chunk in chunks:
            rows, counts = np.unique(chunk.rows[_numbers(chunk).reshape(-1, 3)[:, 0]], return_counts=True)
            for row, count in zip(rows.tolist(), counts.tolist(), strict=True):
                found[ids[row] if row < len(ids) else "…"] += count
        return found


def opened(report: ConvertReport) -> Tileset | DetailedTiles:
    return open_for_drawing(Path(report.tileset))


def converted(path: Path, cache: Path, most_tiles: int | None = None) -> ConvertReport:
    """With a limit of ``most_tiles`` beyond which a tileset is large."""
    chosen = {} if most_tiles is None else {"most_tiles": most_tiles}
    return convert(path, ConvertOptions(cache_folder=cache, loader_options=chosen))


def corners(chunks: list[Chunk]) -> np.ndarray:
    """The corners of all triangles (t, 9), in an order that does not depend on how they came, in centimetres."""
    if not chunks:
        return np.zeros((0, 9))
    all_of_them = np.concatenate([(c.positions + c.origin_m)[_numbers(c)].reshape(-1, 9) for c in chunks])
    rounded = np.round(all_of_them * 100.0)
    return rounded[np.lexsort(rounded.T[::-1])]


def _numbers(chunk: Chunk) -> np.ndarray:
    """The corners of triangles; of points each is all three."""
    if isinstance(chunk, PointChunk):
        return np.repeat(np.arange(len(chunk.positions)), 3)
    return chunk.triangles


def same_triangles(one: list[Chunk], other: list[Chunk]) -> bool:
    """Whether both hold the same triangles, to 2 cm; their origins round differently."""
    first, second = corners(one), corners(other)
    if first.shape != second.shape:
        return False
    sums = [np.sort(each.sum(axis=1)) for each in (first, second)]
    return bool(np.allclose(sums[0], sums[1], atol=20.0)) and bool(
        np.allclose(first.min(axis=0), second.min(axis=0), atol=2.0)
        and np.allclose(first.max(axis=0), second.max(axis=0), atol=2.0)
    )
