"""Models whose answers are known in closed form."""

import math
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.api.georeference
import ifcopenshell.api.material
import ifcopenshell.api.pset
import ifcopenshell.api.type
import numpy as np
import pytest

from loaders.ifc.doubts import Doubts
from loaders.ifc.georeference import read_georeference, true_north_deg
from loaders.ifc.units import Units
from loaders.model.errors import CityTwinError
from loaders.model.tables import CimLevel
from tests.unit.loaders.ifc.support import Loaded, loaded, new_model


@pytest.mark.parametrize("prefix", [None, "MILLI"])
def test_a_box_is_where_and_as_large_as_it_was_written(tmp_path: Path, prefix: str | None) -> None:
    model = new_model(prefix=prefix)
    wall = model.box("墙", (4.0, 5.0, 6.0))
    result = loaded(model.write(tmp_path / "墙.ifc"))
    assert result.bounds_m()[wall.id()] == pytest.approx([4, 5, 6, 6, 6, 9])
    assert sum(len(chunk.triangles) for chunk in result.chunks) == 12
    assert result.column("name")[result.row(wall.GlobalId)] == "墙"


def test_a_building_a_million_metres_away_keeps_its_millimetres(tmp_path: Path) -> None:
    model = new_model()
    far = (3_385_000.123, 530_000.456, 20.0)
    wall = model.box("far", far)
    result = loaded(model.write(tmp_path / "far.ifc"))
    assert result.bounds_m()[wall.id()][:3] == pytest.approx(far, abs=2e-6)
    assert np.abs(result.chunks[0].positions).max() < 10


@pytest.mark.parametrize("prefix", [None, "MILLI"])
def test_a_map_conversion_maps_model_metres_to_the_crs(tmp_path: Path, prefix: str | None) -> None:
    model = new_model(prefix=prefix)
    model.box("a")
    ifcopenshell.api.georeference.add_georeferencing(model.file)
    angle = math.radians(30)
    ifcopenshell.api.georeference.edit_georeferencing(
        model.file,
        projected_crs={"Name": "EPSG:4547"},
        coordinate_operation={
            "Eastings": 530_000.0,
            "Northings": 3_385_000.0,
            "OrthogonalHeight": 21.5,
            "XAxisAbscissa": math.cos(angle),
            "XAxisOrdinate": math.sin(angle),
            "Scale": 0.001 if prefix else 1.0,
        },
    )
    crs = model.file.by_type("IfcProjectedCRS")[0]
    crs.MapUnit = model.file.createIfcSIUnit(None, "LENGTHUNIT", None, "METRE")
    georeference = loaded(model.write(tmp_path / "g.ifc")).opened.georeference
    assert (georeference.crs, georeference.method) == ("EPSG:4547", "map_conversion")
    found = georeference.world_from_model @ [10, 0, 1, 1]
    expected = [530_000 + 10 * math.cos(angle), 3_385_000 + 10 * math.sin(angle), 22.5, 1]
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("scale", [0.0, -1.0])
def test_a_scale_that_nothing_can_have_is_told_and_the_place_kept(tmp_path: Path, scale: float) -> None:
    model = new_model()
    model.box("a")
    ifcopenshell.api.georeference.add_georeferencing(model.file)
    ifcopenshell.api.georeference.edit_georeferencing(
        model.file,
        projected_crs={"Name": "EPSG:4547"},
        coordinate_operation={"Eastings": 530_000.0, "Northings": 3_385_000.0, "Scale": scale},
    )
    result = loaded(model.write(tmp_path / "g.ifc"))
    assert "ifc.georef_scale" in [finding.code for finding in result.findings]
    assert result.opened.georeference.world_from_model[:3, 3] == pytest.approx([530_000.0, 3_385_000.0, 0.0])


def test_a_site_that_is_nowhere_on_earth_is_told(tmp_path: Path) -> None:
    model = new_model()
    model.box("a")
    site = ifcopenshell.api.root.create_entity(model.file, ifc_class="IfcSite", name="site")
    site.RefLatitude, site.RefLongitude = (95, 0, 0), (114, 0, 0)
    result = loaded(model.write(tmp_path / "s.ifc"))
    (told,) = [finding for finding in result.findings if finding.code == "ifc.site_off_earth"]
    assert told.place == f"#{site.id()}"
    assert result.opened.georeference.method == "none"


def test_a_scale_that_forgets_its_unit_is_told_and_not_believed(tmp_path: Path) -> None:
    model = new_model(prefix="MILLI")
    model.box("a")
    ifcopenshell.api.georeference.add_georeferencing(model.file)
    ifcopenshell.api.georeference.edit_georeferencing(
        model.file,
        projected_crs={"Name": "EPSG:4547"},
        coordinate_operation={"Eastings": 530_000.0, "Northings": 3_385_000.0, "Scale": 1.0},
    )
    crs = model.file.by_type("IfcProjectedCRS")[0]
    crs.MapUnit = model.file.createIfcSIUnit(None, "LENGTHUNIT", None, "METRE")
    result = loaded(model.write(tmp_path / "g.ifc"))
    assert "ifc.georef_scale" in [finding.code for finding in result.findings]
    assert result.opened.georeference.world_from_model[:3, :3] == pytest.approx(np.eye(3))


@pytest.mark.parametrize(
    ("direction", "degrees"), [((0.0, 1.0), 0.0), ((1.0, 0.0), 90.0), ((-0.5, math.sqrt(3) / 2), -30.0)]
)
def test_true_north_is_clockwise_from_y(direction: tuple[float, float], degrees: float) -> None:
    model = new_model()
    context = model.file.by_type("IfcGeometricRepresentationContext", include_subtypes=False)[0]
    context.TrueNorth = model.file.createIfcDirection(direction)
    assert true_north_deg(model.file) == pytest.approx(degrees)


def test_inherited_properties_yield_to_the_occurrences_own(tmp_path: Path) -> None:
    model = new_model()
    wall = model.box("w")
    kind = ifcopenshell.api.root.create_entity(model.file, ifc_class="IfcWallType", name="外墙 200")
    ifcopenshell.api.type.assign_type(model.file, related_objects=[wall], relating_type=kind)
    on_type = ifcopenshell.api.pset.add_pset(model.file, product=kind, name="Pset_WallCommon")
    ifcopenshell.api.pset.edit_pset(model.file, pset=on_type, properties={"FireRating": "2h", "IsExternal": True})
    own = ifcopenshell.api.pset.add_pset(model.file, product=wall, name="Pset_WallCommon")
    ifcopenshell.api.pset.edit_pset(model.file, pset=own, properties={"FireRating": "3h"})
    material = ifcopenshell.api.material.add_material(model.file, name="混凝土 C30")
    ifcopenshell.api.material.assign_material(model.file, products=[wall], material=material)
    result = loaded(model.write(tmp_path / "p.ifc"))
    row = result.row(wall.GlobalId)
    values = result.values(row)
    assert values["Pset_WallCommon.FireRating"] == "3h"
    assert values["Pset_WallCommon.IsExternal"] == "true"
    assert values["IfcMaterial.Name"] == "混凝土 C30"
    assert values["IfcWallType.Name"] == "外墙 200"
    flags = {
        r["name"]: r["inherited"]
        for r in result.tables.properties.to_pylist()
        if r["set"] == "Pset_WallCommon" and r["object"] == row
    }
    assert flags == {"FireRating": False, "IsExternal": True}
    assert result.column("level")[row] == CimLevel.SHELL


def test_a_placement_that_hangs_on_itself_loses_that_element_only(tmp_path: Path) -> None:
    model = new_model()
    good, bad = model.box("good", (1, 1, 1)), model.box("bad")
    bad.ObjectPlacement.PlacementRelTo = bad.ObjectPlacement
    result = loaded(model.write(tmp_path / "cycle.ifc"))
    assert set(result.bounds_m()) == {good.id()}
    assert [(u.object_id, u.reason) for u in result.unmeshed] == [(bad.GlobalId, "ifc.unmeshed_cycle")]


def test_infinite_coordinates_lose_that_element_only(tmp_path: Path) -> None:
    model = new_model()
    good, bad = model.box("good", (1, 1, 1)), model.box("bad", (7.0, 7.0, 7.0))
    path = model.write(tmp_path / "inf.ifc")
    text = path.read_text()
    assert text.count("(7.,7.,7.)") == 1
    path.write_text(text.replace("(7.,7.,7.)", "(1.E400,7.,7.)"))
    result = loaded(path)
    assert good.id() in result.bounds_m()
    assert all(np.isfinite(chunk.positions).all() for chunk in result.chunks)
    assert bad.id() not in result.bounds_m()
    assert [u.object_id for u in result.unmeshed] == [bad.GlobalId]


def test_a_draft_schema_is_read_by_the_fast_engine_and_says_so(tmp_path: Path) -> None:
    model = new_model("IFC4X3")
    wall = model.box("w")
    path = model.write(tmp_path / "draft.ifc")
    text = path.read_text()
    path.write_text(text.replace(f"'{model.file.schema_identifier}'", "'IFC4X3_RC2'"))
    result = loaded(path)
    assert result.opened.schema == "IFC4X3_RC2"
    assert [finding.code for finding in result.findings] == ["ifc.draft_schema"]
    assert result.column("engine")[result.row(wall.GlobalId)] == "fast"
    with pytest.raises(CityTwinError, match=r"ifc\.schema"):
        loaded(path, engine="exact")


def georeferenced(tmp_path: Path, kind: str, crs: str, values: dict[str, float]) -> Loaded:
    """An IFC4X3 box with a coordinate operation of that class."""
    model = new_model("IFC4X3")
    model.box("a")
    context = model.file.by_type("IfcGeometricRepresentationContext", include_subtypes=False)[0]
    target = model.file.create_entity("IfcProjectedCRS", Name=crs)
    model.file.create_entity(kind, SourceCRS=context, TargetCRS=target, **values)
    return loaded(model.write(tmp_path / "g.ifc"))


def test_a_scaled_map_conversion_stretches_each_axis(tmp_path: Path) -> None:
    values = {"Eastings": 100.0, "Northings": 200.0, "OrthogonalHeight": 3.0, "Scale": 1.0}
    factors = {"FactorX": 0.9996, "FactorY": 0.9998, "FactorZ": 1.0}
    result = georeferenced(tmp_path, "IfcMapConversionScaled", "EPSG:4547", values | factors)
    found = result.opened.georeference.world_from_model @ [10, 20, 30, 1]
    assert found == pytest.approx([100 + 9.996, 200 + 19.996, 33, 1])


def test_without_a_map_unit_the_systems_own_unit_counts(tmp_path: Path) -> None:
    foot_m = 1200 / 3937  # EPSG:2263 counts in US survey feet
    values = {"Eastings": 980_000.0, "Northings": 190_000.0, "OrthogonalHeight": 10.0}
    georeference = georeferenced(tmp_path, "IfcMapConversion", "EPSG:2263", values).opened.georeference
    assert georeference.crs == "EPSG:2263"
    found = georeference.world_from_model @ [1, 2, 3, 1]
    assert found == pytest.approx([980_000 * foot_m + 1, 190_000 * foot_m + 2, 10 * foot_m + 3, 1])


def test_a_rigid_operation_only_moves(tmp_path: Path) -> None:
    model = new_model("IFC4X3")
    model.box("a")
    file = model.file
    file.create_entity(
        "IfcRigidOperation",
        SourceCRS=file.by_type("IfcGeometricRepresentationContext", include_subtypes=False)[0],
        TargetCRS=file.create_entity("IfcProjectedCRS", Name="EPSG:4547"),
        FirstCoordinate=file.create_entity("IfcLengthMeasure", 500_000.0),
        SecondCoordinate=file.create_entity("IfcLengthMeasure", 3_380_000.0),
        Height=20.0,
    )
    georeference = loaded(model.write(tmp_path / "g.ifc")).opened.georeference
    assert georeference.world_from_model @ [1, 2, 3, 1] == pytest.approx([500_001, 3_380_002, 23, 1])


def test_a_geographic_system_is_no_place_for_metres(tmp_path: Path) -> None:
    values = {"Eastings": 1.0, "Northings": 2.0, "OrthogonalHeight": 0.0}
    result = georeferenced(tmp_path, "IfcMapConversion", "EPSG:4326", values)
    assert [finding.code for finding in result.findings] == ["ifc.georef_unknown_crs"]
    assert result.opened.georeference.crs is None


def test_property_sets_stand_in_for_a_map_conversion() -> None:
    file = ifcopenshell.file(schema="IFC2X3")

    def pset(name: str, **values: Any) -> None:
        kinds = {str: "IfcLabel", float: "IfcReal"}
        properties = [
            file.create_entity(
                "IfcPropertySingleValue", Name=key, NominalValue=file.create_entity(kinds[type(value)], value)
            )
            for key, value in values.items()
        ]
        file.create_entity("IfcPropertySet", Name=name, HasProperties=properties)

    pset("ePSet_MapConversion", Eastings=530_000_000.0, Northings=3_385_000_000.0, XAxisAbscissa=0.0, XAxisOrdinate=1.0)
    pset("ePSet_ProjectedCRS", Name="EPSG:4547", MapUnit="MILLIMETRE")
    doubts = Doubts()
    georeference, problems = read_georeference(file, Units(), doubts)
    assert (problems, doubts.findings()) == ([], [])
    assert georeference.crs == "EPSG:4547"
    assert georeference.world_from_model @ [10, 0, 0, 1] == pytest.approx([530_000, 3_385_010, 0, 1])


def test_units_are_written_as_engineers_do(tmp_path: Path) -> None:
    model = new_model(prefix="MILLI")
    file, wall = model.file, model.box("w")
    watt = file.create_entity("IfcSIUnit", UnitType="POWERUNIT", Name="WATT")
    metre = file.create_entity("IfcSIUnit", UnitType="LENGTHUNIT", Name="METRE")
    kelvin = file.create_entity("IfcSIUnit", UnitType="THERMODYNAMICTEMPERATUREUNIT", Name="KELVIN")
    elements = [
        file.create_entity("IfcDerivedUnitElement", unit, power)
        for unit, power in ((watt, 1), (metre, -2), (kelvin, -1))
    ]
    derived = file.create_entity("IfcDerivedUnit", elements, "THERMALTRANSMITTANCEUNIT")
    assignment = file.by_type("IfcUnitAssignment")[0]
    assignment.Units = [*assignment.Units, derived]
    own = ifcopenshell.api.pset.add_pset(file, product=wall, name="P")
    values = {
        "U": file.create_entity("IfcThermalTransmittanceMeasure", 0.24),
        "Width": file.create_entity("IfcPositiveLengthMeasure", 240.0),
        "Share": file.create_entity("IfcPositiveRatioMeasure", 0.5),
    }
    ifcopenshell.api.pset.edit_pset(file, pset=own, properties=values)
    storey = ifcopenshell.api.root.create_entity(file, ifc_class="IfcBuildingStorey")
    storey.Elevation = 3300.0
    table = loaded(model.write(tmp_path / "u.ifc")).tables.properties.to_pylist()
    found = {r["name"]: (r["number"], r["unit"]) for r in table if r["name"] in (*values, "Elevation")}
    assert found == {"U": (0.24, "W/(m²·K)"), "Width": (240.0, "mm"), "Share": (0.5, None), "Elevation": (3300.0, "mm")}
