"""About, and the sheet of keys and mouse actions."""

from __future__ import annotations

import platform
from importlib import metadata

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from twin_app import __version__
from twin_app.commands.catalogue import MENUS
from twin_app.ui.context import UiContext
from twin_app.ui.overlay import Overlay
from twin_app.ui.widgets import clear_layout, column, label, row

# Distribution, what people call it, its licence as its authors state it.
PARTS = (
    ("PySide6-Essentials", "Qt for Python", "LGPL-3.0"),
    ("vtk", "VTK", "BSD-3-Clause"),
    ("ifcopenshell", "IfcOpenShell", "LGPL-3.0"),
    ("ifclite-geom", "ifclite-geom", "MPL-2.0"),
    ("numpy", "NumPy", "BSD-3-Clause"),
    ("pyarrow", "Apache Arrow", "Apache-2.0"),
    ("pyproj", "pyproj", "MIT"),
    ("rasterio", "rasterio", "BSD-3-Clause"),
    ("shapely", "Shapely", "BSD-3-Clause"),
    ("trimesh", "trimesh", "MIT"),
    ("embreex", "Embree", "BSD-2-Clause"),
    ("QtAwesome", "Material Design Icons", "Apache-2.0"),
)
LICENCE = "Apache-2.0"
MOUSE = ("orbit", "pan", "zoom", "select", "extend", "go", "menu", "walk")


class AboutPage(Overlay):
    """What this is, which version, of what it is made."""

    def __init__(self, context: UiContext, window: QWidget) -> None:
        super().__init__(context, window, title_key="ui.about.title", size=(520, 560))
        self.renderer = ""
        self._layout = _sheet(self)
        context.texts.on_change(self.refresh)

    def present(self) -> None:
        """Show the current state."""
        self.refresh()
        super().present()

    def refresh(self) -> None:
        """Word everything anew."""
        tr = self.context.tr
        clear_layout(self._layout)
        facts = tr("ui.about.system", python=platform.python_version(), system=platform.system())
        parts: list[QWidget] = [
            label("hero", tr("app.name")),
            label("muted", tr("ui.about.version", version=__version__)),
            label("", tr("ui.about.words"), wrap=True),
            label("muted", tr("ui.about.licence", licence=LICENCE), wrap=True),
            label("muted", facts),
        ]
        if self.renderer:
            parts.append(label("muted", tr("ui.about.renderer", renderer=self.renderer), wrap=True))
        heading = label("section", tr("ui.about.parts"))
        heading.setContentsMargins(0, 12, 0, 2)
        for part in (*parts, heading, self._parts()):
            self._layout.addWidget(part)
        self._layout.addStretch(1)

    @staticmethod
    def _parts() -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(5)
        for place, (package, name, licence) in enumerate(PARTS):
            try:
                version = metadata.version(package)
            except metadata.PackageNotFoundError:
                continue
            for column_no, text in enumerate((name, version, licence)):
                grid.addWidget(label("" if column_no == 0 else "muted", text), place, column_no)
        grid.setColumnStretch(2, 1)
        return holder


class ShortcutsPage(Overlay):
    """Every key and every mouse action."""

    def __init__(self, context: UiContext, window: QWidget) -> None:
        super().__init__(context, window, title_key="ui.shortcuts.title", size=(760, 600))
        self._layout = _sheet(self)
        context.texts.on_change(self.refresh)

    def present(self) -> None:
        """Show the current keys."""
        self.refresh()
        super().present()

    def refresh(self) -> None:
        """List everything anew."""
        clear_layout(self._layout)
        groups = [self._mouse(), *(group for menu in MENUS if (group := self._keys(menu)) is not None)]
        heights = [0, 0]
        columns: list[list[QWidget | int]] = [[], []]
        for group in groups:
            shorter = heights.index(min(heights))
            columns[shorter].append(group)
            heights[shorter] += group.sizeHint().height()
        both = [column(*parts, 1, spacing=16) for parts in columns]
        holder = QWidget()
        across = QHBoxLayout(holder)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(36)
        for part in both:
            across.addWidget(part, 1)
        self._layout.addWidget(holder)
        self._layout.addStretch(1)

    def _keys(self, menu: str) -> QWidget | None:
        tr = self.context.tr
        rows = [
            (tr(c.title_key).rstrip("…"), QKeySequence(c.shortcut).toString(QKeySequence.SequenceFormat.NativeText))
            for c in self.context.registry
            if c.menu == menu and c.shortcut
        ]
        return self._group(tr(f"ui.menu.{menu}"), rows) if rows else None

    def _mouse(self) -> QWidget:
        tr = self.context.tr
        rows = [(tr(f"ui.mouse.{name}.does"), tr(f"ui.mouse.{name}.how")) for name in MOUSE]
        rows.append((tr("command.view.escape.title"), "Esc"))
        return self._group(tr("ui.shortcuts.mouse"), rows)

    @staticmethod
    def _group(title: str, rows: list[tuple[str, str]]) -> QWidget:
        parts: list[QWidget | int] = [label("section", title)]
        for name, keys in rows:
            parts.append(row(QLabel(name), 1, label("key", keys), spacing=8))
        return column(*parts, spacing=5)


def _sheet(page: Overlay) -> QVBoxLayout:
    content = QWidget()
    content.setObjectName("sheet")
    layout = QVBoxLayout(content)
    layout.setContentsMargins(22, 16, 22, 20)
    layout.setSpacing(6)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(content)
    page.body.addWidget(area, 1)
    return layout
