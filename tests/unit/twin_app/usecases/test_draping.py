"""Imagery on terrain: which layers, and there and back again."""

from pathlib import Path

import numpy as np
import pytest

from loaders.model.formats import LayerKind
from tests.unit.twin_app.usecases.fakes import MemoryTileset, add, workbench_with
from twin_app.usecases import draping
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
