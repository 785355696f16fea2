"""The tree of buildings and disciplines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.model.formats import LayerKind
from scenes.model.disciplines import Discipline, discipline_of_kind
from scenes.model.groups import OPEN_UP_TO, Group, GroupNode, GroupOrder, GroupView, group_tree, natural
from scenes.model.layers import Layer


def layer(name: str, building: str = "", discipline: Discipline = Discipline.ARCHITECTURE) -> Layer:
    made = Layer(name, LayerKind.BUILDING, layer_id=name)
    made.building, made.discipline = building, discipline
    return made


def shape(nodes: tuple[GroupNode, ...]) -> list[object]:
    """Nested lists: layers by id, groups by what is new in them."""
    return [
        node.key if isinstance(node.key, str) else ["/".join(part or "-" for part in node.key), *shape(node.children)]
        for node in nodes
    ]


DISTRICT = [
    layer("tower-arch", "Tower 10"),
    layer("tower-elec", "Tower 10", Discipline.ELECTRICAL),
    layer("tower-arch-2", "Tower 10"),
    layer("hall", "Tower 9"),
    layer("ground", "", Discipline.TERRAIN),
    layer("roads", "", Discipline.CIVIL),
    layer("bridge", "", Discipline.CIVIL),
]


def test_buildings_come_first_and_disciplines_below_them_where_there_are_several() -> None:
    assert shape(group_tree(DISTRICT, GroupOrder.BUILDING)) == [
        "hall",
        [
            "Tower 10/-",
            ["Tower 10/architecture", "tower-arch", "tower-arch-2"],
            ["Tower 10/electrical", "tower-elec"],
        ],
        ["-/civil", "bridge", "roads"],
        "ground",
    ]


def test_the_other_way_round_disciplines_hold_buildings() -> None:
    assert shape(group_tree(DISTRICT, GroupOrder.DISCIPLINE)) == [
        ["-/architecture", "hall", ["Tower 10/architecture", "tower-arch", "tower-arch-2"]],
        ["-/electrical", "tower-elec"],
        ["-/civil", "bridge", "roads"],
        ["-/terrain", "ground"],
    ]


@given(
    st.lists(st.tuples(st.sampled_from(["", "a", "b", "c"]), st.sampled_from(list(Discipline))), max_size=30),
    st.sampled_from(list(GroupOrder)),
)
def test_every_layer_stands_in_the_tree_once_and_only_in_groups_that_hold_it(
    groups: list[tuple[str, Discipline]], order: GroupOrder
) -> None:
    layers = {f"L{n}": layer(f"L{n}", building, one) for n, (building, one) in enumerate(groups)}
    nodes = group_tree(layers.values(), order)
    assert sorted(one for node in nodes for one in node.layer_ids()) == sorted(layers)
    waiting, keys = list(nodes), []
    while waiting:
        node = waiting.pop()
        waiting += node.children
        keys.append(node.key)
        if isinstance(node.key, Group):
            held = {one for one, known in layers.items() if node.key.holds(known)}
            assert held == set(node.layer_ids())
            assert node.children
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("first", "second"), [("Block 9", "Block 10"), ("3号楼", "12号楼"), ("a", "B"), ("", "1")])
def test_numbers_in_names_count_as_numbers(first: str, second: str) -> None:
    assert natural(first) < natural(second)


def test_many_layers_begin_closed_and_what_the_user_said_stays() -> None:
    view, group = GroupView(), Group("Tower", None)
    assert view.is_open(group, OPEN_UP_TO)
    assert not view.is_open(group, OPEN_UP_TO + 1)
    view.open[group] = True
    assert view.is_open(group, 500)
    heard: list[GroupOrder] = []
    view.order_changed.connect(heard.append)
    view.order = view.order = GroupOrder.DISCIPLINE
    assert heard == [GroupOrder.DISCIPLINE]


def test_every_kind_has_a_discipline() -> None:
    assert {discipline_of_kind(kind) for kind in LayerKind} <= set(Discipline)
    assert discipline_of_kind(LayerKind.TERRAIN) is Discipline.TERRAIN
