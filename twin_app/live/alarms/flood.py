"""Too many alarms at once: told as a flood, with the first one out and how the rest group."""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from twin_app.live.alarms.model import Kind, Transition

WINDOW_S = 600.0
BEGINS_ABOVE, ENDS_BELOW = 10, 5  # alarms raised in ten minutes, settings of ours


@dataclass(frozen=True, slots=True)
class Flood:
    """``raised`` alarms in the last ten minutes. In a flood ``first_out`` is the alarm it began with.

    ``groups`` are the groups of what was raised, largest first, with their sizes.
    """

    flooded: bool
    raised: int
    first_out: str = ""
    groups: tuple[tuple[str, int], ...] = ()


def group_of_stream(alarm: str) -> str:
    """The stream's name without its last part: ``feed/building/sensor#hh`` is of ``feed/building``."""
    return alarm.rpartition("#")[0].rpartition("/")[0]


class FloodWatch:
    """Counts raised alarms in a window that slides; time comes in as monotonic seconds."""

    def __init__(self, group_of: Callable[[str], str] = group_of_stream) -> None:
        self._group_of = group_of
        self._raised: collections.deque[tuple[float, str]] = collections.deque()
        self._first_out = ""
        self._groups: collections.Counter[str] = collections.Counter()

    def note(self, monotonic_s: float, transitions: Iterable[Transition]) -> Flood:
        """Take in what was just told (nothing, too, lets time pass), and tell how it stands."""
        for one in transitions:
            if one.kind is Kind.RAISED and one.mode == 0:
                self._raised.append((monotonic_s, one.alarm))
                self._groups[self._group_of(one.alarm)] += 1
        while self._raised and self._raised[0][0] <= monotonic_s - WINDOW_S:
            self._groups[self._group_of(self._raised.popleft()[1])] -= 1
        count = len(self._raised)
        if count > BEGINS_ABOVE and not self._first_out:
            self._first_out = self._raised[0][1]
        elif count < ENDS_BELOW:
            self._first_out = ""
        self._groups = +self._groups
        return Flood(bool(self._first_out), count, self._first_out, tuple(self._groups.most_common()))
