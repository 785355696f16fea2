"""Photogrammetry that streams from its folder: the same picture as converted, hidden and coloured by its objects."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from loaders.convert import ConvertOptions, convert
from loaders.model.errors import Finding
from loaders.model.formats import LayerKind
from loaders.model.meshes import Texture
from scenes.model.layers import Layer, LayerState, ObjectFlag
from scenes.model.scene import Scene as CityScene
from scenes.model.view import CameraView
from scenes.visuals.canvas import SceneCanvas
from scenes.visuals.textures import Picture
from tests.unit.loaders.tiles.realscene import Scene, write_scene

NEAR = CameraView((20.0, -60.0, 90.0), (20.0, 0.0, 30.0), (0.0, 0.0, 1.0))
ABOVE = CameraView((0.0, -250.0, 200.0), (0.0, 0.0, 30.0), (0.0, 0.0, 1.0))
SIZE_PX = (480, 320)


class Shown:
    """A tileset on a canvas; with ``most_tiles`` as a large one."""

    def __init__(self, source: Path, cache: Path, most_tiles: int | None) -> None:
        chosen = {} if most_tiles is None else {"most_tiles": most_tiles}
        report = convert(source, ConvertOptions(cache_folder=cache, loader_options=chosen))
        self.scene = CityScene()
        self.canvas = SceneCanvas.off_screen(self.scene, SIZE_PX)
        self.told: list[Finding] = []
        self.canvas.failed.connect(lambda _layer, finding: self.told.append(finding))
        self.layer = Layer("a", LayerKind.CITY, source)
        self.scene.layers.add(self.layer)
        self.layer.tileset_folder, self.layer.state = Path(report.tileset), LayerState.READY

    def picture(self, view: CameraView, path: Path) -> np.ndarray:
        self.scene.view.camera = view
        self.canvas.pump_all()
        self.canvas.render()
        self.canvas.screenshot(path, SIZE_PX)
        return np.asarray(Image.open(path).convert("RGB")).astype(int)


@pytest.fixture
def show(tmp_path: Path):
    made: list[Shown] = []

    def make(source: Path, most_tiles: int | None = None) -> Shown:
        made.append(Shown(source, tmp_path / "cache", most_tiles))
        return made[-1]

    yield make
    for each in made:
        each.canvas.close()


@pytest.mark.parametrize("most_tiles", [0, 30])
def test_streamed_and_converted_it_is_one_picture(show, tmp_path: Path, most_tiles: int) -> None:
    source = write_scene(tmp_path / "source", Scene(levels=3))
    converted, streamed = show(source), show(source, most_tiles)
    for number, view in enumerate((NEAR, ABOVE)):
        one = converted.picture(view, tmp_path / f"c{number}.png")
        other = streamed.picture(view, tmp_path / f"s{number}.png")
        assert (np.abs(one - other).max(axis=2) > 12).mean() < 0.002
        red = (other[..., 0] > 150) & (other[..., 1] < 60)
        assert red.any(), "the dots of the pictures are in it"
    assert not streamed.told


def test_what_streams_is_hidden_with_the_object_that_it_belongs_to(show, tmp_path: Path) -> None:
    shown = show(write_scene(tmp_path / "source", Scene(levels=3)), 9)
    before = shown.picture(ABOVE, tmp_path / "a.png")
    triangles = shown.canvas.visuals.triangles_drawn
    visual = shown.canvas.visuals.get(shown.layer.layer_id)
    assert visual is not None
    assert visual.source is not None
    count = visual.source.num_objects
    assert count == 5
    flags = np.zeros(count, np.uint8)
    flags[1] = ObjectFlag.HIDDEN
    shown.layer.flags = flags
    shown.picture(ABOVE, tmp_path / "b.png")
    assert 0 < shown.canvas.visuals.triangles_drawn < triangles
    flags = np.full(count, ObjectFlag.SELECTED, np.uint8)
    flags[0] = 0
    shown.layer.flags = flags
    marked = shown.picture(ABOVE, tmp_path / "c.png")
    assert (np.abs(marked - before).max(axis=2) > 12).mean() > 0.2
    hit = shown.canvas.pick(SIZE_PX[0] / 2, SIZE_PX[1] * 0.6)
    assert hit is not None
    assert hit.ref.row in range(1, 5)


def test_memory_counts_pictures_as_they_are_unpacked(show, tmp_path: Path) -> None:
    shown = show(write_scene(tmp_path / "source", Scene(blocks=1, levels=2, picture_px=256)), 0)
    shown.picture(NEAR, tmp_path / "a.png")
    tiles = shown.canvas.visuals.get(shown.layer.layer_id).tiles_drawn
    streamer = shown.canvas.visuals.context.streamer
    assert tiles >= 4
    assert streamer.graphics_bytes >= 4 * 256 * 256 * 4 * 4 / 3
    assert streamer.data_bytes >= 4 * 256 * 256 * 3


@pytest.mark.parametrize("encoded", [True, False])
def test_a_picture_is_as_large_as_its_pixels(encoded: bool, tmp_path: Path) -> None:
    pixels = np.full((64, 128, 3), 90, np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    texture = Texture(data, "image/png") if encoded else Texture(b"", "image/png", pixels)
    assert Picture(texture, repeats=False).num_bytes == int(64 * 128 * 4 * 4 / 3)


def test_closing_waits_for_nobody(show, tmp_path: Path) -> None:
    """Tiles on their way when the window closes are given up."""
    shown = show(write_scene(tmp_path / "source", Scene(levels=4)), 9)
    shown.scene.view.camera = NEAR
    for _ in range(3):
        shown.canvas.pump()
    began = time.monotonic()
    shown.canvas.close()
    assert time.monotonic() - began < 5.0
