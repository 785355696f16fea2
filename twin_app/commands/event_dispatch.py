"""Commands of dispatching: resources and roads of the project, and who is sent."""

from __future__ import annotations

from pathlib import Path

from loaders.model.errors import CityTwinError
from twin_app.commands.event_steps import allowed
from twin_app.commands.registry import Command
from twin_app.operation.model import Action
from twin_app.operation.simulated import SPEED_M_S
from twin_app.usecases import event_resources, event_roads
from twin_app.usecases.asking import Field, FieldKind
from twin_app.usecases.event_words import offer_words
from twin_app.usecases.workbench import Workbench


def _dispatch(app: Workbench, resource: str = "") -> None:
    """Send the resource that is told, else the one whose way is shown, else ask which."""
    if app.event_choice is None:
        return
    app.event_choice.refresh()
    chosen = resource or app.event_choice.picked or _asked(app)
    offer = app.event_choice.offer(chosen) if chosen else None
    if offer is not None:
        event_resources.dispatch(app, app.current_event, offer)
        app.event_choice.hide_way()


def _asked(app: Workbench) -> str:
    if app.event_choice.is_waiting:
        raise CityTwinError("event.roads_wait", "")
    offers = app.event_choice.choice.offers if app.event_choice.choice is not None else ()
    if not offers:
        raise CityTwinError("event.nobody", "")
    choices = tuple((one.resource.id, f"{one.resource.name} · {offer_words(app.tr, one, SPEED_M_S)}") for one in offers)
    field = Field("who", "ui.events.ask_who", FieldKind.CHOICE, choices[0][0], choices)
    told = app.ui.ask_fields(Action.DISPATCH.text_key, (field,))
    return "" if told is None else str(told["who"])


def _show_way(app: Workbench, resource: str = "") -> None:
    if app.event_choice is None:
        return
    app.event_choice.refresh()
    if not resource and app.event_choice.picked:
        app.event_choice.hide_way()
    else:
        app.event_choice.show_way(resource)
    app.events_changed.emit()


def _import_resources(app: Workbench, path: str = "") -> None:
    for one in [Path(path)] if path else app.ui.ask_open_paths(".csv", ".geojson", ".json"):
        count, findings = event_resources.read_file(app, one)
        for finding in findings:
            app.messages.finding(finding)
        app.messages.info("event.resources_read", str(one), count=count)


def _import_roads(app: Workbench, path: str = "") -> None:
    for one in [Path(path)] if path else app.ui.ask_open_paths(".geojson", ".json")[:1]:
        app.messages.info("event.roads_read", str(one), count=event_roads.read_file(app, one))


COMMANDS = (
    Command("event.dispatch", _dispatch, "", "", "mdi6.truck-fast-outline", allowed(Action.DISPATCH)),
    Command(
        "event.show_way",
        _show_way,
        "",
        "",
        "mdi6.map-marker-path",
        allowed(Action.DISPATCH),
        lambda app: app.event_choice is not None and bool(app.event_choice.picked),
    ),
    Command("event.import_resources", _import_resources, "live", "", "mdi6.account-hard-hat-outline"),
    Command("event.import_roads", _import_roads, "live", "", "mdi6.road-variant"),
)
