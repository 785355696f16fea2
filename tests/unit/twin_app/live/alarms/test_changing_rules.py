"""Rules come and go while alarms are watched: those that stay the same notice nothing of it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twin_app.live.alarms import station as stations
from twin_app.live.alarms.engine import AlarmEngine, Now, Who
from twin_app.live.alarms.model import AlarmRule, AlarmState, Kind, Level
from twin_app.live.alarms.station import AlarmStation
from twin_app.live.streams import StreamInfo
from twin_app.live.table import LatestTable
from twin_app.live.values import Observation

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SLOW = AlarmRule("f/a", Level.H, 10.0, dead_band=1.0, on_delay_s=3.0, off_delay_s=2.0, again_s=7.0, latch=True)
QUICK = AlarmRule("f/a", Level.H, 10.0)
OTHER = AlarmRule("f/b", Level.H, 10.0)
WHO = Who("王工", "在修")
ROWS = {"f/a": 0, "f/b": 1}
START_US = 1_700_000_000_000_000


def _now(at_s: float) -> Now:
    return Now(at_s, START_US + round(at_s * 1e6))


def _told(engine: AlarmEngine, at_s: float, value: float) -> list[tuple[float, Kind, AlarmState]]:
    values, usable = np.array([value, 0.0]), np.ones(2, bool)
    return [(at_s, one.kind, one.after) for one in engine.watch(_now(at_s), values, usable) if one.alarm == SLOW.id]


STEP = st.tuples(st.sampled_from([0.25, 0.5, 1.0, 2.0]), st.sampled_from([8.0, 9.5, 11.0]), st.booleans())


@given(st.lists(STEP, max_size=40), st.booleans())
def test_a_rule_that_stays_notices_nothing_of_others(steps: list[tuple[float, float, bool]], shelved: bool) -> None:
    whole, changing = AlarmEngine([SLOW], ROWS.get), AlarmEngine([SLOW], ROWS.get)
    expected, found, at_s = [], [], 0.0
    for number, (pause_s, value, is_change) in enumerate(steps):
        at_s += pause_s
        if shelved and number == 3:
            for one in (whole, changing):
                one.shelve(SLOW.id, WHO, _now(at_s), for_s=4.0)
        if is_change:
            rules = [SLOW, OTHER] if len(changing) == 1 else [SLOW]
            before, changing = changing, AlarmEngine(rules[::-1], ROWS.get)
            assert changing.take_over(before) >= 1
        expected += _told(whole, at_s, value)
        found += _told(changing, at_s, value)
    assert found == expected
    assert changing.state(SLOW.id) == whole.state(SLOW.id)


def test_a_rule_that_changed_begins_its_delay_anew() -> None:
    before = AlarmEngine([SLOW], ROWS.get)
    for at_s in (0.0, 1.0, 2.0):
        assert _told(before, at_s, 11.0) == []
    after = AlarmEngine([msgspec.structs.replace(SLOW, limit=10.5)], ROWS.get)
    assert after.take_over(before) == 0
    assert [at_s for at_s in (3.0, 4.0, 5.0, 6.0, 7.0) if _told(after, at_s, 11.0)] == [6.0]


def test_a_station_keeps_delays_when_streams_bring_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [_now(0.0)]
    monkeypatch.setattr(stations, "clocks", lambda: clock[0])
    table, station = LatestTable(clock_us=lambda: clock[0].wall_us), AlarmStation()
    table.declare([StreamInfo("f/a"), StreamInfo("f/b")])
    table.accept([Observation("f/a", 11.0)])
    station.use([SLOW], table.row_of, tmp_path / "j.db")
    raised_s = None
    for tick in range(20):
        clock[0] = _now(tick * 0.5)
        if tick in {2, 4, 5}:  # new streams bring new rules, again and again
            extra = [OTHER] if tick != 4 else []
            station.use([SLOW, *extra], table.row_of, tmp_path / "j.db")
        station.beat(table)
        if station.standing() and raised_s is None:
            raised_s = tick * 0.5
    assert raised_s == 3.0
    station.clear()


def test_what_the_journal_refused_goes_over() -> None:
    written: list[str] = []

    def refuse(_told: object) -> None:
        raise OSError("full")

    before = AlarmEngine([QUICK], ROWS.get, refuse)
    with contextlib.suppress(OSError):
        before.watch(_now(0.0), np.array([11.0, 0.0]), np.ones(2, bool))
    after = AlarmEngine([QUICK, OTHER], ROWS.get, lambda told: written.extend(one.alarm for one in told))
    after.take_over(before)
    assert [one.kind for one in after.watch(_now(1.0), np.array([11.0, 0.0]), np.ones(2, bool))] == [Kind.RAISED]
    assert written == [QUICK.id]
