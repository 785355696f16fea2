"""Tiles that could not be read: told once for many, and read again when the user says so."""

from __future__ import annotations

from collections.abc import Sequence

from loaders.model.errors import Finding
from scenes.model.layers import Layer
from twin_app.usecases.workbench import Workbench


def tell_unread(workbench: Workbench, layer: Layer) -> None:
    """Say how many tiles of a layer could not be read, and why the last of them."""
    if layer.unread:
        last = layer.unread[-1]
        reason = workbench.tr(last.code, **last.arguments)
        finding = Finding.error("tiles.unread", last.place, count=len(layer.unread), reason=reason)
        workbench.messages.finding(finding, layer.layer_id)


def have_unread(layers: Sequence[Layer]) -> bool:
    """Whether some tile could not be read."""
    return any(layer.unread for layer in layers)


def retry(workbench: Workbench, layers: Sequence[Layer]) -> None:
    """Read again what could not be read; what still cannot is told anew."""
    for layer in layers:
        layer.unread = ()
    if workbench.canvas is not None:
        workbench.canvas.request_render()
