"""Saving, closing, recovering: nothing the user arranged is lost."""

from pathlib import Path

import numpy as np
import pytest

from loaders.model.formats import LayerKind
from loaders.model.frames import Georeference, translation
from scenes.model.layers import Layer
from scenes.model.placement import Placement
from scenes.model.view import CameraView
from tests.unit.twin_app.usecases.fakes import MemoryTileset, add, workbench_with
from twin_app.services import project as store
from twin_app.usecases import projects
from twin_app.usecases.placing import move_layer, place_layer
from twin_app.usecases.workbench import Workbench

BOX_M = np.array([0, 0, 0, 10, 10, 10.0])


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYTWIN_DATA_DIR", str(tmp_path / "data"))


def arranged(tmp_path: Path, **answers: object) -> Workbench:
    workbench = workbench_with(**answers)
    georeference = Georeference("EPSG:4547", translation((530_000, 3_385_000, 20)), "map_conversion")
    layer = add(workbench, "塔楼", MemoryTileset([-1], ["IfcBuilding"], BOX_M, georeference))
    layer.source = tmp_path / "models" / "塔楼.ifc"
    place_layer(workbench, layer)
    move_layer(workbench, layer, east_m=3.5, rotation_deg=30.0)
    layer.opacity, layer.max_level = 0.4, 3
    workbench.scene.view.camera = CameraView((1.0, 2.0, 3.0), (4.0, 5.0, 6.0), orthographic=True)
    return workbench


def test_a_saved_project_holds_what_was_arranged(tmp_path: Path) -> None:
    workbench = arranged(tmp_path)
    assert workbench.project.dirty
    path = tmp_path / "片区.citytwin"
    assert projects.save_project(workbench, path)
    assert not workbench.project.dirty
    record = store.read_project(path)
    (layer,) = record.layers
    assert (layer.name, layer.opacity, layer.max_level, record.crs) == ("塔楼", 0.4, 3, "EPSG:4547")
    other = Layer("塔楼", LayerKind.BUILDING)
    projects.take_place(other, layer)
    assert other.max_level == 3
    assert layer.source == str(tmp_path / "models" / "塔楼.ifc")
    assert (layer.placement.east_m, layer.placement.rotation_deg) == (3.5, 30.0)
    assert record.camera is not None
    assert projects.camera_from(record.camera) == workbench.scene.view.camera
    assert '"models/塔楼.ifc"' in path.read_text("utf-8")


def test_saving_asks_for_a_name_once_and_gives_it_its_ending(tmp_path: Path) -> None:
    workbench = arranged(tmp_path, path=tmp_path / "district")
    assert projects.save_project(workbench)
    assert workbench.project.path == (tmp_path / "district.citytwin").resolve()


def test_a_project_that_cannot_be_written_stays_unsaved_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    workbench = arranged(tmp_path)
    assert not projects.save_project(workbench, tmp_path / "file" / "p.citytwin")
    assert workbench.project.dirty
    assert [m.code for m in workbench.messages] == ["file.not_written"]


@pytest.mark.parametrize(("answer", "closes"), [("discard", True), ("cancel", False)])
def test_unsaved_changes_are_asked_about(tmp_path: Path, answer: str, closes: bool) -> None:
    workbench = arranged(tmp_path, keep=answer)
    assert projects.close_project(workbench) is closes
    assert len(workbench.scene.layers) == (0 if closes else 1)
    assert workbench.ui.start_page_shown == int(closes)


def test_what_a_crash_left_behind_is_offered_and_given_up_when_saved(tmp_path: Path) -> None:
    workbench = arranged(tmp_path)
    assert not projects.offer_recovery(workbench)
    projects.autosave(workbench)
    assert not projects.recoverable(workbench), "what this run keeps is no news to it"
    assert projects.offer_recovery(workbench_with())
    kept = store.read_project(projects.autosave_path())
    assert kept.layers[0].placement == store.PlacementRecord(**vars_of(Placement(east_m=3.5, rotation_deg=30.0)))
    projects.save_project(workbench, tmp_path / "p.citytwin")
    assert not projects.recoverable(workbench_with())


def vars_of(placement: Placement) -> dict[str, float]:
    return {name: getattr(placement, name) for name in ("east_m", "north_m", "height_m", "rotation_deg")}


def test_a_project_with_a_missing_source_opens_without_it(tmp_path: Path) -> None:
    path = tmp_path / "p.citytwin"
    store.write_project(path, store.ProjectRecord(crs="EPSG:4547", layers=[store.LayerRecord("gone.ifc", "building")]))
    workbench = workbench_with()
    assert projects.open_project(workbench, path) == []
    assert workbench.scene.crs == "EPSG:4547"
    assert [m.code for m in workbench.messages] == ["registry.missing"]


def test_a_damaged_project_closes_nothing(tmp_path: Path) -> None:
    workbench = arranged(tmp_path)
    (tmp_path / "p.citytwin").write_bytes(b"{")
    with pytest.raises(Exception, match=r"project\.damaged"):
        projects.open_project(workbench, tmp_path / "p.citytwin")
    assert len(workbench.scene.layers) == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_model_without_a_place_stands_where_it_was_saved_whatever_loads_first(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    ground = Georeference("EPSG:2169", translation((290_000, 5_520_000, 300)), "file")
    sources = [("house.ifc", Georeference()), ("ground.tif", ground)]
    (tmp_path / "house.ifc").write_text("x")
    saved = workbench_with()
    for name, georeference in sources:
        layer = add(saved, name, MemoryTileset([-1], ["IfcBuilding"], BOX_M, georeference))
        layer.source = tmp_path / name
        place_layer(saved, layer)
    house = next(iter(saved.scene.layers))
    move_layer(saved, house, east_m=500.0, rotation_deg=45.0, height_m=7.0)
    path = tmp_path / "site.citytwin"
    assert projects.save_project(saved, path)

    record = store.read_project(path)
    again = workbench_with()
    again.scene.crs = record.crs
    for index in order:
        entry = record.layers[index]
        layer = add(again, entry.name, MemoryTileset([-1], ["IfcBuilding"], BOX_M, sources[index][1]))
        projects.take_place(layer, entry)
        place_layer(again, layer)
    found = next(one for one in again.scene.layers if one.name == "house.ifc")
    assert found.world_from_model == pytest.approx(house.world_from_model)


@pytest.mark.parametrize("base", [[1.0] * 15, [float("inf")] * 16, []])
def test_a_base_that_is_no_matrix_is_ignored(base: list[float]) -> None:
    assert projects.base_from(base) is None
