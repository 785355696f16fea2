"""Groups of layers: the tree, what can be done with a group, and how many layers it bears."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from loaders.model.formats import LayerKind
from scenes.model.disciplines import Discipline
from scenes.model.groups import Group, GroupOrder
from scenes.model.layers import Layer
from scenes.model.scene import Scene
from tests.gui.driving import open_folder, until
from twin_app.ui.main_window import MainWindow
from twin_app.ui.panels.layer_model import LayerModel
from twin_app.ui.panels.layers import LayersPanel
from twin_app.usecases.grouping import put_into

SLOW_SECS = 0.15


@pytest.fixture
def panel(window: MainWindow) -> LayersPanel:
    """The layers panel."""
    found = window.panels["layers"]
    assert isinstance(found, LayersPanel)
    return found


@pytest.fixture
def tower(window: MainWindow, folders: dict[str, Path], tmp_path: Path) -> list[Layer]:
    """One building of two disciplines, and its ground."""
    layers = []
    for name, discipline in (("arch", Discipline.ARCHITECTURE), ("elec", Discipline.ELECTRICAL)):
        layer = open_folder(window, Path(shutil.copytree(folders["office"], tmp_path / name)))
        put_into(window.context.workbench, [layer], building="Tower A", discipline=discipline)
        layers.append(layer)
    return [*layers, open_folder(window, folders["ground"])]


def rows(panel: LayersPanel, above: QModelIndex | None = None) -> list[object]:
    """The tree as nested lists of names."""
    if above is None:
        panel.model.update_now()
    above = above or QModelIndex()
    found: list[object] = []
    for place in range(panel.model.rowCount(above)):
        index = panel.model.index(place, 0, above)
        below = rows(panel, index)
        found.append([index.data(), *below] if below else index.data())
    return found


def _click_eye(panel: LayersPanel, key: Group | str) -> None:
    rect = panel.tree.visualRect(panel.model.index_of(key))
    at = QPoint(rect.right() - 10, rect.center().y())
    QTest.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_two_disciplines_are_one_building(window: MainWindow, panel: LayersPanel, tower: list[Layer]) -> None:
    assert rows(panel) == [["Tower A", ["Architecture", "arch"], ["Electrical", "elec"]], "ground"]
    window.context.run("layer.tree_by_discipline")
    assert rows(panel) == [["Architecture", "arch"], ["Electrical", "elec"], ["Terrain", "ground"]]
    window.context.workbench.settings.set("ui.language", "zh_CN")
    assert rows(panel)[0] == ["建筑", "arch"]


def test_the_eye_of_a_group(window: MainWindow, panel: LayersPanel, tower: list[Layer]) -> None:
    panel.choose(tower[0].layer_id)
    arch, elec, ground = tower
    _click_eye(panel, Group("Tower A"))
    assert (arch.visible, elec.visible, ground.visible) == (False, False, True)
    assert window.context.workbench.current_layer_id == arch.layer_id, "an eye chooses nothing"
    _click_eye(panel, Group("Tower A", Discipline.ELECTRICAL))
    assert (arch.visible, elec.visible) == (False, True)
    _click_eye(panel, Group("Tower A"))
    assert arch.visible
    assert elec.visible


def test_commands_act_on_a_whole_group(window: MainWindow, panel: LayersPanel, tower: list[Layer]) -> None:
    arch, elec, ground = tower
    context = window.context
    panel.choose(Group("Tower A"))
    context.run("layer.isolate")
    assert [layer.visible for layer in tower] == [True, True, False]
    assert context.registry["layer.isolate"].checked(context.workbench)  # type: ignore[misc]
    context.run("layer.isolate")
    assert ground.visible
    panel._opacity.setValue(40)
    context.run("layer.level_cim3")
    assert [(layer.opacity, layer.max_level) for layer in tower] == [(0.4, 3), (0.4, 3), (1.0, 0)]
    context.run("layer.select_objects")
    assert {ref.layer_id for ref in context.workbench.scene.selection} == {arch.layer_id, elec.layer_id}
    context.run("layer.colour_orange")
    assert [layer.colouring for layer in tower] == ["#E69F00", "#E69F00", ""]
    assert arch.colours is not None
    context.run("layer.colour_by_discipline")
    assert window.context.workbench.scene.legend is not None
    assert [text for text, _ in panel.legend.swatches.entries] == ["Architecture", "Electrical"]
    assert arch.colours is not None
    assert elec.colours is not None
    assert arch.colours[0].tolist() != elec.colours[0].tolist()
    context.run("layer.colour_own")
    assert arch.colours is None
    assert not panel.legend.isVisibleTo(panel)
    context.run("layer.fit")
    context.run("layer.remove", building="Tower A")
    assert list(context.workbench.scene.layers) == [ground]
    assert rows(panel) == ["ground"]


def test_layers_are_taken_to_other_groups(window: MainWindow, panel: LayersPanel, tower: list[Layer]) -> None:
    arch, _, ground = tower
    model = panel.model
    model.update_now()
    data = model.mimeData([model.index_of(ground.layer_id)])
    copy = Qt.DropAction.CopyAction
    assert model.canDropMimeData(data, copy, -1, -1, QModelIndex())
    model.dropMimeData(data, copy, -1, -1, model.index_of(Group("Tower A", Discipline.ELECTRICAL)))
    assert (ground.building, ground.discipline) == ("Tower A", Discipline.ELECTRICAL)
    assert rows(panel) == [["Tower A", ["Architecture", "arch"], ["Electrical", "elec", "ground"]]]
    model.dropMimeData(model.mimeData([model.index_of(arch.layer_id)]), copy, -1, -1, QModelIndex())
    assert arch.building == ""
    assert window.context.workbench.project.dirty


def test_a_building_is_renamed_where_it_stands(window: MainWindow, panel: LayersPanel, tower: list[Layer]) -> None:
    panel.choose(Group("Tower A"))
    window.context.run("layer.rename")
    editor = panel.tree.findChild(QLineEdit)
    assert editor.text() == "Tower A"
    editor.setText("Block 7")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QTest.qWait(20)
    assert rows(panel)[0][0] == "Block 7"  # type: ignore[index]
    assert [layer.building for layer in tower] == ["Block 7", "Block 7", ""]


def test_what_is_closed_stays_closed(
    window: MainWindow, panel: LayersPanel, tower: list[Layer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = Group("Tower A")
    rows(panel)
    assert panel.tree.isExpanded(panel.model.index_of(group))
    panel.tree.collapse(panel.model.index_of(group))
    path = tmp_path / "p.citytwin"
    monkeypatch.setattr(window, "ask_save_path", lambda **_: path)
    window.context.run("file.save")
    window.context.run("file.open", paths=[str(path)])
    until(lambda: len(window.context.workbench.scene.layers) == 3)
    rows(panel)
    assert not panel.tree.isExpanded(panel.model.index_of(group))
    window.context.run("layer.tree_open")
    assert panel.tree.isExpanded(panel.model.index_of(group))


def test_the_menu_of_a_group_and_of_the_tree(window: MainWindow, panel: LayersPanel, tower: list[Layer]) -> None:
    rows(panel)
    menus_before = set(panel.tree.findChildren(QMenu))
    rect = panel.tree.visualRect(panel.model.index_of(Group("Tower A")))
    panel._show_menu(rect.center())
    (menu,) = [m for m in panel.tree.findChildren(QMenu) if m not in menus_before and m.parent() is panel.tree]
    buildings = next(m for m in menu.findChildren(QMenu) if m.title() == "Building")
    assert next(a.text() for a in buildings.actions() if a.text()) == "Tower A"
    assert window.context.workbench.current_group == Group("Tower A")
    menu.close()
    panel._show_menu(QPoint(20, panel.tree.viewport().height() - 4))
    shown = [m for m in panel.tree.findChildren(QMenu) if m.parent() is panel.tree and m.isVisible()]
    assert shown[0].actions()[0].objectName() == "layer.tree_by_discipline"
    shown[0].close()


def test_building_by_dialog(
    window: MainWindow, panel: LayersPanel, tower: list[Layer], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(window, "ask_text", lambda _key, *, value, choices: asked.append(choices) or "Hall")
    panel.choose(tower[2].layer_id)
    window.context.run("layer.set_building")
    assert tower[2].building == "Hall"
    assert asked == [["Tower A"]]
    window.context.run("layer.discipline_civil")
    assert tower[2].discipline is Discipline.CIVIL
    window.context.run("layer.no_building")
    assert tower[2].building == ""


def _random_step(scene: Scene, rng: random.Random) -> None:
    layers = list(scene.layers)
    what = rng.choice(("add", "add", "remove", "move", "rename", "order")) if layers else "add"
    if what == "add":
        layer = Layer(f"m{rng.randrange(50)}", LayerKind.BUILDING)
        layer.building, layer.discipline = rng.choice(("", "A", "B", "C")), rng.choice(list(Discipline)[:4])
        scene.layers.add(layer)
    elif what == "order":
        scene.groups.order = rng.choice(list(GroupOrder))
    else:
        layer = rng.choice(layers)
        if what == "remove":
            scene.layers.remove(layer)
        elif what == "rename":
            layer.name = f"m{rng.randrange(50)}"
        else:
            layer.building, layer.discipline = rng.choice(("", "A", "B")), rng.choice(list(Discipline)[:3])


@pytest.mark.parametrize("seed", range(6))
def test_the_tree_keeps_qts_rules_and_follows_the_scene(qapp: object, seed: int) -> None:
    scene, rng, parent = Scene(), random.Random(seed), QWidget()
    model = LayerModel(scene, str, parent)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    for _ in range(150):
        _random_step(scene, rng)
        if rng.random() < 0.5:
            model.update_now()
    model.update_now()
    fresh = LayerModel(scene, str, parent)
    fresh.update_now()

    def shape(one: LayerModel, above: QModelIndex) -> list[object]:
        places = range(one.rowCount(above))
        return [[one.key_of(i := one.index(p, 0, above)), shape(one, i)] for p in places]

    assert shape(model, QModelIndex()) == shape(fresh, QModelIndex())
    assert sorted(i for p in range(model.rowCount()) for i in model.layer_ids(model.index(p, 0))) == sorted(
        layer.layer_id for layer in scene.layers
    )
    parent.deleteLater()


def test_five_hundred_layers_are_quick_and_nothing_is_made_anew(window: MainWindow, panel: LayersPanel) -> None:
    scene = window.context.workbench.scene
    window.show_view()
    until(lambda: window.view.canvas.has_drawn)
    QTest.qWait(300)
    resets: list[int] = []
    panel.model.modelReset.connect(lambda: resets.append(1))
    start = time.perf_counter()
    for number in range(500):
        layer = Layer(f"model {number}", LayerKind.BUILDING, layer_id=f"L{number}")
        layer.building, layer.discipline = f"Building {number // 3}", list(Discipline)[number % 3]
        scene.layers.add(layer)
    panel.model.update_now()
    assert time.perf_counter() - start < 1.0
    assert panel.model.rowCount() == 167
    inserted: list[int] = []
    panel.model.rowsInserted.connect(lambda _parent, first, last: inserted.append(last - first + 1))
    start = time.perf_counter()
    scene.layers["L7"].name = "model 7b"
    panel.model.update_now()
    scene.layers["L8"].visible = False
    scene.layers.remove(scene.layers["L9"])
    panel.model.update_now()
    assert time.perf_counter() - start < SLOW_SECS
    assert sum(inserted) <= 1
    assert not resets
    panel.choose(Group("Building 40"))
    start = time.perf_counter()
    window.context.run("layer.toggle_visible")
    window.actions_.refresh()
    panel.tree.viewport().repaint()
    assert time.perf_counter() - start < SLOW_SECS
