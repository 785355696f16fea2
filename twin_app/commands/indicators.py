"""Commands of indicators: values that people state."""

from __future__ import annotations

from pathlib import Path

from loaders.model.errors import CityTwinError
from twin_app.commands.registry import Command
from twin_app.indicators.definitions import Indicator
from twin_app.indicators.registry import all_packs, indicators_of
from twin_app.services.project import SUFFIX, DeclaredRecord
from twin_app.usecases import scenarios
from twin_app.usecases.declaring import number_of, state_value, stated_of, time_of, withdraw_value
from twin_app.usecases.workbench import Workbench


def _indicator(app: Workbench, indicator_id: str) -> Indicator:
    found = indicators_of(all_packs(app.project.path)[0]).get(indicator_id or app.current_indicator)
    if found is None:
        raise CityTwinError("indicator.none_chosen", indicator_id[:80])
    return found


def _declare(
    app: Workbench, indicator: str = "", value: str = "", *, at: str = "", source: str = "", who: str = ""
) -> None:
    """With a value it is kept; without one the panel asks for it."""
    if not value.strip():
        app.ui.show_panel("indicators")
        return
    one = _indicator(app, indicator)
    stated = DeclaredRecord(one.id, number_of(one, value), "", who.strip(), source.strip(), time_of(at))
    state_value(app, one, stated)


def _withdraw(app: Workbench, stated: DeclaredRecord | None = None) -> None:
    found = [stated] if stated is not None else stated_of(app, app.current_indicator)
    if not found:
        raise CityTwinError("indicator.not_stated", app.current_indicator)
    withdraw_value(app, found[0])


def _compare(app: Workbench, path: str = "") -> None:
    chosen = [Path(path)] if path else app.ui.ask_open_paths(SUFFIX)
    if chosen:
        scenarios.compare(app, chosen[0])
        app.ui.show_panel("indicators")


COMMANDS = (
    Command("indicator.declare", _declare, menu="live", icon="mdi6.pencil-plus-outline"),
    Command(
        "indicator.withdraw",
        _withdraw,
        menu="live",
        icon="mdi6.undo-variant",
        enabled=lambda app: bool(stated_of(app, app.current_indicator)),
    ),
    Command("indicator.compare", _compare, menu="live", icon="mdi6.compare-horizontal"),
    Command(
        "indicator.compare_end",
        scenarios.forget,
        menu="live",
        icon="mdi6.compare-remove",
        enabled=lambda app: app.scenario is not None,
    ),
)
