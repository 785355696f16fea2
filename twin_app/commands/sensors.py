"""Commands that bind streams to objects by hand, and that choose what the live panel lists."""

from __future__ import annotations

from typing import Any

from loaders.model.errors import CityTwinError
from scenes.model.scene import ObjectRef
from twin_app.commands.registry import Command
from twin_app.usecases import bound_by_hand
from twin_app.usecases.binding import Binding, go_to
from twin_app.usecases.sensors import unbound
from twin_app.usecases.workbench import Workbench

LISTS = {"all": "mdi6.format-list-bulleted", "unbound": "mdi6.link-off", "sensors": "mdi6.motion-sensor"}


def _can_bind(app: Any) -> bool:
    return len(app.scene.selection) == 1 and len(app.live.table) > 0


def _bind(app: Workbench, stream: str = "") -> None:
    """Bind the chosen streams, or one that is asked for, to the object that is selected."""
    if len(app.scene.selection) != 1:
        raise CityTwinError("sensors.one_object", "")
    keys = [stream] if stream else bound_by_hand.chosen_keys(app) or _asked(app)
    for key in keys:
        if app.live.table.row_of(key) is None:
            raise CityTwinError("sensors.no_stream", key)
    if keys:
        bound_by_hand.bind(app, keys, next(iter(app.scene.selection)))
        app.ui.refresh_actions()


def _asked(app: Workbench) -> list[str]:
    """A stream that belongs nowhere yet, which the user chooses."""
    infos = app.live.table.infos()
    free = unbound(infos, Binding(app).find_all(infos)) or list(range(len(infos)))
    names = {f"{infos[row].name or infos[row].key} ({infos[row].feed})": infos[row].key for row in free}
    if not names:
        raise CityTwinError("live.no_streams", "")
    told = app.ui.ask_text("ui.sensors.ask_stream", value=next(iter(names)), choices=list(names))
    return [] if told is None else [names.get(told.strip(), told.strip())]


def _can_unbind(app: Any) -> bool:
    bound = app.live.table.bound()
    return any(key in bound for key in bound_by_hand.chosen_keys(app)) if bound else False


def _unbind(app: Workbench, stream: str = "") -> None:
    bound_by_hand.unbind(app, [stream] if stream else bound_by_hand.chosen_keys(app))
    app.ui.refresh_actions()


def _show_sensor(app: Workbench, layer_id: str, row: int) -> None:
    """Select a sensor of a model, and go there."""
    go_to(app, ObjectRef(layer_id, row))


def _listing(which: str, icon: str) -> Command:
    def run(app: Workbench) -> None:
        app.list_live(which)
        app.ui.show_panel("live")
        app.ui.refresh_actions()

    return Command(f"live.list_{which}", run, "live", "", icon, checked=lambda app: app.live_list == which)


COMMANDS = (
    Command("live.bind", _bind, "live", "", "mdi6.link-variant-plus", enabled=_can_bind),
    Command("live.unbind", _unbind, "live", "", "mdi6.link-variant-off", enabled=_can_unbind),
    *(_listing(which, icon) for which, icon in LISTS.items()),
    Command("live.show_sensor", _show_sensor, icon="mdi6.crosshairs-gps", enabled=lambda _app: False, palette=False),
)
