"""A real Dask cluster on this computer: a scheduler and workers in processes of their own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from tests.support.commands import environment

_START_S = 30.0
_END_S = 15.0


def free_port() -> int:
    """A port of this computer that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """A scheduler and two workers of one thread each; the second has no nanny, so that killing it is final."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._logs: list[Path] = []
        self._processes: list[subprocess.Popen[bytes]] = []
        self.address = f"tcp://127.0.0.1:{free_port()}"

    def __enter__(self) -> Cluster:
        try:
            self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", self.address.rpartition(":")[2])
            self._wait_for_port()
            self.with_nanny = self.worker()
            self.alone = self.worker("--no-nanny")
            self._wait_for_workers(2)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    def worker(self, *options: str, **variables: str) -> subprocess.Popen[bytes]:
        """One more worker."""
        local = ("--local-directory", str(self._folder), "--host", "127.0.0.1")
        return self.start("worker", self.address, "--nthreads", "1", *local, *options, **variables)

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
        """A process of Dask's own command line; what it says goes to a file."""
        log = self._folder / f"{len(self._logs)}-{arguments[0]}.log"
        self._logs.append(log)
        own = {"CITYTWIN_CACHE_DIR": str(self._folder / "cache")} | variables
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments, "--no-dashboard"],
                stdout=output,
                stderr=output,
                cwd=self._folder,
                env=environment(**own),
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def said(self) -> str:
        """Everything that scheduler and workers printed."""
        return "\n".join(log.read_text("utf-8", "replace") for log in self._logs)

    def stop(self) -> None:
        """End one after the other, workers first: a nanny whose scheduler goes meanwhile waits for nothing."""
        for process in reversed(self._processes):
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait(_END_S)

    def _wait_for_port(self) -> None:
        end = time.monotonic() + _START_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", int(self.address.rpartition(":")[2])), 1).close()
                return
            except OSError as error:
                if time.monotonic() > end or self.scheduler.poll() is not None:
                    raise RuntimeError(self.said()) from error
                time.sleep(0.05)

    def _wait_for_workers(self, count: int) -> None:
        end = time.monotonic() + _START_S
        while self.said().count("Registered to:") < count:
            if time.monotonic() > end:
                raise RuntimeError(self.said())
            time.sleep(0.05)


@contextlib.contextmanager
def silent_server() -> Iterator[str]:
    """The address of something that takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


def processes_of(folder: Path) -> list[str]:
    """Processes whose variables name ``folder``: those that were given it, and what they started."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
            if state not in "ZX" and os.fsencode(folder) in (entry / "environ").read_bytes():
                found.append(f"{entry.name} {(entry / 'cmdline').read_text('utf-8', 'replace')}")
        except OSError:
            continue
    return found
