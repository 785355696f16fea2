"""Which object a stream belongs to, and where it stands."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Transformer

from loaders.model.frames import translation
from scenes.model.scene import ObjectRef
from tests.unit.twin_app.usecases.fakes import FlatGround, MemoryTileset, add, workbench_with
from twin_app.live.streams import Link, LinkKind, StreamInfo
from twin_app.usecases.binding import Binding, go_to
from twin_app.usecases.workbench import Workbench

BOXES_M = np.array([[0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1], [0, 0, 0, 4, 1, 3], [0, 0, 0, 4, 2, 5], [9, 9, 9, 9, 9, 9]])
# 0 building > 1 storey > (2 wall, 3 wall); 4 alone and without a shape
HOUSE = MemoryTileset(
    [-1, 0, 1, 1, -1],
    ["IfcBuilding", "IfcBuildingStorey", "IfcWall", "IfcWall", "IfcZone"],
    BOXES_M.astype(float),
    shapeless=(0, 1, 4),
)


def house() -> tuple[Workbench, str]:
    workbench = workbench_with()
    layer = add(workbench, "house", HOUSE)
    layer.world_from_model = translation(np.array([100.0, 200.0, 10.0]))
    return workbench, layer.layer_id


def test_a_building_stands_where_its_walls_do() -> None:
    workbench, layer = house()
    info = StreamInfo("f/a", link=Link(LinkKind.GUID, "guid-0"))
    binding = Binding(workbench)
    assert binding.find(info) == ObjectRef(layer, 0)
    assert [ref.row for ref in binding.parts(ObjectRef(layer, 0))] == [0, 1, 2, 3]
    assert binding.anchor_m(info) == pytest.approx([102.0, 201.0, 15.0])


def test_what_has_no_shape_stands_nowhere_and_what_is_unknown_is_not_found() -> None:
    workbench, layer = house()
    binding = Binding(workbench)
    assert binding.top_m(ObjectRef(layer, 4)) is None
    assert binding.top_m(ObjectRef("another", 0)) is None
    assert binding.anchor_m(StreamInfo("f/a", link=Link(LinkKind.FEATURE, "id-9"))) is None


def test_a_tree_that_bites_its_tail_is_walked_once() -> None:
    workbench = workbench_with()
    layer = add(workbench, "ring", MemoryTileset([2, 0, 1], ["a", "b", "c"], np.array([0, 0, 0, 1, 1, 1.0])))
    assert [ref.row for ref in Binding(workbench).parts(ObjectRef(layer.layer_id, 0))] == [0, 1, 2]


@pytest.mark.parametrize(("ground_m", "height_m"), [(20.0, 20.0), (None, 3.0), (1.0, 3.0)])
def test_a_place_stands_on_the_ground_or_above_it(ground_m: float | None, height_m: float) -> None:
    workbench, _ = house()
    workbench.canvas = FlatGround(ground_m)
    workbench.scene.crs = "EPSG:4547"
    east, north = 530_000.0, 3_385_000.0
    lon, lat = Transformer.from_crs("EPSG:4547", "EPSG:4326", always_xy=True).transform(east, north)
    info = StreamInfo("f/a", link=Link(LinkKind.PLACE, place=(lon, lat, 3.0)))
    assert Binding(workbench).anchor_m(info) == pytest.approx([east, north, height_m], abs=1e-3)


def test_going_to_a_building_looks_at_its_walls() -> None:
    workbench, layer = house()
    looked: list[tuple[ObjectRef, ...]] = []
    workbench.canvas.fit_objects = looked.append  # type: ignore[attr-defined]
    go_to(workbench, ObjectRef(layer, 0))
    assert workbench.scene.selection == (ObjectRef(layer, 0),)
    assert [ref.row for ref in looked[0]] == [0, 1, 2, 3]
