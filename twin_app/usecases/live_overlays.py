"""Live values in the scene: streams of one kind as colours of objects, cards, bars, a heat map or signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError
from scenes.model.layers import LayerState
from scenes.model.overlays.bars import Bars
from scenes.model.overlays.base import PlacesOverlay, ValuesOverlay
from scenes.model.overlays.heat import HeatMap
from scenes.model.overlays.labels import Labels
from scenes.model.overlays.object_values import ObjectValues
from scenes.model.overlays.readings import Condition, Readings
from scenes.model.overlays.scale import ColourScale, scale_for
from scenes.model.overlays.signs import Signs
from scenes.model.scene import ObjectRef, refs_of
from twin_app.indicators.registry import all_packs, indicators_of
from twin_app.live.numbers import streamed_label
from twin_app.live.streams import LinkKind, StreamInfo
from twin_app.live.table import Latest
from twin_app.live.values import Quality, Reason, State
from twin_app.usecases.binding import Binding
from twin_app.usecases.objects import with_descendants
from twin_app.usecases.times import shown_text
from twin_app.usecases.workbench import Workbench

KINDS: dict[str, type[ValuesOverlay]] = {
    "colours": ObjectValues,
    "cards": Labels,
    "bars": Bars,
    "heat": HeatMap,
    "signs": Signs,
}
ABOVE_M = 3.0  # cards and signs above what they belong to
_OUTSIDE = 0.25  # of the values beyond the scale's ends: then it is made anew
_FEW = 5
_NUM_SPARKS = 48

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Shown:
    """An overlay, the kind that it was asked for as, the topic of its streams, and their rows in its order."""

    overlay: ValuesOverlay
    kind: str
    topic: str
    rows: NDArray[np.int64]
    num_streams: int  # of the topic, those that belong nowhere included
    is_scaled: bool = False


class LiveOverlays:
    """What is shown of live values; one overlay of a kind for a topic. GUI thread."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self.shown: list[Shown] = []
        self._wished: list[tuple[str, str]] = []  # of a project, until its layers and streams are there
        live = workbench.live
        live.values_changed.connect(self._refresh)
        live.streams_changed.connect(self._rebuild)

    def show(self, kind: str, topic: str) -> Shown:
        """Show all streams of a topic; raises `CityTwinError` ``live.no_place`` where none belongs anywhere."""
        self.hide(kind, topic)
        made = self._made(kind, topic)
        self.shown.append(made)
        self._workbench.scene.overlays.add(made.overlay)
        self._update(made)
        return made

    def wish(self, kind: str, topic: str) -> None:
        """Show it as soon as there are streams and the layers are loaded; an unknown kind is left out."""
        if kind in KINDS:
            self._wished.append((kind, topic))

    def wanted(self) -> list[tuple[str, str]]:
        """Kind and topic of all that is shown or wished for."""
        return [*((one.kind, one.topic) for one in self.shown), *self._wished]

    def _fulfil(self) -> None:
        if any(layer.state is LayerState.LOADING for layer in self._workbench.scene.layers):
            return
        there = {topic_of(info) for info in self._workbench.live.table.infos()}
        for kind, topic in [wish for wish in self._wished if wish[1] in there]:
            self._wished.remove((kind, topic))
            try:
                self.show(kind, topic)
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

    def _made(self, kind: str, topic: str) -> Shown:
        infos = self._workbench.live.table.infos()
        rows = [row for row, info in enumerate(infos) if topic_of(info) == topic]
        binding = Binding(self._workbench)
        overlay = KINDS[kind](_title(self._workbench, infos[rows[0]]) if rows else topic)
        if isinstance(overlay, ObjectValues):
            kept = _bind(self._workbench, overlay, infos, rows)
        else:
            places = [_anchor_m(self._workbench, binding, infos[row]) for row in rows]
            kept = [row for row, place in zip(rows, places, strict=True) if place is not None]
            found = np.array([place for place in places if place is not None]).reshape(-1, 3)
            self._stand(overlay, found, [infos[row] for row in kept])
        if not kept:
            raise CityTwinError("live.no_place", topic, name=topic)
        return Shown(overlay, kind, topic, np.array(kept, np.int64), len(rows))

    def _stand(self, overlay: ValuesOverlay, places_m: Floats, infos: Sequence[StreamInfo]) -> None:
        if isinstance(overlay, Labels):
            titles = [_short(info) for info in infos]
            overlay.describe(
                places_m, titles, units=[streamed_label(info.unit, self._workbench.tr.language) for info in infos]
            )
        elif isinstance(overlay, Bars):
            overlay.stand(places_m - [0.0, 0.0, ABOVE_M], 14.0)
        elif isinstance(overlay, HeatMap):
            overlay.place(places_m)
            overlay.radius_m = _reach_m(places_m)
        elif isinstance(overlay, PlacesOverlay):
            overlay.place(places_m)

    def _rebuild(self) -> None:
        """Streams came or went: each overlay again, where it still has something to show."""
        for one in list(self.shown):
            fresh = [row for row, info in enumerate(self._workbench.live.table.infos()) if topic_of(info) == one.topic]
            if set(one.rows.tolist()) <= set(fresh) and len(fresh) == one.num_streams:
                continue
            self.hide(one.kind, one.topic)
            if fresh:
                self.show(one.kind, one.topic)

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
        if isinstance(overlay, Labels):
            overlay.sparklines = _sparklines(self._workbench, one.rows)
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


def topics(workbench: Workbench) -> list[str]:
    """All topics, those with most streams first."""
    found = [topic_of(info) for info in workbench.live.table.infos()]
    return sorted(set(found), key=lambda topic: (-found.count(topic), topic))


def readings_of(latest: Latest) -> Readings:
    """Latest values as overlays take them."""
    condition = np.full(len(latest.rows), Condition.GOOD, np.uint8)
    condition[latest.quality == Quality.UNCERTAIN] = Condition.UNCERTAIN
    condition[latest.reason == Reason.STALE] = Condition.STALE
    condition[latest.quality == Quality.BAD] = Condition.BAD
    condition[latest.state == State.MISSING] = Condition.MISSING
    return Readings.of(latest.value, condition, latest.age_s, latest.state == State.SIMULATED)


def _bind(workbench: Workbench, overlay: ObjectValues, infos: Sequence[StreamInfo], rows: Sequence[int]) -> list[int]:
    """The objects that streams belong to and all below them, each once; gives the stream's row of each."""
    binding, refs = Binding(workbench), dict[ObjectRef, int]()
    for row in rows:
        ref = binding.find(infos[row])
        for one in _with_parts(workbench, ref) if ref is not None else ():
            refs.setdefault(one, row)
    layers = list(dict.fromkeys(ref.layer_id for ref in refs))
    numbers = {layer_id: number for number, layer_id in enumerate(layers)}
    overlay.bind(layers, [numbers[ref.layer_id] for ref in refs], [ref.row for ref in refs])
    return list(refs.values())


def _with_parts(workbench: Workbench, ref: ObjectRef) -> tuple[ObjectRef, ...]:
    """An object and what is below it: a building has no shape of its own, but its walls have."""
    layer = workbench.scene.layers.get(ref.layer_id)
    if layer is None:
        return (ref,)
    return tuple(refs_of(ref.layer_id, with_descendants(workbench, layer, np.array([ref.row]))))


def _anchor_m(workbench: Workbench, binding: Binding, info: StreamInfo) -> Floats | None:
    """Where a stream's card stands: above its object, or above the ground at its place."""
    if info.link.kind is not LinkKind.PLACE:
        ref = binding.find(info)
        bounds_m = workbench.canvas.visuals.bounds_of(_with_parts(workbench, ref)) if ref is not None else None
        if bounds_m is None:
            return None
        middle = (bounds_m[:3] + bounds_m[3:]) / 2.0
        return np.array([middle[0], middle[1], bounds_m[5] + ABOVE_M])
    place = binding.place_world_m(info.link)
    if place is None:
        return None
    ground_m = workbench.canvas.ground_height_m(float(place[0]), float(place[1]))
    height_m = place[2] if ground_m is None else max(ground_m, place[2])
    return np.array([place[0], place[1], height_m + ABOVE_M])


def _reach_m(places_m: Floats) -> float:
    """A radius that lets neighbours meet: twice the middle distance to the nearest other."""
    if len(places_m) < 2:
        return 100.0
    some = places_m[:500, :2]
    gaps = np.linalg.norm(some[:, None] - some[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    return float(np.clip(2.0 * np.median(gaps.min(axis=1)), 20.0, 2_000.0))


def _short(info: StreamInfo) -> str:
    return info.name.partition("·")[0].strip() or info.key.rpartition("/")[2]


def _is_outside(scale: ColourScale, values: Floats) -> bool:
    if not scale.edges:
        return bool(np.ptp(values) > 0.0)
    step = (scale.edges[-1] - scale.edges[0]) / max(1, len(scale.edges) - 1) or abs(scale.edges[0]) or 1.0
    beyond = (values < scale.edges[0] - step) | (values > scale.edges[-1] + step)
    return bool(beyond.mean() > _OUTSIDE)


def _sparklines(workbench: Workbench, rows: NDArray[np.int64]) -> Floats:
    lines, until_us = np.full((len(rows), _NUM_SPARKS), np.nan), workbench.live.time_us()
    for at, row in enumerate(rows[:200].tolist()):
        times_us, values = workbench.live.recent.of(row)
        tail = values[: np.searchsorted(times_us, until_us, "right")][-_NUM_SPARKS:]
        if tail.size:
            lines[at, -tail.size :] = tail
    return lines


__all__ = ["KINDS", "LiveOverlays", "Shown", "overlays_of", "readings_of", "topic_of", "topics"]
