"""Makes the pictures of README and manual: the real window on the demo city, in both languages.

Run it with ``./run screenshots``: it opens windows on a screen of its own and takes a few minutes.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from twin_app.ui.main_window import MainWindow

HERE = Path(__file__).resolve().parent
SIZE = (1440, 900)
WAIT_SECS = 240.0


def settle(app: QApplication, window: MainWindow, seconds: float = 1.5) -> None:
    """Let the window work until no job runs and nothing waits to be uploaded, and a little longer."""
    workbench = window.context.workbench
    end = time.monotonic() + WAIT_SECS
    while time.monotonic() < end:
        app.processEvents()
        if not workbench.jobs.running and not workbench.canvas.pump(5.0):
            break
        time.sleep(0.01)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        app.processEvents()
        time.sleep(0.01)


def shoot(app: QApplication, window: MainWindow, path: Path) -> None:
    """What the screen shows of the window, as JPEG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    place = window.frameGeometry()
    shown = app.primaryScreen().grabWindow(0, place.x(), place.y(), place.width(), place.height())
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        shown.save(file.name)
        Image.open(file.name).convert("RGB").save(path, quality=88, optimize=True)
    print(path.relative_to(HERE.parent))  # noqa: T201 - a script speaks to whoever runs it


def district(window: MainWindow) -> None:
    """The first view."""
    window.context.workbench.scene.select([])


def building(window: MainWindow) -> None:
    """A BIM building, one of its elements selected."""
    from scenes.model.scene import ObjectRef
    from twin_app.usecases.projects import camera_from

    workbench = window.context.workbench
    layer = next(one for one in workbench.scene.layers if str(one.source).endswith("school.ifc"))
    bookmark = next(b for b in workbench.project.bookmarks if b.name == layer.name)
    workbench.scene.view.camera = camera_from(bookmark.camera)
    tileset = workbench.sources.tileset(layer)
    rows = [row for row, name in enumerate(tileset.objects()["class"].to_pylist()) if name == "IfcSlab"]
    workbench.scene.select([ObjectRef(layer.layer_id, rows[-1])])


def section(window: MainWindow) -> None:
    """The same building cut open."""
    from scenes.model.view import SectionPlane
    from twin_app.usecases.placing import layer_bounds_m

    workbench = window.context.workbench
    workbench.scene.select([])
    layer = next(one for one in workbench.scene.layers if str(one.source).endswith("school.ifc"))
    bounds_m = layer_bounds_m(workbench, layer)
    height_m = float(bounds_m[2] * 0.45 + bounds_m[5] * 0.55)
    workbench.scene.view.section_planes = (SectionPlane((0.0, 0.0, height_m), (0.0, 0.0, 1.0)),)
    window.show_panel("section")


def show_theme(window: MainWindow) -> None:
    """The skyline in the exhibition's colours."""
    from twin_app.usecases.projects import camera_from

    workbench = window.context.workbench
    workbench.scene.view.section_planes = ()
    workbench.settings.set("ui.theme", "show")
    workbench.scene.view.camera = camera_from(workbench.project.bookmarks[0].camera)


def live(window: MainWindow) -> None:
    """Values on the city: cards, flows, alarms; and the streams they come from."""
    workbench = window.context.workbench
    workbench.settings.set("ui.theme", "office_light")
    window.show_panel("live")


def indicators(window: MainWindow) -> None:
    """Indicators of built form, computed from the demo, one of them at length."""
    from twin_app.ui.panels.indicators import IndicatorsPanel

    window.show_panel("indicators")
    panel = window.panels["indicators"]
    assert isinstance(panel, IndicatorsPanel)
    panel.packs.setCurrentIndex(panel.packs.findData("city-form"))


def trend(window: MainWindow) -> None:
    """How the power of three buildings went."""
    window.show_panel("trend")
    infos = window.context.workbench.live.table.infos()
    power = [row for row, info in enumerate(infos) if info.indicator == "building.power"]
    window.context.workbench.choose_streams(tuple(power[:3]))


def events(window: MainWindow) -> None:
    """The simulated day: pins on the map, one event with its steps and who can be sent."""
    from PySide6.QtWidgets import QApplication

    from twin_app.ui.panels.events import EventsPanel

    window.show_panel("events")
    window.context.run("event.simulate")
    settle(QApplication.instance(), window)
    panel = window.panels["events"]
    assert isinstance(panel, EventsPanel)
    panel.list.setCurrentIndex(panel.filter.index(0, 0))


SCENES: dict[str, Callable[[MainWindow], None]] = {
    "district": district,
    "building": building,
    "section": section,
    "show": show_theme,
    "live": live,
    "indicators": indicators,
    "trend": trend,
    "events": events,
}


def pictures(app: QApplication, language: str, folder: Path) -> None:
    """All pictures in one language."""
    from twin_app.app import build_window, build_workbench

    os.environ["CITYTWIN_LANGUAGE"] = language
    window = build_window(build_workbench())
    window.resize(*SIZE)
    window.move(0, 0)
    window.show()
    settle(app, window)
    shoot(app, window, folder / "start.jpg")
    window.context.run("demo.open")
    settle(app, window, 4.0)
    for name, arrange in SCENES.items():
        arrange(window)
        settle(app, window, 3.0)
        shoot(app, window, folder / f"{name}.jpg")
    window.shut_down()
    window.close()
    window.deleteLater()
    app.processEvents()


def main() -> None:
    """Both languages, with settings of their own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE / "images")
    out = parser.parse_args().out
    from loaders.convert import shutdown
    from twin_app.app import application

    app = application()
    for language, folder in (("en", "en"), ("zh_CN", "zh")):
        with tempfile.TemporaryDirectory() as config:
            os.environ["CITYTWIN_CONFIG_DIR"] = config
            pictures(app, language, out / folder)
    shutdown()


if __name__ == "__main__":
    main()
