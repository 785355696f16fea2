"""Which time is looked at: now, or one that stands still, or one that runs on. Data come in all the while."""

from __future__ import annotations

import enum
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from twin_app.live.moment import Stretch, rows_of
from twin_app.live.table import Latest, LatestTable
from twin_app.live.values import US_PER_S, now_us

SPEEDS = (0.5, 1.0, 2.0, 5.0, 10.0, 60.0, 600.0, 3600.0)
AHEAD_S = 120.0  # of what is to be played, read at once; times the speed where it is faster
BEHIND_S = 10.0
AGAIN_S = 5.0  # near the present the next part is not asked for more often


class Mode(enum.StrEnum):
    """How time goes for whoever looks."""

    LIVE = "live"
    PAUSED = "paused"
    PLAYING = "playing"


class Playback:
    """GUI thread. `latest` tells of ``shown_us``; ``wanted_us`` differs from it while what is needed is being read.

    ``want(from_us, to_us)`` asks for a `Stretch` over those times, which is to come by `take`.
    """

    def __init__(
        self,
        table: LatestTable,
        want: Callable[[int, int], None],
        *,
        clock_us: Callable[[], int] = now_us,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._table, self._want = table, want
        self.clock_us, self._monotonic_s = clock_us, monotonic_s
        self.mode = Mode.LIVE
        self.speed = 1.0
        self.shown_us = 0  # of a mode that is not live
        self.wanted_us: int | None = None  # where to go to once it is read
        self._frozen: Latest | None = None
        self._stretch: Stretch | None = None
        self._next: Stretch | None = None  # goes on where the other ends
        self._beaten_s = 0.0
        self._asked: tuple[int, int] | None = None

    @property
    def is_live(self) -> bool:
        """Whether it is now that is looked at."""
        return self.mode is Mode.LIVE

    def time_us(self) -> int:
        """The time that values are of."""
        return self.clock_us() if self.is_live else self.shown_us

    def latest(self, rows: NDArray[np.int64] | None = None) -> Latest:
        """The values of the time that is looked at, with their quality and age as of then."""
        if self.is_live or self._frozen is None:
            return self._table.latest(rows)
        size = len(self._table)
        if rows is None and size > len(self._frozen.rows):
            rows = np.arange(size, dtype=np.int64)
        return rows_of(self._frozen, rows)

    def pause(self) -> None:
        """Keep looking at the time that is looked at now."""
        if self.is_live:
            self._frozen, self.shown_us = self._table.latest(), self.clock_us()
        self.mode = Mode.PAUSED

    def live(self) -> None:
        """Look at now again."""
        self.mode, self.wanted_us = Mode.LIVE, None
        self._frozen = self._stretch = self._next = self._asked = None

    def go(self, time_us: int) -> None:
        """Look at another time and stay there; the future is not known, so it is now at the latest."""
        if self.is_live:
            self.pause()
        self.mode = Mode.PAUSED
        self._seek(min(time_us, self.clock_us()))

    def play(self) -> None:
        """Let time run on from where it stands."""
        if self.is_live:
            return
        self.mode, self._beaten_s = Mode.PLAYING, self._monotonic_s()
        if self._stretch is None or not self._stretch.covers(self.shown_us):
            self._seek(self.shown_us)

    def _seek(self, time_us: int) -> None:
        if self._next is not None and self._next.covers(time_us):
            self._stretch, self._next = self._next, None
        if self._stretch is not None and self._stretch.covers(time_us):
            self.wanted_us = None
            self._show(time_us)
        else:
            self.wanted_us = time_us
            self._ask(time_us, BEHIND_S)

    def _ask(self, time_us: int, behind_s: float) -> None:
        """Not asked again for what is on its way."""
        if self._asked is None or not self._asked[0] <= time_us < self._asked[1]:
            ahead_s = AHEAD_S * max(1.0, self.speed)
            self._asked = (time_us - round(behind_s * US_PER_S), time_us + round(ahead_s * US_PER_S))
            self._want(*self._asked)

    def _show(self, time_us: int) -> None:
        if self._stretch is not None:
            self.shown_us = time_us
            interval_s = np.array([info.interval_s for info in self._table.infos()], np.float64)
            self._frozen = self._stretch.at(time_us, interval_s)

    def take(self, stretch: Stretch) -> bool:
        """What was asked for; tells whether something else is shown now."""
        asked, self._asked = self._asked, None
        if self.is_live or asked is None:
            return False
        if self.wanted_us is None:
            if stretch.covers(self.shown_us):
                self._stretch = stretch
            else:
                self._next = stretch
            return False
        if stretch.covers(self.wanted_us):
            self._stretch, self._beaten_s = stretch, self._monotonic_s()
            self._seek(self.wanted_us)
            return True
        if asked[0] <= self.wanted_us < asked[1]:
            self.refused()  # more came in that time than can be held: there is no use in asking again
            return True
        self._ask(self.wanted_us, BEHIND_S)
        return False

    def refused(self) -> None:
        """What was asked for cannot be read: stay at what is shown."""
        self.wanted_us = self._asked = None
        if self.mode is Mode.PLAYING:
            self.mode = Mode.PAUSED

    def beat(self) -> bool:
        """Let time run on; tells whether something else is shown now. At the present it is live again."""
        if self.mode is not Mode.PLAYING or self.wanted_us is not None:
            return False
        monotonic_s, self._beaten_s = self._beaten_s, self._monotonic_s()
        time_us = self.shown_us + round((self._beaten_s - monotonic_s) * self.speed * US_PER_S)
        if time_us >= self.clock_us():
            self.live()
            return True
        self._seek(time_us)
        self._look_ahead()
        return self.wanted_us is None

    def _look_ahead(self) -> None:
        """Ask for the next part before it is needed, where there can be one."""
        stretch, left_us = self._stretch, round(10.0 * self.speed * US_PER_S)
        if stretch is None or self._next is not None or self.shown_us + left_us <= stretch.to_us:
            return
        if stretch.to_us < self.clock_us() - round(AGAIN_S * US_PER_S):
            self._ask(stretch.to_us, 0.0)

    def forget(self, table: LatestTable) -> None:
        """Other streams come: look at them live."""
        self._table = table
        self.live()
