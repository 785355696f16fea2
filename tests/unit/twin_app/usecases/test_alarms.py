"""Which limits are watched: the indicators' and the project's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from twin_app.indicators.definitions import Indicator, Threshold, Words
from twin_app.indicators.definitions import Level as ThresholdLevel
from twin_app.indicators.registry import indicators_of, shipped_packs
from twin_app.live.alarms.model import AlarmRule, Level
from twin_app.live.streams import StreamInfo
from twin_app.usecases.alarms import journal_file, rules_file, rules_for

INDICATORS = tuple(indicators_of(shipped_packs()).values())
WATCHED = next(one for one in INDICATORS if one.thresholds)


def test_limits_of_indicators_hold_for_the_streams_that_name_them() -> None:
    rules, findings = rules_for([StreamInfo("f/a", indicator=WATCHED.streams), StreamInfo("f/b")], INDICATORS, [])
    assert findings == []
    limits = {(rule.level.value.upper(), rule.limit) for rule in rules if rule.level is not Level.DATA}
    assert limits == {(one.level.value, one.value) for one in WATCHED.thresholds}
    assert {rule.stream for rule in rules} == {"f/a"}
    assert [rule.id for rule in rules if rule.level is Level.DATA] == ["f/a#data"]


def test_limits_are_in_the_unit_of_the_stream_and_none_hold_for_what_is_no_such_thing() -> None:
    hot = Indicator("t", Words("温度", "Heat"), "Cel", thresholds=(Threshold(ThresholdLevel.H, 40.0, 2.0),))
    rules, _ = rules_for([StreamInfo("f/a", unit="[degF]", indicator="t")], [hot], [])
    assert (rules[0].limit, rules[0].dead_band) == pytest.approx((104.0, 3.6))
    others = [StreamInfo(f"f/{n}", unit="kW", indicator="t") for n in range(3)]
    rules, findings = rules_for(others, [hot], [])
    assert rules == []
    assert [(one.code, one.place) for one in findings] == [("alarm.unlike_unit", "f/0")]


def test_the_projects_own_rules_come_first() -> None:
    level = Level(WATCHED.thresholds[0].level.value.lower())
    own = AlarmRule("f/a", level, WATCHED.thresholds[0].value, message="ours")
    rules, _ = rules_for([StreamInfo("f/a", indicator=WATCHED.streams)], INDICATORS, [own])
    assert own in rules
    assert len({rule.id for rule in rules}) == len(rules)


def test_projects_have_journals_of_their_own() -> None:
    one, other = Path("/a/city.citytwin"), Path("/b/city.citytwin")
    assert journal_file(one) != journal_file(other)
    assert journal_file(one) == journal_file(one)
    assert rules_file(one).name == "city.alarms.toml"
