"""Exported tilesets, read again by the reader of foreign tilesets."""

from __future__ import annotations

from pathlib import Path

import ifcopenshell
import ifcopenshell.util.element
import numpy as np
import pytest

from loaders.model.frames import transform_points
from loaders.model.meshes import MeshChunk
from loaders.tileset.facets import with_normals
from tests.unit.loaders.levels.making import boxes_chunk
from tests.unit.loaders.tiles.making import loaded
from twin_app.cli import run
from twin_app.services.project import LayerRecord, ProjectRecord, write_project


def test_a_box_gets_a_normal_for_each_side() -> None:
    box = boxes_chunk([(0, 0, 0, 1, 2, 3), (5, 5, 5, 6, 6, 6)])
    lit = with_normals(box)
    assert lit.normals is not None
    assert len(lit.positions) == 2 * 6 * 4
    corners = lit.positions[lit.triangles]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (np.einsum("ij,ij->i", across, lit.normals[lit.triangles[:, 0]]) > 0).all()
    assert np.linalg.norm(lit.normals, axis=1) == pytest.approx(1.0)
    assert (lit.rows[lit.triangles] == lit.rows[lit.triangles[:, :1]]).all()
    assert with_normals(lit) is lit


def test_flat_triangles_point_up_and_harm_nothing() -> None:
    chunk = MeshChunk(
        np.zeros(3), np.zeros((3, 3), np.float32), np.array([[0, 1, 2]], np.uint32), np.zeros(3, np.uint32),
        np.zeros((3, 4), np.uint8),
    )  # fmt: skip
    lit = with_normals(chunk)
    assert lit.normals is not None
    assert lit.normals.tolist() == [[0.0, 0.0, 1.0]] * len(lit.normals)


@pytest.fixture
def exported(shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CACHE", "CONFIG", "DATA"):
        monkeypatch.setenv(f"CITYTWIN_{name}_DIR", str(tmp_path / name))
    return tmp_path / "out"


def test_objects_and_their_properties_come_along(shared_data: Path, exported: Path) -> None:
    assert run(["export", str(shared_data / "ifc" / "fzk_haus.ifc"), "--to", "3dtiles", "--out", str(exported)]) == 0
    found = loaded(exported / "tileset.json")
    assert found.codes == []
    assert found.objects is not None
    classes = found.objects["class"].to_pylist()
    assert classes.count("IfcWallStandardCase") == 13
    assert "IfcSpace" not in classes, "what is hidden by default stays at home"
    model = ifcopenshell.open(shared_data / "ifc" / "fzk_haus.ifc")
    for row in [place for place, name in enumerate(classes) if name == "IfcWallStandardCase"]:
        values = found.values(row)
        wall = model.by_guid(values["id"])
        assert values["name"] == wall.Name
        assert values["storey"] == ifcopenshell.util.element.get_container(wall).Name
        for set_name, properties in ifcopenshell.util.element.get_psets(wall, psets_only=True).items():
            texts = {name: value for name, value in properties.items() if isinstance(value, str) and value}
            assert {name: values[f"{set_name}.{name}"] for name in texts} == texts


def test_a_project_is_one_tileset_of_several_that_stand_as_they_stood(shared_data: Path, exported: Path) -> None:
    city = shared_data / "city" / "cityjson" / "delft.json"
    layers = [LayerRecord(str(city), "city", "城市"), LayerRecord(str(city), "city", "b", "b")]
    layers[1].placement.north_m = 700.0
    exported.parent.mkdir(exist_ok=True)
    write_project(exported.parent / "p.citytwin", ProjectRecord(crs="EPSG:7415", layers=layers))
    assert run(["export", str(exported.parent / "p.citytwin"), "--to", "3dtiles", "--out", str(exported)]) == 0
    alone, together = (loaded(path / "tileset.json") for path in (next(exported.glob("001_*")), exported))
    assert together.codes == []
    assert len(list(exported.rglob("tiles"))) == 1, "the same source, in two places, is written once"
    apart = [transform_points(one.georeference.world_from_model, one.points_m) for one in (alone, together)]
    size = [points.max(axis=0) - points.min(axis=0) for points in apart]
    # The grid of the Netherlands lies off that of the zone by some degrees.
    assert size[1][1] - size[0][1] == pytest.approx(700.0, abs=5.0)


def test_nothing_is_written_over(shared_data: Path, exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exported.mkdir(parents=True)
    (exported / "mine.txt").write_text("x")
    arguments = ["export", str(shared_data / "ifc" / "fzk_haus.ifc"), "--to", "3dtiles", "--out", str(exported)]
    assert run([*arguments, "--json"]) == 2
    assert "export.exists" in capsys.readouterr().out
    assert run(["export", str(exported / "none.ifc"), "--to", "3dtiles", "--out", str(exported / "o"), "--json"]) == 2
    assert "registry.missing" in capsys.readouterr().out
