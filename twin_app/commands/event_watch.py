"""Commands of other systems whose events are watched."""

from __future__ import annotations

from typing import Any

from loaders.model.errors import CityTwinError
from twin_app.commands.registry import Command
from twin_app.live.feed import FeedState
from twin_app.usecases.asking import Field, FieldKind
from twin_app.usecases.event_watch import USUAL_INTERVAL_S, watches_of
from twin_app.usecases.workbench import Workbench


def _watch(app: Workbench, url: str = "", interval_s: float = USUAL_INTERVAL_S, name: str = "") -> None:
    if not url:
        asked = (
            Field("url", "ui.events.ask_url", value="https://", needed=True),
            Field("interval", "ui.events.ask_interval", value=f"{USUAL_INTERVAL_S:.0f}", needed=True),
            Field("name", "ui.events.ask_source_name"),
        )
        told = app.ui.ask_fields("command.event.watch.title", asked, note=app.tr("ui.events.watch_note"))
        if told is None:
            return
        url, interval_s, name = told["url"], _seconds(told["interval"]), told["name"]
    watches_of(app).add(url, interval_s=interval_s, name=name)
    app.ui.show_panel("events")


def _seconds(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return 0.0  # which is no interval either, and is told so


def _chosen(app: Workbench, source: str) -> str:
    """The source that is told, the only one, or the one that the user says; "" where they changed their mind."""
    sources = watches_of(app).sources
    if source or len(sources) == 1:
        return source or next(iter(sources))
    if not sources:
        raise CityTwinError("event.no_source", "")
    choices = tuple((one.id, one.name or one.url) for one in sources.values())
    field = Field("source", "ui.events.ask_source", FieldKind.CHOICE, choices[0][0], choices)
    told = app.ui.ask_fields("ui.events.ask_source", (field,))
    return "" if told is None else str(told["source"])


def _switch(app: Workbench, source: str = "") -> None:
    chosen = _chosen(app, source)
    if chosen:
        watches_of(app).switch(chosen)


def _remove(app: Workbench, source: str = "") -> None:
    chosen = _chosen(app, source)
    if chosen:
        watches_of(app).remove(chosen)


def _has_source(app: Any) -> bool:
    return app.event_watches is not None and bool(app.event_watches.sources)


def _is_asking(app: Any) -> bool:
    if not _has_source(app):
        return False
    states = {app.event_watches.status(one).state for one in app.event_watches.sources}
    return bool(states - {FeedState.STOPPED, FeedState.FAILED})


COMMANDS = (
    Command("event.watch", _watch, "live", "", "mdi6.cloud-sync-outline"),
    Command("event.switch_watch", _switch, "live", "", "mdi6.play-pause", _has_source, _is_asking),
    Command("event.remove_watch", _remove, "live", "", "mdi6.cloud-off-outline", _has_source),
)
