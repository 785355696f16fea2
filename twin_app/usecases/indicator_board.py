"""Indicators as the window shows them: of one pack, each with the best value that streams and people tell."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError, Finding
from twin_app.indicators.declared import declared_value
from twin_app.indicators.definitions import Indicator, Pack
from twin_app.indicators.registry import all_packs
from twin_app.indicators.values import best_value, conversion, gathered
from twin_app.live.streams import StreamInfo
from twin_app.live.table import STALE_AFTER, Latest
from twin_app.live.values import Quality, Reason, State
from twin_app.usecases.computing import Computing
from twin_app.usecases.event_rates import rates_of
from twin_app.usecases.indicators import Standing
from twin_app.usecases.workbench import Workbench


class Board:
    """The packs of the open project and which streams tell of which indicator; GUI thread."""

    def __init__(self, workbench: Workbench, clock_us: Callable[[], int] | None = None) -> None:
        self._workbench = workbench
        self._clock_us = workbench.live.time_us if clock_us is None else clock_us
        self._rows: dict[str, list[int]] = {}
        self._infos: tuple[StreamInfo, ...] = ()
        self._told: set[str] = set()
        self.computing = Computing(workbench)
        self.packs: tuple[Pack, ...] = ()
        self._place: Path | None = None
        self.read_packs()

    def read_packs(self) -> None:
        """Look for packs anew, as when another project is opened; what is wrong in them is told once."""
        self._place = self._workbench.project.path
        self.packs, problems = all_packs(self._place)
        self.computing.is_stale = True
        for problem in problems:
            said = repr(problem)
            if said not in self._told:
                self._told.add(said)
                self._tell(problem)

    def _tell(self, problem: Finding | CityTwinError) -> None:
        messages = self._workbench.messages
        messages.error(problem) if isinstance(problem, CityTwinError) else messages.finding(problem)

    @property
    def is_moved(self) -> bool:
        """Whether the project lies elsewhere than when packs were looked for."""
        return self._place != self._workbench.project.path

    def compute(self) -> bool:
        """Have formulas computed anew where layers changed; tells whether that began."""
        return self.computing.compute(one for pack in self.packs for one in pack.indicators)

    def indicator(self, indicator_id: str) -> Indicator | None:
        """Of any pack, by id."""
        found = (pack.indicator(indicator_id) for pack in self.packs)
        return next((one for one in found if one is not None), None)

    def rows(self, one: Indicator) -> list[int]:
        """Rows of the streams that tell of an indicator and can be told in its unit."""
        infos = tuple(self._workbench.live.table.infos())
        if len(infos) != len(self._infos) or infos != self._infos:
            self._infos, self._rows = infos, defaultdict(list)
            for row, info in enumerate(infos):
                self._rows[info.indicator].append(row)
        return [row for row in self._rows.get(one.streams, []) if conversion(infos[row], one) is not None]

    def standing(self, one: Indicator) -> Standing:
        """An indicator with the best of what its streams and the project's people tell."""
        rows = self.rows(one)
        candidates = [declared_value(one, self._workbench.project.declared, self._clock_us())[0]]
        computed = self.computing.of(one) if one.formula and self._workbench.live.playback.is_live else None
        if computed is not None:
            candidates.insert(0, computed)
        if one.rate:
            candidates.insert(0, rates_of(self._workbench).of(one))
        if rows:
            latest = in_unit(one, self._workbench.live.latest(np.array(rows, np.int64)), [self._infos[r] for r in rows])
            candidates.insert(0, gathered(one, latest, [self._infos[row].key for row in rows]))
        return Standing(one, best_value(candidates))

    def standings(self, pack: Pack) -> list[Standing]:
        """All of a pack in its order."""
        return [self.standing(one) for one in pack.indicators]


def in_unit(one: Indicator, latest: Latest, infos: list[StreamInfo]) -> Latest:
    """Values in the indicator's unit; its interval and its range hold for streams that name none."""
    scales = np.array([conversion(info, one) or (1.0, 0.0) for info in infos]).reshape(-1, 2)
    value = latest.value * scales[:, 0] + scales[:, 1]
    good = latest.quality == Quality.GOOD
    silent = np.array([info.interval_s <= 0.0 for info in infos], bool)
    stale = good & silent & (one.interval_s > 0.0) & (latest.age_s > one.interval_s * STALE_AFTER)
    outside = good & ((value < one.low) | (value > one.high))
    quality, reason = latest.quality.copy(), latest.reason.copy()
    _mark(quality, reason, stale & (latest.state != State.MISSING), (Quality.UNCERTAIN, Reason.STALE))
    _mark(quality, reason, outside, (Quality.BAD, Reason.OUT_OF_RANGE))
    return dataclasses.replace(latest, value=value, quality=quality, reason=reason)


def _mark(
    quality: NDArray[np.uint8], reason: NDArray[np.uint8], where: NDArray[np.bool_], what: tuple[Quality, Reason]
) -> None:
    quality[where], reason[where] = what
