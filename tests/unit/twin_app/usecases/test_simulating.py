"""Packs as simulated streams: at buildings by their GlobalId, at places spread by a seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.model.errors import CityTwinError
from twin_app.indicators.registry import shipped_packs
from twin_app.live.feed import FeedSpec
from twin_app.live.streams import LinkKind
from twin_app.services import project as store
from twin_app.usecases import simulating

GUID = "2O2Fr$t4X7Zf8NOew3FLOH"


def test_every_model_of_the_shipped_packs_can_be_simulated() -> None:
    packs = [pack for pack in shipped_packs() if any(one.model for one in pack.indicators)]
    assert {pack.id for pack in packs} >= {"building-operation", "sensor-fields"}
    for pack in packs:
        feed = simulating.make_feed(FeedSpec("s", f"sim://{pack.id}?count=6"))
        told = {info.info.indicator for info in feed._streams}  # type: ignore[attr-defined]
        assert told == {one.streams for one in pack.indicators if one.model}


def test_a_pack_without_models_and_an_unknown_one_are_told() -> None:
    for name, code in (("wuhan-digital-economy-2026", "feed.sim_no_model"), ("nothing", "indicator.unknown_pack")):
        with pytest.raises(CityTwinError) as caught:
            simulating.make_feed(FeedSpec("s", f"sim://{name}"))
        assert caught.value.code == code


def test_a_building_is_known_by_its_global_id_also_across_blocks(tmp_path: Path) -> None:
    path = tmp_path / "a.ifc"
    line = b"#7= IFCBUILDING('" + GUID.encode() + b"',#2,'A',$,$,#3,$,$,.ELEMENT.,$,$,$);"
    for before in (0, (1 << 20) - 20, (1 << 20) - 5):
        path.write_bytes(b"ISO-10303-21;".ljust(before, b" ") + line)
        assert simulating.building_guid(path) == GUID
    path.write_bytes(b"#1=IFCBUILDINGSTOREY('2O2Fr$t4X7Zf8NOew3FLOH');")
    assert simulating.building_guid(path) == ""
    assert simulating.building_guid(tmp_path / "none.ifc") == ""
    assert simulating.building_of(tmp_path / "none.ifc", "B1", "Hall").link.kind is LinkKind.CODE


def test_places_lie_about_the_middle_and_stay_for_a_seed() -> None:
    one = simulating.spread((529_000.0, 3_384_000.0), 500.0, "EPSG:4547", seed=3)
    assert one == simulating.spread((529_000.0, 3_384_000.0), 500.0, "EPSG:4547", seed=3)
    assert one != simulating.spread((529_000.0, 3_384_000.0), 500.0, "EPSG:4547", seed=4)
    assert all(asset.link.place is not None and 114.2 < asset.link.place[0] < 114.4 for asset in one)
    assert len(one) == simulating.SPOTS
    assert simulating.spread((0.0, 0.0), 500.0, "no system", seed=3) == []


def test_a_project_gives_streams_for_its_buildings_and_places(tmp_path: Path) -> None:
    (tmp_path / "a.ifc").write_bytes(b"#7=IFCBUILDING('" + GUID.encode() + b"',$);")
    camera = store.CameraRecord((529_000.0, 3_384_000.0, 90.0), (529_000.0, 3_384_000.0, 20.0))
    layers = [store.LayerRecord("a.ifc", "building", "Hall")]
    store.write_project(tmp_path / "p.citytwin", store.ProjectRecord(crs="EPSG:4547", layers=layers, camera=camera))
    streams = simulating.streams_of_project(tmp_path / "p.citytwin", 7)
    assert {one.link.target for one in streams if one.link.kind is LinkKind.GUID} == {GUID}
    assert any(one.link.kind is LinkKind.PLACE for one in streams)
