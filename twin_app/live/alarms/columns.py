"""The numbers of all alarms side by side, and the one pass that moves them; time comes in, nothing here has a clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_app.live.alarms.model import AlarmRule, AlarmState, Level, Mode

Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]
_EPSILON_S = 1e-9  # sums of steps fall short of a delay by rounding
_STATE = ("active", "acknowledged", "latched", "mode", "until_s", "_dwell_s", "_wanted", "_rung_s")
_HIDDEN = {Mode.SHELVED: AlarmState.SHELVED, Mode.SUPPRESSED: AlarmState.SUPPRESSED}


@dataclass(frozen=True, slots=True)
class Moved:
    """Indices of the alarms that one pass raised, let return, and raised again."""

    raised: Indices
    returned: Indices
    again: Indices


class Columns:
    """Of m alarms, all (m,). Turned so that "beyond" is always upwards: low limits and their values are negated."""

    def __init__(self, rules: Sequence[AlarmRule], rows: Sequence[int]) -> None:
        self.rows = np.array(rows, np.int64)
        self.is_data = np.array([rule.level is Level.DATA for rule in rules], np.bool_)
        self._sign = np.array([-1.0 if rule.level in (Level.L, Level.LL) else 1.0 for rule in rules], np.float64)
        limit = np.array([0.5 if rule.level is Level.DATA else rule.limit for rule in rules], np.float64) * self._sign
        band = np.array([0.0 if rule.level is Level.DATA else rule.dead_band for rule in rules], np.float64)
        self._limit, self._inside = limit, limit - band
        self._on_s = np.array([rule.on_delay_s for rule in rules], np.float64) - _EPSILON_S
        self._off_s = np.array([rule.off_delay_s for rule in rules], np.float64) - _EPSILON_S
        again_s = np.array([rule.again_s for rule in rules], np.float64)
        self._again_s = np.where(again_s > 0.0, again_s - _EPSILON_S, np.inf)
        self._enabled = np.array([rule.enabled for rule in rules], np.bool_)
        self._latch = np.array([rule.latch for rule in rules], np.bool_)
        size = len(self.rows)
        self.active = np.zeros(size, np.bool_)
        self.acknowledged = np.ones(size, np.bool_)
        self.latched = np.zeros(size, np.bool_)
        self.mode = np.zeros(size, np.uint8)
        self.until_s = np.full(size, np.inf)
        self._dwell_s = np.zeros(size)  # how long the change that is wanted has been seen
        self._wanted = np.zeros(size, np.bool_)
        self._rung_s = np.zeros(size)

    def __len__(self) -> int:
        return len(self.rows)

    def take_over(self, other: Columns, pairs: Sequence[tuple[int, int]]) -> None:
        """Go on from where alarms of ``other`` are; ``pairs`` are indices here and there of rules that are the same."""
        if not pairs:
            return
        here, there = np.array(pairs, np.int64).T
        for name in _STATE:
            getattr(self, name)[here] = getattr(other, name)[there]

    def step(self, elapsed_s: float, values: NDArray[np.float64], usable: Flags) -> Moved:
        """Move all alarms on by ``elapsed_s`` >= 0. ``values`` (m,) and ``usable`` (m,) are of each alarm's stream.

        A value that is not usable changes nothing: delays neither run on nor begin anew, and nothing returns.
        """
        known = (usable | self.is_data) & self._enabled
        turned = np.where(self.is_data, ~usable, values * self._sign)
        wanted = known & np.where(self.active, turned <= self._inside, turned > self._limit)
        held_s = np.where(wanted & self._wanted, self._dwell_s + elapsed_s, self._dwell_s)
        self._dwell_s = np.where(known & ~wanted, 0.0, held_s)
        self._wanted = wanted
        due = wanted & (self._dwell_s >= np.where(self.active, self._off_s, self._on_s))
        changed = np.flatnonzero(due)
        raised, returned = changed[~self.active[changed]], changed[self.active[changed]]
        again = self._ring(elapsed_s, returned)
        self._raise(raised)
        self._return(returned)
        self._dwell_s[changed] = 0.0
        self._wanted[changed] = False
        return Moved(raised, returned, again)

    def _ring(self, elapsed_s: float, returned: Indices) -> Indices:
        self._rung_s += elapsed_s
        due = self.active & (self._rung_s >= self._again_s) & (self.mode == Mode.ANNOUNCED) & self._enabled
        due[returned] = False
        again = np.flatnonzero(due)
        self._rung_s[again] = 0.0
        self.acknowledged[again] = False
        return again

    def _raise(self, which: Indices) -> None:
        self.active[which] = True
        self.acknowledged[which] = False
        self.latched[which] = self._latch[which]
        self._rung_s[which] = 0.0

    def _return(self, which: Indices) -> None:
        self.active[which] = False
        self.acknowledged[which] &= ~self.latched[which]  # what is latched must be acknowledged after its return

    def acknowledge(self, which: int) -> bool:
        """Whether there was something to acknowledge."""
        if self.acknowledged[which] or self.mode[which] != Mode.ANNOUNCED:
            return False
        self.acknowledged[which] = True
        self.latched[which] &= self.active[which]
        self._rung_s[which] = 0.0
        return True

    def set_mode(self, which: int, mode: Mode, until_s: float = np.inf) -> None:
        """Hide an alarm or announce it again; one that is active then must be acknowledged anew."""
        self.mode[which], self.until_s[which] = mode, until_s
        if mode is Mode.ANNOUNCED and self.active[which]:
            self.acknowledged[which] = False
            self._rung_s[which] = 0.0

    def state(self, which: int) -> AlarmState:
        """What is shown of one alarm."""
        mode = Mode(int(self.mode[which]))
        if mode is not Mode.ANNOUNCED:
            return _HIDDEN.get(mode, AlarmState.OUT_OF_SERVICE)
        if self.active[which]:
            acknowledged = self.acknowledged[which]
            return AlarmState.ACTIVE_ACKNOWLEDGED if acknowledged else AlarmState.ACTIVE_UNACKNOWLEDGED
        if self.acknowledged[which]:
            return AlarmState.NORMAL
        latched = self.latched[which]
        return AlarmState.LATCHED_UNACKNOWLEDGED if latched else AlarmState.RETURNED_UNACKNOWLEDGED
