"""Values of indicators against their targets, as a project knows them at one time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loaders.model.errors import CityTwinError, Finding
from twin_app.indicators.computed import computed_values, provenance
from twin_app.indicators.declared import declared_value
from twin_app.indicators.definitions import Indicator
from twin_app.indicators.progress import progress
from twin_app.indicators.registry import all_packs, pack_of_id
from twin_app.indicators.values import ValueRecord, alarm_level, best_value
from twin_app.live.values import US_PER_S, now_us
from twin_app.operation.rates import Rate
from twin_app.operation.store import EventStore
from twin_app.services.project import read_project
from twin_app.services.translations import Translator
from twin_app.usecases import events
from twin_app.usecases.event_rates import event_rates, value_of

PRESENT_US = 600 * US_PER_S  # a time that far back is still the present


@dataclass(frozen=True, slots=True)
class Standing:
    """An indicator and its value at the time asked for."""

    indicator: Indicator
    value: ValueRecord

    def provenance(self, language: str) -> str:
        """What the value rests on: its sources, or the inputs and assumptions of its formula; "" without a value."""
        rests = provenance(self.indicator, self.value, language) if self.value.total else ""
        return self.value.provenance or rests

    def as_json(self, language: str) -> dict[str, Any]:
        """What `indicators` prints of it; numbers that are not there are None."""
        one, value = self.indicator, self.value
        return {
            "id": one.id,
            "name": one.name.of(language),
            "value": None if value.missing else value.value,
            "unit": one.unit,
            "target": None if math.isnan(one.target) else one.target,
            "baseline": None if math.isnan(one.baseline) else one.baseline,
            "state": value.state.name.lower(),
            "provenance": self.provenance(language),
            "age_s": value.age_s if math.isfinite(value.age_s) else None,
            "progress": progress(one, value.value),
            "alarm": alarm_level(one, value),
        }


def standings(
    project: Path | None, pack_id: str | None, at_us: int
) -> tuple[list[Standing], list[Finding | CityTwinError]]:
    """All indicators, or those of a pack, with what the project's people stated until ``at_us``; and what is wrong.

    Those with a formula are computed from the layers as they are, so only for the present.
    Raises `CityTwinError` where the project cannot be read or there is no such pack.
    """
    stated = [] if project is None else read_project(project).declared
    packs, problems = all_packs(project)
    chosen = [one for pack in (packs if pack_id is None else (pack_of_id(packs, pack_id),)) for one in pack.indicators]
    computed: dict[str, ValueRecord] = {}
    if project is not None and at_us >= now_us() - PRESENT_US and any(one.formula for one in chosen):
        computed, found_wrong = _computed(project, chosen)
        problems += found_wrong
    counted = _rates(project) if project is not None and any(one.rate for one in chosen) else []
    found = []
    for one in chosen:
        value, findings = declared_value(one, stated, at_us)
        problems += findings
        if one.id in computed:
            value = best_value([computed[one.id], value])
        if one.rate and at_us >= now_us() - PRESENT_US:
            value = best_value([value_of(Translator(), one, counted), value])
        found.append(Standing(one, value))
    return found, problems


def _rates(project: Path) -> list[Rate]:
    """The rates of the project's events; what came in is known only while the program runs."""
    file = events.file_of(project)
    if not file.is_file():
        return []
    store = EventStore(file)
    try:
        return event_rates(store.events(), now_us())
    finally:
        store.close()


def _computed(
    project: Path, chosen: Sequence[Indicator]
) -> tuple[dict[str, ValueRecord], list[Finding | CityTwinError]]:
    from twin_app.usecases.querying import warehouse_over  # and its database, which most never ask

    with warehouse_over([project]) as (warehouse, problems):
        values, findings = computed_values(chosen, warehouse)
    return values, [*problems, *findings]
