"""The three setter laws, flags, and selection."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.model.formats import LayerKind
from scenes.model.layers import Layer, LayerList, ObjectFlag
from scenes.model.placement import Placement, placed
from scenes.model.scene import ObjectRef, Scene


def layer_with(num_objects: int) -> Layer:
    layer = Layer("house", LayerKind.BUILDING)
    layer.flags = np.zeros(num_objects, np.uint8)
    return layer


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("visible", False), ("opacity", 0.5), ("name", "tower"), ("world_from_model", np.diag([2.0, 2, 2, 1]))],
)
def test_a_setter_is_read_back_tells_once_and_is_silent_when_nothing_changes(attribute: str, value: object) -> None:
    layer = layer_with(1)
    heard: list[str] = []
    layer.changed.connect(heard.append)
    setattr(layer, attribute, value)
    setattr(layer, attribute, value)
    assert np.array_equal(getattr(layer, attribute), value)
    assert heard == [attribute]


def test_flags_tell_only_the_rows_that_changed() -> None:
    layer = layer_with(5)
    heard: list[list[int]] = []
    layer.flags_changed.connect(lambda rows: heard.append(rows.tolist()))
    layer.set_flags(np.array([1, 2]), ObjectFlag.HIDDEN, True)
    layer.set_flags(np.array([2, 3]), ObjectFlag.HIDDEN, True)
    layer.set_flags(np.array([2, 3]), ObjectFlag.HIDDEN, True)
    assert heard == [[1, 2], [3]]
    assert layer.rows_with(ObjectFlag.HIDDEN).tolist() == [1, 2, 3]


@given(st.lists(st.tuples(st.sets(st.integers(0, 7)), st.sampled_from(list(ObjectFlag)), st.booleans()), max_size=20))
def test_flags_of_one_kind_never_touch_another(steps: list[tuple[set[int], ObjectFlag, bool]]) -> None:
    layer = layer_with(8)
    expected = {flag: set[int]() for flag in ObjectFlag}
    for rows, flag, on in steps:
        layer.set_flags(np.array(sorted(rows), np.int64), flag, on)
        expected[flag] = expected[flag] | rows if on else expected[flag] - rows
    for flag in ObjectFlag:
        assert set(layer.rows_with(flag).tolist()) == expected[flag]


def test_the_list_forwards_changes_and_forgets_removed_layers() -> None:
    layers, heard = LayerList(), []
    layer = layers.add(layer_with(1))
    layers.layer_changed.connect(lambda changed, key: heard.append((changed.name, key)))
    layer.visible = False
    layers.remove(layer)
    layers.remove(layer)
    assert heard == [("house", "visible")]
    assert len(layers) == 0


def test_selecting_adding_and_toggling() -> None:
    scene = Scene()
    layer = scene.layers.add(layer_with(4))
    a, b, gone = (ObjectRef(layer.layer_id, row) for row in (0, 1, 9))
    heard: list[int] = []
    scene.selection_changed.connect(lambda: heard.append(len(scene.selection)))
    scene.select([a, gone])
    scene.select([a])
    scene.select([b], add=True)
    scene.select([a], toggle=True)
    assert scene.selection == (b,)
    assert layer.rows_with(ObjectFlag.SELECTED).tolist() == [1]
    scene.layers.remove(layer)
    assert scene.selection == ()
    assert heard == [1, 2, 1, 0]


def test_a_turn_is_about_the_middle_of_the_footprint() -> None:
    bounds_m = np.array([10.0, 20, 0, 30, 40, 5])
    matrix = placed(np.eye(4), Placement(east_m=100, rotation_deg=90), bounds_m)
    assert matrix @ [20, 30, 0, 1] == pytest.approx([120, 30, 0, 1])
    assert matrix @ [30, 30, 2, 1] == pytest.approx([120, 40, 2, 1])
