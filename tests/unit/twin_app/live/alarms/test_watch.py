"""Alarms over the real table: stale and bad values are told as lost and clear nothing."""

from __future__ import annotations

from twin_app.live.alarms.engine import AlarmEngine, Now
from twin_app.live.alarms.model import AlarmRule, AlarmState, Kind, Level
from twin_app.live.alarms.watch import clocks, look
from twin_app.live.streams import StreamInfo
from twin_app.live.table import LatestTable
from twin_app.live.values import Observation, Quality, State


def test_stale_and_bad_values_of_the_table() -> None:
    now = [0.0]
    table = LatestTable(monotonic_s=lambda: now[0], clock_us=lambda: 10**15 + round(now[0] * 1e6))
    table.declare([StreamInfo("f/x", interval_s=10.0, state=State.SIMULATED)])
    engine = AlarmEngine([AlarmRule("f/x", Level.H, 10.0), AlarmRule("f/x", Level.DATA, on_delay_s=5.0)], table.row_of)

    def at(time_s: float, *given: Observation) -> list[tuple[str, Kind, bool]]:
        now[0] = time_s
        table.accept(given)
        return [(one.alarm, one.kind, one.simulated) for one in look(engine, table, Now(time_s, 0))]

    assert at(0, Observation("f/x", 11.0)) == [("f/x#h", Kind.RAISED, True)]
    assert at(31) == []  # stale since a moment
    assert at(36) == [("f/x#data", Kind.RAISED, True)]
    assert at(40, Observation("f/x", 5.0, quality=Quality.BAD)) == []
    assert engine.state("f/x#h") is AlarmState.ACTIVE_UNACKNOWLEDGED
    told = at(41, Observation("f/x", 5.0))
    assert sorted(told) == [("f/x#data", Kind.RETURNED, True), ("f/x#h", Kind.RETURNED, True)]


def test_the_clocks_run() -> None:
    one, other = clocks(), clocks()
    assert one.monotonic_s <= other.monotonic_s
    assert other.wall_us > 10**15
