"""Each format of `citytwin export`, read back by another reader."""

from __future__ import annotations

import csv
import json
import sqlite3
from pathlib import Path
from typing import Any

import ifcopenshell
import numpy as np
import openpyxl
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
import trimesh

from loaders.handover.csv_file import harmless
from loaders.handover.registry import FORMATS
from loaders.handover.rows import typed
from tests.support.commands import only_json
from twin_app.cli import run
from twin_app.services.project import LayerRecord, ProjectRecord, write_project

HOUSE = "ifc/fzk_haus.ifc"
CITY = "city/cityjson/delft.json"


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CACHE", "CONFIG", "DATA"):
        monkeypatch.setenv(f"CITYTWIN_{name}_DIR", str(tmp_path / name))
    monkeypatch.setenv("CITYTWIN_LANGUAGE", "zh_CN")


def exported(source: Path, to: str, tmp_path: Path) -> Path:
    """What a command wrote; nothing else lies beside it."""
    folder = tmp_path / "出口"
    out = folder / f"out{FORMATS[to].suffix}"
    assert run(["export", str(source), "--to", to, "--out", str(out)]) == 0
    assert list(folder.iterdir()) == [out]
    return out


def glb_document(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    found: dict[str, Any] = json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])
    return found


def test_a_glb_has_a_named_node_for_each_object_where_it_stands(shared_data: Path, tmp_path: Path) -> None:
    out = exported(shared_data / HOUSE, "glb", tmp_path)
    document = glb_document(out)
    walls = {wall.GlobalId: wall.Name for wall in ifcopenshell.open(shared_data / HOUSE).by_type("IfcWallStandardCase")}
    named = {node["extras"]["id"]: node["name"] for node in document["nodes"] if "extras" in node}
    assert {key: named[key] for key in walls} == walls
    assert not [n for n in document["nodes"] if n.get("extras", {}).get("class") == "IfcSpace" and "mesh" in n]
    extras = document["scenes"][0]["extras"]
    scene = trimesh.load_scene(out)
    table = pq.read_table(exported_again(shared_data / HOUSE, tmp_path) / "objects.parquet").to_pylist()
    box = next(one["bbox"] for one in table if one["id"] == next(iter(walls)))
    # glTF is y-up: east, height, minus north
    name = next(iter(walls.values()))
    corners = np.concatenate(
        [
            trimesh.transform_points(scene.geometry[mesh].vertices, matrix)
            for node in scene.graph.nodes_geometry
            for matrix, mesh in [scene.graph[node]]
            if node.startswith(name)
        ]
    )
    world = np.stack([corners[:, 0], -corners[:, 2], corners[:, 1]], axis=1) + extras["origin"]
    assert world.min(axis=0) == pytest.approx([box["xmin"], box["ymin"], box["zmin"]], abs=1e-3)
    assert world.max(axis=0) == pytest.approx([box["xmax"], box["ymax"], box["zmax"]], abs=1e-3)


def exported_again(source: Path, tmp_path: Path) -> Path:
    out = tmp_path / "tables"
    assert run(["export", str(source), "--to", "parquet", "--out", str(out)]) == 0
    return out


def test_a_geopackage_holds_outlines_in_the_crs(shared_data: Path, tmp_path: Path) -> None:
    out = exported(shared_data / CITY, "gpkg", tmp_path)
    city = json.loads((shared_data / CITY).read_text())
    info = pyogrio.read_info(out, layer="objects")
    assert info["crs"] == "EPSG:28992"
    assert info["features"] == len(city["CityObjects"])
    about, _, geometry, columns = pyogrio.raw.read(out, layer="objects", columns=["outline", "min_x", "max_y"])
    fields = dict(zip(about["fields"], columns, strict=True))
    shapes = shapely.from_wkb(geometry)
    footprints = np.flatnonzero(fields["outline"] == "footprint")
    assert len(footprints) > 100
    for place in footprints[:50]:
        assert shapely.is_valid(shapes[place])
        bounds = shapely.bounds(shapes[place])
        assert [bounds[0], bounds[3]] == pytest.approx([fields["min_x"][place], fields["max_y"][place]], abs=0.01)
    with sqlite3.connect(out) as database:
        (count,) = database.execute("select count(*) from properties").fetchone()
        given = sum(len(one.get("attributes", {})) for one in city["CityObjects"].values())
    database.close()
    assert count >= given > 0


def test_a_csv_is_read_by_excel_and_holds_every_property(shared_data: Path, tmp_path: Path) -> None:
    out = exported(shared_data / CITY, "csv", tmp_path)
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    city = json.loads((shared_data / CITY).read_text())["CityObjects"]
    assert set(rows) == set(city)
    checked = 0
    for key, one in city.items():
        for name, value in one.get("attributes", {}).items():
            if isinstance(value, str) and value and name != "Name":
                cells = [text for heading, text in rows[key].items() if heading.split(" (")[0].endswith(name)]
                assert harmless(value) in cells
                checked += 1
    assert checked


def test_a_workbook_is_typed_and_in_the_users_language(shared_data: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(exported(shared_data / HOUSE, "xlsx", tmp_path), read_only=False)
    assert book.sheetnames == ["构件", "属性"]
    objects, properties = book.worksheets
    assert (objects.freeze_panes, objects["A1"].font.bold, objects["E1"].value) == ("A2", True, "类别")
    values = [cell.value for cell in properties["G"][1:]]
    assert {bool, float, str} <= set(map(type, values))
    assert not [c for sheet in book for row in sheet.iter_rows(min_row=2) for c in row if c.data_type == "f"]


def test_tables_of_a_project_number_objects_through_its_layers(shared_data: Path, tmp_path: Path) -> None:
    layers = [LayerRecord(str(shared_data / CITY), "city", name, name) for name in ("a", "乙")]
    layers[1].placement.north_m = 700.0
    write_project(tmp_path / "p.citytwin", ProjectRecord(crs="EPSG:7415", layers=layers))
    out = exported_again(tmp_path / "p.citytwin", tmp_path)
    objects, properties = (pq.read_table(out / f"{name}.parquet").to_pydict() for name in ("objects", "properties"))
    half = len(objects["object"]) // 2
    assert objects["object"] == list(range(2 * half))
    assert set(objects["layer"][half:]) == {"乙"}
    south, north = objects["bbox"][:half], objects["bbox"][half:]
    moved = [b["ymin"] - a["ymin"] for a, b in zip(south, north, strict=True) if a["ymin"] is not None]
    assert moved == pytest.approx([700.0] * len(moved))
    assert max(properties["object"]) >= half


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-A1", "@SUM(1)", "\t=1", " =1", "＝1", "\r=1"])
def test_formulas_are_disarmed(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("value", ["-1.5", "+3", "a=b", "", None, -2.5, 7])
def test_what_is_no_formula_stays(value: Any) -> None:
    assert harmless(value) == value


def test_values_are_what_they_are() -> None:
    assert typed("3", 3.0, "integer") == 3
    assert isinstance(typed("3", 3.0, "integer"), int)
    assert typed("2.5", 2.5, "real") == 2.5
    assert typed("true", None, "boolean") is True
    assert typed("0123", 123.0, "string") == "0123"
    assert typed(None, None, "string") is None


@pytest.mark.parametrize("to", [name for name, known in FORMATS.items() if known.suffix])
def test_files_are_neither_misnamed_nor_written_over(
    to: str, shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / f"there{FORMATS[to].suffix}"
    there.write_text("kept")
    for out, code in ((there, "export.file_exists"), (tmp_path / "a.txt", "export.wrong_suffix")):
        assert run(["export", str(shared_data / HOUSE), "--to", to, "--out", str(out), "--json"]) == 2
        (value,) = only_json(capsys.readouterr().out)
        assert value["error"]["code"] == code
    assert there.read_text() == "kept"
