"""Layers, properties, placement, sections, jobs and messages."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from loaders.model.errors import Finding, Severity
from scenes.model.layers import Layer
from scenes.model.scene import ObjectRef
from tests.gui.driving import open_folder, until
from twin_app.services.jobs import JobContext, JobState
from twin_app.ui.main_window import MainWindow
from twin_app.ui.panels.jobs import JobsPanel
from twin_app.ui.panels.layers import LayersPanel
from twin_app.ui.panels.messages import MessagesPanel
from twin_app.ui.panels.placement import PlacementPanel
from twin_app.ui.panels.properties import PropertiesPanel
from twin_app.ui.panels.property_rows import groups_of, tidy_number
from twin_app.ui.panels.section import SectionPanel

WALL, WINDOW, OTHER_WALL = 5, 6, 7


@pytest.fixture
def office(window: MainWindow, folders: dict[str, Path]) -> Layer:
    """The office, opened."""
    return open_folder(window, folders["office"])


def _properties(window: MainWindow) -> PropertiesPanel:
    panel = window.panels["properties"]
    assert isinstance(panel, PropertiesPanel)
    return panel


def test_properties_of_one_object(window: MainWindow, office: Layer) -> None:
    window.context.workbench.scene.select([ObjectRef(office.layer_id, WALL)])
    panel = _properties(window)
    until(lambda: panel.tree.topLevelItemCount() > 2)
    heads = [panel.tree.topLevelItem(i).text(0) for i in range(panel.tree.topLevelItemCount())]
    assert heads == ["Identity", "Position and size", "Pset_WallCommon", "Qto_WallBaseQuantities", "Materials"]
    rows = {row.name: row for group in panel._groups for row in group.rows}
    assert rows["IsExternal"].value == "Yes"
    assert rows["IsExternal"].inherited
    assert rows["ThermalTransmittance"].shown == "0.24 W/(m²·K)"
    assert rows["Storey"].value == "Level 1"
    assert panel.title.text() == "Wall 1S"


def test_properties_of_several_objects(window: MainWindow, office: Layer) -> None:
    refs = (ObjectRef(office.layer_id, WALL), ObjectRef(office.layer_id, OTHER_WALL))
    groups = groups_of(window.context.workbench, refs)
    rows = {row.name: row for group in groups for row in group.rows}
    assert rows["Name"].value == "several values"
    assert rows["FireRating"].value == "REI 90"
    only_one = groups_of(window.context.workbench, (refs[0], ObjectRef(office.layer_id, WINDOW)))
    assert "FireRating" not in {row.name for group in only_one for row in group.rows}


def test_properties_search_and_copy(window: MainWindow, office: Layer) -> None:
    window.context.workbench.scene.select([ObjectRef(office.layer_id, WALL)])
    panel = _properties(window)
    until(lambda: panel.tree.topLevelItemCount() > 2)
    panel.search.setText("fire")
    assert panel.tree.topLevelItemCount() == 1
    panel.tree.topLevelItem(0).child(0).setSelected(True)
    panel.copy(panel._chosen())
    assert QGuiApplication.clipboard().text() == "FireRating\tREI 90"
    panel.copy(panel._chosen(), values_only=True)
    assert QGuiApplication.clipboard().text() == "REI 90"
    panel.copy_all()
    assert "NetVolume\t6.48\tm³" in QGuiApplication.clipboard().text()


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0, "0"), (0.24, "0.24"), (1234.5, "1,234.5"), (1e-7, "1e-07"), (float("inf"), "inf")]
)
def test_numbers_are_tidy(value: float, shown: str) -> None:
    assert tidy_number(value) == shown


def test_placement_moves_live(window: MainWindow, office: Layer) -> None:
    panel = window.panels["placement"]
    assert isinstance(panel, PlacementPanel)
    before = office.world_from_model.copy()
    panel.fields["east_m"].setValue(12.5)
    assert office.placement.east_m == 12.5
    assert office.world_from_model[0, 3] == pytest.approx(before[0, 3] + 12.5)
    assert window.context.workbench.project.dirty
    window.context.run("layer.reset_placement", layer_id=office.layer_id)
    assert panel.fields["east_m"].value() == 0.0


def test_snap_to_terrain_shows_in_the_fields(window: MainWindow, folders: dict[str, Path]) -> None:
    open_folder(window, folders["ground"])
    office = open_folder(window, folders["office"])
    panel = window.panels["placement"]
    assert isinstance(panel, PlacementPanel)
    panel.layers.setCurrentIndex(panel.layers.findData(office.layer_id))
    panel.fields["height_m"].setValue(40.0)
    window.context.run("layer.snap_to_terrain", layer_id=office.layer_id)
    # The ground lies 1 cm under the slab's underside.
    assert panel.fields["height_m"].value() == pytest.approx(-0.01, abs=2e-3)


def test_section_plane_and_box_sliders(window: MainWindow, office: Layer) -> None:
    panel, view = window.panels["section"], window.context.workbench.scene.view
    assert isinstance(panel, SectionPanel)
    panel.add_plane("z")
    before = view.section_planes[0].origin_m[2]
    panel.plane_sliders[0].setValue(900)
    assert view.section_planes[0].origin_m[2] > before
    window.context.run("section.box")
    assert view.section_box is not None
    low = view.section_box.bounds_m[0]
    panel.sliders[0].setValue(500)
    assert view.section_box.bounds_m[0] == pytest.approx((low + view.section_box.bounds_m[3]) / 2, rel=1e-6)
    window.context.run("section.clear")
    assert view.section_box is None
    assert not panel.plane_sliders


def test_layers_show_findings_and_opacity(window: MainWindow, office: Layer) -> None:
    panel = window.panels["layers"]
    assert isinstance(panel, LayersPanel)
    panel.choose(office.layer_id)
    assert window.context.workbench.current_layer_id == office.layer_id
    panel._opacity.setValue(40)
    assert office.opacity == pytest.approx(0.4)
    finding = Finding.warning("open.unmeshed", "x", count=3)
    office.findings = (finding,)
    window.context.workbench.messages.finding(finding, office.layer_id)
    rect = panel.tree.visualRect(panel.model.index_of(office.layer_id))
    QTest.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(rect.right() - 34, rect.center().y()))
    assert window.docks.by_name["messages"].isVisible()
    messages = window.panels["messages"]
    assert isinstance(messages, MessagesPanel)
    assert messages.filter.rowCount() == 1
    QTest.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(rect.right() - 10, rect.center().y()))
    assert not office.visible


def test_jobs_show_true_progress_and_cancel(window: MainWindow) -> None:
    panel = window.panels["jobs"]
    assert isinstance(panel, JobsPanel)
    go_on = threading.Event()

    def work(context: JobContext) -> None:
        context.progress(0.25, "job.demo")
        while not go_on.wait(0.01):
            context.job.checkpoint()

    job = window.context.workbench.jobs.submit("slow", work, title_key="job.demo")
    row = panel.rows[0]
    until(lambda: row.bar.value() == 250)
    row.cancel.click()
    until(lambda: job.state is JobState.CANCELLED)
    assert "ancelled" in row._stage.text()
    go_on.set()


def test_messages_filter(window: MainWindow) -> None:
    messages, panel = window.context.workbench.messages, window.panels["messages"]
    assert isinstance(panel, MessagesPanel)
    before = panel.filter.rowCount()
    messages.info("project.saved", "/somewhere/a.citytwin")
    messages.finding(Finding.error("project.damaged", "b.citytwin", reason="odd"))
    assert panel.filter.rowCount() == before + 2
    panel.switches[Severity.ERROR].setChecked(False)
    assert panel.filter.rowCount() == before + 1
    panel.search.setText("nothing of the kind")
    assert panel.filter.rowCount() == 0
    panel.search.clear()
    panel.switches[Severity.ERROR].setChecked(True)
    messages.clear()
    assert panel.filter.rowCount() == 0


def test_the_legend_of_levels_caps_the_view_and_a_layer_may_differ(
    window: MainWindow, folders: dict[str, Path]
) -> None:
    layer = open_folder(window, folders["office"])
    legend = window.findChild(QToolButton, "status_level")
    assert legend.text() == "CIM7 Parts"
    assert [action.text().split()[0] for action in legend.menu().actions()] == [f"CIM{n}" for n in range(7, 0, -1)]
    until(lambda: bool(window.view.canvas.visuals.levels_drawn()))
    legend.menu().aboutToShow.emit()
    on_show = {a.text().split()[0]: a.text().partition("\t")[2] for a in legend.menu().actions()}
    drawn = window.view.canvas.visuals.levels_drawn()
    assert {f"CIM{level}": "layers: 1" for level in drawn} == {k: v for k, v in on_show.items() if v}
    next(action for action in legend.menu().actions() if action.text().startswith("CIM3")).trigger()
    assert window.context.workbench.scene.view.display.max_level == 3
    assert legend.text() == "CIM3 Shells"
    window.panels["layers"].choose(layer.layer_id)
    window.context.run("layer.level_cim2")
    assert layer.max_level == 2
    visual = window.view.canvas.visuals.get(layer.layer_id)
    assert visual.cap == 2
    window.context.run("layer.level_view")
    assert visual.cap == 3


def test_what_is_taken_out_of_a_layout_at_once_is_never_a_window(window: MainWindow) -> None:
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

    from twin_app.ui.widgets import clear_layout

    host = QWidget(window)
    layout = QVBoxLayout(host)
    host.show()
    before = set(QApplication.topLevelWidgets())
    made = QLabel("for a moment")
    layout.addWidget(made)
    clear_layout(layout)
    QApplication.processEvents()
    assert not [one for one in QApplication.topLevelWidgets() if one not in before and one.isVisible()]
    host.deleteLater()
    QTest.qWait(10)
