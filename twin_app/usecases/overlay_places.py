"""Where the values of a topic stand in an overlay: on objects, at places, along lines."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from scenes.model.overlays.bars import Bars
from scenes.model.overlays.base import PlacesOverlay, ValuesOverlay
from scenes.model.overlays.domes import Domes
from scenes.model.overlays.flows import Flows
from scenes.model.overlays.heat import HeatMap
from scenes.model.overlays.labels import Labels
from scenes.model.overlays.object_values import ObjectValues
from scenes.model.scene import ObjectRef
from twin_app.live.numbers import streamed_label
from twin_app.live.streams import LinkKind, StreamInfo
from twin_app.usecases.binding import Binding
from twin_app.usecases.flow_lines import LINE_CLASSES, FlowLines

ABOVE_M = 3.0  # cards and signs above what they belong to
BAR_M = 14.0
Floats = NDArray[np.float64]
Infos = Mapping[int, StreamInfo]  # by row of the live table


def bind(binding: Binding, overlay: ObjectValues, infos: Infos) -> list[int]:
    """The objects that streams belong to and all below them, each once; gives the stream's row of each."""
    refs = dict[ObjectRef, int]()
    for row, info in infos.items():
        ref = binding.find(info)
        for one in binding.parts(ref) if ref is not None else ():
            refs.setdefault(one, row)
    layers = list(dict.fromkeys(ref.layer_id for ref in refs))
    numbers = {layer_id: number for number, layer_id in enumerate(layers)}
    overlay.bind(layers, [numbers[ref.layer_id] for ref in refs], [ref.row for ref in refs])
    return list(refs.values())


def stand(binding: Binding, overlay: ValuesOverlay, infos: Infos, *, language: str, reach_m: float) -> list[int]:
    """Put the values where their streams stand; gives the row of each. ``reach_m`` 0 is chosen here."""
    found = {row: place for row, info in infos.items() if (place := binding.anchor_m(info)) is not None}
    places_m = np.array(list(found.values())).reshape(-1, 3)
    if isinstance(overlay, Labels):
        units = [streamed_label(infos[row].unit, language) for row in found]
        overlay.describe(_above(places_m), [short_name(infos[row]) for row in found], units=units)
    elif isinstance(overlay, Bars):
        overlay.stand(places_m, BAR_M)
    elif isinstance(overlay, HeatMap):
        overlay.place(_above(places_m))
        overlay.radius_m = reach_m or usual_reach_m(places_m)
    elif isinstance(overlay, Domes):
        overlay.cover(places_m, reach_m or usual_reach_m(places_m))
    elif isinstance(overlay, PlacesOverlay):
        overlay.place(_above(places_m))
    return list(found)


def line_refs(binding: Binding, infos: Infos) -> dict[ObjectRef, int]:
    """The pipes, cables and roads that streams belong to, each once, and the stream's row of each."""
    refs = dict[ObjectRef, int]()
    for row, info in infos.items():
        is_place = info.link.kind is LinkKind.PLACE
        ref = binding.near(info.link, LINE_CLASSES) if is_place else binding.find(info)
        for one in binding.parts(ref, LINE_CLASSES) if ref is not None else ():
            refs.setdefault(one, row)
    return refs


def draw_lines(overlay: Flows, lines: FlowLines, refs: Mapping[ObjectRef, int]) -> list[int]:
    """Draw the lines of objects that have one; gives the stream's row of each."""
    found = [(row, line) for ref, row in refs.items() if (line := lines.world_m(ref)) is not None]
    raised = [line + np.array([0.0, 0.0, 0.5]) for _, line in found]
    overlay.draw(raised)
    overlay.through = 0.35 if lines.are_inside(refs) else 0.0
    return [row for row, _ in found]


def run_lines(overlay: Flows, values: Floats) -> None:
    """Dashes run the faster, and lines are the wider, the larger a value is beside the others; backwards below 0."""
    usable = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    most = float(np.abs(usable).max(initial=0.0))
    shares = usable / most if most > 0.0 else np.zeros_like(usable)
    overlay.speeds = np.sign(shares) * (2.0 + 18.0 * np.abs(shares)) * (shares != 0.0)
    overlay.widths_px = 3.0 + 5.0 * np.abs(shares)


def usual_reach_m(places_m: Floats) -> float:
    """A radius that lets neighbours meet: twice the middle distance to the nearest other."""
    if len(places_m) < 2:
        return 100.0
    some = places_m[:500, :2]
    gaps = np.linalg.norm(some[:, None] - some[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    return float(np.clip(2.0 * np.median(gaps.min(axis=1)), 20.0, 2_000.0))


def short_name(info: StreamInfo) -> str:
    """What a card is headed with."""
    return info.name.partition("·")[0].strip() or info.key.rpartition("/")[2]


def _above(places_m: Floats) -> Floats:
    raised = places_m.copy()
    raised[:, 2] += ABOVE_M
    return raised
