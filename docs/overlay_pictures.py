"""Pictures of the demo district with every overlay of live values, simulated, in all themes and both languages.

Run it with ``.venv/bin/python docs/overlay_pictures.py --out FOLDER``; it needs no screen.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from loaders.model.formats import LayerKind
from scenes.model.layers import Layer
from scenes.model.overlays.bars import Bars, BarShape
from scenes.model.overlays.base import Overlay
from scenes.model.overlays.domes import Domes
from scenes.model.overlays.flows import Flows
from scenes.model.overlays.heat import HeatMap
from scenes.model.overlays.labels import Labels
from scenes.model.overlays.object_values import ObjectValues
from scenes.model.overlays.readings import Condition, Readings
from scenes.model.overlays.scale import ColourScale
from scenes.model.overlays.signs import AlarmLevel, Signs
from scenes.visuals import camera
from scenes.visuals.canvas import SceneCanvas
from twin_app.services.settings import Settings
from twin_app.usecases.demo_city import demo_folder, make_demo
from twin_app.usecases.opening import open_paths, wait_until_loaded
from twin_app.usecases.placing import layer_bounds_m
from twin_app.usecases.workbench import Workbench, new_workbench

THEMES = ("office_light", "office_dark", "show")
TITLES = {
    "energy": ("Energy use of buildings", "建筑能耗强度"),
    "noise": ("Night noise", "夜间噪声"),
    "traffic": ("Traffic speed against the limit", "车速与限速之比"),
    "load": ("Visitors today", "今日客流"),
    "signal": ("5G signal", "5G 信号覆盖"),
    "power": ("Power now", "当前功率"),
    "sensors": ("Air sensors", "空气监测点"),
}


class District:
    """The demo district with its middle (3,), and what stands in it."""

    def __init__(self, workbench: Workbench, canvas: Any, language: str) -> None:
        self.workbench, self.canvas, self.zh = workbench, canvas, language == "zh_CN"
        self.chance = np.random.default_rng(11)
        self.middle = np.asarray(workbench.scene.view.camera.target_m, np.float64)

    def title(self, key: str) -> str:
        """In the picture's language."""
        return TITLES[key][int(self.zh)]

    def building_rows(self, layer: Layer) -> np.ndarray:
        """The rows of a city model's buildings."""
        tileset = self.workbench.sources.tileset(layer)
        classes = tileset.objects()["class"].to_pylist() if tileset is not None else []
        return np.array([row for row, name in enumerate(classes) if "Building" in (name or "")], np.int64)

    def buildings(self) -> list[Layer]:
        """The layers of BIM buildings."""
        return [layer for layer in self.workbench.scene.layers if layer.kind is LayerKind.BUILDING]

    def tops(self) -> tuple[list[str], np.ndarray]:
        """Names of the buildings, and the middles of their roofs (n, 3)."""
        named = [(layer.name, layer_bounds_m(self.workbench, layer)) for layer in self.buildings()]
        known = [(name, box) for name, box in named if box is not None]
        tops = [[(b[0] + b[3]) / 2, (b[1] + b[4]) / 2, b[5]] for _, b in known]
        return [name for name, _ in known], np.array(tops).reshape(-1, 3)

    def on_ground(self, xy: np.ndarray, above_m: float = 0.0) -> np.ndarray:
        """Places (n, 2) about the middle, on the ground or above it (n, 3)."""
        places = self.middle[:2] + xy
        heights = [self.canvas.ground_height_m(float(x), float(y)) for x, y in places]
        return np.column_stack([places, [above_m + (self.middle[2] if z is None else z) for z in heights]])

    def scattered(self, count: int, reach_m: float) -> np.ndarray:
        """Places (count, 2) that keep apart."""
        found: list[np.ndarray] = []
        while len(found) < count:
            one = self.chance.uniform(-reach_m, reach_m, 2)
            if all(np.linalg.norm(one - other) > reach_m / np.sqrt(count) for other in found):
                found.append(one)
        return np.array(found)

    def readings(self, values: np.ndarray, *, missing: float = 0.06, stale: float = 0.08) -> Readings:
        """Simulated values, some of them missing or stale."""
        dice = self.chance.uniform(size=len(values))
        told = np.where(dice < missing, Condition.MISSING, np.where(dice < missing + stale, Condition.STALE, 0))
        age = np.where(told == Condition.STALE, 1500.0, self.chance.uniform(5.0, 55.0, len(values)))
        return Readings.of(values, told, age, True)


def energy(district: District) -> list[Overlay]:
    """City buildings coloured by value."""
    overlay = ObjectValues(
        district.title("energy"), ColourScale((40.0, 60.0, 80.0, 100.0, 120.0, 140.0), "viridis", "kWh/(m²·a)")
    )
    layers = [layer for layer in district.workbench.scene.layers if layer.kind is LayerKind.CITY]
    found = [district.building_rows(layer) for layer in layers]
    layer_of = np.repeat(np.arange(len(layers)), [len(rows) for rows in found])
    rows = np.concatenate(found)
    overlay.bind([layer.layer_id for layer in layers], layer_of, rows)
    overlay.readings = district.readings(district.chance.gamma(9.0, 10.0, len(rows)))
    overlay.time_text = "2026"
    return [overlay]


def power(district: District) -> list[Overlay]:
    """A card over each BIM building."""
    names, tops = district.tops()
    overlay = Labels(district.title("power"), ColourScale((100.0, 200.0, 300.0, 400.0), "viridis", "kW"))
    overlay.describe(tops, names, units="kW", priorities=np.arange(len(names)) % 3, decimals=0)
    values = district.chance.uniform(60.0, 480.0, len(names))
    overlay.readings = district.readings(values, missing=0.2, stale=0.2)
    overlay.sparklines = values[:, None] + np.cumsum(district.chance.normal(0, 14.0, (len(names), 36)), axis=1)
    return [overlay]


def visitors(district: District) -> list[Overlay]:
    """Cylinders on the ground."""
    overlay = Bars(
        district.title("load"),
        ColourScale((500.0, 1000.0, 1500.0, 2000.0, 2500.0), "teal", "人" if district.zh else "people"),
    )
    places = district.on_ground(district.scattered(9, 260.0))
    overlay.shape = BarShape.CYLINDER
    overlay.stand(places, 16.0)
    overlay.full_value, overlay.full_height_m = 3000.0, 110.0
    overlay.readings = district.readings(district.chance.uniform(200.0, 3000.0, len(places)), missing=0.12)
    return [overlay]


def noise(district: District) -> list[Overlay]:
    """A heat map."""
    overlay = HeatMap(district.title("noise"), ColourScale((40.0, 45.0, 50.0, 55.0, 60.0, 65.0), "viridis", "dB(A)"))
    overlay.radius_m = 110.0
    overlay.place(district.on_ground(district.scattered(26, 330.0)))
    overlay.readings = district.readings(district.chance.uniform(36.0, 70.0, len(overlay.places_m)))
    overlay.time_text = "23:00"
    return [overlay]


def traffic(district: District) -> list[Overlay]:
    """Flows along a grid of streets."""
    overlay = Flows(district.title("traffic"), ColourScale((0.4, 0.6, 0.8, 1.0, 1.2), "diverging", "", 0.8))
    axis = np.linspace(-320.0, 320.0, 41)
    lines = []
    for offset in (-240.0, -80.0, 80.0, 240.0):
        lines.append(district.on_ground(np.column_stack([axis, np.full(41, offset)]), 1.0))
        lines.append(district.on_ground(np.column_stack([np.full(41, offset), axis]), 1.0))
    overlay.draw(lines)
    values = district.chance.uniform(0.3, 1.3, len(lines))
    overlay.readings = district.readings(values, missing=0.1)
    overlay.speeds, overlay.widths_px = values * 14.0, district.chance.uniform(4.0, 8.0, len(lines))
    return [overlay]


def signal(district: District) -> list[Overlay]:
    """Domes of stations."""
    overlay = Domes(district.title("signal"), ColourScale((-100.0, -90.0, -80.0), "teal", "dBm"))
    places = district.on_ground(district.scattered(7, 260.0), 20.0)
    overlay.cover(places, district.chance.uniform(70.0, 120.0, len(places)))
    overlay.readings = district.readings(district.chance.uniform(-108.0, -72.0, len(places)), missing=0.15)
    return [overlay]


def sensors(district: District) -> list[Overlay]:
    """Signs, five of them alarms."""
    overlay = Signs(district.title("sensors"), ColourScale((35.0, 75.0, 115.0), "cividis", "µg/m³"))
    overlay.place(district.on_ground(district.scattered(36, 320.0), 4.0))
    count = len(overlay.places_m)
    overlay.readings = district.readings(district.chance.uniform(10.0, 140.0, count), missing=0.12)
    overlay.fields = 1 + np.arange(count) % 6
    levels = np.zeros(count, np.uint8)
    levels[:5] = (AlarmLevel.CRITICAL, AlarmLevel.HIGH, AlarmLevel.MEDIUM, AlarmLevel.LOW, AlarmLevel.CRITICAL)
    overlay.raise_alarms(levels, np.arange(count) == 4)
    return [overlay]


SCENES = {
    "colours": (energy, power),
    "heat": (noise, sensors),
    "bars": (visitors, power),
    "flows": (traffic, sensors),
    "domes": (signal,),
    "all": (noise, signal, traffic, visitors, sensors, power),
}


def pictures(out: Path, language: str, size: tuple[int, int], names: list[str], size_name: str) -> None:
    """All scenes in all themes, in one language."""
    project = make_demo(demo_folder(size_name), size=size_name, language=language).project
    workbench = new_workbench(Settings())
    canvas = SceneCanvas.off_screen(workbench.scene, size, language=language)
    workbench.canvas = canvas
    open_paths(workbench, [project])
    wait_until_loaded(workbench, tick=lambda: canvas.pump(6.0))
    canvas.pump_all()
    canvas.live.set_time(0.35)
    aim = camera.Aim(np.radians(-38.0), np.radians(-30.0))
    target = np.asarray(workbench.scene.view.camera.target_m)
    workbench.scene.view.camera = camera.aimed(
        workbench.scene.view.camera, target + camera.basis(aim)[:, 2] * 620.0, aim, 620.0
    )
    for name in names or SCENES:
        district = District(workbench, canvas, language)
        for make in SCENES[name]:
            for overlay in make(district):
                workbench.scene.overlays.add(overlay)
        for theme in THEMES:
            workbench.scene.view.set_display(background=theme)
            path = out / f"{name}-{theme}-{language}.png"
            canvas.screenshot(path)
            print(path)  # noqa: T201 - a script speaks to whoever runs it
        workbench.scene.overlays.clear()
    canvas.close()
    workbench.jobs.shutdown()


def main() -> None:
    """Draw what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--language", choices=("en", "zh_CN"), action="append")
    parser.add_argument("--scene", choices=tuple(SCENES), action="append", default=[])
    parser.add_argument("--demo", choices=("small", "district", "city"), default="district")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    from loaders.convert import shutdown

    for language in arguments.language or ("en", "zh_CN"):
        pictures(arguments.out, language, (1440, 900), arguments.scene, arguments.demo)
    shutdown()


if __name__ == "__main__":
    main()
