"""What a CityJSON file says is what the loader gives: shapes, colours, tree, properties, place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from pyproj import Transformer

from loaders.city.palette import SURFACES
from loaders.model.tables import NO_ROW, OBJECTS_SCHEMA, PROPERTIES_SCHEMA
from tests.unit.loaders.city.making import CUBE, FACES, areas, building, document, run, solid, volume, write


def test_a_cube_is_twelve_triangles_of_volume_one(tmp_path: Path) -> None:
    found = run(write(tmp_path / "a.json", document({"b": building(solid())})))
    corners = found.soup()
    assert corners.shape == (12, 3, 3)
    assert volume(corners) == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(corners.min(axis=(0, 1)), [532_000, 3_380_000, 20], atol=1e-3)
    mesh = trimesh.Trimesh(corners.reshape(-1, 3) - [532_000, 3_380_000, 20], np.arange(36).reshape(-1, 3))
    mesh.merge_vertices(digits_vertex=4)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.volume == pytest.approx(1.0, abs=1e-6)
    assert found.opened.georeference.crs == "EPSG:4547"
    assert found.opened.schema == "CityJSON 2.0"
    assert not found.findings


def test_progress_rises_to_one_and_tables_keep_the_schema(tmp_path: Path) -> None:
    found = run(write(tmp_path / "a.json", document({"b": building(solid())})))
    assert found.fractions == sorted(found.fractions)
    assert found.fractions[-1] == 1.0
    assert found.tables.objects.schema.equals(OBJECTS_SCHEMA)
    assert found.tables.properties.schema.equals(PROPERTIES_SCHEMA)


def test_surfaces_have_the_colours_of_their_meaning(tmp_path: Path) -> None:
    chunk = run(write(tmp_path / "a.json", document({"b": building(solid())}))).geometries[0].chunk
    corners = (chunk.positions + chunk.origin_m)[chunk.triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    for turned, kind in ((1, "RoofSurface"), (-1, "GroundSurface"), (0, "WallSurface")):
        shown = chunk.colours[chunk.triangles[np.round(normal[:, 2]) == turned]].reshape(-1, 4)
        assert (shown == SURFACES[kind].up).all()


def test_a_plain_solid_is_coloured_by_where_it_faces(tmp_path: Path) -> None:
    shape = {"type": "Solid", "lod": 1, "boundaries": [FACES]}
    chunk = run(write(tmp_path / "a.json", document({"b": building(shape)}))).geometries[0].chunk
    assert len(np.unique(chunk.colours, axis=0)) == 3


def test_materials_win_and_glass_is_a_chunk_of_its_own(tmp_path: Path) -> None:
    material = {"summer": {"values": [[0, 1, None, None, None, None]]}}
    appearance = {
        "default-theme-material": "summer",
        "materials": [
            {"name": "red", "diffuseColor": [1, 0, 0]},
            {"name": "glass", "diffuseColor": [0, 0, 1], "transparency": 0.5},
        ],
    }
    found = run(write(tmp_path / "a.json", document({"b": building(solid(material=material))}, appearance=appearance)))
    opaque, clear = sorted((g.chunk for g in found.geometries), key=lambda chunk: chunk.transparent)
    assert (len(opaque.triangles), len(clear.triangles)) == (10, 2)
    assert (clear.colours == [0, 0, 255, 128]).all()
    assert [255, 0, 0, 255] in opaque.colours.tolist()
    one = run(
        write(
            tmp_path / "b.json", document({"b": building(solid(material={"x": {"value": 0}}))}, appearance=appearance)
        )
    )
    assert (one.geometries[0].chunk.colours == [255, 0, 0, 255]).all()


def test_composites_cavities_and_nested_values(tmp_path: Path) -> None:
    far = [[x + 5, y, z] for x, y, z in CUBE]
    inner = [[0.25 + x / 2, 0.25 + y / 2, 0.25 + z / 2] for x, y, z in CUBE]
    second = [[[i + 8 for i in ring] for ring in face] for face in FACES]
    hollow = [[[i + 16 for i in reversed(ring)] for ring in face] for face in FACES]
    objects = {
        "composite": building({"type": "CompositeSolid", "lod": "2", "boundaries": [[FACES], [second]]}),
        "hollow": building({"type": "Solid", "lod": "2", "boundaries": [FACES, hollow]}),
        "surface": building({"type": "CompositeSurface", "lod": "2", "boundaries": FACES}),
    }
    found = run(write(tmp_path / "a.json", document(objects, [*CUBE, *far, *inner])))
    volumes = [volume(found.soup(row)) for row in range(3)]
    assert volumes == pytest.approx([2.0, 1 - 0.125, 1.0], abs=1e-5)


def test_the_best_level_of_detail_is_shown_and_all_are_listed(tmp_path: Path) -> None:
    roof = {"type": "MultiSurface", "lod": "0", "boundaries": [FACES[0]]}
    objects = {
        "a": building(roof, solid("2.2"), {"type": "Solid", "lod": 1, "boundaries": [FACES]}),
        "b": building(roof),
        "c": building(solid("3")),
        "d": building({"type": "MultiSurface", "boundaries": [FACES[1]]}),
    }
    found = run(write(tmp_path / "a.json", document(objects)))
    assert [len(found.soup(row)) for row in range(4)] == [12, 2, 12, 2]
    assert found.column("level") == [3, 2, 4, 2]
    assert {int(g.level) for g in found.geometries} == {2, 3, 4}
    assert found.properties(0)["lods"][0] == "0, 1, 2.2"
    assert found.properties(0)["lod shown"][0] == "2.2"
    assert found.tables.extras["lods"] == {"0": 2, "1": 1, "2.2": 1, "3": 1}


def test_a_building_whose_parts_show_more_stays_in_the_background(tmp_path: Path) -> None:
    objects = {
        "part": building(solid("2"), kind="BuildingPart", parents=["whole"]),
        "whole": building({"type": "MultiSurface", "lod": "0", "boundaries": [FACES[0]]}, children=["part", "other"]),
        "other": building(solid("1"), kind="BuildingPart"),
    }
    found = run(write(tmp_path / "a.json", document(objects)))
    assert found.column("parent") == [1, NO_ROW, 1]
    assert [len(found.soup(row)) for row in range(3)] == [12, 0, 12]
    assert not found.unmeshed
    assert found.column("level") == [3, 3, 2]


def test_loops_of_parents_are_cut(tmp_path: Path) -> None:
    objects = {
        "a": building(solid(), parents=["b"]),
        "b": building(parents=["c"]),
        "c": building(parents=["a"]),
        "d": building(parents=["d"], children=["d", 7, None]),
        "e": building(parents=["nobody"]),
    }
    found = run(write(tmp_path / "a.json", document(objects)))
    assert {"city.parent_cycle", "city.lost_parents"} <= found.codes
    parents = found.column("parent")
    for row in range(5):
        seen = set()
        while row != NO_ROW:
            assert row not in seen
            seen.add(row)
            row = parents[row]


def test_attributes_become_typed_properties(tmp_path: Path) -> None:
    attributes = {
        "name": "市民之家",
        "floors": 12,
        "height": 41.5,
        "public": True,
        "owner": {"name": "Wuhan", "since": {"year": 2010}},
        "tags": ["a", 1],
        "area": {"value": 120.5, "uom": "urn:adv:uom:m2"},
        "nothing": None,
        "huge": 10**400,
    }
    found = run(write(tmp_path / "a.json", document({"b": building(solid(), attributes=attributes)})))
    got = found.properties(0)
    assert got["name"] == ("市民之家", None, "string", None)
    assert got["floors"] == ("12", 12.0, "integer", None)
    assert got["height"] == ("41.5", 41.5, "real", None)
    assert got["public"] == ("true", 1.0, "boolean", None)
    assert got["owner.since.year"][1] == 2010
    assert got["tags"] == ('["a", 1]', None, "list", None)
    assert got["area"] == ("120.5", 120.5, "real", "m²")
    assert "nothing" not in got
    assert got["huge"][2] in ("integer", "real")
    assert found.column("name") == ["市民之家"]


def test_templates_are_placed_scaled_and_turned(tmp_path: Path) -> None:
    template = {"type": "MultiSurface", "lod": "2", "boundaries": FACES}
    matrix = [0, -2, 0, 10, 2, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1]
    mirror = [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    place: dict[str, Any] = {"type": "GeometryInstance", "template": 0, "boundaries": [7]}
    objects = {
        "tree": building({**place, "transformationMatrix": matrix}, kind="SolitaryVegetationObject"),
        "mirrored": building({**place, "transformationMatrix": mirror}, kind="CityFurniture"),
        "lost": building({**place, "template": 9, "transformationMatrix": matrix}),
        "odd": building({**place, "transformationMatrix": matrix[:5]}),
    }
    templates = {"templates": [template], "vertices-templates": [[float(v) for v in p] for p in CUBE]}
    found = run(write(tmp_path / "a.json", document(objects, **{"geometry-templates": templates})))
    corners = found.soup(0) - [532_001, 3_380_001, 21]
    np.testing.assert_allclose(corners.min(axis=(0, 1)), [8, 0, 0], atol=1e-3)
    np.testing.assert_allclose(corners.max(axis=(0, 1)), [10, 2, 3], atol=1e-3)
    assert volume(corners) == pytest.approx(12.0, abs=1e-4)
    assert volume(found.soup(1)) == pytest.approx(1.0, abs=1e-5)
    assert {u.object_id for u in found.unmeshed} == {"lost", "odd"}


def test_points_and_lines_are_listed_as_unmeshed(tmp_path: Path) -> None:
    objects = {"p": building({"type": "MultiPoint", "lod": "1", "boundaries": [0, 1]}), "b": building(solid())}
    found = run(write(tmp_path / "a.json", document(objects)))
    assert [(u.row, u.reason) for u in found.unmeshed] == [(0, "city.unmeshed_points")]


def test_rooms_are_hidden_spaces(tmp_path: Path) -> None:
    objects = {"r": building(solid("3"), kind="BuildingRoom"), "w": building(solid("1"), kind="WaterBody")}
    found = run(write(tmp_path / "a.json", document(objects)))
    assert found.column("hidden") == [True, False]
    assert found.column("level") == [5, 1]


@pytest.mark.parametrize(
    ("named", "crs", "vertical"),
    [
        ("urn:ogc:def:crs:EPSG::7415", "EPSG:28992", "NAP height"),
        ("https://www.opengis.net/def/crs/EPSG/0/7415", "EPSG:28992", "NAP height"),
        ("http://www.opengis.net/def/crs/EPSG/0/28992", "EPSG:28992", None),
        ("EPSG:28992", "EPSG:28992", None),
    ],
)
def test_reference_systems(tmp_path: Path, named: str, crs: str, vertical: str | None) -> None:
    value = document({"b": building(solid())}, metadata={"referenceSystem": named})
    georeference = run(write(tmp_path / "a.json", value)).opened.georeference
    assert georeference.crs == crs
    assert georeference.details.get("vertical") == vertical


def test_feet_become_metres(tmp_path: Path) -> None:
    value = document({"b": building(solid())}, metadata={"referenceSystem": "EPSG:2992"})
    found = run(write(tmp_path / "a.json", value))
    assert volume(found.soup()) == pytest.approx(0.3048**2, rel=1e-4)
    world = found.opened.georeference
    assert world.crs is not None
    corner = found.soup().min(axis=(0, 1))
    to_degrees = Transformer.from_crs(world.crs, "EPSG:4326", always_xy=True).transform(*corner[:2])
    expected = Transformer.from_crs("EPSG:2992", "EPSG:4326", always_xy=True).transform(532_000, 3_380_000)
    np.testing.assert_allclose(to_degrees, expected, atol=1e-8)


def test_degrees_are_projected_and_the_wanted_system_is_kept(tmp_path: Path) -> None:
    value = document(
        {"b": building(solid())},
        metadata={"referenceSystem": "EPSG:4490"},
        transform={"scale": [1e-5, 1e-5, 1], "translate": [114.3, 30.6, 20]},
    )
    path = write(tmp_path / "a.json", value)
    for options, crs in (({}, "EPSG:4547"), ({"crs": "EPSG:4549"}, "EPSG:4549")):
        found = run(path, **options)
        assert found.opened.georeference.crs == crs
        expected = Transformer.from_crs("EPSG:4490", crs, always_xy=True).transform(114.3, 30.6)
        np.testing.assert_allclose(found.soup().min(axis=(0, 1))[:2], expected, atol=0.1)
        assert volume(found.soup()) == pytest.approx(0.957 * 1.109, rel=0.02)


def test_earth_centred_coordinates_are_projected(tmp_path: Path) -> None:
    points = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True).transform(
        114.3 + 1e-5 * np.array(CUBE)[:, 0], 30.6 + 1e-5 * np.array(CUBE)[:, 1], 20.0 + np.array(CUBE)[:, 2]
    )
    value = document(
        {"b": building(solid())}, np.column_stack(points).tolist(), metadata={"referenceSystem": "EPSG:4978"}
    )
    value.pop("transform")
    found = run(write(tmp_path / "a.json", value))
    assert found.opened.georeference.crs == "EPSG:32650"
    np.testing.assert_allclose(found.soup()[..., 2].min(), 20.0, atol=1e-3)


def test_sequences_give_each_feature_its_own_vertices(tmp_path: Path) -> None:
    header = document({}, [])
    lines = [json.dumps(header)]
    for number in range(3):
        moved = [[x + 10 * number, y, z] for x, y, z in CUBE]
        feature = {"type": "CityJSONFeature", "id": f"f{number}", "vertices": moved}
        lines.append(json.dumps(feature | {"CityObjects": {f"f{number}": building(solid())}}))
    lines.insert(2, "")
    lines.insert(3, '{"type": "CityJSONFeature", "CityObj')
    found = run(write(tmp_path / "a.city.jsonl", "\n".join(lines)))
    assert found.column("id") == ["f0", "f1", "f2"]
    for number in range(3):
        assert found.soup(number).min(axis=(0, 1))[0] == pytest.approx(532_000 + 10 * number, abs=1e-3)
    (finding,) = found.findings
    assert (finding.code, finding.arguments["line"]) == ("city.bad_line", 4)


def test_chunks_keep_the_contract(tmp_path: Path) -> None:
    objects = {f"b{number}": building(solid()) for number in range(30)}
    found = run(write(tmp_path / "a.json", document(objects)))
    for event in found.geometries:
        chunk = event.chunk
        assert (np.diff(chunk.rows.astype(int)) >= 0).all()
        owners = chunk.rows[chunk.triangles]
        assert (owners == owners[:, :1]).all()
        assert (np.diff(owners[:, 0].astype(int)) >= 0).all()
        assert (areas(chunk.positions[chunk.triangles]) > 0).all()
