"""What was observed at a time that somebody wants to look at, read from memory and from the project's history."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from loaders.model.errors import CityTwinError
from twin_app.live.batch import Batch
from twin_app.live.history.model import DAY_US, HistoryStore
from twin_app.live.moment import Stretch, in_order, newest_of
from twin_app.live.recent import Recent
from twin_app.live.values import now_us
from twin_app.services.jobs import JobContext
from twin_app.usecases.workbench import Workbench

LOOK_BACK_US = 2 * DAY_US  # what is older at a time counts as not known then
MOST = 1_000_000  # observations that are held of a stretch
JOB_KEY = "moment"


def follow_time(workbench: Workbench) -> None:
    """Read what is wanted of other times, in the background; the newest wish wins."""
    workbench.live.stretch_wanted.connect(lambda from_us, to_us: _read(workbench, (from_us, to_us)))


def _read(workbench: Workbench, span_us: tuple[int, int]) -> None:
    live = workbench.live
    keys = [info.key for info in live.table.infos()]
    history, recent = live.history, live.recent

    def work(job: JobContext) -> Stretch:
        return stretch_of(keys, span_us, (history, recent), job.job.checkpoint)

    def failed(error: CityTwinError) -> None:
        live.show_stretch(None)
        workbench.messages.error(error)

    workbench.jobs.submit(
        JOB_KEY,
        work,
        title_key="time.reading",
        on_done=live.show_stretch,
        on_failed=failed,
        brief=True,
    )


def stretch_of(
    keys: Sequence[str],
    span_us: tuple[int, int],
    sources: tuple[HistoryStore | None, Recent],
    checkpoint: Callable[[], None] = lambda: None,
) -> Stretch:
    """What is known of streams over a span; it ends earlier where more than `MOST` came, and at the present."""
    from_us, to_us = span_us
    to_us = min(to_us, now_us())
    history, recent = sources
    parts: list[Batch] = []
    if history is not None:
        parts.append(history.known_at(keys, from_us, from_us - LOOK_BACK_US))
        checkpoint()
        parts.append(history.between(keys, from_us, to_us, MOST))
        checkpoint()
    parts.append(newest_of(in_order([recent.between(from_us - LOOK_BACK_US, from_us)])))
    parts.append(recent.between(from_us + 1, to_us))
    checkpoint()
    observed = in_order(parts)
    begin = int(np.searchsorted(observed.source_us, from_us, "right"))
    if len(observed) - begin >= MOST:
        to_us = int(observed.source_us[begin + MOST - 1]) - 1
        observed = observed.only(np.arange(len(observed)) < begin + MOST)
    return Stretch(from_us, to_us, observed)
