"""Districts ranked by an indicator, and how far a value is from the one before."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from twin_app.indicators.declared import declared_value
from twin_app.indicators.definitions import Indicator
from twin_app.indicators.progress import delta, ranking
from twin_app.indicators.values import ValueRecord, best_value, gathered
from twin_app.live.numbers import number_text
from twin_app.live.streams import LinkKind
from twin_app.live.values import Quality, State
from twin_app.services.translations import Translator
from twin_app.usecases.indicator_board import Board, in_unit
from twin_app.usecases.indicator_words import amount_text, change_text
from twin_app.usecases.live_values import quality_key
from twin_app.usecases.workbench import Workbench


@dataclass(frozen=True, slots=True)
class District:
    """A district by name; ``rank`` is None where it has no good value."""

    name: str
    rank: int | None
    value: ValueRecord


def districts(workbench: Workbench, board: Board, one: Indicator) -> list[District]:
    """Best first, as streams linked to an area and people tell at the time that is looked at; the rest below."""
    live, stated = workbench.live, workbench.project.declared
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for row in board.rows(one):
        link = live.table.info(row).link
        if link.kind is LinkKind.AREA and link.target:
            rows[link.target].append(row)
    areas = dict.fromkeys([*rows, *(record.area for record in stated if record.indicator == one.id and record.area)])
    values = {}
    for area in areas:
        candidates = [declared_value(one, stated, live.time_us(), area)[0]]
        if rows[area]:
            infos = [live.table.info(row) for row in rows[area]]
            latest = in_unit(one, live.latest(np.array(rows[area], np.int64)), infos)
            candidates.insert(0, gathered(one, latest, [info.key for info in infos]))
        values[area] = best_value(candidates)
    good = {area: value.value if _is_good(value) else math.nan for area, value in values.items()}
    return [District(place.name, place.rank, values[place.name]) for place in ranking(one, good)]


def _is_good(value: ValueRecord) -> bool:
    return not value.missing and value.quality is Quality.GOOD


def district_words(tr: Translator, one: Indicator, district: District) -> str:
    """``1. Wuchang: 35 · simulated``; without a good value why it has no rank."""
    value = district.value
    if value.missing:
        return tr("topic.unranked", name=district.name, told=tr("live.state.missing"))
    text = amount_text(one, value.value, tr.language)
    if value.state is State.SIMULATED:
        text += f" · {tr('live.stamp')}"
    if district.rank is None:
        told = f"{text} · {tr(quality_key(value.quality, value.reason, value.state))}"
        return tr("topic.unranked", name=district.name, told=told)
    return tr("topic.ranked", rank=district.rank, name=district.name, told=text)


def since_words(tr: Translator, one: Indicator, history: list[tuple[int, float]]) -> str:
    """By how much the newest of several values (time in µs, value) differs from the one before; "" without two."""
    newest = sorted(history)[-2:]
    return change_words(tr, one, newest[0][1], newest[1][1]) if len(newest) == 2 else ""


def change_words(tr: Translator, one: Indicator, before: float, now: float) -> str:
    """By how much a value differs from another, in the indicator's unit and its share, and whether that is better."""
    told = delta(one, before, now)
    if told is None:
        return ""
    change = change_text(one, told.change, tr.language)
    if told.share is not None and one.unit != "%":
        sign = "+" if told.share > 0 else "−" if told.share < 0 else "±"
        change = tr("trend.relative", change=change, percent=f"{sign}{number_text(abs(told.share) * 100.0, 1)} %")
    if told.better is None:
        return change
    return tr("topic.better" if told.better else "topic.worse", change=change)
