"""Commands of live data: feeds, and what is seen of them."""

from __future__ import annotations

from typing import Any

from loaders.model.errors import CityTwinError
from twin_app.commands.registry import Command
from twin_app.usecases import binding, feeds, scene_simulation
from twin_app.usecases.live_overlays import overlays_of, topic_of, topics
from twin_app.usecases.workbench import Workbench


def _has_feed(app: Any) -> bool:
    return any(spec.id == app.current_feed_id for spec in app.live.specs())


def _add(app: Workbench, url: str = "") -> None:
    wanted = url or app.ui.ask_text("ui.live.ask_url", value="mqtt://localhost:1883/#", choices=[]) or ""
    if wanted.strip():
        feeds.add(app, wanted)
        app.ui.show_panel("live")


def _topic(app: Workbench) -> str:
    """Of the first stream that is chosen, else of the largest."""
    chosen = [row for row in app.chosen_streams if row < len(app.live.table)]
    return topic_of(app.live.table.info(chosen[0])) if chosen else next(iter(topics(app)), "")


def _overlay(kind: str, icon: str, *, asks_reach: bool = False) -> Command:
    def run(app: Workbench, topic: str = "", reach_m: float = 0.0) -> None:
        topic = topic or _topic(app)
        if not topic:
            raise CityTwinError("live.no_streams", "")
        shown = overlays_of(app)
        if not shown.hide(kind, topic):
            told = _reach(app) if asks_reach and not reach_m else reach_m
            if told is None:
                return
            shown.show(kind, topic, told)
        app.ui.refresh_actions()

    def is_shown(app: Workbench) -> bool:
        shown = [] if app.live_overlays is None else app.live_overlays.shown
        of_kind = [one.topic for one in shown if one.kind == kind]
        return bool(of_kind) and _topic(app) in of_kind

    return Command(f"live.show_{kind}", run, "live", "", icon, lambda app: len(app.live.table) > 0, is_shown)


def _reach(app: Workbench) -> float | None:
    told = app.ui.ask_text("ui.live.ask_reach", value="300", choices=[])
    if told is None:
        return None
    try:
        reach_m = float(told.strip().removesuffix("m").removesuffix("米"))
    except ValueError:
        reach_m = 0.0
    if not 0.0 < reach_m < 1e6:
        raise CityTwinError("live.bad_reach", told[:40])
    return reach_m


def _hide_all(app: Workbench) -> None:
    overlays_of(app).hide_all()
    app.ui.refresh_actions()


def _simulate(app: Workbench, pack: str = "") -> None:
    names = list(scene_simulation.choices(app))
    wanted = pack or app.ui.ask_text("ui.live.ask_pack", value=names[0], choices=names) or ""
    if wanted.strip():
        scene_simulation.simulate(app, wanted.strip())
        app.ui.show_panel("live")


def _show_object(app: Workbench, row: int) -> None:
    """Select the object of a stream, and go there."""
    ref = binding.bound_object(app, row)
    if ref is None:
        raise CityTwinError("live.no_object", app.live.table.info(row).name)
    binding.go_to(app, ref)


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
    _overlay("colours", "mdi6.palette-outline"),
    _overlay("cards", "mdi6.card-text-outline"),
    _overlay("bars", "mdi6.chart-bar"),
    _overlay("heat", "mdi6.blur"),
    _overlay("signs", "mdi6.map-marker-radius-outline"),
    _overlay("flows", "mdi6.waves-arrow-right"),
    _overlay("domes", "mdi6.broadcast", asks_reach=True),
    Command(
        "live.hide_overlays",
        _hide_all,
        "live",
        "",
        "mdi6.eye-off-outline",
        lambda app: app.live_overlays is not None and bool(app.live_overlays.shown),
    ),
    Command("live.show_object", _show_object, icon="mdi6.crosshairs-gps", enabled=lambda _app: False, palette=False),
)
