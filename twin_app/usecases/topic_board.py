"""Streams of one kind side by side: ranked, spread over classes, each with what is known of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from twin_app.indicators.definitions import Direction, Indicator
from twin_app.indicators.registry import all_packs, indicators_of
from twin_app.live.numbers import number_text, streamed_label, streamed_text
from twin_app.live.streams import LinkKind, StreamInfo
from twin_app.live.values import Quality, Reason, State
from twin_app.services.translations import Translator
from twin_app.usecases.live_overlays import topic_of, topics
from twin_app.usecases.live_values import age_text, quality_key
from twin_app.usecases.workbench import Workbench

MOST_BANDS = 12


@dataclass(frozen=True, slots=True)
class Entry:
    """A stream of the topic. ``rank`` is None where its value is not good; equal values share a rank."""

    row: int
    name: str
    unit: str
    value: float
    state: State
    quality: Quality
    reason: Reason
    age_s: float
    is_bound: bool  # to an object or a place
    rank: int | None = None

    @property
    def is_good(self) -> bool:
        """Whether it may be ranked and counted."""
        return self.state is not State.MISSING and self.quality is Quality.GOOD and math.isfinite(self.value)


@dataclass(frozen=True, slots=True)
class TopicView:
    """All streams of a topic in the order of their rows. ``title`` in the reader's language; ``lowest_first`` ranks."""

    topic: str
    title: str
    unit: str
    entries: tuple[Entry, ...]
    lowest_first: bool = False

    @property
    def good(self) -> int:
        """How many are good."""
        return sum(one.is_good for one in self.entries)

    @property
    def is_simulated(self) -> bool:
        """Whether one of them is."""
        return any(one.state is State.SIMULATED for one in self.entries)

    @property
    def largest(self) -> float:
        """The largest size of a good value; 0 without any."""
        return max((abs(one.value) for one in self.entries if one.is_good), default=0.0)


class TopicBoard:
    """Looks a topic up once, and its values as often as asked. GUI thread."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._known: tuple[object, ...] = ()
        self._rows: list[int] = []
        self._title, self._lower_is_better = "", False
        self._indicators: tuple[Path | None, dict[str, Indicator]] | None = None

    def topics(self) -> list[str]:
        """All topics, those with most streams first."""
        return topics(self._workbench)

    def title(self, topic: str) -> str:
        """A topic as a list of topics names it, with its unit."""
        infos = [info for info in self._workbench.live.table.infos() if topic_of(info) == topic]
        if not infos:
            return topic
        unit = streamed_label(infos[0].unit, self._workbench.tr.language)
        name = self._named(infos[0])
        return f"{name} · {unit}" if unit and unit != "1" else name

    def _named(self, info: StreamInfo) -> str:
        known = self._indicator(info)
        return known.name.of(self._workbench.tr.language) if known is not None else topic_of(info).partition(" [")[0]

    def _indicator(self, info: StreamInfo) -> Indicator | None:
        place = self._workbench.project.path
        if self._indicators is None or self._indicators[0] != place:
            self._indicators = place, indicators_of(all_packs(place)[0])
        return self._indicators[1].get(info.indicator)

    def view(self, topic: str, *, turned: bool = False) -> TopicView:
        """What is known of it at the time that is looked at; ``turned``: the worst is ranked first."""
        workbench, infos = self._workbench, self._workbench.live.table.infos()
        known = (topic, infos, workbench.tr.language, workbench.project.path)
        if known != self._known:
            self._look_up(topic, infos)
            self._known = known
        latest = workbench.live.latest(np.array(self._rows, np.int64))
        entries = [
            Entry(
                row=row,
                name=_short(infos[row]),
                unit=infos[row].unit,
                value=float(latest.value[at]),
                state=State(int(latest.state[at])),
                quality=Quality(int(latest.quality[at])),
                reason=Reason(int(latest.reason[at])),
                age_s=float(latest.age_s[at]),
                is_bound=infos[row].link.kind is not LinkKind.NONE,
            )
            for at, row in enumerate(self._rows)
        ]
        lowest_first = self._lower_is_better != turned
        unit = infos[self._rows[0]].unit if self._rows else ""
        return TopicView(topic, self._title, unit, tuple(ranked(entries, lowest_first=lowest_first)), lowest_first)

    def _look_up(self, topic: str, infos: Sequence[StreamInfo]) -> None:
        self._rows = [row for row, info in enumerate(infos) if topic_of(info) == topic]
        self._title, self._lower_is_better = topic, False
        if self._rows:
            info = infos[self._rows[0]]
            one = self._indicator(info)
            self._lower_is_better = one is not None and one.direction is Direction.LOWER
            self._title = self._named(info)


def ranked(entries: Sequence[Entry], *, lowest_first: bool = False) -> list[Entry]:
    """The same in the same order, each good one with its rank."""
    good = sorted((one.value for one in entries if one.is_good), reverse=not lowest_first)
    first: dict[float, int] = {}
    for place, value in enumerate(good, 1):
        first.setdefault(value, place)
    return [replace(one, rank=first[one.value]) if one.is_good else one for one in entries]


@dataclass(frozen=True, slots=True)
class Band:
    """One class of a distribution: ``low`` up to ``high``, and the rows of the streams in it."""

    low: float
    high: float
    rows: tuple[int, ...]


def distribution(view: TopicView, most: int = MOST_BANDS) -> list[Band]:
    """Good values in classes of one width with round bounds; the last one holds its upper bound, too."""
    good = [one for one in view.entries if one.is_good]
    if not good:
        return []
    values = np.array([one.value for one in good])
    step = _round_step(float(np.ptp(values)), min(most, max(3, math.ceil(math.sqrt(len(good))) + 2)))
    low = math.floor(float(values.min()) / step) * step
    count = max(1, math.ceil((float(values.max()) - low) / step - 1e-9))
    place = np.minimum(((values - low) / step + 1e-9).astype(int), count - 1)
    rows = [tuple(one.row for one, at in zip(good, place, strict=True) if at == n) for n in range(count)]
    return [Band(low + n * step, low + (n + 1) * step, rows[n]) for n in range(count)]


def _round_step(width: float, wanted: int) -> float:
    """1, 2 or 5 times a power of ten, so that about ``wanted`` of them make up the width."""
    if width <= 0.0:
        return 1.0
    rough = width / wanted
    size = 10.0 ** math.floor(math.log10(rough))
    return next((factor * size for factor in (1.0, 2.0, 5.0) if factor * size >= rough), 10.0 * size)


def _short(info: StreamInfo) -> str:
    return info.name.partition("·")[0].strip() or info.key.rpartition("/")[2]


def value_words(tr: Translator, one: Entry) -> str:
    """The value with its unit, or that there is none."""
    return tr("live.state.missing") if math.isnan(one.value) else streamed_text(one.value, one.unit, tr.language)


def condition_words(tr: Translator, one: Entry) -> str:
    """Why it is not ranked, with its age; "" where it is good."""
    if one.is_good:
        return ""
    told = tr(quality_key(int(one.quality), int(one.reason), one.state))
    return told if math.isinf(one.age_s) else tr("topic.aged", told=told, age=age_text(tr, max(0.0, one.age_s)))


def band_words(tr: Translator, one: Band, unit: str) -> str:
    """``120 – 140 kW: 7``."""
    label = streamed_label(unit, tr.language)
    span = f"{number_text(one.low)} – {number_text(one.high)} {'' if label == '1' else label}".strip()
    return tr("topic.band", span=span, count=len(one.rows))
