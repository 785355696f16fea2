"""Another project as a scenario beside the open one: its indicators, computed and stated, for differences."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from loaders.model.errors import CityTwinError, Finding
from twin_app.indicators.definitions import Indicator
from twin_app.indicators.values import ValueRecord
from twin_app.live.numbers import quantity_text
from twin_app.live.values import State, now_us
from twin_app.services import project as store
from twin_app.services.jobs import JobContext
from twin_app.services.translations import Translator
from twin_app.usecases.districts import change_words
from twin_app.usecases.indicators import Standing, standings
from twin_app.usecases.workbench import Workbench

JOB = "indicators.scenario"
_SIMULATED = "live.stamp"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A project's name and the values of its indicators when it was compared, by id."""

    name: str
    values: dict[str, ValueRecord]


def compare(workbench: Workbench, path: Path) -> None:
    """Read another project's indicators in the background; raises `CityTwinError` where it is no other project."""
    if path.suffix.lower() != store.SUFFIX or not path.is_file():
        raise CityTwinError("indicator.no_scenario", str(path))
    if workbench.project.path is not None and path.resolve() == workbench.project.path.resolve():
        raise CityTwinError("indicator.same_scenario", str(path))

    def work(context: JobContext) -> tuple[list[Standing], list[Finding | CityTwinError]]:
        found = standings(path, None, now_us())
        context.job.checkpoint()
        return found

    def take(found: tuple[list[Standing], list[Finding | CityTwinError]]) -> None:
        there, problems = found
        for problem in problems:
            if isinstance(problem, CityTwinError):
                workbench.messages.error(problem)
            else:
                workbench.messages.finding(problem)
        workbench.scenario = Scenario(path.stem, {one.indicator.id: one.value for one in there})
        workbench.indicators_changed.emit()

    workbench.jobs.submit(
        JOB,
        work,
        title_key="job.scenario",
        title_args={"name": path.stem},
        on_done=take,
        on_failed=workbench.messages.error,
    )


def forget(workbench: Workbench) -> None:
    """Compare no more."""
    workbench.scenario = None
    workbench.indicators_changed.emit()


def scenario_words(tr: Translator, one: Indicator, value: ValueRecord, scenario: Scenario | None) -> str:
    """By how much a value differs from the scenario's, which value that is, and what is simulated; "" without one."""
    if scenario is None:
        return ""
    other = scenario.values.get(one.id)
    if other is None or other.missing:
        return tr("indicator.board.scenario_missing", name=scenario.name)
    told = quantity_text(other.value, one.unit, tr.language)
    if other.state is State.SIMULATED:
        told = f"{told} · {tr(_SIMULATED)}"
    change = "" if value.missing else change_words(tr, one, other.value, value.value)
    key = "indicator.board.scenario_change" if change else "indicator.board.scenario_value"
    return tr(key, name=scenario.name, value=told, change=change)
