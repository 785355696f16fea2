"""A tree of tiles as plain columns, and what reading one tile gives; the same for every source that streams."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import Finding
from loaders.model.points import Chunk

NO_NODE = -1
# The object row of what stands in for finer tiles, until it is known which objects those hold.
STANDS_IN = (1 << 24) - 1  # float32, as feature ids are on disk, still holds it


@dataclass(frozen=True, slots=True, eq=False)
class TileNodes:
    """Nodes of a tile tree, numbered from ``first`` on; parents come before children, siblings stand together.

    ``parents`` (n,) int32: the number of each node's parent, `NO_NODE` at a root.
    ``bounds_m`` (n, 6) float64: boxes in the model frame around the node and all below it.
    ``errors_m`` (n,) float64: what is wrong by as many metres when the node is shown and not its children.
    ``replaces`` (n,) bool: the children stand in for the node; else they add to it.
    ``has_content`` (n,) bool: there is something to draw.
    ``expands`` (n,) bool: reading the node tells of nodes below it. Without content of its own it only stands for
    them from then on; with content its error decides, as always.
    ``levels`` (n,) int8: the `CimLevel` of the content, 0 where there is none.
    ``optional`` (n,) bool: a detail that nothing waits for.
    ``num_bytes`` (n,) int64: the size of the content in memory, as far as it is known before; else 0.
    """

    parents: NDArray[np.int32]
    bounds_m: NDArray[np.float64]
    errors_m: NDArray[np.float64]
    replaces: NDArray[np.bool_]
    has_content: NDArray[np.bool_]
    expands: NDArray[np.bool_]
    levels: NDArray[np.int8]
    optional: NDArray[np.bool_]
    num_bytes: NDArray[np.int64]
    first: int = 0

    def __len__(self) -> int:
        return len(self.parents)

    @property
    def coarsest_level(self) -> int:
        """The lowest `CimLevel` of any content that is known or to come; 0 where there is none."""
        levels = self.levels[(self.has_content | self.expands) & (self.levels > 0)]
        return int(levels.min()) if len(levels) else 0

    def followed_by(self, others: TileNodes) -> TileNodes:
        """These nodes and the ``others``, whose numbers begin where these end; raises ValueError where they do not."""
        if others.first != self.first + len(self):
            raise ValueError(f"nodes from {others.first} on do not follow {len(self)} from {self.first} on")
        columns = [column.name for column in dataclasses.fields(self) if column.name != "first"]
        joined = {name: np.concatenate([getattr(self, name), getattr(others, name)]) for name in columns}
        return TileNodes(**joined, first=self.first)


@dataclass(frozen=True, slots=True, eq=False)
class TileContent:
    """What one tile holds: something to draw, or more of the tree below it, or both; and what is missing in it."""

    chunks: tuple[Chunk, ...] = ()
    nodes: TileNodes | None = None
    problems: tuple[Finding, ...] = ()

    @property
    def num_bytes(self) -> int:
        """Bytes of all arrays."""
        return sum(chunk.num_bytes for chunk in self.chunks)


class TileSource(Protocol):
    """Something that streams. `nodes` is quick and asked once; `read` may be called in any thread."""

    @property
    def key(self) -> Hashable:
        """Sources of the same key hold the same contents."""

    def nodes(self) -> TileNodes:
        """The tree as far as it is known without reading tiles."""

    def read(self, node: int, /) -> TileContent:
        """One tile; raises `CityTwinError`."""


@runtime_checkable
class Shared(Protocol):
    """A source that keeps something running as long as anybody uses it. Any thread."""

    def take_up(self) -> None:
        """Somebody more uses it."""

    def let_go(self) -> None:
        """Somebody does no longer: what was asked and not answered yet is wanted by one fewer."""


@dataclass(slots=True)
class NodeList:
    """Collects nodes one by one into `TileNodes`; ``add`` gives the number of the node."""

    first: int = 0
    _rows: list[tuple[int, NDArray[np.float64], float, bool, bool, bool, int, bool, int]] = field(default_factory=list)

    def add(
        self,
        parent: int,
        bounds_m: NDArray[np.float64],
        *,
        error_m: float = 0.0,
        replaces: bool = False,
        has_content: bool = False,
        expands: bool = False,
        level: int = 0,
        optional: bool = False,
        num_bytes: int = 0,
    ) -> int:
        """Note a node."""
        self._rows.append((parent, bounds_m, error_m, replaces, has_content, expands, level, optional, num_bytes))
        return self.first + len(self._rows) - 1

    def finish(self) -> TileNodes:
        """All of them as columns."""
        columns = list(zip(*self._rows, strict=True)) if self._rows else [()] * 9
        return TileNodes(
            parents=np.array(columns[0], np.int32),
            bounds_m=np.array(columns[1], np.float64).reshape(-1, 6),
            errors_m=np.array(columns[2], np.float64),
            replaces=np.array(columns[3], np.bool_),
            has_content=np.array(columns[4], np.bool_),
            expands=np.array(columns[5], np.bool_),
            levels=np.array(columns[6], np.int8),
            optional=np.array(columns[7], np.bool_),
            num_bytes=np.array(columns[8], np.int64),
            first=self.first,
        )
