"""Measuring and cutting."""

from __future__ import annotations

import numpy as np

from loaders.model.frames import transform_bounds
from scenes.model.canvas import Mode
from scenes.model.view import SectionBox
from twin_app.commands.conditions import has_content, has_measurements, has_sections
from twin_app.commands.registry import Command
from twin_app.usecases.placing import scene_bounds_m
from twin_app.usecases.workbench import Workbench


def measure(workbench: Workbench) -> None:
    """Measure distances by clicking two points; again: stop."""
    workbench.canvas.mode = Mode.SELECT if workbench.canvas.mode is Mode.MEASURE else Mode.MEASURE


def clear_measurements(workbench: Workbench) -> None:
    """Remove all measured distances."""
    workbench.scene.view.measurements = ()


def section_plane(workbench: Workbench) -> None:
    """Cut with a plane through the next face that is clicked."""
    workbench.canvas.mode = Mode.SELECT if workbench.canvas.mode is Mode.SECTION else Mode.SECTION
    workbench.ui.show_panel("section")


def section_box(workbench: Workbench) -> None:
    """Keep a box around the selection, or around everything; again: no box."""
    view = workbench.scene.view
    if view.section_box is not None:
        view.section_box = None
        return
    bounds_m = selection_bounds_m(workbench)
    if bounds_m is None:
        bounds_m = scene_bounds_m(workbench)
    if bounds_m is not None:
        x0, y0, z0, x1, y1, z1 = (float(v) for v in bounds_m)
        view.section_box = SectionBox((x0, y0, z0, x1, y1, z1))
        workbench.ui.show_panel("section")


def selection_bounds_m(workbench: Workbench) -> np.ndarray | None:
    """World bounds (6,) of the selected objects with a small margin; None without any."""
    boxes = []
    for layer_id, row in workbench.scene.selection:
        layer = workbench.scene.layers[layer_id]
        tileset = workbench.sources.tileset(layer)
        if tileset is not None and np.isfinite(tileset.object_bounds_m()[row]).all():
            boxes.append(transform_bounds(layer.world_from_model, tileset.object_bounds_m()[row]))
    if not boxes:
        return None
    low = np.min([box[:3] for box in boxes], axis=0) - 0.1
    high = np.max([box[3:] for box in boxes], axis=0) + 0.1
    return np.concatenate([low, high])


def clear_sections(workbench: Workbench) -> None:
    """Show everything uncut again."""
    workbench.scene.view.section_planes = ()
    workbench.scene.view.section_box = None


COMMANDS = (
    Command(
        "measure.distance",
        measure,
        "tools",
        "M",
        "mdi6.ruler-square",
        has_content,
        checked=lambda w: w.canvas is not None and w.canvas.mode is Mode.MEASURE,
        toolbar=True,
    ),
    Command("measure.clear", clear_measurements, "tools", "", "mdi6.eraser", has_measurements),
    Command(
        "section.plane",
        section_plane,
        "tools",
        "X",
        "mdi6.box-cutter",
        has_content,
        checked=lambda w: w.canvas is not None and w.canvas.mode is Mode.SECTION,
        toolbar=True,
    ),
    Command(
        "section.box",
        section_box,
        "tools",
        "B",
        "mdi6.cube-off-outline",
        has_content,
        checked=lambda w: w.scene.view.section_box is not None,
    ),
    Command("section.clear", clear_sections, "tools", "Shift+X", "mdi6.content-cut", has_sections),
)
