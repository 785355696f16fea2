"""The road network as a graph, and distances along it."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Snap:
    """A place on the nearest edge: ``along_m`` from the edge's first node, ``off_m`` away from the road."""

    edge: int
    along_m: float
    off_m: float


class RoadGraph:
    """Edges are straight pieces of road between nodes, passable both ways; n nodes, e edges.

    ``nodes_m`` (n, 2) in the project's system; ``ends`` (e, 2) node numbers; ``lengths_m`` (e,).
    """

    def __init__(self, lines: Sequence[Points]) -> None:
        """``lines``: each (k, 2) or (k, 3) metres; where two cross, they meet. Lines without length are left out."""
        plain = [np.asarray(line, np.float64)[:, :2] for line in lines if len(line) >= 2]
        good = [line for line in plain if np.isfinite(line).all() and np.ptp(line, axis=0).any()]
        pieces = _pieces(good)
        self.nodes_m, inverse = np.unique(pieces.reshape(-1, 2), axis=0, return_inverse=True)
        self.ends = inverse.reshape(-1, 2)
        step_m = self.nodes_m[self.ends[:, 1]] - self.nodes_m[self.ends[:, 0]]
        self.lengths_m = np.hypot(step_m[:, 0], step_m[:, 1])
        begins = np.concatenate([self.ends[:, 0], self.ends[:, 1]])
        order = np.argsort(begins, kind="stable")
        self._to = np.concatenate([self.ends[:, 1], self.ends[:, 0]])[order]
        self._cost_m = np.concatenate([self.lengths_m, self.lengths_m])[order]
        self._first = np.searchsorted(begins[order], np.arange(len(self.nodes_m) + 1))

    def __len__(self) -> int:
        return len(self.ends)

    def snap(self, place_m: Points) -> Snap | None:
        """The nearest place on a road to ``place_m`` (2,); None where there are no roads."""
        if not len(self):
            return None
        begin = self.nodes_m[self.ends[:, 0]]
        step = self.nodes_m[self.ends[:, 1]] - begin
        share = np.clip(((place_m - begin) * step).sum(axis=1) / self.lengths_m**2, 0.0, 1.0)
        gap = begin + share[:, None] * step - place_m
        off_m = np.hypot(gap[:, 0], gap[:, 1])
        edge = int(off_m.argmin())
        return Snap(edge, float(share[edge] * self.lengths_m[edge]), float(off_m[edge]))

    def distances_m(self, start: Snap) -> NDArray[np.float64]:
        """Along the roads from ``start`` to every node (n,); infinite where no road leads. Dijkstra's algorithm."""
        far_m = np.full(len(self.nodes_m), np.inf)
        first, second = (int(node) for node in self.ends[start.edge])
        waiting = [(start.along_m, first), (float(self.lengths_m[start.edge]) - start.along_m, second)]
        heapq.heapify(waiting)
        while waiting:
            reached_m, node = heapq.heappop(waiting)
            if reached_m >= far_m[node]:
                continue
            far_m[node] = reached_m
            for link in range(self._first[node], self._first[node + 1]):
                following, beyond_m = int(self._to[link]), reached_m + float(self._cost_m[link])
                if beyond_m < far_m[following]:
                    heapq.heappush(waiting, (beyond_m, following))
        return far_m

    def between_m(self, start: Snap, goal: Snap, far_m: NDArray[np.float64]) -> float:
        """Along the roads from ``start``, whose `distances_m` are ``far_m``, to ``goal``, from road to road."""
        first, second = self.ends[goal.edge]
        around_m = min(far_m[first] + goal.along_m, far_m[second] + self.lengths_m[goal.edge] - goal.along_m)
        return float(min(around_m, abs(goal.along_m - start.along_m)) if goal.edge == start.edge else around_m)

    def way_m(self, start: Snap, goal: Snap, far_m: NDArray[np.float64]) -> Points:
        """The corners (k, 2) of the shortest way from ``start``, whose `distances_m` are ``far_m``, to ``goal``.

        Nothing where no road leads.
        """
        first, last = self._at(start), self._at(goal)
        around_m = self.between_m(start, goal, far_m)
        if not np.isfinite(around_m):
            return np.zeros((0, 2))
        if start.edge == goal.edge and abs(goal.along_m - start.along_m) <= around_m:
            return np.stack([first, last])
        one, other = (int(node) for node in self.ends[goal.edge])
        by_one = far_m[one] + goal.along_m <= far_m[other] + self.lengths_m[goal.edge] - goal.along_m
        nodes = self._back(one if by_one else other, far_m)
        return np.concatenate([first[None], self.nodes_m[nodes[::-1]], last[None]])

    def _at(self, snap: Snap) -> Points:
        begin, end = self.nodes_m[self.ends[snap.edge]]
        at: Points = begin + (end - begin) * (snap.along_m / self.lengths_m[snap.edge])
        return at

    def _back(self, node: int, far_m: NDArray[np.float64]) -> list[int]:
        """The nodes from one back to where distances begin, always to the neighbour that it was reached from."""
        nodes = [node]
        while True:
            links = slice(self._first[node], self._first[node + 1])
            through_m = far_m[self._to[links]] + self._cost_m[links]
            best = int(through_m.argmin()) if through_m.size else -1
            if best < 0 or through_m[best] > far_m[node] + 1e-6 or far_m[self._to[links][best]] >= far_m[node]:
                return nodes
            node = int(self._to[links][best])
            nodes.append(node)


def _pieces(lines: Sequence[Points]) -> Points:
    """Straight pieces (e, 2, 2) of lines that are cut where they cross; millimetres are not told apart."""
    if not lines:
        return np.zeros((0, 2, 2))
    noded = shapely.unary_union(shapely.set_precision([shapely.LineString(line) for line in lines], 1e-3))
    points, which = shapely.get_coordinates(shapely.get_parts(noded), return_index=True)
    same = which[1:] == which[:-1]
    pieces = np.stack([points[:-1][same], points[1:][same]], axis=1)
    found: Points = pieces[(pieces[:, 0] != pieces[:, 1]).any(axis=1)]
    return found
