"""Commands of live data: feeds, and what is seen of them."""

from __future__ import annotations

from typing import Any

from loaders.model.errors import CityTwinError
from twin_app.commands.registry import Command
from twin_app.usecases import binding, feeds, scene_simulation
from twin_app.usecases.workbench import Workbench


def _has_feed(app: Any) -> bool:
    return any(spec.id == app.current_feed_id for spec in app.live.specs())


def _add(app: Workbench, url: str = "") -> None:
    wanted = url or app.ui.ask_text("ui.live.ask_url", value="mqtt://localhost:1883/#", choices=[]) or ""
    if wanted.strip():
        feeds.add(app, wanted)
        app.ui.show_panel("live")


def _simulate(app: Workbench, pack: str = "") -> None:
    names = list(scene_simulation.choices(app))
    wanted = pack or app.ui.ask_text("ui.live.ask_pack", value=names[0], choices=names) or ""
    if wanted.strip():
        scene_simulation.simulate(app, wanted.strip())
        app.ui.show_panel("live")


def _show_object(app: Workbench, row: int) -> None:
    """Select the object of a stream, and go there."""
    ref = binding.Binding(app).find(app.live.table.info(row))
    if ref is None:
        raise CityTwinError("live.no_object", app.live.table.info(row).name)
    app.scene.select((ref,))
    app.canvas.fit_objects((ref,))


COMMANDS = (
    Command("live.add_feed", _add, menu="live", icon="mdi6.access-point-plus"),
    Command("live.simulate", _simulate, menu="live", icon="mdi6.chart-bell-curve"),
    Command(
        "live.switch_feed",
        lambda app, feed_id="": feeds.switch(app, feed_id or feeds.chosen(app).id),
        menu="live",
        icon="mdi6.play-pause",
        enabled=_has_feed,
    ),
    Command(
        "live.remove_feed",
        lambda app, feed_id="": feeds.remove(app, feed_id or feeds.chosen(app).id),
        menu="live",
        icon="mdi6.trash-can-outline",
        enabled=_has_feed,
    ),
    Command("live.show_object", _show_object, icon="mdi6.crosshairs-gps", enabled=lambda _app: False, palette=False),
)
