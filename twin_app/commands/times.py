"""Commands of time: look at now or at another time, let it run, and choose what trends show."""

from __future__ import annotations

from loaders.model.errors import CityTwinError
from twin_app.commands.registry import Command
from twin_app.live.playback import Mode
from twin_app.live.trends import COMPARED, SPANS_S
from twin_app.live.values import US_PER_S
from twin_app.usecases import keeping, replaying, times
from twin_app.usecases.workbench import Workbench

SPEEDS = (1, 10, 60, 600, 3600)
STEPS_S = {"back_hour": -3600, "back_minute": -60, "on_minute": 60, "on_hour": 3600}
_STEP_ICONS = ("mdi6.chevron-double-left", "mdi6.chevron-left", "mdi6.chevron-right", "mdi6.chevron-double-right")


def _has_streams(app: Workbench) -> bool:
    return len(app.live.table) > 0


def _is_held(app: Workbench) -> bool:
    return not app.live.playback.is_live


def _pause(app: Workbench) -> None:
    """Stand still; what stands still already goes back to now."""
    playing = app.live.playback.mode is Mode.PLAYING
    (app.live.pause if app.live.playback.is_live or playing else app.live.go_live)()


def _play(app: Workbench) -> None:
    (app.live.pause if app.live.playback.mode is Mode.PLAYING else app.live.play)()


def _go(app: Workbench, at: str = "") -> None:
    suggested = times.moment_text(app.live.time_us())
    wanted = at or app.ui.ask_text("time.ask", value=suggested, choices=[suggested]) or ""
    if wanted.strip():
        app.live.go_to(times.time_of(wanted))


def _step(name: str, icon: str) -> Command:
    def run(app: Workbench) -> None:
        at_us = app.live.playback.wanted_us or app.live.time_us()
        app.live.go_to(at_us + STEPS_S[name] * US_PER_S)

    return Command(f"time.{name}", run, "time", icon=icon, enabled=_has_streams)


def _speed(times_real: int) -> Command:
    def run(app: Workbench) -> None:
        app.live.play(float(times_real))

    return Command(
        f"time.speed_{times_real}",
        run,
        "time",
        enabled=_is_held,
        checked=lambda app: app.live.playback.speed == times_real,
    )


def _show_bar(app: Workbench) -> None:
    app.settings.set("ui.time_bar", not app.settings.get("ui.time_bar"))


def _span(name: str) -> Command:
    def run(app: Workbench) -> None:
        app.trend_span = name
        app.trend_asked.emit()
        app.ui.show_panel("trend")

    return Command(f"trend.span_{name}", run, "time", checked=lambda app: app.trend_span == name)


def _compare(name: str) -> Command:
    def run(app: Workbench) -> None:
        app.trend_compared = "" if app.trend_compared == name else name
        app.trend_asked.emit()
        app.ui.show_panel("trend")

    return Command(f"trend.compare_{name}", run, "time", checked=lambda app: app.trend_compared == name)


def _is_played(app: Workbench) -> bool:
    return replaying.played(app) is not None


def _replay_go(app: Workbench, at: str = "") -> None:
    choices = ["0 %", "25 %", "50 %", "75 %"]
    wanted = at or app.ui.ask_text("time.ask_place", value=choices[0], choices=choices) or ""
    if wanted.strip():
        replaying.go(app, wanted)


def _replay_speed(app: Workbench, speed: str = "") -> None:
    feed = replaying.played(app)
    now = f"{feed.speed:g}" if feed is not None else "1"
    choices = [str(one) for one in SPEEDS]
    wanted = speed or app.ui.ask_text("time.ask_speed", value=now, choices=choices) or ""
    if wanted.strip():
        replaying.play_at(app, wanted)


def _is_looped(app: Workbench) -> bool:
    feed = replaying.played(app)
    return feed is not None and feed.loop


def _keep(app: Workbench) -> None:
    keeping.switch_history(app)
    app.ui.refresh_actions()


def _told(app: Workbench) -> None:
    if app.project.path is None:
        raise CityTwinError("time.save_first", "")
    app.messages.finding(keeping.history_told(app, app.project.path))


COMMANDS = (
    Command("time.pause", _pause, "time", "T", "mdi6.pause", _has_streams, _is_held),
    Command(
        "time.play",
        _play,
        "time",
        "",
        "mdi6.play",
        _is_held,
        lambda app: app.live.playback.mode is Mode.PLAYING,
    ),
    Command("time.live", lambda app: app.live.go_live(), "time", "", "mdi6.access-point", _is_held),
    Command("time.go", _go, "time", "", "mdi6.clock-edit-outline", _has_streams),
    *(_step(name, icon) for name, icon in zip(STEPS_S, _STEP_ICONS, strict=True)),
    *(_speed(one) for one in SPEEDS),
    Command("time.bar", _show_bar, "time", checked=lambda app: bool(app.settings.get("ui.time_bar"))),
    *(_span(name) for name in SPANS_S),
    *(_compare(name) for name in COMPARED),
    Command("replay.go", _replay_go, "time", "", "mdi6.skip-next-outline", _is_played),
    Command("replay.speed", _replay_speed, "time", "", "mdi6.play-speed", _is_played),
    Command("replay.loop", replaying.switch_loop, "time", "", "", _is_played, _is_looped),
    Command("history.keep", _keep, "time", checked=keeping.keeps_history),
    Command("history.tell", _told, "time", "", "mdi6.database-outline"),
)
