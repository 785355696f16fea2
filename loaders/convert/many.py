"""Many sources at once, each in its own child process."""

from __future__ import annotations

import dataclasses
import itertools
import os
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from loaders.convert.gather import Placed
from loaders.convert.job import convert, out_name
from loaders.convert.options import ConvertEvent, ConvertOptions, never_cancelled
from loaders.convert.report import ConvertReport
from loaders.model.errors import Cancelled, CityTwinError, Finding

Outcome = ConvertReport | CityTwinError


def _ignore_event(_source: Path, _event: ConvertEvent) -> None:
    pass


def _ignore_outcome(_source: Path, _outcome: Outcome) -> None:
    pass


def _ignore_finding(_finding: Finding) -> None:
    pass


@dataclasses.dataclass(frozen=True, slots=True)
class ManyListener:
    """Hears of each source's events and of its end, and of what concerns them all; any thread, one call at a time."""

    on_event: Callable[[Path, ConvertEvent], None] = _ignore_event
    on_done: Callable[[Path, Outcome], None] = _ignore_outcome
    on_finding: Callable[[Finding], None] = _ignore_finding


def convert_many(
    sources: Sequence[Path | Placed],
    options: ConvertOptions | None = None,
    listener: ManyListener | None = None,
    is_cancelled: Callable[[], bool] = never_cancelled,
    *,
    jobs: int = 1,
    keep_going: bool = False,
) -> list[Outcome]:
    """A report or an error for each source, in their order; ``jobs`` run at a time.

    Without ``keep_going`` the first error cancels the rest, whose outcome is ``convert.not_tried``.
    Raises `Cancelled` when ``is_cancelled`` says so. Sources go to their subfolder of ``out``; those of
    one name that would go to one folder get subfolders ``1``, ``2`` ... of it in their order.
    """
    run = _Run(listener or ManyListener(), is_cancelled, keep_going)
    options = options or ConvertOptions()
    if jobs > 1 and not options.cores:
        options = dataclasses.replace(options, cores=max(1, (os.cpu_count() or 1) // jobs))
    works = options_each(sources, options)
    with ThreadPoolExecutor(max(1, jobs), thread_name_prefix="convert") as pool:
        futures = {number: pool.submit(run.one, *works[number]) for number in largest_first(works, jobs)}
        try:
            outcomes = [futures[number].result() for number in range(len(works))]
        except BaseException:
            run.interrupt()
            raise
    if is_cancelled():
        raise Cancelled
    return outcomes


def largest_first(works: Sequence[tuple[Path, ConvertOptions]], jobs: int) -> list[int]:
    """In which order to begin: with several at a time, a large one at the end would leave the others idle."""
    if jobs < 2:
        return list(range(len(works)))
    return sorted(range(len(works)), key=lambda number: -size_bytes(works[number][0]))


def size_bytes(path: Path) -> int:
    """Of a file; 0 where nobody can tell."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


class _Run:
    def __init__(self, listener: ManyListener, is_cancelled: Callable[[], bool], keep_going: bool) -> None:
        self._listener = listener
        self._is_cancelled = is_cancelled
        self._keep_going = keep_going
        self._speaking = threading.Lock()
        self.stopped = threading.Event()
        self._interrupted = False

    def interrupt(self) -> None:
        """Stop everything, and say no more: the caller is going."""
        self._interrupted = True
        self.stopped.set()

    def one(self, source: Path, options: ConvertOptions) -> Outcome:
        outcome = self._outcome(source, options)
        if isinstance(outcome, CityTwinError) and not self._keep_going:
            self.stopped.set()
        with self._speaking:
            if not self._interrupted:
                self._listener.on_done(source, outcome)
        return outcome

    def _outcome(self, source: Path, options: ConvertOptions) -> Outcome:
        if self._must_stop():
            return CityTwinError("convert.not_tried", str(source), name=source.name)
        try:
            return convert(source, options, lambda event: self._tell(source, event), self._must_stop)
        except Cancelled:
            return CityTwinError("convert.not_tried", str(source), name=source.name)
        except CityTwinError as error:
            return error

    def _must_stop(self) -> bool:
        return self.stopped.is_set() or self._is_cancelled()

    def _tell(self, source: Path, event: ConvertEvent) -> None:
        with self._speaking:
            self._listener.on_event(source, event)


def options_each(sources: Sequence[Path | Placed], options: ConvertOptions) -> list[tuple[Path, ConvertOptions]]:
    """Each source with its own output folder: no two write to the same place."""
    placed = [one if isinstance(one, Placed) else Placed(one) for one in sources]
    if options.out is None:
        return [(one.source, options) for one in placed]
    wanted = [options.out / one.subfolder / out_name(one.source) for one in placed]
    counts = Counter(wanted)
    taken = {target for target, count in counts.items() if count == 1}
    works = []
    for one, target in zip(placed, wanted, strict=True):
        folders = (target.parent / str(number) for number in itertools.count(1))
        out = next(f for f in folders if f / target.name not in taken) if counts[target] > 1 else target.parent
        taken.add(out / target.name)
        works.append((one.source, dataclasses.replace(options, out=out)))
    return works
