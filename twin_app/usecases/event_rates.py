"""The four rates of city operation now, and the indicators that take their values from them."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from loaders.model.errors import CityTwinError
from twin_app.indicators.definitions import Indicator
from twin_app.indicators.values import ValueRecord, missing_value
from twin_app.live.units import convert
from twin_app.live.values import US_PER_S, Quality, Reason, State, now_us
from twin_app.operation.model import CityEvent
from twin_app.operation.rates import Rate, convergence, rates
from twin_app.services.translations import Translator
from twin_app.usecases import events
from twin_app.usecases.workbench import Workbench

PERIOD_S = 30 * 86_400  # of events
ARRIVAL_S = 86_400  # in which every item that ought to come in should have come once
KEPT_S = 0.4  # so long the rates are not counted anew: less than between two looks of those who ask again and again


class LiveRates:
    """Of the open project; counted anew at most every `KEPT_S`. GUI thread."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._at_s = -np.inf
        self._kept: list[Rate] = []

    def now(self) -> list[Rate]:
        """All four; those of events missing where the project has none."""
        return self._kept if time.monotonic() - self._at_s < KEPT_S else self.anew()

    def anew(self) -> list[Rate]:
        """The same, counted now."""
        self._at_s, self._kept = time.monotonic(), counted(self._workbench)
        return self._kept

    def of(self, one: Indicator) -> ValueRecord:
        """The value of an indicator that is a rate; missing for others."""
        return value_of(self._workbench.tr, one, self.now()) if one.rate else missing_value(one)


def counted(workbench: Workbench) -> list[Rate]:
    """The rates as they stand now: of the events of the last thirty days, and of what came in during the last day."""
    found: Sequence[CityEvent] = ()
    if events.has_any(workbench):
        try:
            found = events.store_of(workbench).events()
        except CityTwinError as error:
            workbench.messages.error(error)
    return [*event_rates(found, now_us()), convergence_now(workbench)]


def event_rates(found: Sequence[CityEvent], now: int) -> list[Rate]:
    """The three rates over the events that were reported in the last thirty days."""
    return rates(found, now - PERIOD_S * US_PER_S, now + 1, now)


def convergence_now(workbench: Workbench) -> Rate:
    """Data convergence: of all streams, feeds that have none yet, and watched systems, those that told something.

    A stream did if it has a value of the last day that is not missing, a system if it answered then.
    """
    live, now = workbench.live, now_us()
    period_us = (now - ARRIVAL_S * US_PER_S, now + 1)
    latest, infos = live.latest(), live.table.infos()
    there = (latest.state != State.MISSING) & np.isfinite(latest.value) & (latest.age_s <= ARRIVAL_S)
    expected = [info.key for info in infos]
    arrived = [info.key for info, came in zip(infos, there.tolist(), strict=False) if came]
    told = {info.feed for info in infos}
    expected += [f"feed:{spec.id}" for spec in live.specs() if spec.enabled and spec.id not in told]
    watches = workbench.event_watches
    for source in watches.sources.values() if watches is not None else ():
        expected.append(f"events:{source.id}")
        arrived += [f"events:{source.id}"] if watches.heard(source.id).last_us >= period_us[0] else []
    return convergence(expected, arrived, period_us, bool((latest.state == State.SIMULATED).any()))


def value_of(tr: Translator, one: Indicator, found: Sequence[Rate]) -> ValueRecord:
    """A rate as an indicator's value, with n of m as where it comes from; missing where nothing is to be counted."""
    rate = next((rate for rate in found if rate.id == one.rate), None)
    if rate is None or rate.state is State.MISSING:
        return missing_value(one)
    days = round((rate.end_us - rate.begin_us) / US_PER_S / 86_400)
    name = tr(rate.text_key)
    value = convert(rate.percent, "%", one.unit)
    inside = one.low <= value <= one.high
    return ValueRecord(
        value=value,
        unit=one.unit,
        source_us=rate.end_us,
        receive_us=rate.end_us,
        quality=Quality.GOOD if inside else Quality.BAD,
        reason=Reason.NONE if inside else Reason.OUT_OF_RANGE,
        state=rate.state,
        provenance=tr("event.rate_told", name=name, count=rate.count, total=rate.total, days=days),
        age_s=max(0.0, (now_us() - rate.end_us) / US_PER_S),
        good=1,
        total=1,
    )


def rates_of(workbench: Workbench) -> LiveRates:
    """Those of the open program."""
    if workbench.event_rates is None:
        workbench.event_rates = LiveRates(workbench)
    found: LiveRates = workbench.event_rates
    return found
