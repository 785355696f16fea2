"""The alarms of a running program: engine and journal together, and what is known of each alarm that stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from psygnal import Signal

from loaders.model.errors import CityTwinError
from twin_app.live.alarms.engine import AlarmEngine, Now, Who
from twin_app.live.alarms.flood import Flood, FloodWatch
from twin_app.live.alarms.journal import AlarmJournal
from twin_app.live.alarms.model import AlarmRule, AlarmState, Kind, Transition
from twin_app.live.alarms.watch import clocks, look
from twin_app.live.table import LatestTable

UNACKNOWLEDGED = frozenset(
    {AlarmState.ACTIVE_UNACKNOWLEDGED, AlarmState.RETURNED_UNACKNOWLEDGED, AlarmState.LATCHED_UNACKNOWLEDGED}
)
HIDDEN = frozenset({AlarmState.SHELVED, AlarmState.SUPPRESSED, AlarmState.OUT_OF_SERVICE})


@dataclass(frozen=True, slots=True)
class Standing:
    """An alarm that is not normal. ``since_us`` 0 where the journal does not tell; ``user`` and ``note`` are of
    whoever acknowledged or hid it, "" while nobody did."""

    rule: AlarmRule
    state: AlarmState
    since_us: int = 0
    user: str = ""
    note: str = ""
    until_us: int = 0
    simulated: bool = False


class AlarmStation:
    """GUI thread. Without rules it does nothing. ``failed`` tells once when the journal fails, until it works again."""

    changed = Signal()  # an alarm, or which there are, or whether they are a flood
    told = Signal(object)  # the transitions just made
    failed = Signal(object)  # CityTwinError

    def __init__(self) -> None:
        self.engine: AlarmEngine | None = None
        self.journal: AlarmJournal | None = None
        self._file: Path | None = None
        self._since_us: dict[str, int] = {}
        self._last: dict[str, Transition] = {}
        self._is_failing = False
        self._floods, self.flood = FloodWatch(), Flood(False, 0)

    def use(self, rules: Sequence[AlarmRule], row_of: Callable[[str], int | None], file: Path) -> None:
        """Watch these rules from now on, going on from the journal ``file``; raises `CityTwinError` where it fails.

        A rule that was watched before and is the same goes on with its delays.

        Where another file was used before and this one is new, the states go over to it: a project was saved.
        """
        if self.engine is not None and self.engine.rules == tuple(rules) and file == self._file:
            return
        if file != self._file or self.journal is None:
            self._open(file)
        assert self.journal is not None
        engine = AlarmEngine(rules, row_of, self.journal.write)
        last = self.journal.last()
        engine.restore(last, clocks())
        if self.engine is not None:
            engine.take_over(self.engine)
        self.engine = engine
        self._since_us = {one.alarm: one.wall_us for one in self.journal.last_raised()}
        self._last = {one.alarm: one for one in last}
        self.changed.emit()

    def _open(self, file: Path) -> None:
        journal = AlarmJournal(file)
        if self.journal is not None:
            before = self.journal.last()
            if before and not journal.last():
                journal.write(before)
            self.journal.close()
        self.journal, self._file = journal, file

    def beat(self, table: LatestTable) -> None:
        """Look at all alarms once."""
        if self.engine is None:
            return
        try:
            told = look(self.engine, table, clocks())
            self._watch_flood(told)
            self._take(told)
            self._is_failing = False
        except CityTwinError as error:
            if not self._is_failing:
                self._is_failing = True
                self.failed.emit(error)

    def do(self, what: Callable[[AlarmEngine, Now], list[Transition]]) -> list[Transition]:
        """Something that a person does to an alarm; raises `CityTwinError` where it cannot be."""
        if self.engine is None:
            raise CityTwinError("alarm.unknown", "")
        told = what(self.engine, clocks())
        self._take(told)
        return told

    def acknowledge(self, alarms: Sequence[str], who: Who) -> int:
        """Acknowledge alarms; tells how many there were to acknowledge."""
        return sum(len(self.do(lambda engine, now, a=alarm: engine.acknowledge(a, who, now))) for alarm in alarms)  # type: ignore[misc]

    def _take(self, told: Sequence[Transition]) -> None:
        if told:
            self._note(told)
            self.changed.emit()
            self.told.emit(told)

    def _watch_flood(self, told: Sequence[Transition]) -> None:
        before, self.flood = self.flood, self._floods.note(clocks().monotonic_s, told)
        if before.flooded and not self.flood.flooded:
            self.changed.emit()  # nothing else tells that it is over

    def _note(self, told: Sequence[Transition]) -> None:
        for one in told:
            if one.kind is Kind.RAISED:
                self._since_us[one.alarm] = one.wall_us
            self._last[one.alarm] = one

    def standing(self) -> list[Standing]:
        """All alarms that are not normal, most urgent first."""
        if self.engine is None:
            return []
        return [self._standing(rule, state) for rule, state in self.engine.standing()]

    def _standing(self, rule: AlarmRule, state: AlarmState) -> Standing:
        last = self._last.get(rule.id)
        since_us = self._since_us.get(rule.id, 0)
        if last is None:
            return Standing(rule, state, since_us)
        named = state not in UNACKNOWLEDGED
        return Standing(
            rule,
            state,
            since_us or last.wall_us,
            last.user if named else "",
            last.note if named else "",
            last.until_us if state is AlarmState.SHELVED else 0,
            last.simulated,
        )

    def clear(self) -> None:
        """Forget all rules and let the journal go: another project comes."""
        had = self.engine is not None
        if self.journal is not None:
            self.journal.close()
        self.engine, self.journal, self._file = None, None, None
        self._since_us, self._last, self._is_failing = {}, {}, False
        self._floods, self.flood = FloodWatch(), Flood(False, 0)
        if had:
            self.changed.emit()
