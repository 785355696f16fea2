"""Live values in the scene: streams of one kind as colours of objects, cards, bars, a heat map or signs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError
from scenes.model.layers import LayerState
from scenes.model.overlays.bars import Bars
from scenes.model.overlays.base import ValuesOverlay
from scenes.model.overlays.domes import Domes
from scenes.model.overlays.flows import Flows
from scenes.model.overlays.heat import HeatMap
from scenes.model.overlays.labels import Labels
from scenes.model.overlays.object_values import ObjectValues
from scenes.model.overlays.readings import Condition, Readings
from scenes.model.overlays.scale import ColourScale, scale_for
from scenes.model.overlays.signs import SensorField, Signs
from twin_app.indicators.registry import all_packs, indicators_of
from twin_app.live.numbers import streamed_label
from twin_app.live.recent import Recent
from twin_app.live.streams import StreamInfo
from twin_app.live.table import Latest
from twin_app.live.values import Quality, Reason, State
from twin_app.usecases import overlay_places as places
from twin_app.usecases.binding import Binding
from twin_app.usecases.flow_lines import FlowLines
from twin_app.usecases.times import shown_text
from twin_app.usecases.workbench import Workbench

KINDS: dict[str, type[ValuesOverlay]] = {
    "colours": ObjectValues,
    "cards": Labels,
    "bars": Bars,
    "heat": HeatMap,
    "signs": Signs,
    "flows": Flows,
    "domes": Domes,
}
_OUTSIDE = 0.25  # of the values beyond the scale's ends: then it is made anew
_FEW = 5  # good values that a scale is made anew of
_NUM_SPARKS = 48  # values in a card's line
_LEAST_SPARKS = 4  # fewer say nothing of how it went
_MOST_SPARKS = 200  # cards with one

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Shown:
    """An overlay, the kind that it was asked for as, the topic of its streams, and their rows in its order."""

    overlay: ValuesOverlay
    kind: str
    topic: str
    rows: NDArray[np.int64]
    num_streams: int  # of the topic, those that belong nowhere included
    reach_m: float = 0.0  # of domes and heat maps, as asked for; 0: as it suits
    is_scaled: bool = False


Wish = tuple[str, str, float]  # kind, topic, reach in metres


class LiveOverlays:
    """What is shown of live values; one overlay of a kind for a topic. GUI thread."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self.shown: list[Shown] = []
        self._wished: list[Wish] = []  # of a project, until its layers and streams are there
        self._lines = FlowLines(workbench)
        live = workbench.live
        live.values_changed.connect(self._refresh)
        live.streams_changed.connect(self._rebuild)
        workbench.bindings_changed.connect(self._bind_anew)

    def show(self, kind: str, topic: str, reach_m: float = 0.0) -> None:
        """Show all streams of a topic; raises `CityTwinError` ``live.no_place`` where none belongs anywhere.

        Lines that flows run along are looked for in the background: what goes wrong then becomes a message.
        """
        self.hide(kind, topic)
        made = self._made(kind, topic, reach_m)
        if made is not None:
            self.shown.append(made)
            self._workbench.scene.overlays.add(made.overlay)
            self._update(made)

    def wish(self, kind: str, topic: str, reach_m: float = 0.0) -> None:
        """Show it as soon as there are streams and the layers are loaded; an unknown kind is left out."""
        if kind in KINDS:
            self._wished.append((kind, topic, reach_m))

    def wanted(self) -> list[Wish]:
        """Kind, topic and reach of all that is shown or wished for."""
        return [*((one.kind, one.topic, one.reach_m) for one in self.shown), *self._wished]

    def _fulfil(self) -> None:
        if any(layer.state is LayerState.LOADING for layer in self._workbench.scene.layers):
            return
        there = {topic_of(info) for info in self._workbench.live.table.infos()}
        for wish in [wish for wish in self._wished if wish[1] in there]:
            self._wished.remove(wish)
            try:
                self.show(*wish)
            except CityTwinError as error:
                self._workbench.messages.error(error)

    def hide(self, kind: str, topic: str) -> bool:
        """Take an overlay away; tells whether there was one."""
        before = [one for one in self.shown if (one.kind, one.topic) == (kind, topic)]
        for one in before:
            self.shown.remove(one)
            self._workbench.scene.overlays.remove(one.overlay)
        return bool(before)

    def hide_all(self) -> None:
        """Nothing of live values is left in the scene."""
        self._wished.clear()
        for one in list(self.shown):
            self.hide(one.kind, one.topic)

    def _made(self, kind: str, topic: str, reach_m: float) -> Shown | None:
        """None where the lines are looked for first: it is shown when they are found."""
        infos = {row: info for row, info in enumerate(self._workbench.live.table.infos()) if topic_of(info) == topic}
        binding = Binding(self._workbench)
        overlay = KINDS[kind](_title(self._workbench, next(iter(infos.values()))) if infos else topic)
        if isinstance(overlay, ObjectValues):
            kept = places.bind(binding, overlay, infos)
        elif isinstance(overlay, Flows):
            refs = places.line_refs(binding, infos)
            if not self._lines.are_known(refs):
                self._lines.find(refs, lambda: self._show_found(kind, topic))
                return None
            kept = places.draw_lines(overlay, self._lines, refs)
        else:
            language = self._workbench.tr.language
            kept = places.stand(binding, overlay, infos, language=language, reach_m=reach_m)
        if isinstance(overlay, Signs):
            overlay.fields = _fields(self._workbench, [infos[row] for row in kept])
        if not kept:
            raise CityTwinError("live.no_line" if kind == "flows" else "live.no_place", topic, name=topic)
        return Shown(overlay, kind, topic, np.array(kept, np.int64), len(infos), reach_m)

    def _show_found(self, kind: str, topic: str) -> None:
        try:
            self.show(kind, topic)
        except CityTwinError as error:
            self._workbench.messages.error(error)
        if self._workbench.ui is not None:
            self._workbench.ui.refresh_actions()

    def _rebuild(self) -> None:
        """Streams came or went: each overlay again, where it still has something to show."""
        if not self.shown:
            return
        rows = defaultdict[str, list[int]](list)
        for row, info in enumerate(self._workbench.live.table.infos()):
            rows[topic_of(info)].append(row)
        for one in list(self.shown):
            fresh = rows[one.topic]
            if set(one.rows.tolist()) <= set(fresh) and len(fresh) == one.num_streams:
                continue
            self.hide(one.kind, one.topic)
            if fresh:
                self.show(one.kind, one.topic, one.reach_m)

    def _bind_anew(self) -> None:
        for one in list(self.shown):
            try:
                self.show(one.kind, one.topic)
            except CityTwinError as error:
                self._workbench.messages.error(error)

    def _refresh(self, rows: NDArray[np.int64]) -> None:
        if self._wished:
            self._fulfil()
        for one in self.shown:
            if np.isin(one.rows, rows).any():
                self._update(one)

    def _update(self, one: Shown) -> None:
        live, overlay = self._workbench.live, one.overlay
        readings = readings_of(live.latest(one.rows))
        good = readings.value[readings.good]
        is_enough = good.size >= min(_FEW, len(one.rows))  # a few alone say nothing of the rest
        if good.size and (not one.is_scaled or (is_enough and _is_outside(overlay.scale, good))):
            one.is_scaled = True
            unit = live.table.info(int(one.rows[0])).unit
            overlay.scale = scale_for(good, unit=streamed_label(unit, self._workbench.tr.language))
        if isinstance(overlay, Bars) and good.size:
            overlay.full_value = max(float(np.abs(good).max()), 1e-9)
        if isinstance(overlay, Flows):
            places.run_lines(overlay, np.where(readings.good, readings.value, 0.0))
        if isinstance(overlay, Labels):
            overlay.sparklines = _sparklines(live.recent, one.rows, live.time_us())
        overlay.readings = readings
        usable = np.unique(one.rows[readings.good])
        overlay.counted = (len(usable), len(np.unique(one.rows)))
        overlay.time_text = shown_text(self._workbench)


def overlays_of(workbench: Workbench) -> LiveOverlays:
    """The live overlays of a workbench, made when they are first asked for."""
    if workbench.live_overlays is None:
        workbench.live_overlays = LiveOverlays(workbench)
    found: LiveOverlays = workbench.live_overlays
    return found


def topic_of(info: StreamInfo) -> str:
    """What a stream is about: its indicator, or the last word of its name; with its unit, so that values compare."""
    name = info.indicator or info.name.rpartition("·")[2].strip() or info.key.rpartition("/")[2]
    return f"{name} [{info.unit}]" if info.unit else name


def _title(workbench: Workbench, info: StreamInfo) -> str:
    """A topic as a legend says it: the indicator's name where a pack has it."""
    known = indicators_of(all_packs(workbench.project.path)[0]).get(info.indicator)
    return known.name.of(workbench.tr.language) if known is not None else topic_of(info).partition(" [")[0]


def _fields(workbench: Workbench, infos: Sequence[StreamInfo]) -> list[SensorField]:
    """What each sensor watches over: the group of its indicator, where that is one of the six fields."""
    groups = {one.streams: one.group for pack in all_packs(workbench.project.path)[0] for one in pack.indicators}
    known = {field.name.lower(): field for field in SensorField}
    return [known.get(groups.get(info.indicator, ""), SensorField.NONE) for info in infos]


def topics(workbench: Workbench) -> list[str]:
    """All topics, those with most streams first."""
    found = Counter(map(topic_of, workbench.live.table.infos()))
    return sorted(found, key=lambda topic: (-found[topic], topic))


def readings_of(latest: Latest) -> Readings:
    """Latest values as overlays take them."""
    condition = np.full(len(latest.rows), Condition.GOOD, np.uint8)
    condition[latest.quality == Quality.UNCERTAIN] = Condition.UNCERTAIN
    condition[latest.reason == Reason.STALE] = Condition.STALE
    condition[latest.quality == Quality.BAD] = Condition.BAD
    condition[latest.state == State.MISSING] = Condition.MISSING
    return Readings.of(latest.value, condition, latest.age_s, latest.state == State.SIMULATED)


def _is_outside(scale: ColourScale, values: Floats) -> bool:
    if not scale.edges:
        return bool(np.ptp(values) > 0.0)
    step = (scale.edges[-1] - scale.edges[0]) / max(1, len(scale.edges) - 1) or abs(scale.edges[0]) or 1.0
    beyond = (values < scale.edges[0] - step) | (values > scale.edges[-1] + step)
    return bool(beyond.mean() > _OUTSIDE)


def _sparklines(recent: Recent, rows: NDArray[np.int64], until_us: int) -> Floats:
    lines = np.full((len(rows), _NUM_SPARKS), np.nan)
    lines[:_MOST_SPARKS] = recent.tails(rows[:_MOST_SPARKS], _NUM_SPARKS, until_us)
    known = np.isfinite(lines).sum(axis=1)
    lines[known < _LEAST_SPARKS] = np.nan
    return lines[:, -max(_NUM_SPARKS // 4, int(known.max(initial=0))) :]


__all__ = ["KINDS", "LiveOverlays", "Shown", "overlays_of", "readings_of", "topic_of", "topics"]
