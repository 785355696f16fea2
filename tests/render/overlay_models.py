"""What tests of overlays share: a scale and its colours, a ground, labels."""

from __future__ import annotations

import numpy as np

from loaders.model.formats import LayerKind
from scenes.model.overlays.labels import Labels
from scenes.model.overlays.readings import Readings
from scenes.model.overlays.scale import ColourScale
from scenes.model.overlays.signs import Signs
from tests.render.models import height_field
from tests.render.test_pictures import top_view

SCALE = ColourScale((10.0, 20.0), "viridis", "kW")
VIRIDIS = SCALE.colours().astype(int)
HIGH, LOW = 30.0, 5.0


def flat(s, half_m=100.0):
    return s.add(height_field(lambda x, y: 0.0 * x, half_m=half_m), kind=LayerKind.TERRAIN)


def labelled(s, count, *, reach_m=17.0, simulated=False):
    flat(s)
    chance = np.random.default_rng(1)
    labels = Labels("power", SCALE)
    places = np.column_stack([chance.uniform(-reach_m, reach_m, (count, 2)), np.zeros(count)])
    labels.describe(places, [f"{n} 号楼" for n in range(count)], units="kW", priorities=np.arange(count), decimals=0)
    labels.readings = Readings.of(chance.uniform(0, 30, count), 0, 3.0, simulated)
    s.scene.overlays.add(labels)
    s.scene.view.camera = top_view()
    return labels


def visual_of(s, overlay):
    return s.canvas.live._visuals[overlay.overlay_id]


def alarmed(s, *levels, acknowledged=False):
    flat(s)
    signs = Signs("sensors", SCALE)
    signs.place([[-12.0 + 8.0 * i, 0.0, 0.0] for i in range(len(levels))])
    signs.readings = Readings.of([HIGH] * len(levels))
    signs.raise_alarms(levels, acknowledged)
    s.scene.overlays.add(signs)
    s.scene.view.camera = top_view()
    return signs
