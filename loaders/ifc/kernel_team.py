"""Several kernel processes over shares of one model: a kernel works in one thread, so cores want processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator, Sequence

from loaders.ifc.kernel_process import KernelProcess, Shape, Work, rest

MOST_PROCESSES = 8


class KernelTeam:
    """Runs each of ``works`` in a process of its own, and answers as one `KernelProcess` would."""

    def __init__(self, works: Sequence[Work], *, silence_limit_secs: float, steps_back: bool = False) -> None:
        self._members: list[KernelProcess] = []
        try:
            for work in works:
                member = KernelProcess(work, silence_limit_secs=silence_limit_secs, steps_back=steps_back)
                self._members.append(member)
        except BaseException:
            self.close()
            raise

    @property
    def finished(self) -> bool:
        """Whether every share was done to its end."""
        return all(member.finished for member in self._members)

    def poll(self) -> None:
        """Notice and collect processes that have ended."""
        for member in self._members:
            member.poll()

    def take(self) -> list[Shape]:
        """The shapes that arrived since the last call."""
        return [shape for member in self._members for shape in member.take()]

    def shapes(self, checkpoint: Callable[[], None]) -> Iterator[Shape]:
        """All shapes until all have ended, however they end; ``checkpoint`` may raise at any time."""
        started_secs = time.monotonic()
        while True:
            alive = [member.running for member in self._members]
            yield from self.take()
            if all(member.finished or not runs for member, runs in zip(self._members, alive, strict=True)):
                return  # a process with a model in its memory takes 10 ms to end: nobody need wait for that
            checkpoint()
            rest(started_secs)

    def close(self) -> None:
        """End all of them."""
        for member in self._members:
            member.close()


def shares(step_ids: Sequence[int], likeness: Callable[[int], Hashable], most: int) -> list[list[int]]:
    """``step_ids`` for at most so many processes, what is alike in one share: its geometry is made once.

    ``likeness`` of an element is false where it shares its geometry with none.
    """
    groups: dict[Hashable, list[int]] = {}
    for step_id in step_ids:
        groups.setdefault(likeness(step_id) or ("alone", step_id), []).append(step_id)
    found: list[list[int]] = [[] for _ in range(max(1, most))]
    for group in sorted(groups.values(), key=len, reverse=True):
        min(found, key=len).extend(group)
    return [sorted(share) for share in found if share]
