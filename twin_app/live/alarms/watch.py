"""From the table of latest values to the alarms: one call, as often as alarms are to be looked at."""

from __future__ import annotations

import time

from twin_app.live.alarms.engine import AlarmEngine, Now
from twin_app.live.alarms.model import Transition
from twin_app.live.table import LatestTable
from twin_app.live.values import State, now_us


def clocks() -> Now:
    """Both clocks of this machine, now."""
    return Now(time.monotonic(), now_us())


def look(engine: AlarmEngine, table: LatestTable, now: Now) -> list[Transition]:
    """Watch all alarms over all latest values once; quick enough for a few times a second. Any thread."""
    latest = table.latest()
    return engine.watch(now, latest.value, latest.usable, latest.state == State.SIMULATED)
