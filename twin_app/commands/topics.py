"""Commands of streams side by side: which topic, ranked, spread or as a table, and the way to their objects."""

from __future__ import annotations

from loaders.model.errors import CityTwinError
from twin_app.commands.registry import Command
from twin_app.usecases.live_overlays import topic_of, topics
from twin_app.usecases.picking import choose_stream
from twin_app.usecases.workbench import Workbench

FORMS = ("ranking", "distribution", "table")
_ICONS = {"ranking": "mdi6.sort-descending", "distribution": "mdi6.chart-histogram", "table": "mdi6.table"}


def _has_streams(app: Workbench) -> bool:
    return len(app.live.table) > 0


def _show(app: Workbench, topic: str = "") -> None:
    """The topic that is named, else that of the first chosen stream."""
    infos = app.live.table.infos()
    chosen = [topic_of(infos[row]) for row in app.chosen_streams if row < len(infos)]
    known = topics(app)
    wanted = topic or next(iter(chosen), "") or next(iter(known), "")
    if wanted not in known:
        raise CityTwinError("live.no_streams", wanted)
    app.topic_shown = wanted
    app.topic_asked.emit()
    app.ui.show_panel("topic")


def _form(name: str) -> Command:
    def run(app: Workbench) -> None:
        app.topic_form = name
        app.topic_asked.emit()
        app.ui.show_panel("topic")

    return Command(f"topic.{name}", run, "live", "", _ICONS[name], _has_streams, lambda app: app.topic_form == name)


def _turn(app: Workbench) -> None:
    app.topic_turned = not app.topic_turned
    app.topic_asked.emit()


def _choose(app: Workbench, row: int, fly: bool = False) -> None:
    choose_stream(app, row, fly=fly)


COMMANDS = (
    Command("topic.show", _show, "live", "", "mdi6.format-list-numbered", _has_streams),
    *(_form(name) for name in FORMS),
    Command("topic.turn", _turn, "live", "", "mdi6.swap-vertical", _has_streams, lambda app: app.topic_turned),
    Command("topic.choose", _choose, icon="mdi6.crosshairs-gps", enabled=lambda _app: False, palette=False),
)
