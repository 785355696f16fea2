"""Indicators that are computed: formulas as SQL over the warehouse.

A formula gives one row: ``value`` in the indicator's unit, NULL where inputs lack, and how many of its inputs were
there, ``good`` of ``total``. What rests on part of them is uncertain, what rests on simulated ones is simulated.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from loaders.model.errors import CityTwinError, Finding
from twin_app.indicators.definitions import Indicator
from twin_app.indicators.values import ValueRecord
from twin_app.live.values import Quality, Reason, State, is_number, now_us
from twin_app.warehouse.wording import rows_of

if TYPE_CHECKING:
    from twin_app.warehouse.database import Warehouse

# The generated demo city says of each of its objects that it is made up.
_MADE_UP = "SELECT count(*) FROM properties WHERE name = 'dataOrigin' AND value LIKE '%synthetic%'"
_SIMULATED = "SELECT count(*) FROM observations WHERE state = 'simulated'"


def computed_values(
    indicators: Iterable[Indicator], warehouse: Warehouse
) -> tuple[dict[str, ValueRecord], list[Finding]]:
    """The values of those that have a formula, by id, and what is wrong with formulas."""
    values: dict[str, ValueRecord] = {}
    findings: list[Finding] = []
    origin: dict[str, bool] = {}
    for one in indicators:
        if not one.formula:
            continue
        question = _SIMULATED if "observations" in one.formula else _MADE_UP
        try:
            if question not in origin:
                origin[question] = bool(_row(warehouse, question)[0])
            values[one.id] = computed_value(one, warehouse, simulated=origin[question])
        except CityTwinError as error:
            arguments = {"detail": str(error.arguments.get("detail", error.code)), "at": error.place}
            findings.append(Finding.error("indicator.bad_formula", one.id, **arguments))
    return values, findings


def computed_value(one: Indicator, warehouse: Warehouse, *, simulated: bool = False) -> ValueRecord:
    """The value of one formula now; raises `CityTwinError` ``warehouse.*``, ``indicator.bad_formula``."""
    row = _row(warehouse, one.formula)
    if len(row) != 3 or not (row[0] is None or is_number(row[0])):
        raise CityTwinError("indicator.bad_formula", one.id, detail="value, good, total", at="SQL")
    good, total = (int(number) if is_number(number) else 0 for number in row[1:])
    now = now_us()
    if row[0] is None:
        return ValueRecord(unit=one.unit, good=good, total=total)
    value = float(row[0])
    quality, reason = Quality.GOOD, Reason.NONE
    if not one.low <= value <= one.high:
        quality, reason = Quality.BAD, Reason.OUT_OF_RANGE
    elif good < total:
        quality, reason = Quality.UNCERTAIN, Reason.ESTIMATED
    return ValueRecord(
        value=value,
        unit=one.unit,
        source_us=now,
        receive_us=now,
        quality=quality,
        reason=reason,
        state=State.SIMULATED if simulated else State.COMPUTED,
        age_s=0.0,
        good=good,
        total=total,
    )


def _row(warehouse: Warehouse, sql: str) -> list[object]:
    rows = [row for batch in warehouse.ask(sql).batches for row in rows_of(batch)]
    if len(rows) != 1:
        raise CityTwinError("indicator.bad_formula", "", detail=f"{len(rows)} rows", at="SQL")
    return rows[0]


def provenance(one: Indicator, value: ValueRecord, language: str) -> str:
    """What a computed value rests on, in words: inputs that were there of all, and what was assumed; "" for others."""
    if not one.formula:
        return ""
    told = [f"{one.inputs.of(language)}: {value.good} / {value.total}", one.assumption.of(language)]
    return "; ".join(text for text in told if text)
