"""Child processes that cost 15 ms to start and leave nothing behind.

On POSIX they are forked from a server that has the heavy libraries loaded; elsewhere they are spawned.
Each leads its own process group, so that ending it ends what it started itself.
"""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing import spawn
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

PRELOADED = "loaders.convert.preload"
NAME = "citytwin-convert"
_EXIT_WAIT_S = 2.0
_WARM_WAIT_S = 30.0
# Dask's workers have glibc give memory back at every turn: a fifth of the time of a child, which soon ends anyway.
_GIVES_BACK = "MALLOC_TRIM_THRESHOLD_"

_lock = threading.RLock()
_running: dict[int, Child] = {}
_is_posix = os.name == "posix"


def _context() -> Any:
    context = multiprocessing.get_context("forkserver" if _is_posix else "spawn")
    if _is_posix:
        context.set_forkserver_preload([PRELOADED])
    return context


_given_preparation_data = spawn.get_preparation_data


def _preparation_data(name: str) -> dict[str, Any]:
    """Keeps our children from importing the main program again.

    They never need it, and a script without a ``__main__`` guard, or read from standard input,
    would run twice or fail. Other users of multiprocessing see no difference.
    """
    data: dict[str, Any] = _given_preparation_data(name)
    if name.startswith(NAME):
        data.pop("init_main_from_name", None)
        data.pop("init_main_from_path", None)
    return data


spawn.get_preparation_data = _preparation_data


class Child:
    """A running child process and our end of the pipe to it."""

    def __init__(self, target: Callable[..., None], *arguments: object) -> None:
        context = _context()
        self.connection, theirs = context.Pipe()
        try:
            with _lock, _importable():
                self._process = context.Process(target=target, args=(*arguments, theirs), name=NAME)
                self._process.start()
                self.pid: int = self._process.pid
                _running[self.pid] = self
        except BaseException:
            self.connection.close()
            raise
        finally:
            theirs.close()

    @property
    def sentinel(self) -> int:
        """Ready for `multiprocessing.connection.wait` once the process has ended."""
        return int(self._process.sentinel)

    def exit_code(self, timeout_s: float = _EXIT_WAIT_S) -> int | None:
        """Negative for a signal; None when it still runs after ``timeout_s``."""
        multiprocessing.connection.wait([self._process.sentinel], timeout_s)
        with _lock:  # two threads that collect one exit code would lose it
            self._process.join(0)
            code: int | None = self._process.exitcode
            return code

    def kill(self) -> None:
        """End it and everything it started, at once."""
        if _is_posix:
            for end in (os.killpg, os.kill):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    end(self.pid, signal.SIGKILL)
        else:
            command = ["taskkill", "/T", "/F", "/PID", str(self.pid)]
            subprocess.run(command, capture_output=True, check=False)

    def close(self) -> None:
        """Let go of pipe and process; it and what it started are killed if they still run."""
        self.kill()
        self.exit_code()
        self.connection.close()
        with _lock:
            _running.pop(self.pid, None)
            with contextlib.suppress(ValueError):
                self._process.close()


@contextlib.contextmanager
def _importable() -> Iterator[None]:
    """Lets the fork server, when it starts now, find this package wherever the program was started from."""
    if not _is_posix or getattr(sys, "frozen", False):
        yield
        return
    root = str(Path(__file__).resolve().parents[1])
    before = {name: os.environ.get(name) for name in ("PYTHONPATH", _GIVES_BACK)}
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (root, before["PYTHONPATH"])))
    os.environ.pop(_GIVES_BACK, None)
    try:
        from multiprocessing import forkserver, resource_tracker

        resource_tracker.ensure_running()  # which hears Ctrl+C again when it is done
        with _deaf_to_interrupts():
            forkserver.ensure_running()
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


@contextlib.contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """What is started in here never hears Ctrl+C, which a terminal sends to all: it would die with a traceback."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def warm_up(*, wait: bool = False) -> None:
    """Start the fork server, which loads the heavy libraries meanwhile. Any thread.

    Returns at once, or with ``wait`` when a first child has come and gone.
    """
    _context()
    with _lock, _importable():
        pass
    if wait:
        child = Child(_nothing)
        try:
            child.exit_code(_WARM_WAIT_S)
        finally:
            child.close()


def _nothing(_connection: Connection[Any, Any]) -> None:
    lead_group()


def shutdown() -> None:
    """Kill all children and end the fork server; a later conversion starts it again."""
    with _lock:
        children = list(_running.values())
    for child in children:
        child.kill()
    if not _is_posix:
        return
    from multiprocessing import forkserver

    with _lock:
        # The standard library offers no public way to end its fork server before the program ends.
        stop = getattr(forkserver._forkserver, "_stop", None)
        if stop is not None:
            stop()


atexit.register(shutdown)


def lead_group() -> None:
    """In a child: lead a group of its own, and keep what native libraries print away from the user."""
    if _is_posix:
        os.setsid()
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    os.close(quiet)


def step_back() -> None:
    """In a child: leave the processor to whoever answers the user."""
    if hasattr(os, "nice"):
        os.nice(10)


def end_group() -> None:
    """In a child whose parent is gone: end it and everything it started."""
    if _is_posix:
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


__all__ = ["PRELOADED", "Child", "Connection", "end_group", "lead_group", "shutdown", "warm_up"]
