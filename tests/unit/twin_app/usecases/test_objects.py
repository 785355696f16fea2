"""Hiding, isolating, ghosting and bringing back."""

import numpy as np
import pytest

from scenes.model.layers import Layer, ObjectFlag
from scenes.model.scene import ObjectRef
from tests.unit.twin_app.usecases.fakes import MemoryTileset, add, workbench_with
from twin_app.usecases import objects
from twin_app.usecases.workbench import Workbench

# 0 building > 1 storey > (2 wall > 3 opening), 4 wall; 5 a space under the storey
TREE = MemoryTileset(
    parents=[-1, 0, 1, 2, 1, 1],
    classes=["IfcBuilding", "IfcBuildingStorey", "IfcWall", "IfcOpeningElement", "IfcWall", "IfcSpace"],
    bounds_m=np.array([0, 0, 0, 1, 1, 1.0]),
    hidden=[False, False, False, True, False, True],
)


@pytest.fixture
def house() -> tuple[Workbench, Layer]:
    workbench = workbench_with()
    return workbench, add(workbench, "house", TREE)


def rows(layer: Layer, flag: ObjectFlag) -> list[int]:
    return layer.rows_with(flag).tolist()


def test_hiding_takes_what_is_below_along_and_the_selection_away(house: tuple[Workbench, Layer]) -> None:
    workbench, layer = house
    workbench.scene.select([ObjectRef(layer.layer_id, 2)])
    objects.hide_selection(workbench)
    assert rows(layer, ObjectFlag.HIDDEN) == [2, 3, 5]
    assert workbench.scene.selection == ()


def test_isolating_a_wall_and_showing_all_again(house: tuple[Workbench, Layer]) -> None:
    workbench, layer = house
    workbench.scene.select([ObjectRef(layer.layer_id, 4)])
    objects.isolate_selection(workbench)
    assert rows(layer, ObjectFlag.HIDDEN) == [0, 1, 2, 3, 5]
    objects.show_all(workbench)
    assert rows(layer, ObjectFlag.HIDDEN) == [3, 5]


def test_isolating_nothing_hides_nothing(house: tuple[Workbench, Layer]) -> None:
    workbench, layer = house
    objects.isolate_selection(workbench)
    assert rows(layer, ObjectFlag.HIDDEN) == [3, 5]


def test_ghosting_twice_is_as_before(house: tuple[Workbench, Layer]) -> None:
    workbench, layer = house
    workbench.scene.select([ObjectRef(layer.layer_id, 1)])
    objects.ghost_selection(workbench)
    assert rows(layer, ObjectFlag.GHOST) == [0]
    objects.ghost_selection(workbench)
    assert rows(layer, ObjectFlag.GHOST) == []


def test_spaces_are_shown_and_hidden_again(house: tuple[Workbench, Layer]) -> None:
    workbench, layer = house
    objects.toggle_spaces(workbench)
    assert objects.spaces_shown(workbench)
    assert rows(layer, ObjectFlag.HIDDEN) == []
    objects.toggle_spaces(workbench)
    assert rows(layer, ObjectFlag.HIDDEN) == [3, 5]


def test_all_visible_objects_same_class_and_ids(house: tuple[Workbench, Layer]) -> None:
    workbench, layer = house
    objects.select_all(workbench)
    assert [ref.row for ref in workbench.scene.selection] == [0, 1, 2, 4]
    workbench.scene.select([ObjectRef(layer.layer_id, 2)])
    objects.select_same_class(workbench)
    objects.copy_ids(workbench)
    assert workbench.ui.copied.splitlines() == ["id-2", "id-4"] or workbench.ui.copied.splitlines() == ["id-4", "id-2"]


def test_a_cycle_of_parents_ends() -> None:
    workbench = workbench_with()
    bounds_m = np.array([0, 0, 0, 1, 1, 1.0])
    layer = add(workbench, "odd", MemoryTileset(parents=[1, 0, -1], classes=["A", "B", "C"], bounds_m=bounds_m))
    assert objects.with_descendants(workbench, layer, np.array([0])).tolist() == [0, 1]
