"""Finds the elements on which a kernel crashes or hangs, and delivers all the others."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence

from loaders.ifc.kernel_process import SHORTEST_POLL_SECS, KernelProcess, Shape, Work

ELEMENT_LIMIT_SECS = 30.0
MOST_CULPRITS = 64
SMALLEST_SHARE = 200  # a process costs memory: small models have one, large ones as many as cores

WorkFor = Callable[[Sequence[int]], Work]
Alike = Callable[[int], frozenset[int]]


class _Lane:
    """One process after the other over one share of the elements."""

    def __init__(self, work_for: WorkFor, step_ids: Sequence[int], element_limit_secs: float) -> None:
        self._work_for, self._limit_secs = work_for, element_limit_secs
        self._step_ids = list(step_ids)
        self._process = self._started()

    def _started(self) -> KernelProcess:
        return KernelProcess(self._work_for(self._step_ids), silence_limit_secs=self._limit_secs)

    def step(self) -> tuple[list[Shape], bool]:
        """What arrived, and whether the process still runs."""
        alive = self._process.running
        return self._process.take(), alive

    def culprit(self) -> int | None:
        """The element that ended the process; None when it ended well, or before it began any."""
        trying = self._process.trying
        return None if self._process.finished or trying not in self._step_ids else trying

    @property
    def finished(self) -> bool:
        return self._process.finished

    def drop(self, culprit: int, alike: frozenset[int]) -> list[int]:
        """Forget what came before ``culprit`` and what is ``alike`` after it; gives the latter."""
        rest = self._step_ids[self._step_ids.index(culprit) + 1 :]
        self._step_ids = [step_id for step_id in rest if step_id not in alike]
        return [step_id for step_id in rest if step_id in alike]

    @property
    def left(self) -> list[int]:
        """The elements that are not done, the one at work among them."""
        return self._step_ids

    def go_on(self) -> None:
        """A new process for what is left."""
        self._process.close()
        self._process = self._started()

    def close(self) -> None:
        self._process.close()


def sift(
    work_for: WorkFor,
    step_ids: Sequence[int],
    checkpoint: Callable[[], None],
    *,
    alike: Alike = lambda _step_id: frozenset(),
    element_limit_secs: float = ELEMENT_LIMIT_SECS,
) -> Iterator[Shape | int]:
    """Shapes of ``step_ids``; an id alone is a culprit, whose making ends the process.

    ``work_for(ids)`` makes the elements one by one in that order and marks each (`mark_trying`), so a
    crash names its culprit. ``alike`` names the elements that share a culprit's geometry: they are
    culprits without a trial. After `MOST_CULPRITS` crashes all that is left is given up as culprits.
    """
    lanes = [_Lane(work_for, share, element_limit_secs) for share in _shares(step_ids)]
    crashes = 0
    try:
        while lanes:
            for lane in list(lanes):
                shapes, alive = lane.step()
                yield from shapes
                if alive:
                    continue
                crashes += not lane.finished
                yield from _after(lane, alike, crashes >= MOST_CULPRITS)
                if not lane.left:
                    lane.close()
                    lanes.remove(lane)
            checkpoint()
            time.sleep(SHORTEST_POLL_SECS)
    finally:
        for lane in lanes:
            lane.close()


def _after(lane: _Lane, alike: Alike, give_up: bool) -> Iterator[int]:
    """The culprits of a process that ended; the lane goes on with what is left."""
    culprit = lane.culprit()
    if lane.finished:
        lane.left.clear()
    elif culprit is None:
        yield from lane.left
        lane.left.clear()
    else:
        yield culprit
        yield from lane.drop(culprit, alike(culprit))
        if give_up:
            yield from lane.left
            lane.left.clear()
    if lane.left:
        lane.go_on()


def _shares(step_ids: Sequence[int]) -> list[list[int]]:
    count = max(1, min(os.cpu_count() or 1, len(step_ids) // SMALLEST_SHARE))
    size = -(-len(step_ids) // count)
    return [list(step_ids[start : start + size]) for start in range(0, len(step_ids), size)] if step_ids else []
