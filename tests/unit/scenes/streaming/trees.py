"""Tile trees made up for tests, and a sink that keeps a record."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, field

import numpy as np

from loaders.model.errors import CityTwinError
from loaders.model.meshes import MeshChunk
from loaders.model.tiles import NO_NODE, NodeList, TileContent, TileNodes
from scenes.model.view import CameraView
from scenes.streaming import Eye

SIZE_PX = (800, 600)
_keys = itertools.count()


def chunk(num_triangles: int = 1) -> MeshChunk:
    return MeshChunk(
        np.zeros(3),
        np.zeros((3, 3), np.float32),
        np.zeros((num_triangles, 3), np.uint32),
        np.zeros(3, np.uint32),
        np.zeros((3, 4), np.uint8),
    )


@dataclass
class Source:
    """A tree in memory; ``broken`` nodes fail, ``expansions`` give more nodes; ``gate`` holds reads back."""

    tree: TileNodes
    num_triangles: int = 1
    broken: set[int] = field(default_factory=set)
    expansions: dict[int, TileNodes] = field(default_factory=dict)
    key: object = field(default_factory=lambda: next(_keys))
    reads: list[int] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def nodes(self) -> TileNodes:
        return self.tree

    def read(self, node: int, /) -> TileContent:
        self.gate.wait(5.0)
        self.reads.append(node)
        if node in self.broken:
            raise CityTwinError("tileset.damaged", f"tile {node}")
        if node in self.expansions:
            own = (chunk(self.num_triangles),) if self.tree.has_content[node] else ()
            return TileContent(own, self.expansions[node])
        return TileContent((chunk(self.num_triangles),))


@dataclass
class Record:
    """A sink that notes what it is told and complains about what cannot be."""

    tile_bytes: int = 100
    here: set[int] = field(default_factory=set)
    shown: set[int] = field(default_factory=set)
    failures: list[int] = field(default_factory=list)
    uploads: int = 0

    def upload(self, number: int, content: TileContent) -> int:
        assert number not in self.here
        assert content.chunks
        self.here.add(number)
        self.uploads += 1
        return self.tile_bytes

    def show(self, number: int, on: bool) -> None:
        assert number in self.here
        assert (number in self.shown) != on
        (self.shown.add if on else self.shown.discard)(number)

    def drop(self, number: int) -> None:
        self.here.remove(number)
        self.shown.discard(number)

    def failed(self, number: int, error: CityTwinError) -> None:
        self.failures.append(number)


def quadtree(depth: int, *, replaces: bool = True, size_m: float = 1024.0, inner: bool = True) -> TileNodes:
    """A full quadtree over a square about the origin; a node's error is a tenth of its width, a leaf's 0."""
    nodes = NodeList()
    level = [(NO_NODE, np.array([-size_m / 2, -size_m / 2]), size_m)]
    for step in range(depth + 1):
        below = []
        for parent, corner, width in level:
            box = np.array([*corner, 0.0, *(corner + width), 10.0])
            leaf = step == depth
            error = 0.0 if leaf else width / 10.0
            number = nodes.add(parent, box, error_m=error, replaces=replaces, has_content=leaf or inner, num_bytes=1000)
            half = width / 2
            below += [(number, corner + half * np.array([i, j]), half) for j in (0, 1) for i in (0, 1)]
        level = below
    return nodes.finish()


def eye(x_m: float = 0.0, y_m: float = 0.0, z_m: float = 500.0, down: float = 1.0) -> Eye:
    """Looking north and down; ``down`` is the slope."""
    target = (x_m, y_m + 1.0, z_m - down)
    return Eye.of(CameraView((x_m, y_m, z_m), target, (0.0, 0.0, 1.0)), SIZE_PX)
