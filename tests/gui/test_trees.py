"""Object trees: a million rows, filters, eyes, and the selection going round."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest

from loaders.tileset import Tileset
from scenes.model.layers import Layer, LayerState, ObjectFlag
from scenes.model.scene import ObjectRef
from tests.gui import models
from tests.gui.driving import open_folder, until
from twin_app.ui.main_window import MainWindow
from twin_app.ui.panels.layer_objects import LayerObjects, Shown
from twin_app.ui.panels.objects import ObjectsPanel
from twin_app.ui.panels.tree_model import PAGE, ClassModel, SpatialModel

MILLION = 1_000_000


@pytest.fixture(scope="module")
def million(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A storey with a million walls, its tables made without a Python object each."""
    import pyarrow as pa

    from loaders.model.tables import OBJECTS_SCHEMA

    small = models.many(2)
    folder = tmp_path_factory.mktemp("large") / "million"
    columns: dict[str, pa.Array] = {}
    rows = np.arange(MILLION + 1)
    for field in OBJECTS_SCHEMA:
        columns[field.name] = pa.nulls(MILLION + 1, field.type)
    names = pa.array(np.char.add("Wall ", rows.astype(str)))
    columns |= {
        "id": names,
        "name": names,
        "class": pa.array(np.where(rows == 0, "IfcBuildingStorey", "IfcWall")),
        "parent": pa.array(np.where(rows == 0, -1, 0).astype(np.int32)),
        "storey": pa.array(np.full(rows.size, -1, np.int32)),
        "level": pa.array(np.full(rows.size, 6, np.int8)),
        "hidden": pa.array(np.zeros(rows.size, bool)),
    }
    small.table = pa.table(columns, schema=OBJECTS_SCHEMA)
    return small.write(folder)


def _objects(folder: Path) -> LayerObjects:
    tileset = Tileset.open(folder)
    layer = Layer("layer", tileset.kind)
    layer.flags = np.zeros(tileset.num_objects, np.uint8)
    layer.tileset_folder = folder
    layer.state = LayerState.READY
    return LayerObjects(layer, tileset)


@pytest.mark.parametrize("kind", [SpatialModel, ClassModel])
def test_the_models_keep_qts_rules(qapp: object, folders: dict[str, Path], kind: type) -> None:
    model = kind()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_layers({1: _objects(folders["office"]), 2: _objects(folders["ground"])})
    seen = 0
    waiting = [QModelIndex()]
    while waiting:
        above = waiting.pop()
        for row in range(model.rowCount(above)):
            index = model.index(row, 0, above)
            assert index.parent() == above
            seen += model.ref_of(index) is not None
            waiting.append(index)
    assert seen == len(model.layers[1]) + len(model.layers[2])


@pytest.mark.parametrize("kind", [SpatialModel, ClassModel])
def test_a_million_rows_are_asked_for_page_by_page(
    window: MainWindow, million: Path, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = {"data": 0, "index": 0}
    for name in calls:
        method = getattr(kind, name)

        def counting(self: object, *args: object, _name: str = name, _method: object = method) -> object:
            calls[_name] += 1
            return _method(self, *args)  # type: ignore[operator]

        monkeypatch.setattr(kind, name, counting)
    open_folder(window, million)
    panel = window.panels["objects"]
    assert isinstance(panel, ObjectsPanel)
    place = 0 if kind is SpatialModel else 1
    tree, model = panel.trees[place], panel.trees[place].model()
    panel.tabs.setCurrentIndex(place)
    index = model.index(model.rowCount() - 1, 0)
    while model.rowCount(index):
        tree.expand(index)
        below = model.index(model.rowCount(index) - 1, 0, index)
        if not below.isValid():
            break
        index = below
    tree.scrollTo(index)
    QTest.qWait(60)
    assert model.ref_of(index).row == MILLION
    assert calls["index"] < 60_000
    assert calls["data"] < 20_000
    assert model.index_of_ref(ObjectRef(model.ref_of(index).layer_id, MILLION)) == index


def test_pages_are_whole(qapp: object, million: Path) -> None:
    model = SpatialModel()
    model.set_layers({1: _objects(million)})
    storey = model.index(0, 0, model.index(0, 0))
    assert model.rowCount(storey) == MILLION // PAGE
    page = model.index(model.rowCount(storey) - 1, 0, storey)
    assert page.data() == "999,001 – 1,000,000"
    assert model.rowCount(page) == PAGE
    last = model.index(PAGE - 1, 0, page)
    assert model.ref_of(last).row == MILLION
    assert last.parent() == page
    assert page.parent() == storey


def test_subtree_shares(folders: dict[str, Path]) -> None:
    """Against counting by walking down from each object."""
    objects = _objects(folders["office"])
    rng = np.random.default_rng(4)
    hidden = rng.random(len(objects)) < 0.4
    objects.layer.flags = np.where(hidden, np.uint8(ObjectFlag.HIDDEN), np.uint8(0))
    table = objects.tileset.objects()
    shaped = np.asarray(table["triangles"]) > 0
    counted = shaped & ~np.asarray(table["hidden"])
    for row in range(len(objects)):
        below = np.append(objects.index.descendants(row), row)
        of = below[counted[below]]
        wanted = hidden[of] if of.size else hidden[[row]]
        expected = Shown.NONE if wanted.all() else Shown.PARTLY if wanted.any() else Shown.ALL
        assert objects.shown(row) == expected, row


def test_eyes_hide_subtrees(window: MainWindow, folders: dict[str, Path]) -> None:
    layer = open_folder(window, folders["office"])
    panel = window.panels["objects"]
    assert isinstance(panel, ObjectsPanel)
    storey = panel.spatial.index_of_ref(ObjectRef(layer.layer_id, 3))
    panel.toggle_eye(storey)
    objects = panel.spatial.layers[1]
    below = objects.index.descendants(3)
    assert (layer.flags[below] & ObjectFlag.HIDDEN).all()
    assert objects.shown(3) == Shown.NONE
    assert objects.shown(0) == Shown.PARTLY
    panel.toggle_eye(panel.spatial.index_of_ref(ObjectRef(layer.layer_id, 0)))
    assert objects.shown(0) == Shown.ALL


def test_selection_goes_round_once(window: MainWindow, folders: dict[str, Path]) -> None:
    layer = open_folder(window, folders["office"])
    scene, panel = window.context.workbench.scene, window.panels["objects"]
    assert isinstance(panel, ObjectsPanel)
    told: list[int] = []
    scene.selection_changed.connect(lambda: told.append(1))
    tree = panel.trees[0]
    index = panel.spatial.index_of_ref(ObjectRef(layer.layer_id, 7))
    tree.scrollTo(index)
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=tree.visualRect(index).center())
    assert scene.selection == (ObjectRef(layer.layer_id, 7),)
    assert len(told) == 1
    other = ObjectRef(layer.layer_id, 5)
    scene.select([other])
    assert len(told) == 2
    for view in panel.trees:
        model = view.model()
        assert [model.ref_of(i) for i in view.selectionModel().selectedIndexes()] == [other]


def test_the_filter_keeps_hits_and_what_is_above(window: MainWindow, folders: dict[str, Path]) -> None:
    layer = open_folder(window, folders["office"])
    panel = window.panels["objects"]
    assert isinstance(panel, ObjectsPanel)
    panel.search.setText("door 3")
    row = next(r for r in range(len(panel.spatial.layers[1])) if panel.spatial.layers[1].name(r) == "Door 3")
    until(lambda: not panel.spatial.index_of_ref(ObjectRef(layer.layer_id, 3)).isValid())
    index = panel.spatial.index_of_ref(ObjectRef(layer.layer_id, row))
    assert index.isValid()
    assert panel.spatial.rowCount(index.parent()) == 1
    assert panel.classes.rowCount() == 1
    assert "1" in panel._note.text()
    panel.search.clear()
    until(lambda: panel.spatial.index_of_ref(ObjectRef(layer.layer_id, 3)).isValid())


def test_class_counts(qapp: object, folders: dict[str, Path]) -> None:
    model = ClassModel()
    model.set_layers({1: _objects(folders["office"])})
    shown = {model.index(r, 0).data(): model.count(model.index(r, 0).internalId()) for r in range(model.rowCount())}
    assert shown == model.layers[1].index.classes
    assert shown["IfcWall"] == 24


def test_a_class_stands_for_all_its_objects(window: MainWindow, folders: dict[str, Path]) -> None:
    open_folder(window, folders["office"])
    panel = window.panels["objects"]
    assert isinstance(panel, ObjectsPanel)
    panel.tabs.setCurrentIndex(1)
    tree, model = panel.trees[1], panel.classes
    place = next(i for i in range(model.rowCount()) if model.index(i, 0).data() == "IfcWindow")
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=tree.visualRect(model.index(place, 0)).center())
    objects = next(iter(model.layers.values()))
    selection = window.context.workbench.scene.selection
    assert sorted(ref.row for ref in selection) == objects.of_class("IfcWindow").tolist()
    assert len(selection) > 1


def test_return_goes_from_hit_to_hit(window: MainWindow, folders: dict[str, Path]) -> None:
    open_folder(window, folders["office"])
    open_folder(window, folders["ground"])
    panel = window.panels["objects"]
    assert isinstance(panel, ObjectsPanel)
    panel.search.setText("IfcWindow")
    QTest.keyClick(panel.search, Qt.Key.Key_Return)
    (objects, _) = panel.spatial.layers.values()
    assert objects.hits is not None
    rows = objects.hits.tolist()
    scene = window.context.workbench.scene
    assert [ref.row for ref in scene.selection] == rows[:1]
    QTest.keyClick(panel.search, Qt.Key.Key_Return)
    assert [ref.row for ref in scene.selection] == rows[1:2]
    assert panel.spatial.rowCount() == 1, "layers without a hit are left out"


def test_layers_of_one_source_have_their_own_objects(window: MainWindow, folders: dict[str, Path]) -> None:
    first, second = open_folder(window, folders["office"]), open_folder(window, folders["office"])
    panel = window.panels["objects"]
    assert isinstance(panel, ObjectsPanel)
    until(lambda: len(panel.spatial.layers) == 2)
    assert [objects.layer for objects in panel.spatial.layers.values()] == [first, second]
    panel.toggle_eye(panel.spatial.index_of_ref(ObjectRef(second.layer_id, 3)))
    assert second.rows_with(ObjectFlag.HIDDEN).size > first.rows_with(ObjectFlag.HIDDEN).size
