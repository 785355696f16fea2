"""The section panel: cutting planes and the section box, moved live."""

from __future__ import annotations

import dataclasses

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QPushButton,
    QScrollArea,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from scenes.model.view import SectionBox, SectionPlane
from twin_app.ui.context import UiContext
from twin_app.ui.widgets import button, clear_layout, column, label, line, row
from twin_app.usecases.placing import scene_bounds_m

STEPS = 1000
SIDES = ("west", "south", "bottom", "east", "north", "top")
AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}


class SectionPanel(QWidget):
    """Planes with a slider each; a box with six."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._own_change = False
        self._planes = QVBoxLayout()
        self._planes.setSpacing(8)
        self._box_on = QCheckBox()
        self.sliders: list[QSlider] = []
        self.plane_sliders: list[QSlider] = []
        self._values = [label("muted") for _ in SIDES]
        self._build()
        view = context.workbench.scene.view
        view.sections_changed.connect(self._on_changed)
        context.texts.on_change(self.refresh)
        context.look.on_change(lambda _theme: self.refresh())
        self.refresh()

    def _build(self) -> None:
        head, hint = label("section"), label("muted", wrap=True)
        self._context.texts.bind(head.setText, text_key="ui.section.planes")
        self._context.texts.bind(hint.setText, text_key="ui.section.hint")
        adds = [self._add_button(axis) for axis in AXES]
        clear = self.clear = QPushButton()
        self._context.texts.bind(clear.setText, text_key="command.section.clear.title")
        clear.clicked.connect(lambda: self._context.run("section.clear"))
        self._context.texts.bind(self._box_on.setText, text_key="command.section.box.title")
        self._box_on.clicked.connect(lambda: self._context.run("section.box"))
        holder = QWidget()
        holder.setLayout(self._planes)
        self._planes.setContentsMargins(0, 0, 0, 0)
        parts = (head, hint, row(*adds, 1, spacing=6), holder, line(), self._box_on, self._box_grid(), clear, 1)
        content = column(*parts, spacing=9, margins=(12, 10, 12, 10))
        content.setObjectName("sheet")
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)

    def _add_button(self, axis: str) -> QToolButton:
        push = QToolButton()
        push.setProperty("role", "chip")
        self._context.texts.bind(push.setText, text_key=f"ui.section.add_{axis}")
        push.clicked.connect(lambda: self.add_plane(axis))
        return push

    def _box_grid(self) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        for place, side in enumerate(SIDES):
            caption, slider = label("muted"), QSlider(Qt.Orientation.Horizontal)
            slider.setRange(0, STEPS)
            self._context.texts.bind(caption.setText, slider.setAccessibleName, text_key=f"ui.section.{side}")
            slider.valueChanged.connect(lambda value, p=place: self._move_side(p, value))
            self.sliders.append(slider)
            self._values[place].setMinimumWidth(20)
            self._values[place].setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(caption, 2 * place, 0)
            grid.addWidget(self._values[place], 2 * place, 1)
            grid.addWidget(slider, 2 * place + 1, 0, 1, 2)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        return holder

    def _bounds_m(self) -> np.ndarray:
        found = scene_bounds_m(self._context.workbench)
        return found if found is not None else np.array([-50.0, -50, -50, 50, 50, 50])

    # -- planes ---------------------------------------------------------------------------------

    def add_plane(self, axis: str) -> None:
        """Cut across the middle of everything."""
        bounds_m = self._bounds_m()
        middle = (bounds_m[:3] + bounds_m[3:]) / 2
        plane = SectionPlane((float(middle[0]), float(middle[1]), float(middle[2])), AXES[axis])
        view = self._context.workbench.scene.view
        view.section_planes = (*view.section_planes, plane)

    def _on_changed(self) -> None:
        if self._own_change:
            self._show_values()
        else:
            self.refresh()

    def refresh(self) -> None:
        """Show planes and box as they are."""
        view = self._context.workbench.scene.view
        clear_layout(self._planes)
        self.plane_sliders = []
        for place, plane in enumerate(view.section_planes):
            self._planes.addWidget(self._plane_row(place, plane))
        box, bounds_m = view.section_box, self._bounds_m()
        self._box_on.setChecked(box is not None)
        self.clear.setEnabled(box is not None or bool(view.section_planes))
        for place, slider in enumerate(self.sliders):
            slider.setEnabled(box is not None)
            low, high = bounds_m[place % 3], bounds_m[place % 3 + 3]
            at = box.bounds_m[place] if box is not None else bounds_m[place]
            slider.blockSignals(True)
            slider.setValue(round(STEPS * (at - low) / max(high - low, 1e-9)))
            slider.blockSignals(False)
        self._show_values()

    def _show_values(self) -> None:
        box = self._context.workbench.scene.view.section_box
        for place, value in enumerate(self._values):
            value.setText(f"{box.bounds_m[place]:,.2f} m" if box is not None else "")

    def _plane_row(self, place: int, plane: SectionPlane) -> QWidget:
        tr, shown = self._context.tr, QCheckBox()
        shown.setChecked(plane.enabled)
        shown.setText(tr("ui.section.plane", number=place + 1, direction=tr(f"ui.section.{_direction(plane)}")))
        shown.toggled.connect(lambda on: self._replace(place, enabled=on))
        remove = button(self._context, "mdi6.close", tip_key="ui.section.remove")
        remove.clicked.connect(lambda: self._remove(place))
        flip = button(self._context, "mdi6.swap-horizontal", tip_key="ui.section.flip")
        flip.clicked.connect(lambda: self._flip(place))
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, STEPS)
        low, high = self._reach(plane)
        at = float(np.dot(plane.origin_m, plane.normal))
        slider.setValue(round(STEPS * (at - low) / max(high - low, 1e-9)))
        slider.valueChanged.connect(lambda value: self._slide(place, value))
        self.plane_sliders.append(slider)
        return column(row(shown, 1, flip, remove, spacing=2), slider, spacing=0)

    def _reach(self, plane: SectionPlane) -> tuple[float, float]:
        bounds_m = self._bounds_m()
        corners = np.array([[bounds_m[i], bounds_m[j], bounds_m[k]] for i in (0, 3) for j in (1, 4) for k in (2, 5)])
        along = corners @ np.asarray(plane.normal)
        return float(along.min()), float(along.max())

    def _slide(self, place: int, value: int) -> None:
        plane = self._context.workbench.scene.view.section_planes[place]
        low, high = self._reach(plane)
        normal, origin = np.asarray(plane.normal), np.asarray(plane.origin_m)
        moved = origin + normal * (low + (high - low) * value / STEPS - float(origin @ normal))
        self._own_change = True
        self._replace(place, origin_m=(float(moved[0]), float(moved[1]), float(moved[2])))
        self._own_change = False

    def _replace(self, place: int, **changes: object) -> None:
        view = self._context.workbench.scene.view
        planes = list(view.section_planes)
        if place < len(planes):
            planes[place] = dataclasses.replace(planes[place], **changes)  # type: ignore[arg-type]
            view.section_planes = tuple(planes)

    def _flip(self, place: int) -> None:
        x, y, z = self._context.workbench.scene.view.section_planes[place].normal
        self._replace(place, normal=(-x, -y, -z))

    def _remove(self, place: int) -> None:
        view = self._context.workbench.scene.view
        view.section_planes = tuple(plane for i, plane in enumerate(view.section_planes) if i != place)

    # -- box ------------------------------------------------------------------------------------

    def _move_side(self, place: int, value: int) -> None:
        view, bounds_m = self._context.workbench.scene.view, self._bounds_m()
        if view.section_box is None:
            return
        low, high = bounds_m[place % 3], bounds_m[place % 3 + 3]
        sides = list(view.section_box.bounds_m)
        sides[place] = float(low + (high - low) * value / STEPS)
        axis = place % 3
        if place < 3:
            sides[axis] = min(sides[axis], sides[axis + 3])
        else:
            sides[axis + 3] = max(sides[axis], sides[axis + 3])
        self._own_change = True
        x0, y0, z0, x1, y1, z1 = sides
        view.section_box = SectionBox((x0, y0, z0, x1, y1, z1), view.section_box.enabled)
        self._own_change = False


def _direction(plane: SectionPlane) -> str:
    axis = int(np.argmax(np.abs(plane.normal)))
    positive = plane.normal[axis] > 0
    return (("east", "west"), ("north", "south"), ("top", "bottom"))[axis][0 if positive else 1]
