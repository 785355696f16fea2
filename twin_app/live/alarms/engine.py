"""The alarms of a project: watched in one pass over the latest values, acknowledged, shelved and restored by people."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError
from twin_app.live.alarms.columns import Columns
from twin_app.live.alarms.model import AlarmRule, AlarmState, Kind, Mode, Transition
from twin_app.live.values import US_PER_S

LONGEST_SHELVING_S = 7 * 86400.0
_KIND_OF = {Mode.SHELVED: Kind.SHELVED, Mode.SUPPRESSED: Kind.SUPPRESSED, Mode.OUT_OF_SERVICE: Kind.OUT_OF_SERVICE}


@dataclass(frozen=True, slots=True)
class Now:
    """Both clocks: delays and shelvings run by ``monotonic_s``; ``wall_us`` is only written down."""

    monotonic_s: float
    wall_us: int


@dataclass(frozen=True, slots=True)
class Who:
    """Who did it, and why."""

    user: str
    note: str = ""


def _write_nothing(_transitions: Sequence[Transition]) -> None:
    """For engines without a journal."""


class AlarmEngine:
    """All alarms over the rows of a `LatestTable`. Any thread; one lock.

    ``write`` hears of every change before anybody else does; where it raises, the caller of the change hears of it.
    """

    def __init__(
        self,
        rules: Sequence[AlarmRule],
        row_of: Callable[[str], int | None],
        write: Callable[[Sequence[Transition]], None] = _write_nothing,
    ) -> None:
        self._lock = threading.RLock()
        self.rules = tuple(rules)
        self._row_of = row_of
        self._write = write
        self._index = {rule.id: number for number, rule in enumerate(self.rules)}
        if len(self._index) != len(self.rules):
            raise ValueError("two alarm rules have the same id")
        rows = [row_of(rule.stream) for rule in self.rules]
        self._columns = Columns(self.rules, [-1 if row is None else row for row in rows])
        self._simulated = np.zeros(len(self.rules), np.bool_)
        self._last_s: float | None = None
        self._unwritten: list[Transition] = []

    def __len__(self) -> int:
        return len(self.rules)

    def watch(
        self,
        now: Now,
        values: NDArray[np.float64],
        usable: NDArray[np.bool_],
        simulated: NDArray[np.bool_] | None = None,
    ) -> list[Transition]:
        """One pass; ``values``, ``usable`` and ``simulated`` are (n,), by row of the table.

        Only usable values raise or clear a limit. A stream without a row has no usable value.
        """
        with self._lock:
            elapsed_s = 0.0 if self._last_s is None else max(0.0, now.monotonic_s - self._last_s)
            self._last_s = now.monotonic_s if self._last_s is None else max(self._last_s, now.monotonic_s)
            rows = self._rows(len(values))
            if len(values) == 0:
                values, usable = np.full(1, np.nan), np.zeros(1, np.bool_)
            theirs, there = values[rows], rows >= 0
            usable_there = usable[rows] & there
            if simulated is not None and len(simulated):
                self._simulated = simulated[rows] & there
            ended = self._end_shelvings(now)
            before = self._columns.active.copy(), self._columns.acknowledged.copy()
            moved = self._columns.step(elapsed_s, theirs, usable_there)
            changes: list[Transition] = []
            for which, kind in ((moved.raised, Kind.RAISED), (moved.returned, Kind.RETURNED)):
                changes += [self._moved(int(i), kind, now, (before, float(theirs[i]))) for i in which]
            changes += [self._moved(int(i), Kind.RAISED_AGAIN, now, (before, float(theirs[i]))) for i in moved.again]
            return self._written(ended + changes)

    def _rows(self, size: int) -> NDArray[np.int64]:
        rows = self._columns.rows
        for number in np.flatnonzero(rows < 0):  # declared since
            row = self._row_of(self.rules[number].stream)
            if row is not None:
                rows[number] = row
        return np.where(rows < size, rows, -1)

    def _moved(
        self, which: int, kind: Kind, now: Now, was: tuple[tuple[NDArray[np.bool_], NDArray[np.bool_]], float]
    ) -> Transition:
        (active, acknowledged), value = was
        before = self._columns.state(which)
        if self._columns.mode[which] == Mode.ANNOUNCED:
            before = _shown(bool(active[which]), bool(acknowledged[which]), self.rules[which].latch)
        return self._transition(which, kind, before, now)._replace(value=value)

    def _transition(self, which: int, kind: Kind, before: AlarmState, now: Now, who: Who | None = None) -> Transition:
        column, rule = self._columns, self.rules[which]
        return Transition(
            alarm=rule.id,
            kind=kind,
            before=before,
            after=column.state(which),
            wall_us=now.wall_us,
            user="" if who is None else who.user,
            note="" if who is None else who.note,
            priority=rule.priority,
            active=bool(column.active[which]),
            acknowledged=bool(column.acknowledged[which]),
            latched=bool(column.latched[which]),
            mode=Mode(int(column.mode[which])),
            simulated=bool(self._simulated[which]),
        )

    def _written(self, transitions: list[Transition]) -> list[Transition]:
        """What the journal did not take stays first in line for the next time, so that no change is lost."""
        self._unwritten += transitions
        if not self._unwritten:
            return []
        self._write(self._unwritten)
        written, self._unwritten = self._unwritten, []
        return written

    def _end_shelvings(self, now: Now) -> list[Transition]:
        due = np.flatnonzero((self._columns.mode == Mode.SHELVED) & (self._columns.until_s <= now.monotonic_s))
        return [self._set_mode(int(which), Mode.ANNOUNCED, now, None) for which in due]

    def _set_mode(self, which: int, mode: Mode, now: Now, who: Who | None, for_s: float = np.inf) -> Transition:
        before = self._columns.state(which)
        self._columns.set_mode(which, mode, now.monotonic_s + for_s)
        told = self._transition(which, _KIND_OF.get(mode, Kind.ANNOUNCED), before, now, who)
        if mode is Mode.SHELVED:
            told = told._replace(until_us=now.wall_us + round(for_s * US_PER_S), for_s=for_s)
        return told

    def _known(self, alarm: str) -> int:
        if alarm not in self._index:
            raise CityTwinError("alarm.unknown", alarm)
        return self._index[alarm]

    def acknowledge(self, alarm: str, who: Who, now: Now) -> list[Transition]:
        """Say that somebody saw it; nothing where there is nothing to acknowledge. Raises `CityTwinError`."""
        _named(alarm, who)
        with self._lock:
            which = self._known(alarm)
            before = self._columns.state(which)
            if not self._columns.acknowledge(which):
                return []
            return self._written([self._transition(which, Kind.ACKNOWLEDGED, before, now, who)])

    def shelve(self, alarm: str, who: Who, now: Now, *, for_s: float) -> list[Transition]:
        """Announce an alarm no more for ``for_s``, at most a week; the reason is wanted. Raises `CityTwinError`."""
        if not 0.0 < for_s <= LONGEST_SHELVING_S:
            raise CityTwinError("alarm.shelved_too_long", alarm, hours=round(LONGEST_SHELVING_S / 3600))
        return self._hide(alarm, Mode.SHELVED, who, now, for_s)

    def suppress(self, alarm: str, who: Who, now: Now) -> list[Transition]:
        """Announce an alarm no more until `announce`, because the plant is designed so."""
        return self._hide(alarm, Mode.SUPPRESSED, who, now)

    def take_out(self, alarm: str, who: Who, now: Now) -> list[Transition]:
        """Take an alarm out of service until `announce`."""
        return self._hide(alarm, Mode.OUT_OF_SERVICE, who, now)

    def _hide(self, alarm: str, mode: Mode, who: Who, now: Now, for_s: float = np.inf) -> list[Transition]:
        _named(alarm, who)
        if not who.note.strip():
            raise CityTwinError("alarm.no_reason", alarm)
        with self._lock:
            return self._written([self._set_mode(self._known(alarm), mode, now, who, for_s)])

    def announce(self, alarm: str, who: Who, now: Now) -> list[Transition]:
        """End a shelving, a suppression or an outage; nothing where there is none."""
        _named(alarm, who)
        with self._lock:
            which = self._known(alarm)
            if self._columns.mode[which] == Mode.ANNOUNCED:
                return []
            return self._written([self._set_mode(which, Mode.ANNOUNCED, now, who)])

    def restore(self, last: Iterable[Transition], now: Now) -> int:
        """Go on from what a journal holds last of each alarm; tells how many are no longer watched.

        A shelving ends when it was to end by the clock, yet never lasts longer than it was meant to.
        """
        gone = 0
        with self._lock:
            column = self._columns
            for one in last:
                which = self._index.get(one.alarm)
                if which is None or not self.rules[which].enabled:
                    gone += 1
                    continue
                column.active[which], column.acknowledged[which] = one.active, one.acknowledged
                column.latched[which], column.mode[which] = one.latched, one.mode
                left_s = (one.until_us - now.wall_us) / US_PER_S
                shelved = one.mode is Mode.SHELVED
                column.until_s[which] = now.monotonic_s + min(max(left_s, 0.0), one.for_s) if shelved else np.inf
        return gone

    def take_over(self, before: AlarmEngine) -> int:
        """Go on from an engine that is used no more: delays, shelvings and what the journal did not take yet.

        Rules that changed are left as they are; tells how many did not.
        """
        with self._lock, before._lock:
            pairs = [
                (which, there)
                for which, rule in enumerate(self.rules)
                if (there := before._index.get(rule.id)) is not None and before.rules[there] == rule
            ]
            self._columns.take_over(before._columns, pairs)
            for which, there in pairs:
                self._simulated[which] = before._simulated[there]
            self._last_s = before._last_s
            self._unwritten = before._unwritten + self._unwritten
            before._unwritten = []
        return len(pairs)

    def state(self, alarm: str) -> AlarmState:
        """What is shown of an alarm; raises `CityTwinError` ``alarm.unknown``."""
        with self._lock:
            return self._columns.state(self._known(alarm))

    def standing(self) -> list[tuple[AlarmRule, AlarmState]]:
        """All alarms that are not normal, most urgent first."""
        with self._lock:
            column = self._columns
            which = np.flatnonzero(column.active | ~column.acknowledged | (column.mode != Mode.ANNOUNCED))
            found = [(self.rules[i], column.state(int(i))) for i in which]
        return sorted(found, key=lambda one: (one[0].priority, one[1], one[0].id))


def _named(alarm: str, who: Who) -> None:
    if not who.user.strip():
        raise CityTwinError("alarm.no_name", alarm)


def _shown(active: bool, acknowledged: bool, latch: bool) -> AlarmState:
    if active:
        return AlarmState.ACTIVE_ACKNOWLEDGED if acknowledged else AlarmState.ACTIVE_UNACKNOWLEDGED
    if acknowledged:
        return AlarmState.NORMAL
    return AlarmState.LATCHED_UNACKNOWLEDGED if latch else AlarmState.RETURNED_UNACKNOWLEDGED
