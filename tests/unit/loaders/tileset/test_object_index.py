"""Trees and search, against a plain loop, and fast at a million rows."""

from __future__ import annotations

import time

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from loaders.model.tables import OBJECTS_SCHEMA
from loaders.tileset import ObjectIndex
from tests.unit.loaders.convert.synthetic import object_table


@given(parents=st.lists(st.integers(-3, 25), min_size=1, max_size=20))
def test_children_match_a_plain_loop(parents: list[int]) -> None:
    index = ObjectIndex(object_table(len(parents), parent=parents))
    count = len(parents)
    real = [parent if 0 <= parent < count and parent != row else -1 for row, parent in enumerate(parents)]
    for row in range(-1, count):
        expected = [child for child, parent in enumerate(real) if parent == row]
        assert index.children(row).tolist() == expected
        assert index.num_children(row) == len(expected)
    assert index.roots.tolist() == index.children(-1).tolist()
    for row in range(count):  # cycles end
        assert row not in index.ancestors(row)
        assert row not in index.descendants(row).tolist()


def test_descendants_and_ancestors() -> None:
    index = ObjectIndex(object_table(6, parent=[-1, 0, 1, 1, 0, 3]))
    assert index.descendants(0).tolist() == [1, 4, 2, 3, 5]
    assert index.descendants(5).tolist() == []
    assert index.ancestors(5) == [3, 1, 0]


def test_classes_and_names() -> None:
    index = ObjectIndex(object_table(4, **{"class": ["IfcWall", None, "IfcDoor", "IfcWall"]}))
    assert index.classes == {"": 1, "IfcDoor": 1, "IfcWall": 2}
    assert index.rows_of_class("IfcWall").tolist() == [0, 3]
    assert index.rows_of_class("IfcStair").tolist() == []
    assert index.name(2) == "Wall 2"
    assert index.object_class(2) == "IfcDoor"


def test_search_ignores_case_and_takes_text_as_it_is() -> None:
    names = ["Außenwand 北墙", "STAIR (1.*)", None, "door"]
    index = ObjectIndex(object_table(4, name=names, id=["a", "b", "c", "2O2Fr$t4X7Zf8NOew3FLOH"]))
    assert index.search("stair").tolist() == [1]
    assert index.search("(1.*)").tolist() == [1]
    assert index.search(".*)").tolist() == [1]
    assert index.search("北墙").tolist() == [0]
    assert index.search("AUSSEN").tolist() == []
    assert index.search("AUßEN").tolist() == [0]
    assert index.search("2o2fr$").tolist() == [3]
    assert index.search("ifcwall", limit=2).tolist() == [1, 2]
    assert index.search("  ").tolist() == []


def test_a_million_objects() -> None:
    count = 1_000_000
    rows = np.arange(count)
    text = pa.array(rows).cast(pa.string())
    columns = {field.name: pa.nulls(count, field.type) for field in OBJECTS_SCHEMA}
    columns |= {"name": text, "id": text, "class": text, "parent": pa.array(((rows - 1) // 10).astype(np.int32))}
    start = time.perf_counter()
    index = ObjectIndex(pa.table(columns, schema=OBJECTS_SCHEMA))
    assert index.children(0).size == 10
    assert index.num_children(99_999) == 9
    assert index.descendants(0).size == count - 1
    built = time.perf_counter()
    index.search("x")
    first = time.perf_counter()
    assert index.search("999999").tolist() == [999_999]
    again = time.perf_counter()
    assert built - start < 2.0
    assert first - built < 3.0
    assert again - first < 1.0
