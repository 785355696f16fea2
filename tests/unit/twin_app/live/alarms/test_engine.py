"""Alarms as tables: time and value against the transitions that must come, and what must hold whatever comes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from twin_app.live.alarms.engine import AlarmEngine, Now, Who
from twin_app.live.alarms.flood import BEGINS_ABOVE, WINDOW_S, FloodWatch
from twin_app.live.alarms.model import AlarmRule, AlarmState, Kind, Level, Mode, Transition
from twin_app.live.alarms.rules import read_rules

WANG = Who("王芳", "seen")
BAD = None  # a value that is stale or bad


class Bench:
    """One rule over one stream, fed by hand."""

    def __init__(self, rule: AlarmRule, write: list[Transition] | None = None) -> None:
        self.engine = AlarmEngine([rule], lambda _: 0, (lambda _: None) if write is None else write.extend)
        self.rule = rule

    def at(self, time_s: float, value: float | None, wall_us: int = 0) -> list[Transition]:
        values, usable = np.array([np.nan if value is None else value]), np.array([value is not None])
        return self.engine.watch(Now(time_s, wall_us), values, usable)

    @property
    def state(self) -> AlarmState:
        return self.engine.state(self.rule.id)

    def acknowledge(self, time_s: float = 0.0) -> list[Transition]:
        return self.engine.acknowledge(self.rule.id, WANG, Now(time_s, 0))


def rule(level: Level = Level.H, limit: float = 10.0, **more: object) -> AlarmRule:
    return AlarmRule("f/x", level, limit, **more)  # type: ignore[arg-type]


TABLES: dict[str, tuple[AlarmRule, Sequence[tuple[float, float | None, str]]]] = {
    "at the limit is not beyond": (rule(), [(0, 10, ""), (1, 10.01, "raised"), (2, 10, "returned")]),
    "low": (rule(Level.L), [(0, 10, ""), (1, 9.9, "raised"), (2, 9, ""), (3, 10, "returned")]),
    "low with a dead band": (rule(Level.LL, dead_band=2), [(0, 9, "raised"), (1, 11.9, ""), (2, 12, "returned")]),
    "dead band": (rule(Level.HH, dead_band=2), [(0, 11, "raised"), (1, 8.1, ""), (2, 12, ""), (3, 8, "returned")]),
    "on-delay": (rule(on_delay_s=5), [(0, 11, ""), (4.9, 11, ""), (5, 11, "raised")]),
    "a dip begins the on-delay anew": (
        rule(on_delay_s=5),
        [(0, 11, ""), (4, 9, ""), (5, 11, ""), (9, 11, ""), (10, 11, "raised")],
    ),
    "tenths add up": (rule(on_delay_s=1), [(n / 10, 11, "raised" if n == 10 else "") for n in range(11)]),
    "off-delay": (rule(off_delay_s=5), [(0, 11, "raised"), (1, 9, ""), (5.9, 9, ""), (6, 9, "returned")]),
    "a peak begins the off-delay anew": (
        rule(off_delay_s=5),
        [(0, 11, "raised"), (1, 9, ""), (4, 11, ""), (6, 9, ""), (10, 9, ""), (11, 9, "returned")],
    ),
    "what is lost clears nothing": (rule(), [(0, 11, "raised"), (1, BAD, ""), (999, BAD, ""), (1000, 9, "returned")]),
    "what is lost raises nothing": (
        rule(on_delay_s=5),
        [(0, 11, ""), (3, BAD, ""), (60, BAD, ""), (61, 11, ""), (63, 11, ""), (66, 11, "raised")],
    ),
    "what is lost holds the off-delay": (
        rule(off_delay_s=5),
        [(0, 11, "raised"), (1, 9, ""), (3, 9, ""), (4, BAD, ""), (60, BAD, ""), (61, 9, ""), (64, 9, "returned")],
    ),
    "data lost": (rule(Level.DATA), [(0, 5, ""), (1, BAD, "raised"), (2, BAD, ""), (3, 99, "returned")]),
    "data lost with a delay": (rule(Level.DATA, on_delay_s=30), [(0, BAD, ""), (29, BAD, ""), (30, BAD, "raised")]),
    "raised again": (
        rule(again_s=60),
        [(0, 11, "raised"), (59, 11, ""), (60, 11, "raised_again"), (61, 11, ""), (120, 11, "raised_again")],
    ),
    "raised again while lost": (rule(again_s=60), [(0, 11, "raised"), (60, BAD, "raised_again")]),
    "switched off": (rule(enabled=False), [(0, 11, ""), (1, BAD, ""), (2, 99, "")]),
    "the monotonic clock never runs back": (
        rule(on_delay_s=5),
        [(10, 11, ""), (2, 11, ""), (12, 11, ""), (15, 11, "raised")],
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_table(name: str) -> None:
    wanted, table = TABLES[name]
    bench = Bench(wanted)
    for time_s, value, kind in table:
        assert [one.kind for one in bench.at(time_s, value)] == ([kind] if kind else []), time_s


def test_acknowledged_then_returned_is_normal() -> None:
    bench = Bench(rule())
    bench.at(0, 11)
    assert bench.state is AlarmState.ACTIVE_UNACKNOWLEDGED
    (told,) = bench.acknowledge()
    assert (told.user, told.note, told.kind) == ("王芳", "seen", Kind.ACKNOWLEDGED)
    assert (told.before, told.after) == (AlarmState.ACTIVE_UNACKNOWLEDGED, AlarmState.ACTIVE_ACKNOWLEDGED)
    (back,) = bench.at(1, 9)
    assert (back.before, back.after) == (AlarmState.ACTIVE_ACKNOWLEDGED, AlarmState.NORMAL)
    assert bench.acknowledge() == []


def test_returned_waits_for_its_acknowledgement() -> None:
    bench = Bench(rule())
    bench.at(0, 11)
    assert bench.at(1, 9)[0].after is AlarmState.RETURNED_UNACKNOWLEDGED
    assert bench.acknowledge()[0].after is AlarmState.NORMAL


def test_a_latched_alarm_goes_only_when_acknowledged_after_its_return() -> None:
    bench = Bench(rule(latch=True))
    bench.at(0, 11)
    assert bench.acknowledge()[0].after is AlarmState.ACTIVE_ACKNOWLEDGED
    assert bench.at(1, 9)[0].after is AlarmState.LATCHED_UNACKNOWLEDGED
    assert bench.acknowledge()[0].after is AlarmState.NORMAL


def test_raised_again_must_be_acknowledged_again() -> None:
    bench = Bench(rule(again_s=60))
    bench.at(0, 11)
    bench.acknowledge(1)
    assert bench.at(59, 11) == []
    assert bench.at(60, 11)[0].after is AlarmState.ACTIVE_UNACKNOWLEDGED


def test_shelved_until_its_end_whatever_the_clock_says() -> None:
    bench, day_us = Bench(rule()), 86_400_000_000
    (told,) = bench.engine.shelve(bench.rule.id, Who("李强", "works"), Now(0, day_us), for_s=100)
    assert (told.after, told.user, told.note, told.until_us) == (
        AlarmState.SHELVED,
        "李强",
        "works",
        day_us + 100_000_000,
    )
    (raised,) = bench.at(50, 11, wall_us=0)  # the clock was set back a day
    assert (raised.kind, raised.after) == (Kind.RAISED, AlarmState.SHELVED)
    assert bench.at(99, 11, wall_us=9 * day_us) == []
    (back,) = bench.at(100, 11)
    assert (back.kind, back.after) == (Kind.ANNOUNCED, AlarmState.ACTIVE_UNACKNOWLEDGED)


@pytest.mark.parametrize(
    ("way", "shown"), [("suppress", AlarmState.SUPPRESSED), ("take_out", AlarmState.OUT_OF_SERVICE)]
)
def test_hidden_until_announced(way: str, shown: AlarmState) -> None:
    bench = Bench(rule())
    assert getattr(bench.engine, way)(bench.rule.id, Who("李强", "rebuilt"), Now(0, 0))[0].after is shown
    bench.at(1e6, 11)
    assert bench.state is shown
    assert bench.acknowledge() == []  # nobody acknowledges what is not shown
    assert bench.engine.announce(bench.rule.id, WANG, Now(1e6, 0))[0].after is AlarmState.ACTIVE_UNACKNOWLEDGED
    assert bench.engine.announce(bench.rule.id, WANG, Now(1e6, 0)) == []


def test_what_needs_a_name_a_reason_and_an_end() -> None:
    engine, now = Bench(rule()).engine, Now(0, 0)
    for code, call in {
        "alarm.no_name": lambda: engine.acknowledge("f/x#h", Who(" "), now),
        "alarm.unknown": lambda: engine.acknowledge("f/y#h", WANG, now),
        "alarm.no_reason": lambda: engine.shelve("f/x#h", Who("李强"), now, for_s=1),
        "alarm.shelved_too_long": lambda: engine.shelve("f/x#h", WANG, now, for_s=float("inf")),
    }.items():
        with pytest.raises(CityTwinError) as caught:
            call()
        assert caught.value.code == code


def test_what_the_journal_refused_is_written_the_next_time() -> None:
    written: list[Transition] = []
    full = [True]

    def write(transitions: Sequence[Transition]) -> None:
        if full[0]:
            raise CityTwinError("alarm.journal", "here", detail="disk full")
        written.extend(transitions)

    engine = AlarmEngine([rule()], lambda _: 0, write)
    with pytest.raises(CityTwinError):
        engine.watch(Now(0, 1), np.array([11.0]), np.array([True]))
    full[0] = False
    told = engine.watch(Now(1, 2), np.array([11.0]), np.array([True]))
    assert [(one.kind, one.wall_us) for one in written] == [(Kind.RAISED, 1)]
    assert told == written


def test_a_stream_that_is_declared_later_is_watched_from_then_on() -> None:
    rows: dict[str, int] = {}
    engine = AlarmEngine([rule(), rule(Level.DATA)], rows.get)
    (lost,) = engine.watch(Now(0, 0), np.zeros(0), np.zeros(0, np.bool_))
    assert lost.alarm == "f/x#data"
    rows["f/x"] = 1
    told = engine.watch(Now(1, 0), np.array([0.0, 11.0]), np.array([True, True]), np.array([False, True]))
    assert {(one.alarm, one.kind, one.simulated) for one in told} == {
        ("f/x#h", Kind.RAISED, True),
        ("f/x#data", Kind.RETURNED, True),
    }
    assert [(one.level, state) for one, state in engine.standing()] == [
        (Level.H, AlarmState.ACTIVE_UNACKNOWLEDGED),
        (Level.DATA, AlarmState.RETURNED_UNACKNOWLEDGED),
    ]


steps = st.lists(st.tuples(st.floats(0.0, 20.0), st.one_of(st.none(), st.floats(0.0, 20.0))), max_size=60)


@given(steps, st.floats(0.5, 5.0))
@settings(deadline=None)
def test_no_chatter_inside_the_dead_band(given_steps: list[tuple[float, float | None]], band: float) -> None:
    bench, time_s = Bench(rule(dead_band=band)), 0.0
    bench.at(0.0, 11.0)
    for step_s, value in given_steps:
        time_s += step_s
        inside = None if value is None else 10.0 - band + max(value / 20.0, 1e-6) * band  # never at the band's end
        assert bench.at(time_s, inside) == []


@given(steps, st.floats(0.0, 30.0), st.floats(0.0, 30.0))
@settings(deadline=None)
def test_never_early_and_never_cleared_by_what_is_lost(
    given_steps: list[tuple[float, float | None]], on_s: float, off_s: float
) -> None:
    bench, time_s = Bench(rule(dead_band=1, on_delay_s=on_s, off_delay_s=off_s)), 0.0
    beyond_since: float | None = None
    for step_s, value in given_steps:
        time_s += step_s
        if value is not None:
            beyond_since = None if value <= 10.0 else time_s if beyond_since is None else beyond_since
        for told in bench.at(time_s, value):
            assert value is not None
            if told.kind is Kind.RAISED:
                assert beyond_since is not None
                assert time_s - beyond_since >= on_s - 1e-6
            else:
                assert value <= 9.0


@given(
    st.lists(st.tuples(st.sampled_from(["value", "ack", "shelve", "announce"]), st.floats(0.0, 20.0)), max_size=60),
    st.booleans(),
)
@settings(deadline=None)
def test_no_acknowledge_is_lost_and_none_is_made_up(acts: list[tuple[str, float]], latch: bool) -> None:
    """What was written down is a chain, and a new engine that is given its end shows what the old one shows."""
    written: list[Transition] = []
    bench = Bench(rule(dead_band=1, latch=latch, again_s=40), written)
    for number, (act, value) in enumerate(acts):
        now, before = Now(10.0 * number, number), bench.state
        if act == "value":
            bench.at(now.monotonic_s, value)
        elif act == "ack":
            told = bench.acknowledge(now.monotonic_s)
            pending = {
                AlarmState.ACTIVE_UNACKNOWLEDGED,
                AlarmState.RETURNED_UNACKNOWLEDGED,
                AlarmState.LATCHED_UNACKNOWLEDGED,
            }
            assert bool(told) == (before in pending)
            assert bench.state not in pending
        elif act == "shelve":
            bench.engine.shelve(bench.rule.id, WANG, now, for_s=25)
        else:
            bench.engine.announce(bench.rule.id, WANG, now)
    unacknowledged = {
        AlarmState.ACTIVE_UNACKNOWLEDGED,
        AlarmState.RETURNED_UNACKNOWLEDGED,
        AlarmState.LATCHED_UNACKNOWLEDGED,
    }
    for one, following in itertools.pairwise(written):
        assert following.before is one.after
        if one.after in unacknowledged and following.after not in unacknowledged:
            assert following.kind in {Kind.ACKNOWLEDGED, Kind.SHELVED}
    again = Bench(bench.rule)
    again.engine.restore(written[-1:], Now(0, len(acts)))
    assert again.state is bench.state


def test_a_restored_shelving_lasts_no_longer_than_it_was_meant_to() -> None:
    last = Transition(
        "f/x#h", Kind.SHELVED, AlarmState.NORMAL, AlarmState.SHELVED, 0, until_us=10**15, for_s=60, mode=Mode.SHELVED
    )
    bench = Bench(rule())
    assert bench.engine.restore([last, last._replace(alarm="gone#h")], Now(5, 0)) == 1
    assert bench.state is AlarmState.SHELVED
    assert bench.at(64, 5) == []
    assert bench.at(65, 5)[0].after is AlarmState.NORMAL


def test_a_flood_is_told_with_the_first_one_out() -> None:
    def raised(name: str) -> Transition:
        return Transition(name, Kind.RAISED, AlarmState.NORMAL, AlarmState.ACTIVE_UNACKNOWLEDGED, 0, active=True)

    watch = FloodWatch()
    assert not watch.note(0, [raised("f/pump/power#l")]).flooded
    told = watch.note(1, [raised(f"f/hall/{n}#h") for n in range(BEGINS_ABOVE)])
    assert (told.flooded, told.raised, told.first_out) == (True, BEGINS_ABOVE + 1, "f/pump/power#l")
    assert told.groups == (("f/hall", BEGINS_ABOVE), ("f/pump", 1))
    assert watch.note(WINDOW_S, []).first_out == "f/pump/power#l"  # still the same flood
    assert watch.note(WINDOW_S + 1, []).flooded is False


def test_rules_of_a_file_that_is_partly_wrong(tmp_path: Path) -> None:
    file = tmp_path / "alarms.toml"
    file.write_text(
        """
        alarm = [
          {stream="f/x", level="h", limit=10.0, message="太高"}, {stream="f/x", level="h", limit=11.0},
          {stream="f/x", level="hh", limit=5.0}, {stream="f/y", level="up"}, {stream="f/z", level="l", limit=nan},
          {stream="f/w", level="l", dead_band=-1.0}, 7,
        ]""",
        "utf-8",
    )
    rules, findings = read_rules(file)
    assert [one.id for one in rules] == ["f/x#h", "f/x#hh"]
    assert [one.code for one in findings] == [
        *["alarm.bad_rule"] * 2,
        "alarm.doubled_rule",
        *["alarm.bad_numbers"] * 2,
        "alarm.limits_cross",
    ]
    file.write_text("alarm = 3")
    with pytest.raises(CityTwinError):
        read_rules(file)


def test_an_alarm_that_was_switched_off_does_not_stand_for_ever() -> None:
    last = Transition("f/x#h", Kind.RAISED, AlarmState.NORMAL, AlarmState.ACTIVE_UNACKNOWLEDGED, 0, active=True)
    bench = Bench(rule(enabled=False))
    assert bench.engine.restore([last._replace(acknowledged=False)], Now(0, 0)) == 1
    assert bench.engine.standing() == []
