"""Many sources at once, each in its own child process."""

from __future__ import annotations

import dataclasses
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from loaders.convert.job import convert, out_name
from loaders.convert.options import ConvertEvent, ConvertOptions, never_cancelled
from loaders.convert.report import ConvertReport
from loaders.model.errors import Cancelled, CityTwinError

Outcome = ConvertReport | CityTwinError


def _ignore_event(_source: Path, _event: ConvertEvent) -> None:
    pass


def _ignore_outcome(_source: Path, _outcome: Outcome) -> None:
    pass


@dataclasses.dataclass(frozen=True, slots=True)
class ManyListener:
    """Hears of each source's events and of its end; called in worker threads, one call at a time."""

    on_event: Callable[[Path, ConvertEvent], None] = _ignore_event
    on_done: Callable[[Path, Outcome], None] = _ignore_outcome


def convert_many(
    sources: Sequence[Path],
    options: ConvertOptions | None = None,
    listener: ManyListener | None = None,
    is_cancelled: Callable[[], bool] = never_cancelled,
    *,
    jobs: int = 1,
    keep_going: bool = False,
) -> list[Outcome]:
    """A report or an error for each source, in their order; ``jobs`` run at a time.

    Without ``keep_going`` the first error cancels the rest, whose outcome is ``convert.not_tried``.
    Raises `Cancelled` when ``is_cancelled`` says so. Sources of one name that go to one ``out``
    folder get subfolders ``1``, ``2`` ... in their order.
    """
    run = _Run(listener or ManyListener(), is_cancelled, keep_going)
    choices = _options_each(sources, options or ConvertOptions())
    with ThreadPoolExecutor(max(1, jobs), thread_name_prefix="convert") as pool:
        futures = [pool.submit(run.one, source, choice) for source, choice in zip(sources, choices, strict=True)]
        try:
            outcomes = [future.result() for future in futures]
        except BaseException:
            run.interrupt()
            raise
    if is_cancelled():
        raise Cancelled
    return outcomes


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


def _options_each(sources: Sequence[Path], options: ConvertOptions) -> list[ConvertOptions]:
    if options.out is None:
        return [options] * len(sources)
    counts = Counter(out_name(source) for source in sources)
    seen: Counter[str] = Counter()
    choices = []
    for source in sources:
        name = out_name(source)
        seen[name] += 1
        out = options.out / str(seen[name]) if counts[name] > 1 else options.out
        choices.append(dataclasses.replace(options, out=out))
    return choices
