"""Values that people state: with their name, their source and the time they are of; never taken for measured ones."""

from __future__ import annotations

import math
from collections.abc import Iterable

from loaders.model.errors import CityTwinError, Finding
from twin_app.indicators.definitions import Indicator
from twin_app.indicators.values import ValueRecord, missing_value
from twin_app.live.table import STALE_AFTER
from twin_app.live.units import convert, factor_and_offset
from twin_app.live.values import US_PER_S, Quality, Reason, State, time_us_of
from twin_app.services.project import DeclaredRecord


def checked(one: Indicator, stated: DeclaredRecord) -> DeclaredRecord:
    """``stated`` if it can be kept. Raises `CityTwinError`.

    ``indicator.no_author``, ``indicator.no_source``, ``indicator.bad_time``, ``indicator.impossible``, or of its unit.
    """
    if not stated.who.strip():
        raise CityTwinError("indicator.no_author", one.id)
    if not stated.source.strip():
        raise CityTwinError("indicator.no_source", one.id)
    _time_us(stated)
    value = convert(stated.value, stated.unit or one.unit, one.unit)
    if not math.isfinite(value) or not one.low <= value <= one.high:
        raise CityTwinError("indicator.impossible", one.id, low=one.low, high=one.high)
    return stated


def _time_us(stated: DeclaredRecord) -> int:
    try:
        return time_us_of(stated.at)
    except (ValueError, OverflowError) as error:
        raise CityTwinError("indicator.bad_time", stated.indicator, time=stated.at[:40]) from error


def declared_value(
    one: Indicator, stated: Iterable[DeclaredRecord], now_us: int, area: str = ""
) -> tuple[ValueRecord, list[Finding]]:
    """The newest value stated until ``now_us``; what is wrong in others is told.

    Older than three expected intervals it is stale, outside what can be true it is bad: as of streams.
    """
    findings: list[Finding] = []
    best = missing_value(one)
    for record in stated:
        if record.indicator != one.id or record.area != area:
            continue
        try:
            value = _record(one, record, now_us)
        except CityTwinError as error:
            findings.append(Finding.warning(error.code, error.place, **error.arguments))
            continue
        if best.source_us <= value.source_us <= now_us:
            best = value
    return best, findings


def _record(one: Indicator, stated: DeclaredRecord, now_us: int) -> ValueRecord:
    factor, offset = factor_and_offset(stated.unit or one.unit, one.unit)
    value, time_us = stated.value * factor + offset, _time_us(stated)
    age_s = (now_us - time_us) / US_PER_S
    quality, reason = Quality.GOOD, Reason.NONE
    if not one.low <= value <= one.high:
        quality, reason = Quality.BAD, Reason.OUT_OF_RANGE
    elif 0.0 < one.interval_s * STALE_AFTER < age_s:
        quality, reason = Quality.UNCERTAIN, Reason.STALE
    return ValueRecord(
        value=value,
        unit=one.unit,
        source_us=time_us,
        receive_us=time_us,
        quality=quality,
        reason=reason,
        state=State.DECLARED,
        provenance="; ".join(text.strip() for text in (stated.who, stated.source) if text.strip()),
        age_s=age_s,
        good=int(quality == Quality.GOOD),
        total=1,
    )
