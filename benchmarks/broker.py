"""A mosquitto on loopback for a measurement, and the process that floods it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from loaders.model.errors import CityTwinError

MOSQUITTO = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
START_S = 10.0


class Broker:
    """Keeps sessions over restarts, and queues without a limit. Raises `CityTwinError` ``bench.no_broker``."""

    def __init__(self, folder: Path) -> None:
        if MOSQUITTO is None:
            raise CityTwinError("bench.no_broker", "mosquitto")
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = int(one.getsockname()[1])
        self._file = folder / "mosquitto.conf"
        lines = ["persistence true", f"persistence_location {folder}/", "max_queued_messages 0", "allow_anonymous true"]
        lines += ["max_inflight_messages 1000", f"listener {self.port} 127.0.0.1"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            lines.append("user root")
        self._file.write_text("\n".join(lines) + "\n", "utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it, and wait until it takes connections."""
        command = [MOSQUITTO or "", "-c", str(self._file)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end_s = time.monotonic() + START_S
        while time.monotonic() < end_s:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0):
                return
            time.sleep(0.02)
        raise CityTwinError("bench.no_broker", str(self._file))

    def stop(self) -> None:
        """End it; it keeps what it has to keep."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(START_S)
            self._process = None


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Broker]:
    """A broker that runs."""
    broker = Broker(folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


@contextlib.contextmanager
def flooding(port: int, rate: int, seconds: float, qos: int) -> Iterator[subprocess.Popen[str]]:
    """The process of `benchmarks.flood`; it prints how many messages it sent."""
    command = [sys.executable, "-m", "benchmarks.flood", str(port), str(rate), str(seconds), str(qos)]
    folder = Path(__file__).resolve().parent.parent
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
