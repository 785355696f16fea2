"""Many layers asked together, tiles that fail and come back, limits of memory, and handing over."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFileDialog, QPushButton, QSpinBox

from loaders.handover.registry import FORMATS
from loaders.model.errors import Severity
from scenes.model.layers import Layer, LayerState
from scenes.model.scene import ObjectRef
from tests.gui.driving import open_folder, until
from twin_app.services.jobs import JobState
from twin_app.ui import dialogs
from twin_app.ui.main_window import MainWindow
from twin_app.ui.panels.layer_delegate import LayerDelegate
from twin_app.ui.panels.layer_rows import row_of
from twin_app.ui.panels.layers import LayersPanel
from twin_app.ui.panels.objects import ObjectsPanel
from twin_app.usecases import limits

WALL, DOOR = 5, 13


@pytest.fixture
def twins(window: MainWindow, folders: dict[str, Path]) -> list[Layer]:
    """The same office twice, and its ground."""
    return [open_folder(window, folders[name]) for name in ("office", "office", "ground")]


def _panels(window: MainWindow) -> tuple[LayersPanel, ObjectsPanel]:
    layers, objects = window.panels["layers"], window.panels["objects"]
    assert isinstance(layers, LayersPanel)
    assert isinstance(objects, ObjectsPanel)
    return layers, objects


def test_search_goes_over_all_layers_or_the_chosen_ones(window: MainWindow, twins: list[Layer]) -> None:
    layers, objects = _panels(window)
    objects.search.setText("door")
    until(lambda: "12" in objects._note.text())
    assert objects._note.text() == "12 objects found in 2 layers"
    counts = [objects.spatial.count(objects.spatial.index(place, 0).internalId()) for place in range(2)]
    assert counts == [6, 6]
    layers.choose(twins[1].layer_id)
    window.context.run("select.scope")
    until(lambda: "6 objects" in objects._note.text())
    assert [one.layer for one in objects.spatial.layers.values()] == [twins[1]]
    layers.choose(twins[0].layer_id)
    until(lambda: [one.layer for one in objects.spatial.layers.values()] == [twins[0]])
    window.context.run("select.scope")
    until(lambda: len(objects.spatial.layers) == 3)


def test_the_same_class_in_one_layer_in_all_or_in_the_chosen(window: MainWindow, twins: list[Layer]) -> None:
    scene = window.context.workbench.scene
    layers, _ = _panels(window)

    def selected() -> dict[str, int]:
        return {layer.layer_id: len(scene.selected_rows(layer)) for layer in twins}

    first, second, ground = (layer.layer_id for layer in twins)
    scene.select([ObjectRef(first, WALL)])
    window.context.run("select.same_class")
    assert selected() == {first: 24, second: 0, ground: 0}
    scene.select([ObjectRef(first, WALL)])
    layers.choose(second)
    window.context.run("select.same_class_chosen")
    assert selected() == {first: 24, second: 24, ground: 0}
    scene.select([ObjectRef(first, WALL)])
    window.context.run("select.same_class_all")
    assert selected() == {first: 24, second: 24, ground: 0}


def _tile_files(layer: Layer) -> list[Path]:
    assert layer.tileset_folder is not None
    return sorted((layer.tileset_folder / "tiles").glob("*.glb"))


def test_failed_tiles_are_told_once_and_come_back(window: MainWindow, folders: dict[str, Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(folders["office"], tmp_path / "broken"))
    whole = {path: path.read_bytes() for path in (folder / "tiles").glob("*.glb")}
    for path, data in whole.items():
        path.write_bytes(b"\0" * len(data))  # as many bytes as before: only reading tells
    layer = open_folder(window, folder)
    until(lambda: bool(layer.unread))
    messages = window.context.workbench.messages
    until(lambda: any(message.code == "tiles.unread" for message in messages))
    (message,) = [message for message in messages if message.code == "tiles.unread"]
    assert message.severity is Severity.ERROR
    assert message.arguments["count"] == len(layer.unread)
    assert message.layer_id == layer.layer_id
    panel, _ = _panels(window)
    row = row_of(layer.layer_id, [layer])
    assert row is not None
    assert (row.badge, row.is_bad) == (str(len(layer.unread)), True)
    delegate = panel.tree.itemDelegate()
    assert isinstance(delegate, LayerDelegate)
    assert any("could not be read" in line for line in delegate.tip_lines(row, "broken"))
    visual = window.view.canvas.visuals.get(layer.layer_id)
    assert not visual.batches

    panel.choose(layer.layer_id)
    window.context.run("layer.retry_tiles")
    until(lambda: bool(layer.unread))  # still broken: told anew

    for path, data in whole.items():
        path.write_bytes(data)
    window.context.run("layer.retry_all_tiles")
    until(lambda: bool(visual.batches))
    assert not layer.unread
    assert not window.context.registry["layer.retry_tiles"].enabled(window.context.workbench)
    assert row_of(layer.layer_id, [layer]).badge == ""  # type: ignore[union-attr]


def test_limits_of_memory_count_at_once(
    window: MainWindow, twins: list[Layer], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = window.context.workbench.settings
    streamer = window.view.canvas.visuals.context.streamer
    assert streamer.limits.data_bytes == limits.automatic_mb("memory.tiles_mb") * 1_000_000
    window.show_settings()
    page = window._pages["settings"]
    number = page.editors["memory.tiles_mb"]
    assert isinstance(number, QSpinBox)
    gigabytes = f"{limits.automatic_mb('memory.tiles_mb') / 1000:.1f}"
    assert number.text() == f"Automatic ({gigabytes} GB)"
    number.setValue(512)
    assert streamer.limits.data_bytes == 512_000_000
    assert number.text() == "512 MB"
    detail = page.editors["view.detail"]
    assert isinstance(detail, QComboBox)
    detail.setCurrentIndex(detail.findData("fine"))
    assert (streamer.limits.error_px, streamer.limits.moving_error_px) == (4.0, 8.0)
    settings.set("memory.tiles_mb", 0)
    assert streamer.limits.data_bytes == limits.automatic_mb("memory.tiles_mb") * 1_000_000
    page.dismiss()


@pytest.mark.parametrize(("total_gb", "data_mb"), [(4, 800), (64, 12_800), (512, 16_000), (0.5, 256)])
def test_the_machine_gives_a_share(total_gb: float, data_mb: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "memory_bytes", lambda: int(total_gb * 1e9))
    assert limits.automatic_mb("memory.tiles_mb") == data_mb
    assert limits.automatic_mb("memory.graphics_mb") <= data_mb
    monkeypatch.setattr(limits, "memory_bytes", lambda: None)
    assert limits.automatic_mb("memory.tiles_mb") == 1500


def test_export_from_the_window(
    window: MainWindow, twins: list[Layer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbench = window.context.workbench
    target = tmp_path / "出口" / "district"
    target.parent.mkdir()
    monkeypatch.setattr(window, "ask_new_folder", lambda *, suggested: target)
    window.context.run("file.export_tiles")
    until(lambda: not workbench.jobs.running)
    tree = json.loads((target / "tileset.json").read_text())
    assert len(tree["root"]["children"]) == 3
    (done,) = [message for message in workbench.messages if message.code == "export.done"]
    assert done.folder == target
    shown: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: shown.append(url.toLocalFile()))
    (toast,) = window.toasts._shown
    QTest.mouseClick(toast.findChild(QPushButton), Qt.MouseButton.LeftButton)
    assert shown == [str(target)]

    window.context.run("file.export_tiles")  # what is there already is not written over
    assert [message.code for message in workbench.messages][-1] == "export.exists"

    alone = tmp_path / "ground"
    window.context.run("layer.export_tiles", layer_id=twins[2].layer_id, out=str(alone))
    until(lambda: not workbench.jobs.running)
    assert (alone / "tileset.json").is_file()


def test_a_cancelled_export_leaves_nothing(
    window: MainWindow, twins: list[Layer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from loaders.handover import tiles_folder

    write = tiles_folder.export_tileset

    def slowly(*arguments: object) -> object:
        time.sleep(0.2)
        return write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(tiles_folder, "export_tileset", slowly)
    window.context.run("file.export_tiles", out=str(tmp_path / "out"))
    job = window.context.workbench.jobs.running[0]
    job.cancel()
    until(lambda: not job.running)
    assert job.state is JobState.CANCELLED
    assert not list(tmp_path.glob("*out*"))


def test_the_dialog_asks_for_a_new_folder(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "exec", lambda dialog: 1)
    chosen = dialogs.ask_new_folder(window.context, window, suggested="district-3dtiles")
    assert chosen is not None
    assert chosen.name == "district-3dtiles"


def test_hundreds_wait_without_a_thread_each(window: MainWindow, folders: dict[str, Path], tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"{number}.ifc").write_bytes(b"ISO-10303-21;" + bytes(100))
    window.context.run("file.open", paths=[str(tmp_path / f"{number}.ifc") for number in range(60)])
    jobs = window.context.workbench.jobs
    assert sum(1 for job in jobs.running if not job.waiting) <= 2
    window.context.run("layer.remove", building="")
    until(lambda: not jobs.running)
    assert len(window.context.workbench.scene.layers) == 0
    assert not [layer for layer in window.context.workbench.scene.layers if layer.state is LayerState.LOADING]


def test_exporting_asks_for_format_and_file(
    window: MainWindow, folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_folder(window, folders["office"])
    asked: list[object] = []
    monkeypatch.setattr(window, "ask_text", lambda key, value, choices: asked.append((key, choices)) or choices[1])
    monkeypatch.setattr(window, "ask_save_path", lambda suffix, suggested: tmp_path / f"{suggested}{suffix}")
    window.context.run("file.export_as")
    until(lambda: [path.suffix for path in tmp_path.iterdir() if not path.name.startswith(".")].count(".glb") == 1)
    assert asked == [("ui.file.ask_format", [window.context.tr(f"handover.format.{name}") for name in FORMATS])]
    [written] = tmp_path.glob("*.glb")
    assert written.read_bytes()[:4] == b"glTF"
