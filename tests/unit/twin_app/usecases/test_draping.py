"""Imagery on terrain: which layers, and there and back again."""

from pathlib import Path

import numpy as np
import pytest

from loaders.model.formats import LayerKind
from loaders.model.frames import Georeference, translation
from tests.unit.twin_app.usecases.fakes import MemoryTileset, add, workbench_with
from twin_app.usecases import draping
from twin_app.usecases.placing import place_layer
from twin_app.usecases.workbench import Workbench

GROUND = MemoryTileset([-1], ["Terrain"], np.array([0, 0, 0, 1, 1, 1.0]))


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    seen: list[dict[str, str]] = []
    monkeypatch.setattr(draping, "load_layer", lambda _workbench, layer: seen.append(dict(layer.options)))
    return seen


def test_the_picture_goes_onto_the_terrain_and_off_again(loads: list[dict[str, str]]) -> None:
    workbench: Workbench = workbench_with()
    terrain = add(workbench, "ground", GROUND, LayerKind.TERRAIN)
    imagery = add(workbench, "photo", GROUND, LayerKind.IMAGERY)
    imagery.source = Path("photo.jpg")
    draping.drape(workbench)
    assert draping.is_draped(workbench)
    assert not imagery.visible
    draping.drape(workbench)
    assert imagery.visible
    assert loads == [{"drape": "photo.jpg"}, {}]
    assert terrain.options == {}


def test_nothing_to_lay_or_nothing_to_lay_it_on(loads: list[dict[str, str]]) -> None:
    workbench: Workbench = workbench_with()
    add(workbench, "photo", GROUND, LayerKind.IMAGERY)
    assert draping.drape_pair(workbench) is None
    draping.drape(workbench)
    assert loads == []


def _placed(method: str, east_m: float) -> MemoryTileset:
    box = np.array([0, 0, 0, 100, 100, 1.0])
    return MemoryTileset([-1], ["Imagery"], box, Georeference("EPSG:4547", translation((east_m, 0, 0)), method))


@pytest.mark.parametrize(
    ("method", "east_m", "laid"), [("file", 50.0, True), ("file", 500.0, False), ("none", 50.0, False)]
)
def test_a_picture_of_the_place_is_laid_on_the_terrain_unasked(
    loads: list[dict[str, str]], method: str, east_m: float, laid: bool
) -> None:
    workbench: Workbench = workbench_with()
    for name, kind, one in (
        ("ground", LayerKind.TERRAIN, _placed("file", 0.0)),
        ("photo", LayerKind.IMAGERY, _placed(method, east_m)),
    ):
        layer = add(workbench, name, one, kind)
        layer.source = Path(name)
        place_layer(workbench, layer)
    assert draping.drape_by_itself(workbench) is laid
    assert loads == ([{"drape": "photo"}] if laid else [])
