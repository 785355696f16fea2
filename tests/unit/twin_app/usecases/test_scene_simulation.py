"""Packs simulated on what is open: at its buildings by their ids, at places over its extent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loaders.model.errors import CityTwinError
from loaders.model.formats import LayerKind
from tests.unit.twin_app.usecases.fakes import MemoryTileset, add, workbench_with
from twin_app.live.feeds.simulator import read_description
from twin_app.live.streams import LinkKind
from twin_app.live.values import State
from twin_app.usecases import scene_simulation
from twin_app.usecases.workbench import Workbench

BOUNDS = np.array([529_000.0, 3_384_000.0, 0.0, 530_000.0, 3_385_000.0, 50.0])


@pytest.fixture
def workbench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    monkeypatch.setenv("CITYTWIN_DATA_DIR", str(tmp_path))
    made = workbench_with()
    made.scene.crs = "EPSG:4547"
    return made


def test_buildings_of_models_come_before_those_of_city_models(workbench: Workbench) -> None:
    add(workbench, "city", MemoryTileset([-1, -1], ["Building", "Road"], BOUNDS), LayerKind.CITY)
    assert [(one.link.kind, one.link.target) for one in scene_simulation.buildings_of(workbench)] == [
        (LinkKind.FEATURE, "id-0")
    ]
    add(workbench, "house", MemoryTileset([-1, 0], ["IfcBuilding", "IfcWall"], BOUNDS))
    [asset] = scene_simulation.buildings_of(workbench)
    assert (asset.link.kind, asset.link.target, asset.name) == (LinkKind.GUID, "guid-0", "name 0")


def test_places_lie_within_the_extent(workbench: Workbench) -> None:
    assert scene_simulation.spots_of(workbench) == []
    add(workbench, "house", MemoryTileset([-1], ["IfcBuilding"], BOUNDS))
    spots = scene_simulation.spots_of(workbench)
    assert len(spots) == 12
    assert spots == scene_simulation.spots_of(workbench)
    assert all(one.link.place is not None and 114.30 < one.link.place[0] < 114.33 for one in spots)


def test_a_pack_becomes_a_feed_with_a_file_of_its_own(workbench: Workbench, tmp_path: Path) -> None:
    add(workbench, "house", MemoryTileset([-1], ["IfcBuilding"], BOUNDS))
    try:
        for number in (1, 2):
            spec = scene_simulation.simulate(workbench, "Building operation")
            assert {one.link.target for one in read_description(Path(spec.url))} == {"guid-0"}
            assert len(workbench.live.specs()) == number
        assert sorted(file.name for file in (tmp_path / "simulated").iterdir()) == [
            "building-operation-2.ctsim",
            "building-operation.ctsim",
        ]
        assert spec.name == "Simulated · Building operation"
    finally:
        workbench.live.close()
    assert {info.state for info in workbench.live.table.infos()} == {State.SIMULATED}
    with pytest.raises(CityTwinError, match="unknown_pack"):
        scene_simulation.simulate(workbench, "nothing")
