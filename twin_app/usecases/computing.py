"""Computed indicators in the window: formulas over the open layers, in the background, again when these change."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from loaders.model.errors import Finding
from scenes.model.layers import Layer, LayerState
from twin_app.indicators.definitions import Indicator
from twin_app.indicators.values import ValueRecord
from twin_app.live.values import US_PER_S, now_us
from twin_app.services.jobs import Job, JobContext
from twin_app.usecases.workbench import Workbench

if TYPE_CHECKING:
    import pyarrow as pa

    from twin_app.warehouse.parts import Source

JOB = "indicators.compute"
MATTERS = ("state", "world_from_model", "building", "name")  # of a layer, to what is computed of it

Found = tuple[dict[str, ValueRecord], list[Finding]]


class Computing:
    """The newest values of formulas. GUI thread; what they were computed of is what stood when `compute` was called."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._values: dict[str, ValueRecord] = {}
        self._job: Job | None = None
        self._told: set[tuple[str, str]] = set()
        self.is_stale = True
        self._asks_events = False
        scene = workbench.scene
        for signal in (scene.layers.added, scene.layers.removed, scene.crs_changed):
            signal.connect(self._changed, max_args=0)
        workbench.events_changed.connect(self._on_events)
        scene.layers.layer_changed.connect(self._on_layer)

    def _changed(self) -> None:
        self.is_stale = True

    def _on_events(self) -> None:
        self.is_stale = self.is_stale or self._asks_events

    def _on_layer(self, _layer: Layer, key: str) -> None:
        if key in MATTERS:
            self.is_stale = True

    @property
    def is_running(self) -> bool:
        """Whether values are being computed now."""
        return self._job is not None and self._job.running

    def of(self, one: Indicator) -> ValueRecord | None:
        """The value of an indicator with a formula; None while it was not computed."""
        value = self._values.get(one.id)
        if value is None or value.missing:
            return value
        return dataclasses.replace(value, age_s=max(0.0, (now_us() - value.source_us) / US_PER_S))

    def compute(self, indicators: Iterable[Indicator]) -> bool:
        """Begin where something changed and all layers are loaded; tells whether it did. An older run ends for it."""
        layers = list(self._workbench.scene.layers)
        wanted = [one for one in indicators if one.formula]
        if not self.is_stale or any(layer.state is LayerState.LOADING for layer in layers):
            return False
        self.is_stale = False
        self._asks_events = any("events" in one.formula for one in wanted)
        if not wanted or not layers:
            self._values = {}
            return False
        from twin_app.usecases.querying import events_now, sources_of  # and its database, which most never ask

        sources, events = sources_of(self._workbench), events_now(self._workbench)
        self._job = self._workbench.jobs.submit(
            JOB,
            lambda context: _computed(context, wanted, sources, events),
            title_key="job.computing",
            on_done=self._take,
            on_failed=self._workbench.messages.error,
        )
        return True

    def _take(self, found: Found) -> None:
        self._values, findings = found
        for finding in findings:
            said = (finding.place, str(finding.arguments))
            if said not in self._told:
                self._told.add(said)
                self._workbench.messages.finding(finding)
        self._workbench.indicators_changed.emit()


def _computed(context: JobContext, wanted: list[Indicator], sources: list[Source], events: pa.Table) -> Found:
    from twin_app.indicators.computed import computed_values
    from twin_app.warehouse.database import Warehouse

    def telling() -> Iterator[Indicator]:
        for done, one in enumerate(wanted):
            context.job.checkpoint()
            context.progress(done / len(wanted))
            yield one

    warehouse = Warehouse(sources, events=events)
    context.job.on_cancel = warehouse.cancel
    try:
        found = computed_values(telling(), warehouse)
        context.job.checkpoint()  # what was broken off is no finding
        return found
    finally:
        context.job.on_cancel = lambda: None
        warehouse.close()
