"""The lower cells of a COPC file, read from it when they are looked at."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from pathlib import Path

import numpy as np

from loaders.model.errors import Finding
from loaders.model.formats import Overview
from loaders.model.tiles import NO_NODE, NodeList, TileContent, TileNodes
from loaders.pointcloud.cells import POINT_BYTES, Cells
from loaders.pointcloud.colours import ColourRule
from loaders.pointcloud.copc import Entry, Key, open_hierarchy, overview_keys, read_cell, read_info
from loaders.pointcloud.georeference import place
from loaders.pointcloud.header import read_header
from loaders.pointcloud.tables import LEVEL


class CopcStream:
    """See `loaders.model.tiles.TileSource`. Cells of pages that were not read yet are told when they are looked at."""

    def __init__(self, overview: Overview) -> None:
        """Raises `CityTwinError`, or ValueError, KeyError or TypeError for notes that make no sense."""
        path = overview.file("")
        self._overview = overview
        self._header = read_header(path)
        if not self._header.is_copc:
            raise ValueError("no octree")
        info = read_info(path, self._header)
        placing = place(path, self._header, np.append(info.low, info.low + info.width), [])
        self._cells = Cells.of(self._header, info, placing)
        self._rule = ColourRule.from_notes(overview.notes["rule"])
        self._rows = np.array(overview.notes["rows"], np.uint32)
        if self._rows.shape != (256,):
            raise ValueError("rows of classes")
        self._lock = threading.Lock()
        self._keys: list[Key] = []  # of the nodes, from the first on
        self._first = len(overview.nodes)
        self._pagers: set[int] = set()  # nodes that stand for a page
        self._told: dict[int, TileNodes] = {}  # what each of those told
        with path.open("rb") as file:
            self._hierarchy = open_hierarchy(file, self._header, info)
            upper = overview_keys(file, self._hierarchy, int(overview.notes["most_points"]))
        self._nodes = self._below_overview(upper)

    @property
    def key(self) -> Hashable:
        """Not asked for: the tree that this one is part of has one."""
        return id(self)

    def nodes(self) -> TileNodes:
        """All cells below the overview, as far as their pages were read."""
        return self._nodes

    def _below_overview(self, upper: list[Key]) -> TileNodes:
        node_of_given = {int(given): node for node, given in enumerate(self._overview.given) if given != NO_NODE}
        folder_parents = set(self._overview.nodes.parents.tolist())
        known = set(upper)
        nodes = NodeList(first=self._first)
        tops: list[tuple[int, list[Key]]] = []
        for number, key in enumerate(upper):
            children = [child for child in self._hierarchy.children(key) if child not in known]
            node = node_of_given.get(number, NO_NODE)
            # What stands in the folder already has no room for more below it: a cell without points is none there.
            tops.append((node if node not in folder_parents else NO_NODE, children))
        self._add_all(nodes, tops)
        return nodes.finish()

    def _add_all(self, nodes: NodeList, tops: list[tuple[int, list[Key]]]) -> None:
        """Children of known nodes with all below them, siblings side by side."""
        level = tops
        while level:
            below: list[tuple[int, list[Key]]] = []
            for parent, keys in level:
                for key in keys:
                    number = self._add(nodes, parent, key)
                    if key in self._hierarchy.entries:
                        below.append((number, self._hierarchy.children(key)))
            level = below

    def _add(self, nodes: NodeList, parent: int, key: Key) -> int:
        self._keys.append(key)
        box_m = self._cells.box_m(key)
        entry = self._hierarchy.entries.get(key)
        if entry is None:
            number = nodes.add(parent, box_m, error_m=np.inf, expands=True)
            self._pagers.add(number)
            return number
        has_children = bool(self._hierarchy.children(key))
        has_content = entry.num_points > 0
        return nodes.add(
            parent,
            box_m,
            error_m=self._cells.error_m(key, has_children=has_children) if has_content else np.inf,
            has_content=has_content,
            level=int(LEVEL) if has_content else 0,
            num_bytes=entry.num_points * POINT_BYTES,
        )

    def read(self, node: int, /) -> TileContent:
        """One cell, or the cells of a page; raises `CityTwinError` ``tiles.source_…`` when the file has changed."""
        path = self._overview.file("")
        key = self._keys[node - self._first]
        with self._lock:
            if node in self._pagers:
                return TileContent(nodes=self._page(path, node, key))
            entry = self._hierarchy.entries[key]
            children = self._hierarchy.children(key)
        return self._points(path, key, entry, children)

    def _page(self, path: Path, node: int, key: Key) -> TileNodes:
        """The nodes of a page, below the node that stood for it; the same whenever it is asked for."""
        known = self._told.get(node)
        if known is not None:
            return known
        page = self._hierarchy.pages.pop(key, None)
        nodes = NodeList(first=self._first + len(self._keys))
        if page is not None:
            with path.open("rb") as file:
                self._hierarchy.read(file, page)
        if key in self._hierarchy.entries:
            self._add_all(nodes, [(node, [key])])
        self._told[node] = nodes.finish()
        return self._told[node]

    def _points(self, path: Path, key: Key, entry: Entry, children: list[Key]) -> TileContent:
        with path.open("rb") as file:
            records = read_cell(file, self._header, entry)
        if records is None:
            self._overview.file("")  # gone, rather than damaged?
            problem = Finding.error("pointcloud.damaged_cells", path.name, count=1)
            return TileContent(problems=(problem,))
        return TileContent(tuple(self._cells.chunks(records, key, children, self._rows, self._rule)))


def stream(overview: Overview) -> CopcStream:
    """The detail of a COPC file of which a folder holds the overview; raises `CityTwinError` when its file is gone."""
    overview.file("")
    return CopcStream(overview)
