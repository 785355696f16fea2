"""The parent's side of one child: hears its events, measures it, stops it in time, names how it died."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from types import TracebackType

from loaders.convert import child as child_side
from loaders.convert.memory import PeakSampler
from loaders.convert.options import ConvertEvent, PreviewReady, TileReady
from loaders.model.errors import Cancelled, CityTwinError
from loaders.processes import Child

# Asked politely, a child has this long before it is killed; with the waits around it this stays below 2 s.
POLITE_S = 1.2
_TICK_S = 0.05


class Supervision:
    """Runs one `Task` in a child process. ``first_geometry_s`` and ``peak_rss_bytes`` are set as it runs.

    Use as a context: the child is gone when it ends, or, after a good `run`, some milliseconds later.
    """

    def __init__(
        self,
        task: child_side.Task,
        on_event: Callable[[ConvertEvent], None],
        is_cancelled: Callable[[], bool],
    ) -> None:
        self._task = task
        self._on_event = on_event
        self._is_cancelled = is_cancelled
        self._deadline_s: float | None = None
        self._outcome: child_side.Done | child_side.Failed | None = None
        self.first_geometry_at_s: float | None = None
        self.peak_rss_bytes = 0
        self._child = Child(child_side.run, self._task)

    def __enter__(self) -> Supervision:
        return self

    def __exit__(self, *_error: type[BaseException] | BaseException | TracebackType | None) -> None:
        if isinstance(self._outcome, child_side.Done) and self._deadline_s is None:
            threading.Thread(target=self._child.close, name="convert-end", daemon=True).start()
        else:
            self._child.close()

    def run(self) -> None:
        """Returns when the folder is whole; raises `CityTwinError` or `Cancelled`."""
        self._watch(self._child)
        if not isinstance(self._outcome, child_side.Done) or self._deadline_s is not None:
            self._judge(self._child.exit_code())

    def _watch(self, child: Child) -> None:
        sampler = PeakSampler(child.pid)
        ready = True
        while ready:
            sampler.sample()
            self.peak_rss_bytes = max(self.peak_rss_bytes, sampler.peak_bytes)
            ready = self._turn(child)

    def _turn(self, child: Child) -> bool:
        """Handle what there is; False when there will be nothing more."""
        self._stop_in_time(child)
        ready = wait([child.connection, child.sentinel], _TICK_S)
        if child.connection in ready:
            try:
                self._handle(child.connection.recv())
            except (EOFError, OSError):
                return False
            return self._outcome is None
        return child.sentinel not in ready

    def _stop_in_time(self, child: Child) -> None:
        if self._deadline_s is None and self._is_cancelled():
            self._deadline_s = time.monotonic() + POLITE_S
            with contextlib.suppress(OSError):
                child.connection.send(child_side.CANCEL)
        if self._deadline_s is not None and time.monotonic() > self._deadline_s:
            child.kill()

    def _handle(self, message: child_side.Message) -> None:
        if isinstance(message, child_side.Done):
            self._outcome = message
            self.peak_rss_bytes = max(self.peak_rss_bytes, message.peak_rss_bytes)
        elif isinstance(message, child_side.Failed):
            self._outcome = message
        else:
            if self.first_geometry_at_s is None and isinstance(message, PreviewReady | TileReady):
                self.first_geometry_at_s = time.monotonic()
            if self._deadline_s is None:
                self._on_event(message)

    def _judge(self, code: int | None) -> None:
        if self._deadline_s is not None or self._outcome == child_side.Failed(None):
            raise Cancelled
        if isinstance(self._outcome, child_side.Failed) and self._outcome.error is not None:
            raise self._outcome.error
        if self._outcome is None:
            name = self._task.source.name
            raise CityTwinError("convert.child_died", str(self._task.source), name=name, signal=exit_name(code))


def exit_name(code: int | None) -> str:
    """``SIGSEGV`` for -11, ``exit 3`` for 3."""
    if code is not None and code < 0:
        try:
            return signal.Signals(-code).name
        except ValueError:
            return f"signal {-code}"
    return f"exit {code}"
