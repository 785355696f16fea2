"""The placement panel: where the current layer stands, moved live."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFormLayout, QPushButton, QVBoxLayout, QWidget

from scenes.model.layers import Layer, LayerState
from twin_app.ui.context import UiContext
from twin_app.ui.widgets import column, label
from twin_app.usecases.placing import move_layer

FIELDS = ("east_m", "north_m", "height_m", "rotation_deg")
LIMIT_M = 10_000_000.0


class PlacementPanel(QWidget):
    """A layer, its offset in metres and its turn in degrees."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._filling = False
        self.layers = QComboBox()
        self.layers.setMinimumContentsLength(8)
        self.layers.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.fields: dict[str, QDoubleSpinBox] = {}
        self._base = label("muted", wrap=True)
        self._build()
        self._connect()
        self._list_layers()

    def _build(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(7)
        for name in FIELDS:
            box = self.fields[name] = QDoubleSpinBox()
            degrees = name == "rotation_deg"
            box.setRange(-360.0 if degrees else -LIMIT_M, 360.0 if degrees else LIMIT_M)
            box.setDecimals(2 if degrees else 3)
            box.setSingleStep(1.0 if degrees else 0.5)
            box.setSuffix(" °" if degrees else " m")
            box.setGroupSeparatorShown(True)
            box.setKeyboardTracking(False)
            caption = label("muted")
            self._context.texts.bind(caption.setText, box.setAccessibleName, text_key=f"ui.placement.{name}")
            form.addRow(caption, box)
        snap, reset = QPushButton(), QPushButton()
        for push, command_id in ((snap, "layer.snap_to_terrain"), (reset, "layer.reset_placement")):
            self._context.texts.bind(push.setText, text_key=f"command.{command_id}.title")
            self._context.texts.bind(push.setToolTip, text_key=f"command.{command_id}.tip")
            push.clicked.connect(lambda _checked=False, c=command_id: self._run(c))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(10)
        layout.addWidget(self.layers)
        layout.addLayout(form)
        layout.addWidget(column(snap, reset, spacing=6))
        layout.addWidget(self._base)
        layout.addStretch(1)

    def _connect(self) -> None:
        scene = self._context.workbench.scene
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._list_layers)
        scene.layers.added.connect(self._timer.start, max_args=0)
        scene.layers.removed.connect(self._timer.start, max_args=0)
        scene.layers.layer_changed.connect(self._on_changed)
        self.layers.currentIndexChanged.connect(self._on_chosen)
        for name, box in self.fields.items():
            box.valueChanged.connect(lambda value, n=name: self._move(n, value))
        self._context.texts.on_change(self._show)

    def _list_layers(self) -> None:
        self._timer.stop()
        chosen = self.layers.currentData()
        self.layers.blockSignals(True)
        self.layers.clear()
        for layer in self._context.workbench.scene.layers:
            self.layers.addItem(layer.name, layer.layer_id)
        self.layers.setCurrentIndex(max(0, self.layers.findData(chosen)))
        self.layers.blockSignals(False)
        self._show()

    def follow_current(self) -> None:
        """Show the layer that layer commands act on."""
        self._list_layers()
        place = self.layers.findData(self._context.workbench.current_layer_id)
        if place >= 0:
            self.layers.setCurrentIndex(place)

    def _layer(self) -> Layer | None:
        return self._context.workbench.scene.layers.get(self.layers.currentData() or "")

    def _on_chosen(self, _place: int) -> None:
        self._show()

    def _on_changed(self, layer: Layer, key: str) -> None:
        if layer is self._layer() and key in ("placement", "state", "base_world_from_model"):
            self._show()

    def _show(self) -> None:
        layer = self._layer()
        ready = layer is not None and layer.state is LayerState.READY
        self._filling = True
        for name, box in self.fields.items():
            box.setEnabled(ready)
            value = float(getattr(layer.placement, name)) if layer is not None else 0.0
            if abs(box.value() - value) > 1e-6:
                box.setValue(value)
        self._filling = False
        if layer is None:
            self._base.setText(self._context.tr("ui.placement.none"))
            return
        east, north, height = (f"{v:,.2f}" for v in layer.base_world_from_model[:3, 3])
        key = f"ui.placement.base_{layer.base_origin}"
        text = self._context.tr(key, east=east, north=north, height=height)
        self._base.setText(text)

    def _move(self, name: str, value: float) -> None:
        layer = self._layer()
        if layer is not None and not self._filling:
            move_layer(self._context.workbench, layer, **{name: value})

    def _run(self, command_id: str) -> None:
        layer = self._layer()
        if layer is not None:
            self._context.run(command_id, layer_id=layer.layer_id)
