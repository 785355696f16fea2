"""``bench open`` measures both sides of the same file and says where they differ."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import open as bench
from benchmarks.open_baseline import Baseline, run_baseline
from loaders.model.errors import CityTwinError
from loaders.tileset import Tileset
from tests.unit.loaders.convert.synthetic import cubes, object_table, property_table
from tests.unit.loaders.tileset.making import write_tileset


def test_the_alternative_really_meshes(shared_data: Path) -> None:
    found = run_baseline(shared_data / "ifc" / "tall_building.ifc", with_bounds=True)
    assert found.elements == len(found.bounds_m) == 84
    assert 0 < found.first_element_seconds <= found.seconds
    assert found.peak_rss_bytes > 20e6


def test_what_the_alternative_cannot_open_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.ifc"
    path.write_text("nonsense")
    with pytest.raises(CityTwinError):
        run_baseline(path)


@pytest.fixture
def tileset(tmp_path: Path) -> Tileset:
    objects = object_table(4, guid=[None, "a", "b", "c"])
    return write_tileset(tmp_path / "a.tiles", [(cubes([1, 2]), 6)], (objects, property_table([])))


def test_differences_are_told_element_by_element(tileset: Tileset) -> None:
    theirs = {"a": (0, 0, 0, 1, 1, 1.002), "b": (2.0, 0, 0, 3, 1.25, 1), "x": (0, 0, 0, 1, 1, 1)}
    found = bench._agreement(tileset, Baseline(1, 1, 3, 1, theirs))
    assert found["elements"] == {"ours": 2, "theirs": 3}
    assert found["missing"] == ["x"]
    assert found["more"] == []
    assert not found["elements_equal"]
    assert (found["worst_element"], found["max_bounds_difference_m"], found["beyond_5_mm"]) == ("b", 0.25, 1)


def test_reading_all_tiles_touches_all(tileset: Tileset) -> None:
    bench.read_all_tiles(tileset)
    (tileset.folder / "tiles" / "000000.glb").unlink()
    with pytest.raises(CityTwinError):
        bench.read_all_tiles(tileset)


def test_the_contracts_keys(shared_data: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.ifc"
    broken.write_text("nonsense")
    shown = []
    result = bench.run(
        [shared_data / "ifc" / "tall_building.ifc", broken], 1, lambda one: shown.append(one.num_objects)
    )
    assert {"bench", "ours", "theirs", "ratio", "unit", "runs", "machine"} <= set(result)
    good, bad = result["files"]
    assert bad["error"]["code"]
    assert good["elements_equal"]
    assert good["max_bounds_difference_m"] < 0.005
    assert np.isclose(result["ratio"], good["ratio_cold"])
    assert len(shown) == 1
    json.dumps(result)
