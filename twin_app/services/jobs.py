"""Background jobs: threads with true progress and Cancel; results come back through the inbox."""

from __future__ import annotations

import enum
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from psygnal import Signal

from loaders.model.errors import Cancelled, CityTwinError
from twin_app.services.inbox import Inbox

BRIEF_S = 0.15  # what takes no longer is not worth a line on the screen
_ids = itertools.count(1)


class JobState(enum.StrEnum):
    """The life of a job."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Job:
    """One piece of background work. Its attributes change on the GUI thread only, but for the cancel flag.

    ``title_key`` and ``title_args`` say what it does; ``fraction`` is None while unknown. One that is ``waiting``
    has not begun.
    """

    def __init__(self, key: str, title_key: str, title_args: dict[str, Any]) -> None:
        self.job_id = next(_ids)
        self.key = key
        self.title_key = title_key
        self.title_args = title_args
        self.state = JobState.RUNNING
        self.fraction: float | None = None
        self.stage_key = ""
        self.started_s = time.monotonic()
        self.ended_s: float | None = None
        self.error: CityTwinError | None = None
        self.waiting = False
        self.on_cancel: Callable[[], None] = lambda: None
        self._cancel = threading.Event()

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.state is JobState.RUNNING

    @property
    def cancel_requested(self) -> bool:
        """Whether somebody asked it to stop; any thread."""
        return self._cancel.is_set()

    @property
    def elapsed_s(self) -> float:
        """Seconds from its start to its end, or to now."""
        return (self.ended_s or time.monotonic()) - self.started_s

    def cancel(self) -> None:
        """Ask it to stop; any thread."""
        self._cancel.set()
        self.on_cancel()

    def checkpoint(self) -> None:
        """Raise `Cancelled` when asked to stop; called by the work itself."""
        if self._cancel.is_set():
            raise Cancelled


class JobContext:
    """What the work may say, from its own thread."""

    def __init__(self, manager: JobManager, job: Job) -> None:
        self.job = job
        self._manager = manager

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return self.job.cancel_requested

    def progress(self, fraction: float | None, stage_key: str = "") -> None:
        """Report a true share of the work done."""
        self._manager.inbox.post(lambda: self._manager.note_progress(self.job, fraction, stage_key))

    def post(self, call: Callable[[], None]) -> None:
        """Have something done on the GUI thread, unless the job was cancelled meanwhile."""
        self._manager.inbox.post(lambda: None if self.job.cancel_requested else call())


class JobManager:
    """Starts jobs and keeps those of this session. GUI thread, but for what `JobContext` offers.

    A new job with the key of a running one cancels the old one: the newest wins. Of those that are submitted with a
    ``limit``, so many run at the same time; the others wait without a thread.
    """

    added = Signal(object)  # Job
    changed = Signal(object)  # Job

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self._jobs: list[Job] = []
        self._threads: dict[int, threading.Thread] = {}
        self._waiting: deque[tuple[Job, Callable[[], None], Callable[[], None], Callable[[], int]]] = deque()
        self._newest: dict[str, Job] = {}  # running jobs by key
        self._limited: set[int] = set()  # ids of the running jobs that count against a limit
        self._brief: dict[int, threading.Timer] = {}  # until they have run for long enough to be told of

    def __iter__(self) -> Iterator[Job]:
        return iter(tuple(self._jobs))

    @property
    def running(self) -> tuple[Job, ...]:
        """The jobs that have not ended, but for brief ones of which nobody heard yet."""
        return tuple(job for job in self._jobs if job.running)

    def submit(
        self,
        key: str,
        work: Callable[[JobContext], Any],
        *,
        title_key: str,
        title_args: dict[str, Any] | None = None,
        on_done: Callable[[Any], None] = lambda _result: None,
        on_failed: Callable[[CityTwinError], None] = lambda _error: None,
        on_cancelled: Callable[[], None] = lambda: None,
        limit: Callable[[], int] | None = None,
        brief: bool = False,
    ) -> Job:
        """Run ``work`` in a thread; exactly one of the three callbacks comes on the GUI thread.

        ``limit`` is asked anew each time one of them may begin, so that a changed setting holds at once. A ``brief``
        one is among the jobs only once it takes longer than `BRIEF_S`.
        """
        old = self._newest.get(key)
        if old is not None:
            old.cancel()
        job = self._newest[key] = Job(key, title_key, title_args or {})

        def start() -> None:
            self._start(job, (work, on_done, on_failed, on_cancelled), limited=limit is not None)

        if brief:
            timer = self._brief[job.job_id] = threading.Timer(BRIEF_S, self.inbox.post, [lambda: self._announce(job)])
            timer.daemon = True
            timer.start()
            start()
            return job
        self._jobs.append(job)
        if limit is not None:
            job.waiting = True
            job.on_cancel = lambda: self.inbox.post(self._end_cancelled)
            self._waiting.append((job, start, on_cancelled, limit))
            self.added.emit(job)
            self._go_on()
        else:
            self.added.emit(job)
            start()
        return job

    def _announce(self, job: Job) -> None:
        if job.running:
            self._jobs.append(job)
            self.added.emit(job)

    def _start(self, job: Job, calls: tuple[Callable[..., Any], ...], *, limited: bool) -> None:
        job.waiting, job.started_s = False, time.monotonic()
        if limited:
            self._limited.add(job.job_id)
        thread = threading.Thread(target=self._run, args=(job, *calls), name=f"job-{job.key}", daemon=True)
        self._threads[job.job_id] = thread
        thread.start()

    def _end_cancelled(self) -> None:
        """End the waiting jobs that were cancelled."""
        cancelled = [entry for entry in self._waiting if entry[0].cancel_requested]
        if cancelled:
            self._waiting = deque(entry for entry in self._waiting if not entry[0].cancel_requested)
        for job, _, on_cancelled, _ in cancelled:
            self._end(job, JobState.CANCELLED, on_cancelled)

    def _go_on(self) -> None:
        """Let waiting jobs begin as far as their limits allow."""
        while self._waiting and len(self._limited) < max(1, self._waiting[0][3]()):
            job, start, on_cancelled, _ = self._waiting.popleft()
            if job.cancel_requested:
                self._end(job, JobState.CANCELLED, on_cancelled)
            else:
                start()
                self.changed.emit(job)

    def _run(
        self,
        job: Job,
        work: Callable[[JobContext], Any],
        on_done: Callable[[Any], None],
        on_failed: Callable[[CityTwinError], None],
        on_cancelled: Callable[[], None],
    ) -> None:
        try:
            result = work(JobContext(self, job))
            job.checkpoint()
        except Cancelled:
            self.inbox.post(lambda: self._end(job, JobState.CANCELLED, on_cancelled))
        except CityTwinError as error:
            self._fail(job, error, on_failed)
        except Exception as mistake:  # noqa: BLE001 - a mistake of ours must end the job visibly, not the thread
            self._fail(job, CityTwinError("app.unexpected", type(mistake).__name__, detail=str(mistake)), on_failed)
        else:
            self.inbox.post(lambda: self._end(job, JobState.DONE, lambda: on_done(result)))

    def _fail(self, job: Job, error: CityTwinError, on_failed: Callable[[CityTwinError], None]) -> None:
        job.error = error
        self.inbox.post(lambda: self._end(job, JobState.FAILED, lambda: on_failed(error)))

    def _end(self, job: Job, state: JobState, callback: Callable[[], None]) -> None:
        job.state, job.waiting = state, False
        job.ended_s = time.monotonic()
        self._limited.discard(job.job_id)
        if self._newest.get(job.key) is job:
            del self._newest[job.key]
        timer = self._brief.pop(job.job_id, None)
        if timer is not None:
            timer.cancel()
            timer.join(timeout=1)
        thread = self._threads.pop(job.job_id, None)
        if thread is not None:
            thread.join(timeout=1)
        callback()
        self.changed.emit(job)
        self._go_on()

    def note_progress(self, job: Job, fraction: float | None, stage_key: str) -> None:
        """Take a job's progress in; GUI thread."""
        job.fraction = fraction
        job.stage_key = stage_key or job.stage_key
        self.changed.emit(job)

    def cancel_all(self) -> None:
        """Ask all running jobs to stop."""
        for job in {*self.running, *self._newest.values()}:
            job.cancel()

    def shutdown(self, timeout_s: float = 4.0) -> bool:
        """Cancel everything and wait; True when every thread ended in time."""
        self.cancel_all()
        end = time.monotonic() + timeout_s
        while (self._threads or self._waiting) and time.monotonic() < end:
            self.inbox.drain(50)
            time.sleep(0.01)
        return not self._threads and not self._waiting
