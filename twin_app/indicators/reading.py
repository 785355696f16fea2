"""Reads indicator packs from TOML: what is wrong in one indicator costs that one, or only its field."""

from __future__ import annotations

import itertools
import math
import tomllib
from pathlib import Path
from typing import Any

from loaders.model.errors import CityTwinError, Finding
from twin_app.indicators.definitions import (
    Classification,
    Direction,
    Gathering,
    Indicator,
    Level,
    Pack,
    Scope,
    Threshold,
    Words,
)
from twin_app.indicators.fields import Table
from twin_app.live.units import factor_and_offset
from twin_app.live.values import is_number

LARGEST_BYTES = 4 * 1024 * 1024


def read_pack(path: Path) -> tuple[Pack, list[Finding]]:
    """A pack file and what is wrong in it. Raises `CityTwinError` ``indicator.unreadable`` or ``indicator.no_pack``."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise CityTwinError("indicator.unreadable", str(path), reason=f"> {LARGEST_BYTES >> 20} MiB")
        text = path.read_text("utf-8")
    except OSError as error:
        raise CityTwinError("indicator.unreadable", str(path), reason=error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise CityTwinError("indicator.unreadable", str(path), reason="UTF-8") from error
    return pack_of(text, str(path))


def pack_of(text: str, origin: str) -> tuple[Pack, list[Finding]]:
    """The pack in a text; ``origin`` is its place for findings. Raises as `read_pack`."""
    try:
        whole = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise CityTwinError("indicator.unreadable", origin, reason=str(error) or type(error).__name__) from error
    findings: list[Finding] = []
    file = Table(whole, origin, findings)
    head = Table(file.raw("pack") or {}, f"{origin}: pack", findings)
    pack_id = head.identifier("id")
    if not pack_id:
        raise CityTwinError("indicator.no_pack", origin)
    groups = _groups(file, findings)
    pack = Pack(
        id=pack_id,
        name=head.words("name", needed=True),
        description=head.words("description"),
        source=head.words("source"),
        groups=groups,
        indicators=tuple(_indicators(file, groups, findings)),
        origin=origin,
    )
    head.end()
    file.end()
    return pack, findings


def _groups(file: Table, findings: list[Finding]) -> dict[str, Words]:
    groups = {}
    for number, values in enumerate(file.tables("group"), 1):
        table = Table(values, f"{file.place}: group {number}", findings)
        group_id = table.identifier("id")
        if group_id:
            groups[group_id] = table.words("name", needed=True)
        table.end()
    return groups


def _indicators(file: Table, groups: dict[str, Words], findings: list[Finding]) -> list[Indicator]:
    found: dict[str, Indicator] = {}
    for number, values in enumerate(file.tables("indicator"), 1):
        named = values.get("id") if isinstance(values, dict) else None
        place = f"{file.place}: {named if isinstance(named, str) and named else f'indicator {number}'}"
        one = _indicator(Table(values, place[:400], findings))
        if one is None:
            continue
        if one.id in found:
            findings.append(Finding.error("indicator.doubled", place))
            continue
        if one.group and one.group not in groups:
            findings.append(Finding.warning("indicator.unknown_group", f"{place}: {one.group[:80]}"))
        found[one.id] = one
    return list(found.values())


def _indicator(table: Table) -> Indicator | None:
    """None where it has no id or no unit that is known: its numbers would mean nothing."""
    indicator_id, unit = table.identifier("id"), table.unit("unit")
    if not indicator_id or unit is None:
        return None
    low, high = table.span("valid") or (-math.inf, math.inf)
    band = table.span("band")
    direction = table.choice("direction", Direction, Direction.BAND if band else Direction.HIGHER)
    if direction == Direction.BAND and band is None:
        table.findings.append(Finding.error("indicator.no_band", table.at("band")))
        direction = Direction.NONE
    one = Indicator(
        id=indicator_id,
        name=table.words("name", needed=True),
        unit=unit or "1",
        definition=table.words("definition"),
        display=_display(table, unit or "1"),
        group=table.text("group"),
        direction=direction,
        band=band,
        baseline=table.number("baseline"),
        baseline_year=table.year("baseline_year"),
        target=table.number("target"),
        strict=table.truth("strict"),
        year=table.year("year"),
        scope=table.choice("scope", Scope, Scope.CITY),
        gathering=table.choice("gathering", Gathering, Gathering.MEAN),
        clause=table.words("clause"),
        stream_indicator=table.text("streams"),
        formula=table.text("formula"),
        rate=table.text("rate"),
        inputs=table.words("inputs"),
        assumption=table.words("assumption"),
        interval_s=table.number("interval_s", 0.0, least=0.0),
        low=low,
        high=high,
        thresholds=_thresholds(table),
        classification=table.choice("classification", Classification, Classification.PUBLIC),
        model=_model(table),
    )
    table.end()
    return one


def _display(table: Table, unit: str) -> str:
    display = table.unit("display")
    if not display:
        return ""
    try:
        factor_and_offset(unit, display)
    except CityTwinError as error:
        table.findings.append(Finding.error(error.code, table.at("display"), **error.arguments))
        return ""
    return display


def _thresholds(owner: Table) -> tuple[Threshold, ...]:
    found: dict[Level, Threshold] = {}
    for number, values in enumerate(owner.tables("threshold"), 1):
        table = Table(values, f"{owner.place}: threshold {number}", owner.findings)
        named = table.raw("level")
        value = table.number("value")
        if not isinstance(named, str) or named not in list(Level) or math.isnan(value):
            owner.findings.append(Finding.error("indicator.bad_threshold", table.place))
            continue
        level = Level(named)
        found[level] = Threshold(
            level,
            value,
            dead_band=table.number("dead_band", 0.0, least=0.0),
            on_delay_s=table.number("on_delay_s", 0.0, least=0.0),
            off_delay_s=table.number("off_delay_s", 0.0, least=0.0),
        )
        table.end()
    ordered = [found[level] for level in (Level.LL, Level.L, Level.H, Level.HH) if level in found]
    if any(one.value > other.value for one, other in itertools.pairwise(ordered)):
        owner.findings.append(Finding.error("indicator.limits_crossed", owner.place))
        return ()
    return tuple(ordered)


def _model(owner: Table) -> dict[str, float | str]:
    values: Any = owner.raw("model")
    if values is None:
        return {}
    if not isinstance(values, dict) or not all(isinstance(v, str) or is_number(v) for v in values.values()):
        owner.findings.append(Finding.error("indicator.bad_value", owner.at("model"), wanted="{ … = 1.5 }"))
        return {}
    return dict(values)
