"""Flying through an open city as a window would show it: paths, and how long each picture kept the next one waiting."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from benchmarks.city_project import Program
from scenes.model.view import CameraView

BEAT_SECS = 1.0 / 60.0
Path = Callable[[float], CameraView]  # seconds since the start -> view


@dataclass(slots=True)
class Flight:
    """What a flight was like."""

    gaps_secs: list[float] = field(default_factory=list)  # from picture to picture
    seconds: float = 0.0

    @property
    def longest_secs(self) -> float:
        """The longest time without a new picture."""
        return max(self.gaps_secs, default=0.0)

    def share_secs(self, share: float) -> float:
        """The gap that such a share of all gaps stays below."""
        return float(np.quantile(self.gaps_secs, share)) if self.gaps_secs else 0.0


def fly(program: Program, path: Path, seconds: float, each: Callable[[float], None] = lambda _now: None) -> Flight:
    """Follow a path for some seconds, beat by beat; ``each`` is called after every picture with the time."""
    flight, canvas = Flight(), program.canvas
    drawn = [0]
    render = canvas.render

    def counted() -> None:
        render()
        canvas.window.WaitForCompletion()
        drawn[0] += 1

    canvas.render = counted
    start = last = time.perf_counter()
    seen = 0
    try:
        while (now := time.perf_counter() - start) < seconds:
            program.workbench.scene.view.camera = path(now)
            canvas.tick()
            after = time.perf_counter()
            if drawn[0] != seen:
                seen = drawn[0]
                flight.gaps_secs.append(after - last)
                last = after
                each(after - start)
            time.sleep(max(0.0, BEAT_SECS - (time.perf_counter() - start - now)))
    finally:
        canvas.render = render
    flight.seconds = time.perf_counter() - start
    return flight


def through(views: list[CameraView], seconds: float) -> Path:
    """From view to view at an even pace, turning smoothly."""
    legs = len(views) - 1

    def at(now: float) -> CameraView:
        share = min(max(now / seconds, 0.0), 1.0) * legs
        leg = min(int(share), legs - 1)
        t = share - leg
        return between(views[leg], views[leg + 1], t * t * (3.0 - 2.0 * t))

    return at


def between(one: CameraView, other: CameraView, share: float) -> CameraView:
    """A view on the way from one to another."""
    position = np.asarray(one.position_m) * (1 - share) + np.asarray(other.position_m) * share
    target = np.asarray(one.target_m) * (1 - share) + np.asarray(other.target_m) * share
    angle = one.field_of_view_deg * (1 - share) + other.field_of_view_deg * share
    return CameraView(_vector(position), _vector(target), field_of_view_deg=angle)


def wandering(middle_m: tuple[float, float, float], reach_m: float, seed: int) -> Path:
    """Random flying without end: up and down, across the city, now and then a stop; the same for equal seeds."""
    legs = _legs(np.asarray(middle_m), reach_m, seed)
    state = [next(legs), next(legs)]
    until = [_LEG_SECS]

    def at(now: float) -> CameraView:
        while now > until[0]:
            state[:] = [state[1], next(legs)]
            until[0] += _LEG_SECS
        share = min(1.0, 1.15 * (1.0 - (until[0] - now) / _LEG_SECS))
        return between(state[0], state[1], share * share * (3.0 - 2.0 * share))

    return at


_LEG_SECS = 6.0


def _legs(middle_m: np.ndarray, reach_m: float, seed: int) -> Iterator[CameraView]:
    chance = np.random.default_rng(seed)
    while True:
        low = chance.random() < 0.5
        place = middle_m[:2] + chance.uniform(-0.6, 0.6, 2) * reach_m
        height = middle_m[2] + (chance.uniform(3.0, 60.0) if low else chance.uniform(200.0, 2500.0))
        turn, far = chance.uniform(0.0, 2.0 * np.pi), 150.0 if low else 1500.0
        target = np.array([*(place + far * np.array([np.cos(turn), np.sin(turn)])), middle_m[2] + 10.0])
        yield CameraView(_vector(np.array([*place, height])), _vector(target), field_of_view_deg=50.0)


def _vector(values: np.ndarray) -> tuple[float, float, float]:
    x, y, z = (float(one) for one in values)
    return x, y, z
