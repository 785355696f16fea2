"""Alarm rules out of a TOML file: what is wrong is left out and told, the rest holds."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from loaders.model.errors import CityTwinError, Finding
from twin_app.live.alarms.model import AlarmRule, Level

_UPWARDS = (Level.LL, Level.L, Level.H, Level.HH)
MOST_PRIORITY = 4


def read_rules(file: Path) -> tuple[list[AlarmRule], list[Finding]]:
    """The rules under ``[[alarm]]``; raises `CityTwinError` ``alarm.unreadable`` where the file is none."""
    try:
        entries = tomllib.loads(file.read_text("utf-8-sig")).get("alarm", [])
    except (OSError, ValueError, RecursionError) as error:
        raise CityTwinError("alarm.unreadable", str(file), detail=str(error)) from error
    if not isinstance(entries, list):
        raise CityTwinError("alarm.unreadable", str(file), detail="[[alarm]]")
    rules: list[AlarmRule] = []
    findings: list[Finding] = []
    for number, entry in enumerate(entries, 1):
        read = _rule_of(entry, f"{file.name}: alarm {number}")
        if isinstance(read, Finding):
            findings.append(read)
        else:
            rules.append(read)
    return checked(rules, findings)


def _rule_of(entry: Any, place: str) -> AlarmRule | Finding:
    try:
        return msgspec.convert(entry, AlarmRule)
    except msgspec.ValidationError as error:
        return Finding.error("alarm.bad_rule", place, detail=str(error))


def checked(rules: Iterable[AlarmRule], findings: list[Finding]) -> tuple[list[AlarmRule], list[Finding]]:
    """Those of ``rules`` that can be watched: sound numbers, one of a kind, limits of a stream in order."""
    kept: dict[str, AlarmRule] = {}
    for rule in rules:
        numbers = (rule.dead_band, rule.on_delay_s, rule.off_delay_s, rule.again_s)
        sound = math.isfinite(rule.limit) and all(math.isfinite(n) and n >= 0.0 for n in numbers)
        if not sound or not rule.stream or not 1 <= rule.priority <= MOST_PRIORITY:
            findings.append(Finding.error("alarm.bad_numbers", rule.id))
        elif rule.id in kept:
            findings.append(Finding.error("alarm.doubled_rule", rule.id))
        else:
            kept[rule.id] = rule
    for stream in dict.fromkeys(rule.stream for rule in kept.values()):
        limits = [one.limit for level in _UPWARDS if (one := kept.get(f"{stream}#{level.value}"))]
        if limits != sorted(limits):
            findings.append(Finding.warning("alarm.limits_cross", stream))
    return list(kept.values()), findings
