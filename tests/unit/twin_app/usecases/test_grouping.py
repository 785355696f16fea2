"""Which building and discipline a source is guessed to belong to."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.convert import ConvertOptions, convert
from loaders.model.formats import LayerKind
from loaders.tileset import Tileset
from scenes.model.disciplines import Discipline
from scenes.model.groups import Group
from scenes.model.layers import Layer
from tests.unit.twin_app.usecases.fakes import workbench_with
from twin_app.services import project as store
from twin_app.usecases import grouping, projects
from twin_app.usecases.group_words import discipline_of_classes, named_discipline, speaks
from twin_app.usecases.workbench import Workbench


@pytest.mark.parametrize(
    ("name", "discipline", "rest"),
    [
        ("duplex_architecture", Discipline.ARCHITECTURE, "duplex"),
        ("A12-建筑", Discipline.ARCHITECTURE, "A12"),
        ("商务中心_结构", Discipline.STRUCTURE, "商务中心"),
        ("A12-机电-暖通", Discipline.HVAC, "A12"),
        ("B3 给排水", Discipline.PLUMBING, "B3"),
        ("Tower-MEP", Discipline.MEP, "Tower"),
        ("Duplex_MEP_20121207 - Electrical", Discipline.ELECTRICAL, "Duplex 20121207"),
        ("Strand House", None, "Strand House"),
        ("Archive", None, "Archive"),
    ],
)
def test_names_speak_of_disciplines(name: str, discipline: Discipline | None, rest: str) -> None:
    assert named_discipline(name) == (discipline, rest)


@pytest.mark.parametrize(
    ("counts", "discipline"),
    [
        ({"IfcWall": 60, "IfcDoor": 12, "IfcSlab": 30, "IfcColumn": 80, "IfcSpace": 400}, Discipline.ARCHITECTURE),
        ({"IfcBeam": 900, "IfcColumn": 300, "IfcPlate": 2000, "IfcStair": 4}, Discipline.STRUCTURE),
        ({"IfcCableCarrierSegment": 50, "IfcLightFixture": 90, "IfcSpace": 20, "IfcPump": 3}, Discipline.ELECTRICAL),
        ({"IfcDuctSegment": 500, "IfcAirTerminal": 90, "IfcPipeSegment": 100}, Discipline.HVAC),
        ({"IfcFlowTerminal": 82, "IfcFlowController": 8, "IfcLightFixtureType": 3}, Discipline.MEP),
        ({"IfcPipeSegment": 10, "IfcPipeFitting": 10, "IfcFlowController": 2, "IfcWall": 1}, Discipline.PLUMBING),
        ({"IfcFurniture": 300, "IfcBuilding": 1}, Discipline.INTERIOR),
        ({"IfcSpace": 10, "IfcBuildingStorey": 3}, None),
    ],
)
def test_most_objects_decide(counts: dict[str, int], discipline: Discipline | None) -> None:
    assert discipline_of_classes(counts) is discipline


@pytest.mark.parametrize("name", ["", " ", "0001", "XYZ", "Project Name", "// BUILDING/NAME //", "Default", "未命名"])
def test_what_programs_write_by_themselves_is_no_name(name: str) -> None:
    assert not speaks(name)
    assert speaks(name + " Riverside") or not name.strip() or name.startswith("//")


@pytest.fixture(scope="module")
def opened(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tileset]:
    """Real files, converted."""
    out = tmp_path_factory.mktemp("tiles")
    names = ("duplex_architecture", "duplex_electrical", "fzk_haus", "large_building")
    found = {}
    for name in names:
        options = ConvertOptions(engine="fast", out=out / name)
        found[name] = Tileset.open(Path(convert(shared_data / "ifc" / f"{name}.ifc", options).tileset))
    return found


def _grouped(workbench: Workbench, folder: Path, name: str, tileset: Tileset) -> Layer:
    layer = workbench.scene.layers.add(Layer(f"{name}.ifc", tileset.kind, folder / f"{name}.ifc"))
    grouping.guess_groups(workbench, layer, grouping.signs_of(layer.source or Path(), tileset))
    return layer


@pytest.mark.parametrize(
    "names", [("duplex_architecture", "duplex_electrical"), ("duplex_electrical", "duplex_architecture")]
)
def test_two_disciplines_of_one_building_come_together(
    opened: dict[str, Tileset], shared_data: Path, names: tuple[str, str]
) -> None:
    workbench = workbench_with()
    layers = {name: _grouped(workbench, shared_data / "ifc", name, opened[name]) for name in names}
    assert {layer.building for layer in layers.values()} == {"Duplex Apartment"}
    assert layers["duplex_architecture"].discipline is Discipline.ARCHITECTURE
    assert layers["duplex_electrical"].discipline is Discipline.ELECTRICAL


def test_names_of_real_buildings(opened: dict[str, Tileset], shared_data: Path) -> None:
    workbench = workbench_with()
    for name, building in (("fzk_haus", "FZK-Haus"), ("large_building", "large_building")):
        layer = _grouped(workbench, shared_data / "ifc", name, opened[name])
        assert (layer.building, layer.discipline) == (building, Discipline.ARCHITECTURE)


def test_what_the_user_said_is_not_guessed_over(opened: dict[str, Tileset], shared_data: Path) -> None:
    workbench = workbench_with()
    layer = _grouped(workbench, shared_data / "ifc", "fzk_haus", opened["fzk_haus"])
    grouping.put_into(workbench, [layer], building=" Block A ", discipline=Discipline.STRUCTURE)
    grouping.guess_groups(workbench, layer, grouping.signs_of(layer.source or Path(), opened["fzk_haus"]))
    assert (layer.building, layer.discipline) == ("Block A", Discipline.STRUCTURE)
    assert workbench.project.dirty
    grouping.rename_building(workbench, "Block A", "Block B")
    assert grouping.layers_in(workbench, Group("Block B", Discipline.STRUCTURE)) == [layer]


def test_groups_are_kept_and_older_files_have_none(tmp_path: Path) -> None:
    (tmp_path / "a.ifc").write_text("x")
    entry = store.LayerRecord("a.ifc", "building", building="Tower", discipline="hvac", colouring="#0072B2")
    path = tmp_path / "p.citytwin"
    groups = store.GroupsRecord("discipline", [("Tower", None, False), (None, "hvac", True)])
    store.write_project(path, store.ProjectRecord(layers=[entry], groups=groups))
    read = store.read_project(path)
    layer, old, odd = (Layer("a", LayerKind.BUILDING) for _ in range(3))
    projects.take_place(layer, read.layers[0])
    assert (layer.building, layer.discipline, layer.grouped) == ("Tower", Discipline.HVAC, True)
    workbench = workbench_with()
    projects.take_groups(workbench, read.groups)
    assert workbench.scene.groups.open == {Group("Tower"): False, Group(None, Discipline.HVAC): True}
    assert projects.record_of(workbench, path).groups == groups
    projects.take_place(old, store.LayerRecord("a.ifc", "building"))
    assert not old.grouped
    projects.take_place(odd, store.LayerRecord("a.ifc", "building", building="T", discipline="alchemy"))
    assert not odd.grouped


def test_a_building_has_one_line_for_a_name() -> None:
    workbench = workbench_with()
    layer = workbench.scene.layers.add(Layer("a", LayerKind.BUILDING))
    grouping.put_into(workbench, [layer], building="Block\n A\t" + "x" * 500)
    assert layer.building == "Block A " + "x" * 112
    grouping.rename_building(workbench, layer.building, " ")
    assert layer.building.startswith("Block A")
