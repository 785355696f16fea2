"""The events panel: an event is reported at an object, moved on by roles, written to a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import rasterio  # noqa: F401 - sets variables when it is first imported, as the demo does

from scenes.model.scene import ObjectRef
from tests.gui.driving import open_folder, until
from twin_app.live.values import now_us
from twin_app.operation.classes import event_classes
from twin_app.operation.model import Action, Role
from twin_app.ui.panels.events import EventsPanel

if TYPE_CHECKING:
    from pathlib import Path

    from twin_app.ui.main_window import MainWindow


def test_an_event_goes_its_way(window: MainWindow, folders: dict[str, Path], tmp_path: Path) -> None:
    layer, workbench = open_folder(window, folders["office"]), window.context.workbench
    tileset = workbench.sources.tileset(layer)
    assert tileset is not None
    row = int(np.flatnonzero(np.isfinite(tileset.object_bounds_m()).all(axis=1))[0])
    workbench.scene.select([ObjectRef(layer.layer_id, row)])
    panel = window.panels["events"]
    assert isinstance(panel, EventsPanel)
    window.context.run("event.report", class_id=next(iter(event_classes())))
    until(lambda: panel.isVisible() and panel.list.topLevelItemCount() == 1)
    item = panel.list.topLevelItem(0)
    assert [item.text(3), item.text(4)] == ["Reported", "In time"]
    item.setSelected(True)
    panel.role.setCurrentIndex(panel.role.findData(Role.GRID))
    assert panel._steps.count() == 0
    panel.role.setCurrentIndex(panel.role.findData(Role.DISTRICT))
    assert panel._steps.count() == 2
    panel.take(Action.ACCEPT)
    assert panel.list.topLevelItem(0).text(3) == "Accepted"
    assert "Handling rate 0 % (0 of 1)" in panel.rates.text()
    window.context.run("event.export", path=str(tmp_path / "e.geojson"))
    assert '"FeatureCollection"' in (tmp_path / "e.geojson").read_text("utf-8")
    assert [one.code for one in workbench.messages][-1] == "event.written"


def test_the_demo_has_a_simulated_day_and_nothing_else_has(window: MainWindow, tmp_path: Path) -> None:
    workbench = window.context.workbench
    assert not window.context.registry["event.simulate"].enabled(workbench)
    (tmp_path / "demo.json").write_text('{"version": 1, "size": "small", "seed": 7}', "utf-8")
    workbench.project.set(tmp_path / "demo.citytwin", dirty=False)
    window.context.run("event.simulate")
    until(lambda: workbench.events is not None and len(workbench.events.events()) > 20, 30_000)
    assert all(event.report.simulated for event in workbench.events.events())
    assert max(event.changed_us for event in workbench.events.events()) <= now_us()
    count = len(workbench.events.events())
    window.context.run("event.simulate")  # what happened does not happen again
    until(lambda: not workbench.jobs.running)
    assert len(workbench.events.events()) >= count
    panel = window.panels["events"]
    until(lambda: panel.isVisible() and panel.list.topLevelItemCount() >= count)
