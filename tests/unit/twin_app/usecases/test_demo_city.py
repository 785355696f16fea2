"""Where the demo city may be written."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from loaders.model.errors import CityTwinError
from scenes.model.view import CameraView
from twin_app.demo import generate as generator
from twin_app.demo.made import DemoHouse, DemoRoad
from twin_app.live.feeds.simulator import read_description
from twin_app.live.values import State
from twin_app.services import project as store
from twin_app.usecases import demo_city, feeds
from twin_app.usecases.simulating import make_feed

CITY = SimpleNamespace(
    sources=(),
    bookmarks=(),
    houses=(DemoHouse("demo-7-000432", "办公楼432号", "Offices 432", 529_000, 3_384_000),),
    roads=(DemoRoad("road-0001", "沿江大道", "Yanjiang Avenue", 1.5),),
    crs="EPSG:4547",
    view=CameraView((529_000, 3_384_000, 9), (529_000, 3_384_000, 0)),
    objects=1,
    buildings=1,
    seed=7,
)


@pytest.fixture(autouse=True)
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Generating is another test's subject: here it only notes where."""
    seen: list[Path] = []
    monkeypatch.setattr(generator, "generate", lambda folder, **_: seen.append(folder) or CITY)
    return seen


def test_files_of_the_user_are_not_written_over(tmp_path: Path, calls: list[Path]) -> None:
    (tmp_path / "terrain.tif").write_text("mine")
    with pytest.raises(CityTwinError, match=r"demo\.folder_in_use"):
        demo_city.make_demo(tmp_path)
    assert not calls


def test_another_demo_is_not_written_over_and_the_same_is_taken(tmp_path: Path, calls: list[Path]) -> None:
    demo_city.make_demo(tmp_path / "new", seed=7)
    with pytest.raises(CityTwinError, match=r"demo\.folder_in_use"):
        demo_city.make_demo(tmp_path / "new", seed=8)
    demo_city.make_demo(tmp_path / "new", seed=7)
    assert len(calls) == 1


def test_a_demo_that_was_broken_off_is_made_anew(tmp_path: Path, calls: list[Path]) -> None:
    demo_city.make_demo(tmp_path, seed=7)
    (tmp_path / demo_city.RECEIPT).unlink()
    demo_city.make_demo(tmp_path, seed=7)
    assert len(calls) == 2
    assert json.loads((tmp_path / demo_city.RECEIPT).read_text())["seed"] == 7


def test_the_demo_has_simulated_values_in_both_languages(tmp_path: Path) -> None:
    demo = demo_city.make_demo(tmp_path, seed=7)
    for name in demo_city.PROJECTS.values():
        [record] = store.read_project(tmp_path / name).feeds
        assert record.enabled
        streams = read_description(Path(record.url))
        assert len(streams) > 50
        assert all(one.info("f").state is State.SIMULATED for one in streams)
        make_feed(feeds.spec_of(record))
        by_id = {one.id: one for one in streams}
        flow, power = by_id["road-0001/traffic.flow"], by_id["demo-7-000432/building.power"]
        assert flow.link.target == "road-0001"
        plain = next(one for key, one in by_id.items() if key.startswith("S") and key.endswith("/traffic.flow"))
        assert flow.model["high"] == 1.5 * plain.model["high"]
        names = ("沿江大道", "办公楼432号") if "武汉" in name else ("Yanjiang Avenue", "Offices 432")
        assert tuple(one.name.partition(" · ")[0] for one in (flow, power)) == names
    assert demo.project.exists()
