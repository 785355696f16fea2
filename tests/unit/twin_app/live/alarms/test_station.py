"""The alarms of a running program: raised out of the table, acknowledged, found again after a restart."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from loaders.model.errors import CityTwinError
from twin_app.live.alarms.engine import Who
from twin_app.live.alarms.model import AlarmRule, AlarmState, Level
from twin_app.live.alarms.station import AlarmStation
from twin_app.live.streams import StreamInfo
from twin_app.live.table import LatestTable
from twin_app.live.values import Observation, State, now_us

if TYPE_CHECKING:
    from pathlib import Path

RULES = (AlarmRule("f/a", Level.H, 10.0), AlarmRule("f/b", Level.HH, 5.0, priority=1))
WHO = Who("王工", "去看过")


def _table(a: float, b: float) -> LatestTable:
    table = LatestTable()
    table.declare([StreamInfo("f/a"), StreamInfo("f/b", state=State.SIMULATED)])
    table.accept([Observation("f/a", a, now_us()), Observation("f/b", b, now_us())])
    return table


def test_what_stands_is_told_and_outlives_a_restart(tmp_path: Path) -> None:
    table, station, heard = _table(11.0, 6.0), AlarmStation(), []
    station.changed.connect(lambda: heard.append(len(station.standing())))
    station.use(RULES, table.row_of, tmp_path / "j.db")
    station.beat(table)
    first, second = station.standing()
    assert heard == [0, 2]
    assert (first.rule, first.simulated, second.simulated) == (RULES[1], True, False)
    assert now_us() - first.since_us < 60_000_000
    assert station.acknowledge(["f/a#h", "f/a#h"], WHO) == 1
    assert station.standing()[1].user == "王工"
    before = station.standing()
    station.clear()
    assert station.standing() == []
    again = AlarmStation()
    again.use(RULES, table.row_of, tmp_path / "j.db")
    assert again.standing() == before
    again.clear()


def test_a_saved_project_takes_its_states_along(tmp_path: Path) -> None:
    table, station = _table(11.0, 0.0), AlarmStation()
    station.use(RULES, table.row_of, tmp_path / "unsaved.db")
    station.beat(table)
    station.acknowledge(["f/a#h"], WHO)
    station.use(RULES, table.row_of, tmp_path / "saved.db")
    assert [(one.state, one.user) for one in station.standing()] == [(AlarmState.ACTIVE_ACKNOWLEDGED, "王工")]
    station.clear()


def test_a_failing_disk_is_told_once_and_nothing_is_lost(tmp_path: Path) -> None:
    table, station, failures = _table(11.0, 0.0), AlarmStation(), []
    station.failed.connect(failures.append)
    station.use(RULES, table.row_of, tmp_path / "j.db")
    other = sqlite3.connect(tmp_path / "j.db", isolation_level=None)
    other.execute("ALTER TABLE transitions RENAME TO hidden")
    station.beat(table)
    station.beat(table)
    assert [error.code for error in failures] == ["alarm.journal"]
    other.execute("ALTER TABLE hidden RENAME TO transitions")
    other.close()
    station.beat(table)
    assert station.journal is not None
    assert [one.alarm for one in station.journal.read()] == ["f/a#h"]
    station.clear()


def test_without_rules_there_is_no_alarm() -> None:
    station = AlarmStation()
    station.beat(_table(11.0, 6.0))
    with pytest.raises(CityTwinError, match=r"alarm\.unknown"):
        station.acknowledge(["f/a#h"], WHO)
