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
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_HEADER = struct.Struct("<qIII")
_FINISHED = -1
SILENCE_LIMIT_SECS = 90.0
POLL_SECS = 0.005


class Shape(NamedTuple):
    """One element as a kernel gave it: vertices (n, 3) float64 model metres, faces (t, 3) and a style per face."""

    step_id: int
    vertices_m: NDArray[np.float64]
    faces: NDArray[np.int32]
    style_of_face: NDArray[np.int32]
    style_rgba: NDArray[np.float32]  # (k, 4) straight alpha; NaN colour where the file gives none


def write_shape(file: IO[bytes], shape: Shape) -> None:
    """Append one record."""
    file.write(_HEADER.pack(shape.step_id, len(shape.vertices_m), len(shape.faces), len(shape.style_rgba)))
    for array in shape[1:]:
        file.write(np.ascontiguousarray(array).tobytes())


def read_shapes(data: bytes, start: int) -> tuple[list[Shape], int, bool]:
    """The whole records from ``start`` on, where they end, and whether the end mark is among them."""
    shapes: list[Shape] = []
    while start + _HEADER.size <= len(data):
        step_id, num_vertices, num_faces, num_styles = _HEADER.unpack_from(data, start)
        if step_id == _FINISHED:
            return shapes, start + _HEADER.size, True
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
    return shapes, start, False


def mark_finished(file: IO[bytes]) -> None:
    """Say that nothing more comes."""
    file.write(_HEADER.pack(_FINISHED, 0, 0, 0))
    file.flush()


Work = Callable[[IO[bytes]], None]


class KernelProcess:
    """Runs ``work(file)`` in a process of its own and gives its shapes as they arrive."""

    def __init__(self, work: Work, *, silence_limit_secs: float = SILENCE_LIMIT_SECS) -> None:
        self._silence_limit_secs = silence_limit_secs
        handle, name = tempfile.mkstemp(prefix="citytwin-kernel-")
        self._path = Path(name)
        self._reader = os.fdopen(handle, "rb")
        self._rest = b""
        self.finished = False
        self._exit: int | None = None
        self._last_sign_secs = time.monotonic()
        self._spawned: Any = None
        self._pid = self._fork(work) if hasattr(os, "fork") else self._spawn(work)

    def _fork(self, work: Work) -> int:
        pid = os.fork()
        if pid:
            return pid
        status = 1
        try:
            faulthandler.disable()  # a crash here is expected and reported by our parent
            with self._path.open("ab", buffering=1 << 16) as file:
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
        shapes, end, finished = read_shapes(data, 0)
        self._rest = data[end:]
        self.finished = self.finished or finished
        if shapes:
            self._last_sign_secs = time.monotonic()
        return shapes

    @property
    def running(self) -> bool:
        """Whether it still works; one that is silent for too long is killed here."""
        if self._exit is None and time.monotonic() - self._last_sign_secs > self._silence_limit_secs:
            self.kill()
        self._poll()
        return self._exit is None

    def _poll(self) -> None:
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
        while True:
            alive = self.running
            yield from self.take()
            if not alive:
                return
            checkpoint()
            time.sleep(POLL_SECS)

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
        """Kill it if need be, and leave nothing behind."""
        self.kill()
        self._reader.close()
        with contextlib.suppress(OSError):
            self._path.unlink()


def _run_spawned(work: Work, path: str) -> None:
    with Path(path).open("ab") as file:
        work(file)
        mark_finished(file)


def run_all(
    work_for: Callable[[Sequence[int]], Work],
    step_ids: Sequence[int],
    checkpoint: Callable[[], None],
    *,
    alike: Callable[[int], frozenset[int]] = lambda _step_id: frozenset(),
    silence_limit_secs: float = SILENCE_LIMIT_SECS,
) -> Iterator[Shape | int]:
    """Shapes of ``step_ids``; an id alone is a culprit, whose making kills the process.

    A run that dies is halved over what it had not delivered, down to single elements. ``alike``
    names the elements that share a culprit's geometry: they are culprits without a trial.
    """
    waiting = [list(step_ids)]
    while waiting:
        ids = waiting.pop()
        missing = set(ids)
        process = KernelProcess(work_for(ids), silence_limit_secs=silence_limit_secs)
        try:
            for shape in process.shapes(checkpoint):
                missing.discard(shape.step_id)
                yield shape
            finished = process.finished
        finally:
            process.close()
        if finished or not missing:
            continue
        rest = [step_id for step_id in ids if step_id in missing]
        if len(rest) == 1:
            guilty = alike(rest[0])
            yield rest[0]
            yield from (step_id for others in waiting for step_id in others if step_id in guilty)
            waiting = [[step_id for step_id in others if step_id not in guilty] for others in waiting]
            waiting = [others for others in waiting if others]
        else:
            waiting += [rest[len(rest) // 2 :], rest[: len(rest) // 2]]


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
