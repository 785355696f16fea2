"""A large tileset of another producer as it lies in its folder: read tile by tile as one looks (docs/adr/0012)."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Hashable
from typing import Any

import numpy as np

from loaders.model.errors import Finding
from loaders.model.formats import Overview
from loaders.model.tiles import TileContent, TileNodes
from loaders.tiles.expanding import Context, Kind, Place
from loaders.tiles.known_nodes import NODE, KnownNodes, Nodes
from loaders.tiles.stream_child import Answer, Request, Setup
from loaders.tiles.stream_notes import notes_from
from loaders.tiles.workers import Workers

MOST_NODES = 1_000_000  # some 300 MB in all; nobody looks at as many tiles in a day


class TileStream:
    """See `loaders.model.tiles.TileSource`. What was looked at is remembered; what is read comes from `Workers`."""

    def __init__(self, overview: Overview) -> None:
        """Raises ValueError, KeyError, TypeError or IndexError for notes that make no sense."""
        notes = notes_from(overview.notes)
        self._overview = overview
        self._lock = threading.Lock()
        self._contexts: list[Context] = list(notes.contexts)
        self._known = KnownNodes(len(overview.nodes))
        self._num_first = len(notes.openings)
        self._is_full = False
        self._known.append(_first_nodes(overview, notes.openings))
        table = overview.objects()
        row_of_id = {key: row for row, key in enumerate(table.column("id").to_pylist())}
        self._workers = Workers(Setup(notes.place, row_of_id))
        weakref.finalize(self, self._workers.stop)

    @property
    def key(self) -> Hashable:
        """Not asked for: the tree that this one is part of has one."""
        return id(self)

    def nodes(self) -> TileNodes:
        """A place to go on from below each tile of the overview where the tree goes on."""
        return self._known.columns(len(self._overview.nodes), self._num_first)

    def take_up(self) -> None:
        """See `loaders.model.tiles.Shared`."""
        self._workers.take_up()

    def let_go(self) -> None:
        """See `loaders.model.tiles.Shared`."""
        self._workers.let_go()

    def read(self, node: int, /) -> TileContent:
        """One tile, and those below it; raises `CityTwinError`."""
        root = self._overview.file("")
        with self._lock:
            asked = self._known.of(node)
            below = self._known.below(node)
            context = self._contexts[asked["context"]]
        wants_below = bool(asked["expands"]) and below is None
        if not asked["has_content"] and not wants_below:
            return TileContent(nodes=below)
        kind, *numbers = (int(number) for number in asked["place"])
        request = Request(
            root,
            context,
            Place(Kind(kind), *numbers),
            int(asked["row"]),
            tuple(asked["bounds_m"].tolist()),
            bool(asked["has_content"]),
            wants_below,
        )
        answer = self._workers.ask(request)
        problems = answer.problems
        if answer.below is not None:
            with self._lock:
                below, more = self._taken(node, int(asked["context"]), answer)
            problems += more
        return TileContent(answer.chunks, below, problems)

    def _taken(self, node: int, context: int, answer: Answer) -> tuple[TileNodes | None, tuple[Finding, ...]]:
        """Remember what stands below a node, unless another thread did so first or there is too much of it all."""
        known = self._known.below(node)
        if known is not None or answer.below is None:
            return known, ()
        if len(self._known) + len(answer.below) > MOST_NODES:
            told, self._is_full = self._is_full, True
            full = Finding.warning("tiles.too_many", self._overview.file("").name, count=f"{MOST_NODES:,}")
            return None, () if told else (full,)
        nodes: Nodes = answer.below.copy()
        own = nodes["context"]
        nodes["context"] = np.where(own < 0, context, own + len(self._contexts))
        self._contexts += answer.contexts
        return self._known.put_below(node, nodes), ()


def _first_nodes(overview: Overview, openings: list[Any]) -> Nodes:
    """A node without content below each node of the overview that the tree goes on from."""
    number_of = {given: number for number, given in enumerate(overview.given.tolist()) if given >= 0}
    nodes = np.zeros(len(openings), NODE)
    for node, opening in zip(nodes, openings, strict=True):
        parent = number_of[opening.given]
        node["parent"], node["bounds_m"] = parent, overview.nodes.bounds_m[parent]
        node["replaces"], node["expands"] = overview.nodes.replaces[parent], True
        node["place"], node["context"], node["row"] = opening.place, opening.context, opening.row
    return nodes


def stream(overview: Overview) -> TileStream:
    """The tiles below the overview; raises `CityTwinError` when the tileset is gone."""
    overview.file("")
    return TileStream(overview)
