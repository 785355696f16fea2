"""Trends of chosen streams: what the history has, read once in the background, and what came since from memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from loaders.model.errors import CityTwinError
from twin_app.live.batch import Batch
from twin_app.live.history.model import HistoryStore, Trend, trend_of, whole_buckets, width_us
from twin_app.live.streams import StreamInfo
from twin_app.live.trends import SPANS_S, Curve, bucketed, curve_of, joined, shift_us
from twin_app.live.values import US_PER_S, now_us
from twin_app.services.jobs import JobContext
from twin_app.usecases.workbench import Workbench

MOST_POINTS = 800
SINGLE_UP_TO_S = 600.0  # spans of which single values are shown while they are in memory
AGAIN_S = 60.0  # what comes late for a time that was read is seen then
JOB_KEY = "trend"
_AHEAD = 0.5  # of the span is read beyond a time that stands still, so that it may run on


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of the history at ``at_us``: streams by key, a span, and how far back to compare, µs.

    ``to_us`` may lie ahead of what is shown, so that it need not be read again at once.
    """

    keys: tuple[str, ...]
    span: str
    from_us: int | None  # None: from the beginning
    to_us: int
    back_us: int
    at_us: int


@dataclass(frozen=True, slots=True)
class Read:
    """What the history had: a trend for each key in buckets of ``width_us``, those of the time compared with, and ...

    ``begins_us``: the oldest that is kept of any of them, None where nothing is.
    """

    asked: Asked
    from_us: int
    width_us: int
    trends: tuple[Trend, ...]
    compared: tuple[Trend, ...]
    begins_us: int | None


def read_trends(history: HistoryStore, asked: Asked, progress: Callable[[float], None] = lambda _share: None) -> Read:
    """Ask the history for all of it; ``progress`` hears of the share done and may raise to end it."""
    begins = [at for key in asked.keys if (at := history.begins_us(key)) is not None]
    from_us = asked.from_us if asked.from_us is not None else min(begins, default=asked.to_us - 3600 * US_PER_S)
    from_us = min(from_us, asked.to_us - US_PER_S)
    steps = len(asked.keys) * (2 if asked.back_us else 1)
    found: list[Trend] = []
    for back_us in (0, asked.back_us)[: 2 if asked.back_us else 1]:
        for key in asked.keys:
            progress(len(found) / steps)
            found.append(history.trend(key, from_us - back_us, asked.to_us - back_us, MOST_POINTS))
    size = len(asked.keys)
    width = width_us(from_us, asked.to_us, MOST_POINTS)
    return Read(asked, from_us, width, tuple(found[:size]), tuple(found[size:]), min(begins, default=None))


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is to be drawn of streams between two times: a curve each, and the same of the time compared with."""

    from_us: int
    to_us: int
    width_us: int
    curves: tuple[Curve, ...] = ()
    compared: tuple[Curve, ...] = ()
    begins_us: int | None = None  # what lies before is not kept
    is_kept: bool = True  # False: there is no history, and only what is in memory is shown


@dataclass
class TrendReader:
    """GUI thread. ``changed`` is called when there is more to draw than before."""

    workbench: Workbench
    changed: Callable[[], None]
    read: Read | None = None
    reading: Asked | None = None
    problem: CityTwinError | None = None
    is_cancelled: bool = False

    def drawn(self, rows: Sequence[int]) -> Drawn:
        """What can be drawn of streams now; asks for what is lacking."""
        workbench, live = self.workbench, self.workbench.live
        infos = [live.table.info(row) for row in rows]
        to_us, span_s = live.time_us(), SPANS_S[workbench.trend_span]
        begin_us = live.recent.begins_us()
        from_us = None if span_s is None else to_us - round(span_s * US_PER_S)
        in_memory = begin_us is not None and from_us is not None and from_us >= begin_us
        is_single = span_s is not None and span_s <= SINGLE_UP_TO_S
        if is_single and not workbench.trend_compared and (in_memory or live.history is None):
            return self._single(infos, rows, (from_us or 0, to_us))
        read = self._fitting(infos, from_us, to_us)
        if read is None:
            return self._recent(infos, rows, (from_us, to_us))
        return self._both(infos, rows, read, to_us)

    def _single(self, infos: Sequence[StreamInfo], rows: Sequence[int], span_us: tuple[int, int]) -> Drawn:
        parts = self._parts(rows, span_us)
        curves = [curve_of(bucketed(one, 0), info.interval_s) for one, info in zip(parts, infos, strict=True)]
        return Drawn(*span_us, 0, tuple(curves), is_kept=self.workbench.live.keeps)

    def _recent(self, infos: Sequence[StreamInfo], rows: Sequence[int], span_us: tuple[int | None, int]) -> Drawn:
        """What memory has, for as long as nothing else is there."""
        live, to_us = self.workbench.live, span_us[1]
        begin_us = live.recent.begins_us()
        from_us = span_us[0] if span_us[0] is not None else min(begin_us or to_us, to_us - 60 * US_PER_S)
        width = width_us(from_us, to_us, MOST_POINTS)
        parts = self._parts(rows, (whole_buckets(from_us, to_us, width)[0], to_us))
        curves = [curve_of(bucketed(one, width), info.interval_s) for one, info in zip(parts, infos, strict=True)]
        is_kept = live.keeps
        return Drawn(from_us, to_us, width, tuple(curves), begins_us=None if is_kept else begin_us, is_kept=is_kept)

    def _both(self, infos: Sequence[StreamInfo], rows: Sequence[int], read: Read, to_us: int) -> Drawn:
        """The history up to where memory begins, and memory from there on."""
        live, width = self.workbench.live, read.width_us
        span_s = SPANS_S[read.asked.span]
        from_us = read.from_us if span_s is None else to_us - round(span_s * US_PER_S)
        parts = self._parts(rows, (whole_buckets(from_us, to_us, width)[0], to_us))
        at_us = -(-(live.recent.begins_us() or to_us) // width) * width
        curves, compared, back_us = [], [], read.asked.back_us
        for number, info in enumerate(infos):
            old = read.trends[number]
            new = bucketed(parts[number], width)
            # What is played again is in no history; then all that there is lies in memory.
            whole = joined(old, new, at_us if len(old) else from_us - width)
            curves.append(curve_of(_within(whole, from_us - width, to_us), info.interval_s))
            if back_us:
                before = _within(read.compared[number], from_us - width - back_us, to_us - back_us)
                compared.append(curve_of(before, info.interval_s, back_us))
        return Drawn(from_us, to_us, width, tuple(curves), tuple(compared), read.begins_us)

    def _parts(self, rows: Sequence[int], span_us: tuple[int, int]) -> list[Batch]:
        whole = self.workbench.live.recent.between(*span_us, np.array(rows, np.int64))
        return [whole.only(whole.rows == row) for row in rows]

    def _fitting(self, infos: Sequence[StreamInfo], from_us: int | None, to_us: int) -> Read | None:
        """What was read, where it fits what is asked; else it is read."""
        live, workbench = self.workbench.live, self.workbench
        history = live.history
        if history is None:
            return None
        compared, is_live = workbench.trend_compared, live.playback.is_live
        is_ahead = from_us is not None and (compared or not is_live)
        wanted = Asked(
            tuple(info.key for info in infos),
            workbench.trend_span,
            from_us,
            to_us + (round((to_us - from_us) * _AHEAD) if is_ahead and from_us is not None else 0),
            shift_us(compared, to_us) if compared else 0,
            now_us(),
        )
        read = self.read if self.read is not None and _alike(self.read.asked, wanted) else None
        if read is not None and self._is_fit(read, wanted, to_us):
            return read
        if self.reading is None or not _alike(self.reading, wanted):
            self._ask(history, wanted)
        return read

    def _is_fit(self, read: Read, wanted: Asked, to_us: int) -> bool:
        live = self.workbench.live
        if not live.playback.is_live:
            return (wanted.from_us is None or read.from_us <= wanted.from_us) and to_us <= read.asked.to_us
        is_old = wanted.at_us - read.asked.at_us > max(AGAIN_S * US_PER_S, read.width_us)
        if is_old or (wanted.back_us and to_us > read.asked.to_us):
            return False
        # Memory goes on from its first whole bucket; until then, and when it forgot more, it is read again.
        at_us = -(-(live.recent.begins_us() or to_us) // read.width_us) * read.width_us
        return read.asked.at_us >= at_us or to_us < at_us + 2 * US_PER_S

    def _ask(self, history: HistoryStore, asked: Asked) -> None:
        self.reading, self.problem, self.is_cancelled = asked, None, False

        def work(job: JobContext) -> Read:
            def progress(share: float) -> None:
                job.job.checkpoint()
                job.progress(share)

            return read_trends(history, asked, progress)

        def done(read: Read) -> None:
            self.read, self.reading = read, None
            self.changed()

        def ended(error: CityTwinError | None = None) -> None:
            if self.reading is asked:  # and is not asked again before something else is wanted
                self.problem, self.is_cancelled = error, error is None
                self.changed()

        self.workbench.jobs.submit(
            JOB_KEY,
            work,
            title_key="trend.reading",
            on_done=done,
            on_failed=ended,
            on_cancelled=ended,
            brief=True,
        )

    def forget(self) -> None:
        """Another project: read anew."""
        self.read = self.reading = self.problem = None
        self.is_cancelled = False


def _alike(one: Asked, other: Asked) -> bool:
    """Whether both ask the same but for the time; years and days differ in length by no more than a few days."""
    same = (one.keys, one.span, bool(one.back_us)) == (other.keys, other.span, bool(other.back_us))
    return same and abs(one.back_us - other.back_us) < 3 * 86_400 * US_PER_S


def _within(trend: Trend, from_us: int, to_us: int) -> Trend:
    keep = (trend.start_us >= from_us) & (trend.start_us <= to_us)
    columns = [getattr(trend, name)[keep] for name in Trend.__slots__[1:]]
    return trend_of(trend.width_us, columns)
