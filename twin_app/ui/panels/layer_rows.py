"""What a row of the layers panel says of its layer, or of all layers of its group. Knows no Qt."""

from __future__ import annotations

from dataclasses import dataclass

from loaders.model.errors import Severity
from scenes.model.groups import Group
from scenes.model.layers import Layer, LayerState
from twin_app.ui.panels.layer_objects import Shown

_MOST_COUNTED = 999


@dataclass(frozen=True, slots=True)
class LayerRow:
    """``note`` stands behind the name, ``progress`` is None when nothing loads, ``colour`` "" without a common one."""

    key: Group | str
    layers: list[Layer]
    shown: Shown
    note: str
    badge: str
    is_bad: bool
    failed: bool
    progress: float | None
    colour: str


def row_of(key: Group | str | None, layers: list[Layer]) -> LayerRow | None:
    """The row of a layer or a group; None where nothing is in it."""
    if key is None or not layers:
        return None
    visible = sum(1 for layer in layers if layer.visible)
    shown = Shown.ALL if visible == len(layers) else Shown.PARTLY if visible else Shown.NONE
    wrong = [finding for layer in layers for finding in layer.findings if finding.severity is not Severity.INFO]
    unread = sum(len(layer.unread) for layer in layers)
    count = len(wrong) + unread
    return LayerRow(
        key,
        layers,
        shown,
        _note(key, layers),
        str(min(count, _MOST_COUNTED)) if count else "",
        unread > 0 or any(finding.severity is Severity.ERROR for finding in wrong),
        all(layer.state is LayerState.FAILED for layer in layers),
        _progress(layers),
        _colour(layers),
    )


def _note(key: Group | str, layers: list[Layer]) -> str:
    levels = {layer.max_level for layer in layers}
    level = levels.pop() if len(levels) == 1 else 0
    parts = [f"{len(layers):,}"] if isinstance(key, Group) else []
    if level:
        parts.append(f"CIM{level}")  # shown with less than the view asks for
    return " · ".join(parts)


def _progress(layers: list[Layer]) -> float | None:
    loading = [layer for layer in layers if layer.state is LayerState.LOADING]
    if not loading:
        return None
    done = len(layers) - len(loading) + sum(float(layer.progress) for layer in loading)
    return done / len(layers)


def _colour(layers: list[Layer]) -> str:
    colours = {layer.colouring for layer in layers}
    colour = colours.pop() if len(colours) == 1 else ""
    return colour if colour.startswith("#") else ""
