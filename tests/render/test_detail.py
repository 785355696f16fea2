"""Layers whose detail streams from the source: shown near the eye, asked for heights, told once when it is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loaders.convert import ConvertOptions, convert
from loaders.detail import open_for_drawing
from loaders.model.errors import Finding
from loaders.model.formats import LayerKind
from scenes.model.layers import Layer, LayerState
from scenes.model.scene import Scene
from scenes.model.view import CameraView
from scenes.visuals.canvas import SceneCanvas
from tests.unit.loaders.convert import streaming
from tests.unit.loaders.convert.streaming import LIFT_M, write_streamed

NEAR = CameraView((5.0, -20.0, 6.0), (5.0, 0.0, 3.0), (0.0, 0.0, 1.0))
FAR = CameraView((5.0, -9000.0, 3000.0), (5.0, 0.0, 0.0), (0.0, 0.0, 1.0))


class Shown:
    """A layer of a streamed source on a canvas, and what the canvas told of it."""

    def __init__(self, source: Path, tmp_path: Path) -> None:
        self.options = ConvertOptions(cache_folder=tmp_path / "cache", formats=streaming.formats)
        self.source = source
        self.scene = Scene()
        self.canvas = SceneCanvas.off_screen(
            self.scene, (320, 240), open_tiles=lambda folder: open_for_drawing(folder, streaming.formats)
        )
        self.told: list[Finding] = []
        self.canvas.failed.connect(lambda _layer, finding: self.told.append(finding))
        self.layer = Layer("a", LayerKind.TERRAIN, source)
        self.scene.layers.add(self.layer)
        self.load()

    def load(self) -> None:
        self.layer.state, self.layer.unread = LayerState.LOADING, ()
        self.layer.tileset_folder = Path(convert(self.source, self.options).tileset)
        self.layer.state = LayerState.READY

    def triangles(self, view: CameraView) -> int:
        self.scene.view.camera = view
        self.canvas.pump_all()
        self.canvas.render()
        return self.canvas.visuals.triangles_drawn

    @property
    def codes(self) -> list[str]:
        return [finding.code for finding in self.told] + sorted({finding.code for finding in self.layer.unread})


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Callable[[Path], Shown]]:
    made: list[Shown] = []

    def make(source: Path) -> Shown:
        made.append(Shown(source, tmp_path))
        return made[-1]

    yield make
    for each in made:
        each.canvas.close()


def test_detail_is_shown_near_the_eye(show, tmp_path: Path) -> None:
    shown = show(write_streamed(tmp_path / "a.str"))
    assert shown.triangles(FAR) == 12
    assert shown.triangles(NEAR) == 4 * 12
    assert shown.canvas.ground_height_m(10.5, 0.5) == pytest.approx(1.0 + LIFT_M)
    assert shown.triangles(FAR) == 12
    assert not shown.told


def test_a_lost_source_is_told_once_and_found_again(show, tmp_path: Path) -> None:
    source = write_streamed(tmp_path / "a.str")
    shown = show(source)
    source.rename(tmp_path / "away")
    assert shown.triangles(NEAR) == 2 * 12
    assert shown.codes == ["tiles.source_missing"]
    assert shown.canvas.ground_height_m(10.5, 0.5) == pytest.approx(1.0)
    (tmp_path / "away").rename(source)
    shown.load()
    assert shown.triangles(NEAR) == 4 * 12
    assert not shown.codes


def test_a_source_that_was_gone_at_the_opening_is_found_again(show, tmp_path: Path) -> None:
    source = write_streamed(tmp_path / "a.str")
    folder = Path(convert(source, ConvertOptions(cache_folder=tmp_path / "cache", formats=streaming.formats)).tileset)
    shown = show(source)
    shown.scene.layers.remove(shown.layer)
    source.rename(tmp_path / "away")
    again = Layer("b", LayerKind.TERRAIN, source)
    shown.layer = again
    shown.scene.layers.add(again)
    again.tileset_folder, again.state = folder, LayerState.READY
    assert shown.triangles(NEAR) == 2 * 12
    assert shown.codes == ["tiles.source_missing"]
    (tmp_path / "away").rename(source)
    shown.load()
    assert shown.triangles(NEAR) == 4 * 12
    assert shown.codes == ["tiles.source_missing"]


def test_a_source_that_cannot_be_read_is_told_once_and_the_overview_stays(show, tmp_path: Path) -> None:
    shown = show(write_streamed(tmp_path / "a.str", "broken"))
    assert shown.triangles(NEAR) == 2 * 12
    assert shown.codes == ["tiles.source_unreadable"]
    shown.load()
    assert shown.triangles(NEAR) == 2 * 12
    assert shown.codes == ["tiles.source_unreadable"]
