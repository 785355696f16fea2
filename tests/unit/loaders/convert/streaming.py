"""A format made up for tests whose detail stays in its source: two slabs from afar, four finer ones in the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from loaders.model.errors import CityTwinError
from loaders.model.events import Geometry, LoadEvent, Objects, Opened, Properties, Tree
from loaders.model.formats import Format, LayerKind, LoadContext, Overview
from loaders.model.frames import Georeference
from loaders.model.tables import CimLevel
from loaders.model.tiles import NO_NODE, NodeList, TileContent, TileNodes
from tests.unit.loaders.convert.synthetic import cubes, object_table, property_table

LIFT_M = 5.0  # how much higher the detail stands than the overview, so that they can be told apart


def write_streamed(path: Path, word: str = "whole", **orders: object) -> Path:
    """A source; one whose ``word`` is ``broken`` converts and cannot be streamed."""
    path.write_text(json.dumps({"streamed": word, **orders}), "utf-8")
    return path


def _load(path: Path, ctx: LoadContext) -> Iterator[LoadEvent]:
    yield Opened("STR 1", Georeference())
    yield Tree(np.array([NO_NODE, 0, 0]), np.array([8.0, 4.0, 4.0]), np.array([True, True, True]))
    yield Geometry(cubes([0]), CimLevel.TERRAIN, node=0)
    yield Geometry(cubes([0], (10.0, 0.0, 0.0)), CimLevel.TERRAIN, node=2)
    yield Geometry(cubes([0]), CimLevel.TERRAIN, node=1)
    yield Properties(property_table([0]))
    notes = {"lift_m": LIFT_M, "children": json.loads(path.read_text("utf-8")).get("children", 2)}
    yield Objects(object_table(1), {"synthetic": "1"}, {"stream": notes})


class Stream:
    """The finer tiles: each overview leaf's, lifted."""

    key = "not asked for"

    def __init__(self, overview: Overview) -> None:
        self._overview = overview
        self.reads: list[int] = []
        nodes = NodeList(first=len(overview.nodes))
        for given in (1, 2):
            (parent,) = np.flatnonzero(overview.given == given)
            box = overview.nodes.bounds_m[parent] + np.array([0, 0, 0, 0, 0, LIFT_M])
            for _ in range(overview.notes["children"]):
                nodes.add(int(parent), box, has_content=True, level=1, num_bytes=1000)
        self._nodes = nodes.finish()

    def nodes(self) -> TileNodes:
        return self._nodes

    def read(self, node: int, /) -> TileContent:
        self.reads.append(node)
        word = json.loads(self._overview.file("").read_text("utf-8"))["streamed"]
        if word == "broken":
            raise CityTwinError("tiles.source_unreadable", "a.str", name="a.str", reason=word)
        east_m = self._overview.nodes.bounds_m[self._nodes.parents[node - self._nodes.first]][0]
        return TileContent((cubes([0], (east_m, 0.0, self._overview.notes["lift_m"])),))


def _stream(overview: Overview) -> Stream:
    overview.file("")
    return Stream(overview)


FORMAT = Format(
    "streamed",
    LayerKind.TERRAIN,
    (".str",),
    lambda _path, head: 90 if head.startswith(b'{"streamed"') else 0,
    _load,
    companions=lambda path: (path.with_suffix(".side"),),
    stream=_stream,
)


def formats() -> tuple[Format, ...]:
    """The registry of these tests."""
    return (FORMAT,)
