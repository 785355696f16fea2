"""The alarm journal: what was told is on the disk, also when the program is killed; exports hold no formulas."""

from __future__ import annotations

import csv
import io
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from loaders.model.errors import CityTwinError
from twin_app.live.alarms.engine import AlarmEngine, Now, Who
from twin_app.live.alarms.journal import BOM, AlarmJournal, as_csv, as_json
from twin_app.live.alarms.model import AlarmRule, AlarmState, Kind, Level, Transition

ROOT = Path(__file__).resolve().parents[5]
RULES = [AlarmRule(f"f/{name}", Level.H, 10.0) for name in "abc"]
ROWS = {"f/a": 0, "f/b": 1, "f/c": 2}
CHILD = """
import sys
from pathlib import Path
from twin_app.live.alarms.journal import AlarmJournal
from twin_app.live.alarms.model import AlarmState, Kind, Transition
journal = AlarmJournal(Path(sys.argv[1]))
for number in range(10**9):
    one = Transition("", Kind.RAISED, AlarmState.NORMAL, AlarmState(1), number, "甲")
    journal.write([one._replace(alarm=f"f/{i}#h") for i in range(3)])
    print(number, flush=True)
"""


def test_acknowledged_and_shelved_survive(tmp_path: Path) -> None:
    journal = AlarmJournal(tmp_path / "in" / "alarms.sqlite")
    engine = AlarmEngine(RULES, ROWS.get, journal.write)
    engine.watch(Now(0, 1000), np.full(3, 11.0), np.ones(3, np.bool_), np.array([False, True, False]))
    engine.acknowledge("f/a#h", Who("王芳", "看到了"), Now(1, 2000))
    engine.shelve("f/b#h", Who("李强", "检修"), Now(2, 3000), for_s=60)
    journal.close()
    again = AlarmJournal(tmp_path / "in" / "alarms.sqlite")
    second = AlarmEngine(RULES, ROWS.get, again.write)
    assert second.restore(again.last(), Now(0, 10_003_000)) == 0
    assert [second.state(one.id) for one in RULES] == [
        AlarmState.ACTIVE_ACKNOWLEDGED,
        AlarmState.SHELVED,
        AlarmState.ACTIVE_UNACKNOWLEDGED,
    ]
    assert second.watch(Now(49.9, 0), np.full(3, 11.0), np.ones(3, np.bool_)) == []
    (ended,) = second.watch(Now(50.0, 0), np.full(3, 11.0), np.ones(3, np.bool_))
    assert (ended.alarm, ended.after) == ("f/b#h", AlarmState.ACTIVE_UNACKNOWLEDGED)
    told = again.read()
    assert [(one.kind, one.user, one.note, one.simulated) for one in told][3:5] == [
        (Kind.ACKNOWLEDGED, "王芳", "看到了", False),
        (Kind.SHELVED, "李强", "检修", True),
    ]
    assert [one.wall_us for one in again.read(2000, 3000)] == [2000]
    again.close()


def test_a_killed_program_loses_nothing_it_was_told_is_written(tmp_path: Path) -> None:
    file = tmp_path / "alarms.sqlite"
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(file)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        for _ in range(20):
            child.stdout.readline()
        child.kill()
        told = 19 + len(child.stdout.read().split("\n")) - 1
    journal = AlarmJournal(file)
    found = [one.wall_us for one in journal.read()]
    whole = len(found) // 3
    assert found == [number for number in range(whole) for _ in range(3)]  # batches are whole
    assert whole - 1 >= told
    assert [one.wall_us for one in journal.last()] == [whole - 1] * 3
    journal.close()


def test_a_file_that_is_no_journal(tmp_path: Path) -> None:
    file = tmp_path / "alarms.sqlite"
    file.write_bytes(b"no data base, but long enough to be looked at" * 100)
    with pytest.raises(CityTwinError, match=r"alarm\.journal"):
        AlarmJournal(file)


def test_exports_are_read_back_and_hold_no_formulas() -> None:
    one = Transition(
        "f/a#h", Kind.ACKNOWLEDGED, AlarmState.NORMAL, AlarmState.NORMAL, 1_000_000, "=cmd|'!A1", '甲,"\n乙'
    )
    text = as_csv([one, one._replace(value=-3.5, user="@x", simulated=True)])
    assert text.startswith(BOM)
    first, second = csv.DictReader(io.StringIO(text.removeprefix(BOM), newline=""))
    assert (first["user"], first["note"], first["value"]) == ("'=cmd|'!A1", '甲,"\n乙', "")
    assert (first["time"], first["after"]) == ("1970-01-01T00:00:01.000Z", "normal")
    assert (second["user"], second["value"], second["simulated"]) == ("'@x", "-3.5", "True")
    (record,) = json.loads(as_json([one._replace(value=math.nan)]))
    assert (record["value"], record["user"]) == (None, "=cmd|'!A1")
