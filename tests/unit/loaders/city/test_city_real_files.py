"""Real city models: counts, closed volumes, places, times."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import trimesh

from tests.unit.loaders.city.making import areas, run, volume

FILES = {
    "city/cityjson/delft.json": 570,
    "city/cityjson/multi_lod.json": 10,
    "city/cityjson/rotterdam_subset.json": 16,
    "city/3dfier_delft/buildings.city.json": 570,
}


@pytest.mark.parametrize(("name", "count"), FILES.items())
def test_every_object_is_there_and_shaped(shared_data: Path, name: str, count: int) -> None:
    found = run(shared_data / name)
    source = json.loads((shared_data / name).read_text("utf-8"))
    assert found.column("id") == list(source["CityObjects"])
    assert found.tables.objects.num_rows == count
    assert found.column("class") == [one["type"] for one in source["CityObjects"].values()]
    assert not found.unmeshed
    rows = np.concatenate([np.unique(g.chunk.rows) for g in found.geometries])
    assert set(rows.tolist()) == set(range(count))
    listed = [one.get("attributes", {}) for one in source["CityObjects"].values()]
    attributes = sum(value is not None for values in listed for value in values.values())
    assert found.tables.properties.num_rows >= attributes


def test_vertices_stay_where_they_were(shared_data: Path) -> None:
    found = run(shared_data / "city/cityjson/delft.json")
    source = json.loads((shared_data / "city/cityjson/delft.json").read_text("utf-8"))
    points = np.array(source["vertices"]) * source["transform"]["scale"] + source["transform"]["translate"]
    corners = found.soup().reshape(-1, 3)
    np.testing.assert_allclose(corners.min(axis=0), points.min(axis=0), atol=1e-3)
    np.testing.assert_allclose(corners.max(axis=0), points.max(axis=0), atol=1e-3)
    assert found.opened.georeference.crs == "EPSG:28992"
    assert found.opened.georeference.details["vertical"] == "NAP height"


@pytest.mark.parametrize(
    ("name", "share"), [("city/cityjson/multi_lod.json", 1.0), ("city/cityjson/lod2_buildings.city.jsonl", 1.0)]
)
def test_solids_enclose_positive_volumes(shared_data: Path, name: str, share: float) -> None:
    found = run(shared_data / name)
    closed = 0
    for row in range(found.tables.objects.num_rows):
        corners = found.soup(row)
        mesh = trimesh.Trimesh(
            (corners - corners.min(axis=(0, 1))).reshape(-1, 3), np.arange(corners.size // 3).reshape(-1, 3)
        )
        mesh.merge_vertices(digits_vertex=3)
        closed += mesh.is_watertight
        assert mesh.volume > 1.0
        assert volume(corners) == pytest.approx(mesh.volume, rel=1e-3)
    assert closed >= share * found.tables.objects.num_rows


def test_a_house_of_known_size(shared_data: Path) -> None:
    """The test houses of the sequence: 6 m x 8 m, eaves at 5 m, ridge at 11 m."""
    found = run(shared_data / "city/cityjson/lod2_buildings.city.jsonl")
    assert found.tables.objects.num_rows == 100
    assert volume(found.soup(0)) == pytest.approx(6 * 8 * 5 + 6 * 8 * 6 / 2, rel=1e-6)
    ground = 48 + 2 * 6 * 5 + 2 * 8 * 5 + 6 * 6 + 2 * 8 * np.hypot(3, 6)
    assert areas(found.soup(0)).sum() == pytest.approx(ground, rel=1e-6)


def test_roofs_look_up(shared_data: Path) -> None:
    found = run(shared_data / "city/cityjson/delft.json")
    corners = found.soup()
    up = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2]
    assert up[up > 0].sum() > 5 * -up[up < 0].sum()
