"""The BIM buildings: valid by ifcopenshell, complete, georeferenced, and with sound geometry."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.geom
import ifcopenshell.util.element
import ifcopenshell.validate
import numpy as np
import pytest

from twin_app.demo.frame import CRS
from twin_app.demo.ifc.project import Spec
from twin_app.demo.program import PROGRAM

# ifcopenshell.validate leaves its own rule file open.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file.*IFC4.py:ResourceWarning")

_NEEDED = ("IfcSpace", "IfcSensor", "IfcFlowMeter", "IfcDistributionSystem", "IfcStair", "IfcRailing", "IfcSlab")
_DESIGNS = {design.key: design for design in PROGRAM["district"]}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """A low version of each building by its key, written once."""
    folder, opened = tmp_path_factory.mktemp("bim"), {}

    def write(key: str) -> Any:
        if key not in opened:
            design = _DESIGNS[key]
            spec = Spec(key, design.name_zh, design.use, 530_000.0, 3_385_000.0, 25.25, 0.2, 7, 0.1)
            design.write(spec, folder / f"{key}.ifc")
            opened[key] = ifcopenshell.open(str(folder / f"{key}.ifc"))
        return opened[key]

    return write


def _faults(file: Any, *, rules: bool) -> list[str]:
    log = ifcopenshell.validate.json_logger()
    ifcopenshell.validate.validate(file, log, express_rules=rules)
    return [str(statement) for statement in log.statements]


@pytest.mark.parametrize("key", _DESIGNS)
def test_is_valid_by_schema_and_express_rules(model: Callable[[str], Any], key: str) -> None:
    assert _faults(model(key), rules=True) == []


def test_the_validator_would_find_a_fault(model: Callable[[str], Any], tmp_path: Path) -> None:
    path = tmp_path / "broken.ifc"
    model("museum").write(str(path))
    broken = ifcopenshell.open(str(path))
    broken.by_type("IfcWall")[0].GlobalId = "short"
    assert _faults(broken, rules=False)


@pytest.mark.parametrize("key", _DESIGNS)
def test_has_storeys_spaces_sensors_systems_types_and_properties(model: Callable[[str], Any], key: str) -> None:
    file = model(key)
    assert len(file.by_type("IfcBuildingStorey")) >= 3
    for ifc_class in (
        "IfcSpace",
        "IfcSensor",
        "IfcFlowMeter",
        "IfcDistributionSystem",
        "IfcStair",
        "IfcRailing",
        "IfcSlab",
    ):
        assert file.by_type(ifc_class), ifc_class
    assert {s.PredefinedType for s in file.by_type("IfcSensor")} == {"TEMPERATURESENSOR", "CO2SENSOR", "SMOKESENSOR"}
    assert all(not s.Name.startswith("Pset_") or s.Name.endswith("Common") for s in file.by_type("IfcPropertySet"))
    for wall in file.by_type("IfcWall"):
        sets = ifcopenshell.util.element.get_psets(wall)
        assert {"Pset_WallCommon", "Qto_WallBaseQuantities"} <= set(sets)
        assert ifcopenshell.util.element.get_type(wall) is not None
        assert ifcopenshell.util.element.get_material(wall) is not None
    point = ifcopenshell.util.element.get_psets(file.by_type("IfcSensor")[0])["CityTwin_MonitoringPoint"]
    assert point["点位编号"].startswith(f"demo/{key}/F01/")


@pytest.mark.parametrize("key", _DESIGNS)
def test_every_window_and_wall_door_fills_its_own_opening(model: Callable[[str], Any], key: str) -> None:
    file = model(key)
    fillings = file.by_type("IfcRelFillsElement")
    assert (
        len({rel.RelatingOpeningElement for rel in fillings}) == len(fillings) == len(file.by_type("IfcOpeningElement"))
    )
    assert {rel.RelatedBuildingElement for rel in fillings} >= set(file.by_type("IfcWindow"))
    for rel in fillings:
        filling = rel.RelatedBuildingElement
        width = rel.RelatingOpeningElement.Representation.Representations[0].Items[0].SweptArea.XDim
        assert width == pytest.approx(filling.OverallWidth)


@pytest.mark.parametrize("key", _DESIGNS)
def test_map_conversion_puts_it_on_its_parcel(model: Callable[[str], Any], key: str) -> None:
    conversion = model(key).by_type("IfcMapConversion")[0]
    assert conversion.TargetCRS.Name == CRS
    assert (conversion.Eastings, conversion.Northings, conversion.OrthogonalHeight) == (530_000.0, 3_385_000.0, 25.25)
    assert np.arctan2(conversion.XAxisOrdinate, conversion.XAxisAbscissa) == pytest.approx(0.2)
    site = model(key).by_type("IfcSite")[0]
    assert site.RefLatitude[0] == 30
    assert site.RefLongitude[0] == 114


@pytest.mark.parametrize("key", _DESIGNS)
def test_every_element_with_a_shape_can_be_meshed(model: Callable[[str], Any], key: str) -> None:
    file = model(key)
    wanted = {e.GlobalId for e in file.by_type("IfcElement") if e.Representation and not e.is_a("IfcOpeningElement")}
    settings = ifcopenshell.geom.settings()
    settings.set("use-world-coords", True)
    iterator = ifcopenshell.geom.iterator(
        settings,
        file,
        1,
        exclude=[*file.by_type("IfcSpace"), *file.by_type("IfcOpeningElement")],
        geometry_library="hybrid-manifold-opencascade",
    )
    assert iterator.initialize()
    meshed, low, high = set(), np.full(3, np.inf), np.full(3, -np.inf)
    while True:
        shape = iterator.get()
        points = np.array(shape.geometry.verts).reshape(-1, 3)
        if len(points):
            meshed.add(shape.guid)
            low, high = np.minimum(low, points.min(axis=0)), np.maximum(high, points.max(axis=0))
        if not iterator.next():
            break
    assert meshed == wanted
    # Inside its parcel, standing on its pad.
    assert low[0] > -37.5
    assert high[0] < 37.5
    assert low[1] > -29
    assert high[1] < 29
    assert -0.7 < low[2] < 0.0


def test_stairs_reach_the_next_storey(model: Callable[[str], Any]) -> None:
    file = model("office_tower")
    storeys = sorted(file.by_type("IfcBuildingStorey"), key=lambda s: s.Elevation)
    rises = {round(b.Elevation - a.Elevation, 3) for a, b in pairwise(storeys)}
    for stair in file.by_type("IfcStair"):
        flights = [p for p in ifcopenshell.util.element.get_parts(stair) if p.is_a("IfcStairFlight")]
        climbed = sum(flight.NumberOfRisers * flight.RiserHeight for flight in flights)
        assert round(climbed, 3) in rises


def test_windows_have_a_frame_and_transparent_glass(model: Callable[[str], Any]) -> None:
    window = model("housing").by_type("IfcWindow")[0]
    material = ifcopenshell.util.element.get_material(window)
    assert {c.Name for c in material.MaterialConstituents} == {"框", "玻璃"}
    body = ifcopenshell.util.element.get_type(window).RepresentationMaps[0].MappedRepresentation
    clear = [item.StyledByItem[0].Styles[0].Styles[0].Transparency for item in body.Items]
    assert min(clear) == 0.0
    assert max(clear) > 0.4
