"""A sacrificial process that runs one ifcopenshell kernel: a native crash costs an element, not the file.

On POSIX it is forked from the loading process and shares the parsed model; elsewhere it is spawned
and parses the file again. Results go into a file as they come, so that what was done before a crash
is kept.
"""

from __future__ import annotations

import contextlib
import faulthandler
import multiprocessing
import os
import pickle
import signal
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.model.meshes import extent

_HEADER = struct.Struct("<qIII")
_FINISHED = -1
_TRYING = -2  # and below: the element -2 - step_id is begun
SILENCE_LIMIT_SECS = 60.0
# Threads of a kernel that wait for each other use no processor time; nothing else stands still this long.
STANDSTILL_LIMIT_SECS = 4.0
POLL_SECS, SHORTEST_POLL_SECS, LOOK_SECS = 0.005, 0.002, 0.05
_BEHIND = 5  # how much nicer than its parent a process is that steps back
_CAN_FORK = hasattr(os, "fork")


@dataclass(frozen=True, eq=False)
class Shape:
    """One element as a kernel gave it: vertices (n, 3) float64 model metres, faces (t, 3) and a style per face."""

    step_id: int
    vertices_m: NDArray[np.float64]
    faces: NDArray[np.int32]
    style_of_face: NDArray[np.int32]
    style_rgba: NDArray[np.float32]  # (k, 4) straight alpha; NaN colour where the file gives none

    @cached_property
    def extent_m(self) -> NDArray[np.float64]:
        """(2, 3): the lowest and the highest coordinates of at least one vertex; NaN where one is."""
        return extent(self.vertices_m)


def write_shape(file: IO[bytes], shape: Shape) -> None:
    """Append one record."""
    arrays = (shape.vertices_m, shape.faces, shape.style_of_face, shape.style_rgba)
    write_record(file, shape.step_id, [np.ascontiguousarray(array).tobytes() for array in arrays])


def write_record(file: IO[bytes], step_id: int, arrays: Sequence[bytes]) -> None:
    """The same of the bytes of vertices, faces, styles and colours."""
    vertices_m, faces, _, style_rgba = arrays
    file.write(_HEADER.pack(step_id, len(vertices_m) // 24, len(faces) // 12, len(style_rgba) // 16))
    file.writelines(arrays)


class Records(NamedTuple):
    """What was read: whole shapes, where they end, whether the end mark is among them, and what was begun last."""

    shapes: list[Shape]
    end: int
    finished: bool
    trying: int | None


def read_shapes(data: bytes, start: int) -> Records:
    """The whole records from ``start`` on."""
    shapes: list[Shape] = []
    trying: int | None = None
    while start + _HEADER.size <= len(data):
        step_id, num_vertices, num_faces, num_styles = _HEADER.unpack_from(data, start)
        if step_id == _FINISHED:
            return Records(shapes, start + _HEADER.size, True, trying)
        if step_id <= _TRYING:
            trying = _TRYING - step_id
            start += _HEADER.size
            continue
        size = num_vertices * 24 + num_faces * 16 + num_styles * 16
        if start + _HEADER.size + size > len(data):
            break
        at = start + _HEADER.size
        vertices = np.frombuffer(data, np.float64, num_vertices * 3, at).reshape(-1, 3)
        at += num_vertices * 24
        faces = np.frombuffer(data, np.int32, num_faces * 3, at).reshape(-1, 3)
        at += num_faces * 12
        styles = np.frombuffer(data, np.int32, num_faces, at)
        at += num_faces * 4
        rgba = np.frombuffer(data, np.float32, num_styles * 4, at).reshape(-1, 4)
        shapes.append(Shape(step_id, vertices, faces, styles, rgba))
        start = at + num_styles * 16
    return Records(shapes, start, False, trying)


def mark_trying(file: IO[bytes], step_id: int) -> None:
    """Say which element comes next, so that a crash or a hang names it."""
    file.write(_HEADER.pack(_TRYING - step_id, 0, 0, 0))
    file.flush()


def mark_finished(file: IO[bytes]) -> None:
    """Say that nothing more comes."""
    file.write(_HEADER.pack(_FINISHED, 0, 0, 0))
    file.flush()


Work = Callable[[IO[bytes]], None]


class KernelProcess:
    """Runs ``work(file)`` in a process of its own and gives its shapes as they arrive.

    ``trying`` is the element that it began last, where the work says so. It is killed when it gives no
    sign for ``silence_limit_secs``. With ``spawn`` it shares nothing with this process and ``work`` is pickled.
    Where it ``steps_back``, a forked one leaves the processor to its parent.
    """

    def __init__(
        self,
        work: Work,
        *,
        silence_limit_secs: float = SILENCE_LIMIT_SECS,
        spawn: bool = not _CAN_FORK,
        steps_back: bool = False,
    ) -> None:
        self._silence_limit_secs = silence_limit_secs
        self._steps_back = steps_back
        handle, name = tempfile.mkstemp(prefix="citytwin-kernel-")
        self._path = Path(name)
        self._reader = os.fdopen(handle, "rb")
        self._rest = b""
        self.finished = False
        self.trying: int | None = None
        self._exit: int | None = None
        self._last_sign_secs = self._last_work_secs = time.monotonic()
        self._work_done: str | None = None
        self._look_again_secs = 0.0
        self._spawned: Any = None
        self._pid = self._spawn(work) if spawn else self._fork(work)

    def _fork(self, work: Work) -> int:
        with self._path.open("ab", buffering=1 << 16) as file:
            self._path.unlink()  # both ends are open: nothing is left behind, however this ends
            pid = os.fork()
            if pid:
                return pid
            status = 1
            try:
                faulthandler.disable()  # a crash here is expected and reported by our parent
                if self._steps_back:
                    os.nice(_BEHIND)
                work(file)
                mark_finished(file)
                status = 0
            finally:
                os._exit(status)  # neither exit handlers nor buffers of the parent may run twice

    def _spawn(self, work: Work) -> int:
        context = multiprocessing.get_context("spawn")
        self._spawned = context.Process(target=_run_spawned, args=(work, str(self._path)), daemon=True)
        self._spawned.start()
        return int(self._spawned.pid)

    def take(self) -> list[Shape]:
        """The shapes that arrived since the last call."""
        data = self._rest + self._reader.read()
        found = read_shapes(data, 0)
        self._rest = data[found.end :]
        self.finished = self.finished or found.finished
        if found.end:
            self._last_sign_secs = time.monotonic()
        if found.trying is not None:
            self.trying = found.trying
        return found.shapes

    @property
    def running(self) -> bool:
        """Whether it still works; one that is silent for too long, or stands still, is killed here."""
        if self._exit is None and (self._is_silent() or self._stands_still()):
            self.kill()
        self.poll()
        return self._exit is None

    def _is_silent(self) -> bool:
        return time.monotonic() - self._last_sign_secs > self._silence_limit_secs

    def _stands_still(self) -> bool:
        now = time.monotonic()
        if now < self._look_again_secs:
            return False  # asking the system takes longer than all else that is done between two rests
        self._look_again_secs = now + LOOK_SECS
        work_done = _processor_time(self._pid)
        if work_done is None or work_done != self._work_done:
            self._work_done, self._last_work_secs = work_done, time.monotonic()
        return time.monotonic() - self._last_work_secs > STANDSTILL_LIMIT_SECS

    def poll(self) -> None:
        """Notice and collect a process that has ended."""
        if self._exit is not None:
            return
        if self._spawned is not None:
            self._exit = self._spawned.exitcode
            return
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        if pid:
            self._exit = os.waitstatus_to_exitcode(status)

    def shapes(self, checkpoint: Callable[[], None]) -> Iterator[Shape]:
        """All shapes until it ends, however it ends; ``checkpoint`` may raise at any time."""
        started_secs = time.monotonic()
        while True:
            alive = self.running
            yield from self.take()
            if self.finished or not alive:
                return  # a process with a model in its memory takes 10 ms to end: nobody need wait for that
            checkpoint()
            rest(started_secs)

    def kill(self) -> None:
        """End it at once and collect it."""
        if self._exit is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, getattr(signal, "SIGKILL", signal.SIGTERM))
            if self._spawned is not None:
                self._spawned.join(2)
                self._exit = -9
            else:
                self._exit = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def close(self) -> None:
        """Kill it if need be, and leave nothing behind; one that is done ends by itself and is collected then."""
        self.poll()
        if self.finished and self._exit is None and self._spawned is None:
            self._exit = 0
            threading.Thread(target=os.waitpid, args=(self._pid, 0), name="kernel-end", daemon=True).start()
        self.kill()
        self._reader.close()
        with contextlib.suppress(OSError):
            self._path.unlink()


def rest(started_secs: float) -> None:
    """Wait before asking again, having waited since a time of `time.monotonic`.

    Who waits for a moment is told at once; who waits for minutes need not ask a thousand times a second.
    """
    waited_secs = time.monotonic() - started_secs
    time.sleep(min(POLL_SECS, max(SHORTEST_POLL_SECS, waited_secs / 100)))


def _processor_time(pid: int) -> str | None:
    """The processor time that a process has used, in the system's own words; None where the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return " ".join(fields[11:13])  # utime and stime of proc(5)


def _run_spawned(work: Work, path: str) -> None:
    with Path(path).open("ab") as file:
        work(file)
        mark_finished(file)


def answer_of_fork(function: Callable[[], Any]) -> Any:
    """What ``function`` gives in a forked process; None when it died there.

    Native thread pools do not survive a fork: a library that keeps one must not run in the loading
    process itself, or the next process forked from it waits forever. Called directly without fork.
    """
    if not hasattr(os, "fork"):
        return function()
    ours, theirs = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            faulthandler.disable()
            os.close(ours)
            with os.fdopen(theirs, "wb") as pipe:
                pickle.dump(function(), pipe)
        finally:
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        data = pipe.read()
    os.waitpid(pid, 0)
    try:
        return pickle.loads(data)  # written by our own child
    except (EOFError, pickle.UnpicklingError):
        return None
