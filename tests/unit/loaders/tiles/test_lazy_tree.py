"""The tree that grows where one looks is the tree that is walked at once, whatever tileset it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from loaders.tiles.expanding import Expander, Kind, Spot
from loaders.tiles.tree import Tile, Walk, without_holes
from tests.unit.loaders.tiles.making import box_glb, tile, write
from tests.unit.loaders.tiles.realscene import Scene, write_scene

Shape = tuple[Any, ...]


def _ignore(_error: Exception, _place: str) -> None:
    pass


def _shape(spot: Spot, below: tuple[Shape, ...]) -> Shape:
    contents = tuple((content.path.name, content.root_from_content.round(9).tobytes()) for content in spot.contents)
    return (spot.error_m, spot.replaces, contents, tuple(sorted(below, key=repr)))


def lazily(path: Path, *, forget: bool) -> tuple[Shape, ...]:
    """The tree by asking for each place; with ``forget``, of a reader that knows nothing but its numbers."""
    readers = [Expander(path.parent, _ignore)]

    def find(spot: Spot) -> tuple[Shape, ...]:
        if forget:
            readers[0] = Expander(path.parent, _ignore)
            again = readers[0].find(spot.context, spot.place)
            assert _shape(again, ()) == _shape(spot, ())
            assert again.has_more == spot.has_more
            spot = again
        below = readers[0].below(spot) if spot.has_more else []
        shapes = tuple(shape for each in below for shape in find(each))
        return (_shape(spot, shapes),) if spot.is_drawn else shapes

    return find(readers[0].root(path))


def at_once(path: Path) -> tuple[Shape, ...]:
    """The tree of the walk."""
    tiles = Walk(path, lambda: None).run()
    below: dict[int, list[Shape]] = {}
    for each in reversed(tiles):
        below.setdefault(each.parent, []).append(_shape(each.spot, tuple(below.get(each.number, ()))))
    return tuple(below[-1])


_TREES = st.recursive(st.just(()), lambda inner: st.lists(inner, min_size=1, max_size=4).map(tuple), max_leaves=14)


def _made(folder: Path, shape: Any, draw: Callable[[st.SearchStrategy[Any]], Any]) -> Path:
    """A tileset of that shape: tiles with and without contents, some of them in tilesets of their own or implicit."""
    counter = iter(range(1000))
    files: dict[str, bytes] = {"good__glb": box_glb()}

    def built(children: Any) -> dict[str, Any]:
        more: dict[str, Any] = {"geometricError": draw(st.sampled_from([0.0, 1.5, 8.0]))}
        if draw(st.booleans()):
            more["refine"] = draw(st.sampled_from(["ADD", "REPLACE", "replace"]))
        if draw(st.booleans()):
            turned = [0, 2, 0, 0, -2, 0, 0, 0, 0, 0, 2, 0, 10, 20, 30, 1]
            more["transform"] = turned
        if not children and draw(st.integers(0, 4)) == 0:
            return tile("good.glb", **more, **_implicit(files))
        made = tile("good.glb" if draw(st.booleans()) else None, *map(built, children), **more)
        if draw(st.integers(0, 2)):
            return made
        name = f"t{next(counter)}"
        document = {"asset": {"version": "1.1"}, "geometricError": 9, "root": made}
        files[f"{name}__json"] = json.dumps(document).encode()
        return tile(f"{name}.json", geometricError=9.0)

    return write(folder, built(shape), **files)


def _implicit(files: dict[str, bytes]) -> dict[str, Any]:
    said = {"tileAvailability": {"constant": 1}, "contentAvailability": [{"bitstream": 0}]}
    said |= {"bufferViews": [{"buffer": 0, "byteLength": 1}], "buffers": [{"uri": "data:;base64,FQ=="}]}
    said |= {"childSubtreeAvailability": {"constant": 1}}
    files["s__subtree"] = json.dumps(said).encode()
    tiling = {"subdivisionScheme": "QUADTREE", "subtreeLevels": 2, "availableLevels": 3}
    return {"implicitTiling": tiling | {"subtrees": {"uri": "s.subtree"}}}


@settings(max_examples=40, deadline=None)
@given(_TREES, st.data())
def test_lazily_it_is_the_same_tree(tmp_path_factory: pytest.TempPathFactory, shape: Any, data: st.DataObject) -> None:
    path = _made(tmp_path_factory.mktemp("tree"), shape, data.draw)
    whole = at_once(path)
    assert lazily(path, forget=False) == whole
    assert lazily(path, forget=True) == whole


def test_a_nested_tileset_is_the_same_tree(tmp_path: Path) -> None:
    path = write_scene(tmp_path / "a", Scene(levels=3))
    assert lazily(path, forget=True) == at_once(path)


@settings(max_examples=60, deadline=None)
@given(_TREES, st.integers(0, 30), st.data())
def test_an_overview_is_the_top_of_the_tree(
    tmp_path_factory: pytest.TempPathFactory, shape: Any, most: int, data: st.DataObject
) -> None:
    """What is listed and what is below the places where it goes on are the whole tree, each once."""
    path = _made(tmp_path_factory.mktemp("tree"), shape, data.draw)
    walk = Walk(path, lambda: None, most)
    tiles = walk.run()
    reader = Expander(path.parent, _ignore)
    assert all(each.parent < each.number == number for number, each in enumerate(tiles))
    assert not any(each.more for each in tiles) or walk.is_large

    def contents(spot: Spot) -> int:
        own = len(spot.contents) if spot.is_drawn else 0
        return own + sum(map(contents, reader.below(spot) if spot.has_more else []))

    listed = sum(len(each.contents) for each in tiles)
    beyond = sum(contents(each.spot) - len(each.contents) for each in tiles if each.more)
    assert listed + beyond == contents(reader.root(path))
    parents = {each.parent for each in tiles}
    assert not [each for each in tiles if each.more and each.number in parents]


def test_places_that_are_not_there_are_errors(tmp_path: Path) -> None:
    path = write(tmp_path, tile("good.glb"), good__glb=box_glb())
    reader = Expander(tmp_path, _ignore)
    root = reader.root(path)
    for place in (root.place._replace(kind=Kind.TILE, tile=7), root.place._replace(kind=Kind.CELL)):
        with pytest.raises((IndexError, KeyError, CityTwinError)):
            reader.find(root.context, place)


def test_without_holes_keeps_what_adds(tmp_path: Path) -> None:
    path = write(tmp_path, tile("good.glb", tile("good.glb")), good__glb=box_glb())
    spots = [each.spot for each in Walk(path, lambda: None).run()]
    spots[0].replaces = False
    tiles = [Tile(0, -1, spots[0], spots[0].contents), Tile(1, 0, spots[1], [], more=True)]
    assert [each.more for each in without_holes(tiles)] == [False, True]
    spots[0].replaces = True
    assert [each.more for each in without_holes(tiles)] == [True]
    assert np.isfinite(spots[0].matrix).all()
