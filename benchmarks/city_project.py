"""Generated cities on disk for measurements, and a program without a window that has one open."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from loaders.model.errors import CityTwinError
from scenes.model.layers import LayerState
from scenes.model.view import CameraView
from twin_app.services.paths import data_folder
from twin_app.services.settings import Settings
from twin_app.usecases.opening import open_paths, wait_until_loaded
from twin_app.usecases.projects import camera_from
from twin_app.usecases.workbench import Workbench, new_workbench

SIZE_PX = (1280, 800)
SEED = 7
_DONE = "done"


def city(buildings: int, models: int) -> Path:
    """The project file of a generated city, made once; raises `CityTwinError` where it cannot be."""
    from twin_app.demo.metropolis.generate import CityScale, generate_city
    from twin_app.usecases.demo_city import PROJECTS, VERSION, write_projects

    folder = data_folder() / f"bench-city-{VERSION}-{SEED}-{buildings}-{models}"
    if not (folder / _DONE).exists():
        folder.mkdir(parents=True, exist_ok=True)
        scale = CityScale(buildings=buildings, models=models)
        made = generate_city(folder, scale, SEED, lambda _fraction, _stage: None, lambda: False)
        write_projects(made, folder)
        (folder / _DONE).touch()
    return folder / PROJECTS["en"]


class Program:
    """A workbench with a canvas off screen. ``animated`` streams as a window does, level by level while it moves."""

    def __init__(self, *, animated: bool = False, bare: bool = False) -> None:
        from scenes.visuals.canvas import SceneCanvas

        self.workbench: Workbench = new_workbench(Settings())
        if bare:
            self.workbench.scene.view.set_display(edges=False, view_cube=False, north_arrow=False, scale_bar=False)
        self.canvas: Any = SceneCanvas.off_screen(self.workbench.scene, SIZE_PX, animated=animated)
        self.workbench.canvas = self.canvas

    def open(self, project: Path) -> float:
        """Open a project and draw everything that its first view needs; gives the seconds."""
        start = time.perf_counter()
        open_paths(self.workbench, [project])
        wait_until_loaded(self.workbench, tick=lambda: self.canvas.pump(6.0))
        self.canvas.pump_all()
        self.draw()
        seconds = time.perf_counter() - start
        failed = [layer for layer in self.workbench.scene.layers if layer.state is not LayerState.READY]
        if failed or not len(self.workbench.scene.layers):
            raise CityTwinError("ui.bench.not_loaded", str(failed[0].source if failed else project))
        return seconds

    def bookmark(self, name: str) -> CameraView:
        """The view of a bookmark of the open project."""
        return camera_from(next(one for one in self.workbench.project.bookmarks if one.name == name).camera)

    def look(self, view: CameraView) -> None:
        """Take a view and have everything that it needs."""
        self.workbench.scene.view.camera = view
        self.canvas.pump_all()
        self.draw()

    def draw(self, view: CameraView | None = None) -> None:
        """One frame, to its end."""
        if view is not None:
            self.workbench.scene.view.camera = view
        self.canvas.render()
        self.canvas.window.WaitForCompletion()

    def close(self) -> None:
        """Let everything go."""
        self.canvas.close()
        self.workbench.jobs.shutdown()
