"""Values of indicators that people state: kept in the project, taken back again."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from loaders.model.errors import CityTwinError
from twin_app.indicators.declared import checked
from twin_app.indicators.definitions import Indicator
from twin_app.indicators.progress import end_of_year_us
from twin_app.live.values import US_PER_S, now_us
from twin_app.services.project import DeclaredRecord
from twin_app.usecases.workbench import Workbench

_YEAR = re.compile(r"(?:19|2[01])\d\d")
_NUMBER = re.compile(r"[-+]?\d[\d,\u202f ]*(?:\.\d+)?(?:e[-+]?\d{1,3})?%?", re.IGNORECASE)


def number_of(one: Indicator, text: str) -> float:
    """A number as people type it, thousands separated or not. Raises `CityTwinError` ``indicator.no_…``."""
    text = text.strip()
    if not text:
        raise CityTwinError("indicator.no_value", one.id)
    if not _NUMBER.fullmatch(text):
        raise CityTwinError("indicator.no_number", one.id, text=text[:40])
    return float(re.sub(r"[,\u202f %]", "", text))


def time_of(text: str, at_us: int | None = None) -> str:
    """ISO 8601 of what people type: a year is its end, the running one is now; nothing is now."""
    now = now_us() if at_us is None else at_us
    text = text.strip()
    if text and not _YEAR.fullmatch(text):
        return text
    moment_us = min(end_of_year_us(int(text)) - US_PER_S, now) if text else now
    return datetime.fromtimestamp(moment_us // US_PER_S, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def state_value(workbench: Workbench, one: Indicator, stated: DeclaredRecord) -> None:
    """Keep a stated value in the project; one of the same time and area takes the other's place.

    Raises `CityTwinError` as `checked` does.
    """
    kept = checked(one, stated)
    others = [r for r in workbench.project.declared if (r.indicator, r.at, r.area) != (one.id, kept.at, kept.area)]
    _keep(workbench, [*others, kept])


def withdraw_value(workbench: Workbench, stated: DeclaredRecord) -> None:
    """Take a stated value out of the project. Raises `CityTwinError` ``indicator.not_stated``."""
    if stated not in workbench.project.declared:
        raise CityTwinError("indicator.not_stated", stated.indicator)
    _keep(workbench, [record for record in workbench.project.declared if record != stated])


def stated_of(workbench: Workbench, indicator_id: str) -> list[DeclaredRecord]:
    """What was stated of an indicator, the newest first."""
    found = [record for record in workbench.project.declared if record.indicator == indicator_id]
    return sorted(found, key=lambda record: record.at, reverse=True)


def _keep(workbench: Workbench, records: list[DeclaredRecord]) -> None:
    workbench.project.declared = records
    workbench.project.touch()
    workbench.indicators_changed.emit()
